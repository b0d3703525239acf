/*
 * Lines about the output and the mail of a run, in its job's name: under the
 * ident and pid that the incumbents' process beside the job would have logged
 * them with (COMPAT.md 8), so that who looks for a job's pid finds them too.
 */
#ifndef EVCRON_DAEMON_RUN_JOB_LOG_H
#define EVCRON_DAEMON_RUN_JOB_LOG_H

#include <stdarg.h>

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

/* Whose line it is, for log_event_as. Points into record. */
struct log_job job_log_job(const char *ident, const struct run_record *);

/* As log_event. record without a pid (of a letter that is tried again, whose
 * job may be days old): in the daemon's name. */
void job_log(struct log *, const struct personality *,
    const struct run_record *, int priority, const char *who, const char *event,
    int errnum, const char *format, ...) __attribute__((format(printf, 8, 9)));
/* Likewise, for functions that pass their own arguments on. */
void job_vlog(struct log *, const struct personality *,
    const struct run_record *, int priority, const char *who, const char *event,
    int errnum, const char *format, va_list)
    __attribute__((format(printf, 8, 0)));

#endif
