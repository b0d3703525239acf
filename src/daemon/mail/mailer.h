/*
 * One mailer: a process of the job's user that reads a letter on its stdin
 * (COMPAT.md 7, DESIGN.md "Mail"). Looks the user up, starts it, notices
 * that it hangs, and tells how it ended.
 */
#ifndef EVCRON_DAEMON_MAIL_MAILER_H
#define EVCRON_DAEMON_MAIL_MAILER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/run_record.h"
#include "daemon/mail/office.h"
#include "sys/spawn/spawn.h"

struct mailer;

enum mailer_fate {
	MAILER_ENDED,       /* status tells */
	MAILER_STALLED,     /* it hung and was stopped */
	MAILER_OVERDUE,     /* it took too long in all and was stopped */
	MAILER_NOT_STARTED, /* step and error tell; step SPAWN_STARTED: there
			       was not even a process */
	MAILER_UNKNOWN,     /* it was another crond's; it has ended, and the
			       kernel does not tell how */
	MAILER_NO_USER,     /* error 0: there is no such user, or he has
			       another uid now; else he can't be looked up */
};

struct mailer_end {
	enum mailer_fate fate;
	int status; /* as wait4 tells it */
	enum spawn_step step;
	int error;
	const char *program;   /* what was to be started */
	const char *complaint; /* its first words on stdout and stderr; "" */
};

struct mailer_hooks {
	bool limited; /* its time is: the config's limit_secs */
	/* Asked now and then: has it not read since it was asked last, though
	 * there was something to read? */
	bool (*stalled)(void *context);
	/* It is about to have a process, as far as one can be had; it has one.
	 * Both may be NULL. */
	void (*starts)(void *context);
	void (*started)(void *context, pid_t);
	/* It is gone; the mailer is freed when this returns. Never called from
	 * within mailer_start. */
	void (*ended)(void *context, const struct mailer_end *);
};

/* input becomes its stdin; taken over, also on failure. References the record.
 * hooks must stay. NULL with errno. */
struct mailer *mailer_start(struct office *, struct run_record *, int input,
    const struct mailer_hooks *hooks, void *context);

/* Takes over one that an earlier crond started. NULL with errno; ESRCH: it has
 * ended, nobody knows how. */
struct mailer *mailer_adopt(struct office *, struct run_record *, pid_t,
    uint64_t birth, const struct mailer_hooks *hooks, void *context);

/* As adopted_process_look: true, it was told. */
bool mailer_poll(struct mailer *);

/* Forgets it; a process goes on by itself. */
void mailer_forget(struct mailer *);

#endif
