/*
 * The log lines of a run. What is said of a job is said in its name and with
 * its pid; what is said of the daemon's own troubles, as the daemon.
 */
#include "daemon/run/run_log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "core/mail_rule.h"
#include "core/table.h"
#include "daemon/run/job_log.h"
#include "tools/crond_options.h"
#include "sys/clock.h"
#include "sys/spawn/session.h"

/* Of a command, so that what stands behind it is not cut off with it: a byte
 * may take four in the log, and a line has 8 KiB. */
#define COMMAND_SHOWN 1800

#define NS_PER_MS 1000000
#define NS_PER_S  1000000000

static struct log_job
as_job(const struct run_log *log, const struct run_record *record)
{
	return job_log_job(log->personality->job_ident, record);
}

static struct log_job
as_daemon(const struct run_log *log, const struct run_record *record)
{
	return job_log_job(log->personality->daemon, record);
}

static void
log_command(const struct run_log *log, const struct run_record *record,
    const char *event)
{
	const struct log_job job = as_job(log, record);

	if (log->personality->debian && (log->mask & LOG_RUN_PIDS) != 0)
		log_event_as(log->log, &job, LOG_INFO, record->user, event, 0,
		    "[%d] %s", (int)record->pid, record->command);
	else
		log_event_as(log->log, &job, LOG_INFO, record->user, event, 0,
		    "%s", record->command);
}

void
run_log_started(const struct run_log *log, const struct run_record *record)
{
	if ((record->flags & ENTRY_QUIET) == 0 &&
	    (log->mask & LOG_RUN_START) != 0)
		log_command(log, record, "CMD");
}

static void
log_unexpanded(const struct run_log *log, const struct mail_rules *rules,
    const struct run_record *record, const char *name)
{
	if (mail_rule_is_unexpanded(rules, record, name))
		job_log(log->log, log->personality, record, LOG_INFO, "CRON",
		    "WARNING", 0,
		    "The environment variable '%s' could not be expanded. The "
		    "non-expanded value will be used.",
		    name);
}

void
run_log_unexpanded(const struct run_log *log, const struct mail_rules *rules,
    const struct run_record *record)
{
	log_unexpanded(log, rules, record, "MAILTO");
	log_unexpanded(log, rules, record, "MAILFROM");
}

void
run_log_output_lost(const struct run_log *log, const struct run_record *record)
{
	log_event(log->log, LOG_WARNING, record->user, "HANDOVER", 0,
	    "the process that read the output of job %ld ended: the last of it "
	    "may be lost",
	    (long)record->pid);
}

/* "status 1", "signal 9, dumped core" */
static void
describe_end(const struct run_record *record, char *text, size_t size)
{
	int status = record->status;

	if (!record->status_known)
		snprintf(text, size, "status unknown");
	else if (WIFEXITED(status))
		snprintf(text, size, "status %d", WEXITSTATUS(status));
	else
		snprintf(text, size, "signal %d%s", WTERMSIG(status),
		    WCOREDUMP(status) ? ", dumped core" : "");
}

void
run_log_pam_message(const struct run_log *log, const struct run_record *record,
    const char *text, size_t len)
{
	const struct log_job daemon = as_daemon(log, record);

	log_event_as(log->log, &daemon, LOG_INFO, "CRON", "pam_message", 0,
	    "%.*s", (int)len, text);
}

void
run_log_line(const struct run_log *log, const struct run_record *record,
    const char *bytes, size_t len)
{
	const char *text = memchr(bytes, '\0', len);
	const struct log_job job = as_job(log, record);
	const struct log_job daemon = as_daemon(log, record);
	int priority = LOG_WARNING;

	if (text == NULL)
		return;
	text++;
	len -= (size_t)(text - bytes);
	if (strcmp(bytes, "ERROR") == 0)
		priority = LOG_ERR;
	log_event_as(log->log, log->personality->debian ? &job : &daemon,
	    priority, record->user, bytes, 0, "%.*s", (int)len, text);
}

/* Debian has PAM's words alone, cronie two lines. */
static void
log_refused(const struct run_log *log, const struct run_record *record,
    const struct spawn_failure *failure)
{
	const struct log_job job = as_job(log, record);
	const struct log_job daemon = as_daemon(log, record);
	const char *text = session_text(failure->error);

	if (log->personality->debian) {
		log_event_as(log->log, &job, LOG_ERR, NULL, NULL, 0, "%s",
		    text);
		return;
	}
	log_event_as(log->log, &daemon, LOG_INFO, record->user, "PAM ERROR", 0,
	    "%s", text);
	log_event_as(log->log, &daemon, LOG_INFO, record->user,
	    spawn_step_text(failure->step), 0, "%s", text);
}

/* A module crashed, or it was killed on its way. */
static void
log_died(const struct run_log *log, const struct run_record *record)
{
	const struct log_job job = as_job(log, record);
	char end[64];

	describe_end(record, end, sizeof(end));
	log_event_as(log->log, &job, LOG_ERR, record->user, "PAM ERROR", 0,
	    "the job's process ended before its start: %s", end);
}

/* cronie's words. The minute of its start is that of the fork. */
static void
log_late(const struct run_log *log, const struct run_record *record)
{
	const struct log_job daemon = as_daemon(log, record);
	time_t then = (time_t)(record->started_at_ns / NS_PER_S);
	time_t now = (time_t)(clock_wall_ns() / NS_PER_S);
	struct tm was, is;

	localtime_r(&then, &was);
	localtime_r(&now, &is);
	log_event_as(log->log, &daemon, LOG_INFO, record->user, "INFO", 0,
	    "Job execution of per-minute job scheduled for %02d:%02d delayed "
	    "into subsequent minute %02d:%02d. Skipping job run.",
	    was.tm_hour, was.tm_min, is.tm_hour, is.tm_min);
}

void
run_log_not_executed(const struct run_log *log, const struct run_record *record,
    const struct spawn_failure *failure)
{
	const struct log_job daemon = as_daemon(log, record);
	const struct log_job job = as_job(log, record);

	switch (failure->step) {
	case SPAWN_AUTHORIZE:
	case SPAWN_SESSION:
		log_refused(log, record, failure);
		break;
	case SPAWN_DIED:
		log_died(log, record);
		break;
	case SPAWN_LATE:
		log_late(log, record);
		break;
	case SPAWN_CONTEXT_FIND:
	case SPAWN_CONTEXT_SET:
		log_event_as(log->log, &daemon, LOG_ERR, record->user, "ERROR",
		    0, "%s", spawn_step_text(failure->step));
		break;
	case SPAWN_CHDIR:
		log_event_as(log->log, &job, LOG_ERR, "CRON",
		    "ERROR chdir failed", failure->error, "%s", record->home);
		break;
	default:
		log_event_as(log->log, &job, LOG_ERR, "CRON", "ERROR",
		    failure->error, "%s", spawn_step_text(failure->step));
	}
}

/* cronie's line, with what evcron knows behind it (logwatch's match is not
 * anchored). */
static void
log_cmdend(const struct run_log *log, const struct run_record *record)
{
	const struct log_job job = as_job(log, record);
	int64_t ms =
	    (record->ended_mono_ns - record->started_mono_ns) / NS_PER_MS;
	char end[64];

	if (ms < 0)
		ms = 0;
	describe_end(record, end, sizeof(end));
	log_event_as(log->log, &job,
	    run_record_failed(record) ? LOG_WARNING : LOG_INFO, record->user,
	    NULL, 0, "CMDEND (%.*s) %s, %lld.%03lld s, %llu bytes",
	    COMMAND_SHOWN, record->command, end, (long long)(ms / 1000),
	    (long long)(ms % 1000), (unsigned long long)record->output_bytes);
}

static void
log_debian_failure(const struct run_log *log, const struct run_record *record)
{
	const struct log_job job = as_job(log, record);
	int status = record->status;

	if (!record->status_known)
		log_event_as(log->log, &job, LOG_WARNING, "CRON", "error", 0,
		    "grandchild #%d ended with unknown status",
		    (int)record->pid);
	else if (WIFEXITED(status))
		log_event_as(log->log, &job, LOG_WARNING, "CRON", "error", 0,
		    "grandchild #%d failed with exit status %d",
		    (int)record->pid, WEXITSTATUS(status));
	else
		log_event_as(log->log, &job, LOG_WARNING, "CRON", "error", 0,
		    "grandchild #%d terminated by signal %d%s",
		    (int)record->pid, WTERMSIG(status),
		    WCOREDUMP(status) ? ", dumped core" : "");
}

void
run_log_ended(const struct run_log *log, const struct run_record *record)
{
	bool quiet = (record->flags & ENTRY_QUIET) != 0;

	if (!log->personality->debian) {
		unsigned wanted = LOG_RUN_END;

		if (run_record_failed(record))
			wanted |= LOG_RUN_FAILED;
		if (!quiet && (log->mask & wanted) != 0)
			log_cmdend(log, record);
		return;
	}
	if ((log->mask & LOG_RUN_FAILED) != 0 && run_record_failed(record))
		log_debian_failure(log, record);
	if (!quiet && (log->mask & LOG_RUN_END) != 0)
		log_command(log, record, "END");
}

void
run_log_not_adopted(const struct run_log *log, const struct run_record *record,
    int errnum)
{
	log_event(log->log, LOG_ERR, record->user, "HANDOVER", errnum,
	    "can't take over job %ld (%.*s)", (long)record->pid, COMMAND_SHOWN,
	    record->command);
}

void
run_log_no_pid(const struct run_log *log, const struct run_record *record)
{
	log_event(log->log, LOG_WARNING, record->user, "HANDOVER", 0,
	    "cron ended while it started a job, which did not begin: %.*s",
	    COMMAND_SHOWN, record->command);
}

void
run_log_wants(const struct run_log *log, enum run_log_want want, int errnum)
{
	bool debian = log->personality->debian;

	switch (want) {
	case WANT_PROCESS:
		if (debian)
			log_event(log->log, LOG_ERR, "CRON", "error", errnum,
			    "can't fork");
		else
			log_event(log->log, LOG_ERR, "CRON", "CAN'T FORK",
			    errnum, "do_command");
		break;
	case WANT_INPUT:
		log_event(log->log, LOG_ERR, "CRON", "PIPE() FAILED", errnum,
		    "stdin_pipe");
		break;
	case WANT_OUTPUT:
		if (debian)
			log_event(log->log, LOG_ERR, "CRON", "error", errnum,
			    "create tmpfile");
		else
			log_event(log->log, LOG_ERR, "CRON", "PIPE() FAILED",
			    errnum, "stdout_pipe");
		break;
	case WANT_SHARE:
		break;
	case WANT_MEMORY:
		log_event(log->log, LOG_ERR, "CRON", "ERROR", errnum,
		    "can't start a job");
		break;
	}
}

void
run_log_nobody(const struct run_log *log, const char *user)
{
	log_event(log->log, LOG_INFO, user, "ERROR", 0,
	    "getpwnam() failed - user unknown");
}

void
run_log_not_ours(const struct run_log *log, const char *user)
{
	log_event(log->log, LOG_ERR, user, "ERROR", 0,
	    "only root's crond can run jobs of other users");
}

void
run_log_not_told(const struct run_log *log, const char *user)
{
	log_event(log->log, LOG_ERR, user, "ERROR", 0,
	    "getpwnam() failed - trying again");
}

void
run_log_missed(const struct run_log *log, const char *user, const char *command,
    int errnum)
{
	log_event(log->log, LOG_ERR, user, "MISSED", errnum, "%.*s",
	    COMMAND_SHOWN, command);
}
