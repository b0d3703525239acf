/*
 * The collectors of all users, as crond sees them (design.md "Collectors"):
 * which process reads what a user's jobs write and mails it, whether it
 * answers, and who has which run. crond never touches what a collector reads;
 * all that passes between them are the words of core/collector_words.h.
 *
 * A user has one collector that takes new runs, and perhaps older generations
 * that finish theirs. One that does not answer is left alone, and a new one
 * starts in the next generation; one that ends with runs is followed by one
 * that opens by path what still runs.
 */
#ifndef EVCRON_DAEMON_COLLECTORS_COLLECTORS_H
#define EVCRON_DAEMON_COLLECTORS_COLLECTORS_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "core/personality.h"
#include "core/run_record.h"
#include "daemon/collectors/collector_args.h"
#include "sys/log/log.h"
#include "sys/users/account.h"

struct collector;
struct collectors;
struct collector_user;
struct inherited_limits;
struct user_cache;

struct collectors_config {
	struct ev_loop *loop;
	struct log *log;
	struct user_cache *users;
	const struct personality *personality;
	const struct inherited_limits *origin; /* what collectors get back */
	const struct collector_args *args;     /* outlives the collectors */
	const char *program; /* evcron-collect's path; or NULL: the installed */
	unsigned mailers_max;
	uint64_t outbox_max; /* bytes */
	unsigned answer_ms;  /* how long one may take to answer; 0: 5 s */
	unsigned idle_ms;    /* how long an idle one stays; 0: 5 s */
};

/* NULL: no memory. config is copied, its pointers must outlive it. */
struct collectors *collectors_new(const struct collectors_config *);
/* Lets go of all: they finish what they have. */
void collectors_free(struct collectors *);

/* Once, at the start, after the runs that are left of an earlier crond are
 * there (collector_run_adopt): connects to the collectors that it has left, and
 * starts one for each user with runs that has none. */
void collectors_take_over(struct collectors *);
/* Likewise, later: users with letters that wait get a collector, a few at a
 * time. */
void collectors_look_at_outbox(struct collectors *);

/* Starts */

/* A start that waits for its user's collector; embedded in who waits. */
struct collector_wait {
	TAILQ_ENTRY(collector_wait) link;
	struct collector_user *user; /* NULL: does not wait */
	/* It may be worth another try. error: why not; 0: it is ready. */
	void (*done)(void *context, int error);
	void *context;
};

/* May a run of this user be sent now? If not, wait is queued: done is called
 * from the loop, once, unless collector_wait_cancel is called first. -1 with
 * errno: no memory. */
enum collectors_gate { COLLECTORS_NOW, COLLECTORS_LATER, COLLECTORS_NEVER };
enum collectors_gate collectors_gate(struct collectors *,
    const struct account *, struct collector_wait *);
void collector_wait_cancel(struct collector_wait *);

/* Runs */

/* A run as crond's side of its collector; embedded in who has the run. */
struct collector_run {
	LIST_ENTRY(collector_run) link; /* of its user */
	struct collector_user *user;    /* NULL: it is not under way */
	struct collector *collector;    /* who has it; NULL: nobody */
	const struct run_record *record;
	bool sent_now;  /* sent, and the collector does not have it yet */
	bool ended;     /* so does record say */
	bool recovered; /* one was told to open it by path */
	bool was_over;  /* its file says so */
	/* The output is over. lost: its collector ended, and nobody knows how
	 * much there was. May free the run. */
	void (*over)(void *context, uint64_t bytes, uint64_t discarded,
	    bool lost);
	void *context;
};

/* After COLLECTORS_NOW: sends the run with the reading end of its FIFO, which
 * stays the caller's. 0, or -1 with errno (EAGAIN: the gate is to be asked
 * again). run's record, over and context are set; all else is zero. */
int collector_run_send(struct collectors *, struct collector_run *, int fifo);
/* The generation to which it would be sent. */
uint64_t collectors_generation(struct collectors *, uid_t uid);
/* No FIFO can be made for it: sends the run with its file, which has no name
 * either and stays the caller's. The child then sends it again, with the pipe
 * that it made, over the descriptor returned, the caller's; -1 with errno. */
int collector_run_by_child(struct collectors *, struct collector_run *,
    int file);
/* A run that an earlier crond has sent. was_over: its output is. -1: no memory.
 */
int collector_run_adopt(struct collectors *, struct collector_run *);
/* The job was reaped, or its end is not known: record says which. */
void collector_run_ended(struct collector_run *);
/* There was no job: its output is taken back, over will not be called. */
void collector_run_none(struct collector_run *);
/* Forgets it; the collector goes on. */
void collector_run_forget(struct collector_run *);

/* All */

/* Letters that wait are to be tried now. */
void collectors_flush(struct collectors *);
/* How many have something to do now: output to read, letters to mail. */
size_t collectors_busy(const struct collectors *);
/* Those that have nothing to do go now. */
void collectors_send_away(struct collectors *);
/* How many there are that answer. */
size_t collectors_count(const struct collectors *);

#endif
