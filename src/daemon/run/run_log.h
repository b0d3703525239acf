/*
 * The log lines of a run, in the personality's words (compat.md 6, 8;
 * design.md 3.9).
 */
#ifndef EVCRON_DAEMON_RUN_RUN_LOG_H
#define EVCRON_DAEMON_RUN_RUN_LOG_H

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"
#include "sys/spawn/spawn.h"

struct runlog {
	struct log *log;
	const struct personality *personality;
	unsigned mask; /* -L; enum options_log */
};

/* CMD. */
void runlog_started(const struct runlog *, const struct facts *);

/* What a PAM module says on a job's way to its start. */
void runlog_pam_message(const struct runlog *, const struct facts *,
    const char *text, size_t len);

/* What a job's child has to say on its way: an event, a NUL, a text. */
void runlog_line(const struct runlog *, const struct facts *, const char *bytes,
    size_t len);

/* There was no exec: which step failed. facts have the child's end. */
void runlog_not_executed(const struct runlog *, const struct facts *,
    const struct spawn_failure *);

/* CMDEND, or Debian's line of a failed run and END. */
void runlog_ended(const struct runlog *, const struct facts *);

/* A run that an earlier crond started can't be gone on with. */
void runlog_not_adopted(const struct runlog *, const struct facts *,
    int errnum);

/* That one ended before it could note the job's pid. */
void runlog_no_pid(const struct runlog *, const struct facts *);

/* What a start may lack; waiting may help. */
enum runlog_want {
	WANT_PROCESS,
	WANT_INPUT,
	WANT_OUTPUT,
	WANT_MEMORY,
};

void runlog_wants(const struct runlog *, enum runlog_want, int errnum);

/* Why a run that was due is not started: the user of the entry is nobody, or
 * not the one a crond without root's rights can run jobs for. */
void runlog_nobody(const struct runlog *, const char *user);
void runlog_not_ours(const struct runlog *, const char *user);
/* NSS does not tell now. */
void runlog_not_told(const struct runlog *, const char *user);

/* It waited as long as it may. errnum may be 0. command as the table has it. */
void runlog_missed(const struct runlog *, const char *user, const char *command,
    int errnum);

#endif
