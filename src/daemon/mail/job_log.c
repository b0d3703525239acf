/*
 * Lines in a job's name. Used wherever output and letters are dealt with; what
 * the run itself has to say is daemon/run/run_log.c's.
 */
#include "daemon/mail/job_log.h"

struct log_job
joblog_job(const char *ident, const struct facts *facts)
{
	return (struct log_job){
	    .ident = ident,
	    .pid = facts->pid,
	    .table = facts->table,
	    .line = facts->line,
	    .gone = facts->reaped,
	};
}

void
joblog(struct log *log, const struct personality *personality,
    const struct facts *facts, int priority, const char *who, const char *event,
    int errnum, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vjoblog(log, personality, facts, priority, who, event, errnum, format,
	    args);
	va_end(args);
}

void
vjoblog(struct log *log, const struct personality *personality,
    const struct facts *facts, int priority, const char *who, const char *event,
    int errnum, const char *format, va_list args)
{
	struct log_job job = joblog_job(facts->pid > 0 ? personality->job_ident
						       : personality->daemon,
	    facts);

	job.gone = facts->ended;
	log_vevent_as(log, &job, priority, who, event, errnum, format, args);
}
