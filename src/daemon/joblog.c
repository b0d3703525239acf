/*
 * Lines in a job's name. Used wherever output and letters are dealt with; what
 * the run itself has to say is daemon/runlog.c's.
 */
#include "daemon/joblog.h"

#include <unistd.h>

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
	bool has_job = facts->pid > 0;

	log_vevent_as(log,
	    has_job ? personality->job_ident : personality->daemon,
	    has_job ? facts->pid : getpid(), has_job && !facts->ended, priority,
	    who, event, errnum, format, args);
}
