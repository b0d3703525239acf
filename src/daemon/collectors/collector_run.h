/*
 * What others have of their own in this wing: the config of all collectors, a
 * start that waits for one, and a run as its collector knows it.
 */
#ifndef EVCRON_DAEMON_COLLECTORS_COLLECTOR_RUN_H
#define EVCRON_DAEMON_COLLECTORS_COLLECTOR_RUN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/personality.h"
#include "core/run_record.h"
#include "daemon/collectors/collector_args.h"
#include "sys/log/log.h"

struct collector;
struct collector_user;
struct inherited_limits;
struct shares;
struct user_cache;

struct collectors_config {
	struct ev_loop *loop;
	struct log *log;
	struct user_cache *users;
	struct shares *shares; /* with the bounds of mailers and outbox */
	const struct personality *personality;
	const struct inherited_limits *origin; /* what collectors get back */
	const struct collector_args *args;     /* outlives the collectors */
	const char *program; /* evcron-collect's path; or NULL: the installed */
	unsigned answer_ms;  /* how long one may take to answer; 0: 5 s */
	unsigned idle_ms;    /* how long an idle one stays; 0: 5 s */
};

/* A start that waits for its user's collector; embedded in who waits. */
struct collector_wait {
	TAILQ_ENTRY(collector_wait) link;
	struct collector_user *user; /* NULL: does not wait */
	/* Those of the last turn go first, in order; one in four is of the
	 * first turn that there is. */
	unsigned turn;
	uint64_t number; /* among those of its user */
	bool woken;      /* its turn has come: it passes those that wait */
	/* It may be worth another try. error: why not; 0: it is ready. */
	void (*done)(void *context, int error);
	void *context;
};

/* A run as crond's side of its collector; embedded in who has the run. */
struct collector_run {
	LIST_ENTRY(collector_run) link;    /* of its user */
	LIST_ENTRY(collector_run) same_id; /* in its bucket */
	struct collector_user *user;       /* NULL: it is not under way */
	struct collector *collector;       /* who has it; NULL: nobody */
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

#endif
