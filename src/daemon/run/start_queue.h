/*
 * Starts that wait for their turn, and whose turn it is.
 *
 * Within a minute the order is that of DESIGN.md 3.5. Two things are stronger:
 * a user with thousands of entries lets others pass, and what is left of
 * thousands due in one minute lets the next minute pass. Neither waits for
 * ever: some of the turns are theirs.
 */
#ifndef EVCRON_DAEMON_RUN_START_QUEUE_H
#define EVCRON_DAEMON_RUN_START_QUEUE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/minute.h"
#include "core/table.h"
#include "daemon/collectors/collectors.h"
#include "daemon/users/share.h"
#include "daemon/users/user_cache.h"

struct start_list;
struct starts;

/* One entry that is due and has not started. */
struct start {
	TAILQ_ENTRY(start) link;
	struct start_list *list; /* the one it is in; NULL: none */
	struct starts *starts;
	struct entry *entry;
	struct minute due;
	unsigned turn;    /* of the queue, in which it came */
	int64_t until_ns; /* monotonic */
	int error;        /* why it could not start last time */
	bool nss_told;    /* its user's failure was logged */
	struct user_question question;
	struct collector_wait wait;
	struct share_account *account; /* it is counted there */
	struct share_wait run_wait;    /* for a run of its user to end */
};

TAILQ_HEAD(start_list, start);

struct start_queue {
	/* Those of the last minute that was due; of earlier ones; those that
	 * let both of them pass. */
	struct start_list due, late, bulk;
	unsigned turn;                 /* of the loop, in which the last came */
	const struct table *row_table; /* of the last that was queued, maybe
					  gone: never looked into */
	unsigned row;                  /* that many in a row */
	unsigned given;                /* turns */
};

void start_queue_init(struct start_queue *);

/* Before one that has become due is put there. turn: the loop's iteration. What
 * an earlier one has left lets it pass; minutes that are made up come in one
 * turn, and keep their order. */
void start_queue_begin(struct start_queue *, unsigned turn);
/* Puts it there, out of the list it is in. */
void start_queue_put(struct start_queue *, struct start *);
/* Whose turn it is, still in the queue; NULL: nobody waits. */
struct start *start_queue_next(struct start_queue *);

bool start_queue_empty(const struct start_queue *);

/* Moves it to the end of that list, out of the one it is in. */
void start_move(struct start *, struct start_list *to);

#endif
