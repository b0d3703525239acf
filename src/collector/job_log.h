/*
 * Lines about the output and the mail of a run, in its job's name: crond logs
 * them under the ident and pid that the incumbents' process beside the job
 * would have had (COMPAT.md 8), so that who looks for a job's pid finds them
 * too.
 */
#ifndef EVCRON_COLLECTOR_JOB_LOG_H
#define EVCRON_COLLECTOR_JOB_LOG_H

#include <stddef.h>

#include "collector/collector.h"
#include "core/run_record.h"

/* As log_event of sys/log/log.h. A record without a pid (of a letter that is
 * tried again, whose job may be days old), or none: in the daemon's name. */
void job_log(struct collector *, const struct run_record *, int priority,
    const char *who, const char *event, int errnum, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* A line of the job's output, any bytes, as CMDOUT. */
void job_log_output(struct collector *, const struct run_record *,
    const char *bytes, size_t len, bool cut);

#endif
