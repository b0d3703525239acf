/*
 * One mailer: a process of the job's user that reads a letter on its stdin
 * (COMPAT.md 7, DESIGN.md "Output"). Starts it, waits for it, notices that it
 * hangs, and tells how it ended. All in the letter's thread.
 */
#ifndef EVCRON_COLLECTOR_MAILER_H
#define EVCRON_COLLECTOR_MAILER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "collector/worker.h"
#include "core/run_record.h"
#include "sys/spawn/spawn.h"

enum mailer_fate {
	MAILER_RUNNING,
	MAILER_ENDED,       /* status tells */
	MAILER_STALLED,     /* it hung and was stopped */
	MAILER_OVERDUE,     /* it took too long in all and was stopped */
	MAILER_NOT_STARTED, /* step and error tell; step SPAWN_STARTED: there
			       was not even a process */
	MAILER_NO_USER,     /* there is no such user now */
	MAILER_OTHER_USER,  /* the uid is another name's */
};

#define MAILER_COMPLAINT_MAX 256

struct mailer_end {
	enum mailer_fate fate;
	int status; /* as wait4 tells it */
	enum spawn_step step;
	int error;
	char program[256];                    /* what was to be started */
	char complaint[MAILER_COMPLAINT_MAX]; /* its first words; "" */
};

struct mailer {
	struct worker *worker;
	struct mailer_end end;
	pid_t pid;
	int pidfd;     /* readable when it has ended; -1: to be asked */
	int report;    /* of a child that couldn't exec */
	int complaint; /* the file that is its stdout and stderr */
	bool limited;  /* its time is: limit_secs */
	bool overdue;
	unsigned looks;       /* without progress, in a row */
	int64_t started_ns;   /* monotonic */
	int64_t next_look_ns; /* at its progress */
	int64_t kill_ns;      /* TERM was sent: KILL is due; 0: not */
	bool killed;
};

/* There is no sendmail and no --mailer. */
bool mailer_is_missing(const struct collector *);

/* input becomes its stdin, and stays the caller's. Tries for a minute where
 * there are no processes to be had. 0, or -1: m->end tells. */
int mailer_start(struct mailer *, struct worker *, struct run_record *,
    int input);

/* Has it ended? Then m->end tells, and there is nothing left to clear. */
bool mailer_poll(struct mailer *);
/* Until its end, its next look or ms at most; other descriptors are the
 * caller's business. */
int mailer_wait_ms(const struct mailer *);
/* It is time to look at its progress: stalled says whether it has not read
 * since the last look, though there was something to read. Stops it if need be.
 */
bool mailer_is_look_due(const struct mailer *);
void mailer_look(struct mailer *, bool stalled);

/* Waits for its end, where input is a dup of the description that it reads, at
 * offset from at first. */
void mailer_wait(struct mailer *, int input, int64_t from);

#endif
