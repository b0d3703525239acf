/*
 * Lines about the output and the mail of a run, in its job's name: under the
 * ident and pid that the incumbents' process beside the job would have logged
 * them with (compat.md 8), so that who looks for a job's pid finds them too.
 */
#ifndef EVCRON_DAEMON_MAIL_JOB_LOG_H
#define EVCRON_DAEMON_MAIL_JOB_LOG_H

#include <stdarg.h>

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

/* Whose line it is, for log_event_as. Points into facts. */
struct log_job joblog_job(const char *ident, const struct facts *);

/* As log_event. facts without a pid (of a letter that is tried again, whose job
 * may be days old): in the daemon's name. */
void joblog(struct log *, const struct personality *, const struct facts *,
    int priority, const char *who, const char *event, int errnum,
    const char *format, ...) __attribute__((format(printf, 8, 9)));
/* Likewise, for functions that pass their own arguments on. */
void vjoblog(struct log *, const struct personality *, const struct facts *,
    int priority, const char *who, const char *event, int errnum,
    const char *format, va_list) __attribute__((format(printf, 8, 0)));

#endif
