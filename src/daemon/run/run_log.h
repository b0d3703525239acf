/*
 * The log lines of a run, in the personality's words (COMPAT.md 6, 8;
 * DESIGN.md 3.9).
 */
#ifndef EVCRON_DAEMON_RUN_RUN_LOG_H
#define EVCRON_DAEMON_RUN_RUN_LOG_H

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"
#include "sys/spawn/spawn.h"

struct mail_rules;

struct run_log {
	struct log *log;
	const struct personality *personality;
	unsigned mask; /* -L; enum crond_log_mask */
};

/* CMD. */
void run_log_started(const struct run_log *, const struct run_record *);

/* Before that: under RHEL, what of its addresses could not be expanded. */
void run_log_unexpanded(const struct run_log *, const struct mail_rules *,
    const struct run_record *);

/* Its collector ended, and none goes on with its output. */
void run_log_output_lost(const struct run_log *, const struct run_record *);

/* What a PAM module says on a job's way to its start. */
void run_log_pam_message(const struct run_log *, const struct run_record *,
    const char *text, size_t len);

/* What a job's child has to say on its way: an event, a NUL, a text. */
void run_log_line(const struct run_log *, const struct run_record *,
    const char *bytes, size_t len);

/* There was no exec: which step failed. record has the child's end. */
void run_log_not_executed(const struct run_log *, const struct run_record *,
    const struct spawn_failure *);

/* CMDEND, or Debian's line of a failed run and END. */
void run_log_ended(const struct run_log *, const struct run_record *);

/* A run that an earlier crond started can't be gone on with. */
void run_log_not_adopted(const struct run_log *, const struct run_record *,
    int errnum);

/* That one ended before there was a job. */
void run_log_no_pid(const struct run_log *, const struct run_record *);

/* What a start may lack; waiting may help. */
enum run_log_want {
	WANT_PROCESS,
	WANT_INPUT,
	WANT_OUTPUT,
	WANT_MEMORY,
	WANT_SHARE, /* daemon/users/share.h, which has logged it */
};

void run_log_wants(const struct run_log *, enum run_log_want, int errnum);

/* Why a run that was due is not started: the user of the entry is nobody, or
 * not the one a crond without root's rights can run jobs for. */
void run_log_nobody(const struct run_log *, const char *user);
void run_log_not_ours(const struct run_log *, const char *user);
/* NSS does not tell now. */
void run_log_not_told(const struct run_log *, const char *user);

/* It waited as long as it may. errnum may be 0. command as the table has it. */
void run_log_missed(const struct run_log *, const char *user,
    const char *command, int errnum);

#endif
