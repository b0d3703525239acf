/*
 * Runs: from the fork of a job to the end of its output. A run is over when two
 * things are known: how its job ended, which crond sees, and that its output
 * ended, which its user's collector says. What comes before, from "this entry
 * is due" to "it may start", is daemon/run/starts.h.
 */
#ifndef EVCRON_DAEMON_RUN_RUN_H
#define EVCRON_DAEMON_RUN_RUN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/minute.h"
#include "core/personality.h"
#include "core/table.h"
#include "daemon/run/run_log.h"
#include "sys/log/log.h"
#include "sys/users/account.h"

struct children;
struct collectors;
struct inherited_limits;
struct mail_rules;
struct mounts;
struct pam_sessions;
struct run_state;
struct runs;
struct state_files;
struct user_cache;

struct runs_hooks {
	bool (*was_started)(void *context, struct entry *, struct minute due);
	void (*starts)(void *context, struct entry *, struct minute due);
	void (*settled)(void *context);
};

struct runs_config {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	struct user_cache *users;
	struct collectors *collectors;
	const struct mail_rules *rules;
	struct mounts *mounts;         /* which paths may hang */
	struct pam_sessions *sessions; /* closes those of PAM; NULL: no PAM */
	struct state_files *states;    /* NULL: no directory of runs can be
					  used: pipes have no names */
	const struct personality *personality;
	const struct table_source *source;     /* inherited variables */
	const struct inherited_limits *origin; /* taken first thing in main */
	const char *path;  /* -P: the daemon's PATH for jobs; or NULL */
	unsigned log_mask; /* -L; enum crond_log_mask */
	bool dry;          /* -x test: don't exec */
	/* May be NULL. Asked before a start: has an earlier crond started this
	 * one? Told that it will be started now, and that no start waits. */
	const struct runs_hooks *hooks;
	void *context; /* of hooks */
	/* How long a start that fails is tried again; 0: for its minute. */
	unsigned patience_secs;
	/* How long jobs usually are on their way through PAM, at most; 0: 50.
	 * While one takes longer they are not counted
	 * (daemon/run/child_report.h). */
	unsigned opening_ms;
};

/* config's pointers must outlive the runs. NULL with errno: no memory. */
struct runs *runs_new(const struct runs_config *);
/* Forgets all runs; jobs go on by themselves. */
void runs_free(struct runs *);
/* Copied, with what it leaves open. */
const struct runs_config *runs_config(const struct runs *);
const struct run_log *runs_log(const struct runs *);

/* For starts: one is to be started now, of a user whose collector takes it. 0,
 * or -1 with errno and what was wanted. */
int runs_start(struct runs *, struct entry *, const struct account *,
    struct minute due, enum run_log_want *want);
/* Are so many on their way to their exec that the next one should wait? room is
 * called when it need not any more. */
bool runs_are_full(struct runs *);
void runs_on_room(struct runs *, void (*room)(void *context), void *context);

/* Goes on with a run that an earlier crond started; references the state's
 * record. session_fifo, which is taken over, keeps its session; or -1. No
 * memory is logged. */
void runs_adopt(struct runs *, const struct run_state *, int session_fifo);

/* A successor comes: sees the ends of jobs taken over that nobody else could.
 */
void runs_poll_children(struct runs *);

/* A successor comes by an exec, which is to inherit what keeps sessions; false
 * undoes it. */
void runs_hand_over(struct runs *, bool inherited);

/* To the jobs that are alive, with all of their process groups. */
void runs_signal(const struct runs *, int signo);
/* How many are not over. */
size_t runs_count(const struct runs *);
/* How many are on their way through PAM. */
size_t runs_opening(const struct runs *);

#endif
