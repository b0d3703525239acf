/*
 * Lines in a job's name. Used wherever output and letters are dealt with; what
 * the run itself has to say is daemon/run/run_log.c's.
 */
#include "daemon/run/job_log.h"

struct log_job
job_log_job(const char *ident, const struct run_record *record)
{
	return (struct log_job){
	    .ident = ident,
	    .pid = record->pid,
	    .table = record->table,
	    .line = record->line,
	    .gone = record->reaped,
	};
}

void
job_log(struct log *log, const struct personality *personality,
    const struct run_record *record, int priority, const char *who,
    const char *event, int errnum, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	job_vlog(log, personality, record, priority, who, event, errnum, format,
	    args);
	va_end(args);
}

void
job_vlog(struct log *log, const struct personality *personality,
    const struct run_record *record, int priority, const char *who,
    const char *event, int errnum, const char *format, va_list args)
{
	struct log_job job =
	    job_log_job(record->pid > 0 ? personality->job_ident
					: personality->daemon,
		record);

	job.gone = record->ended;
	log_vevent_as(log, &job, priority, who, event, errnum, format, args);
}
