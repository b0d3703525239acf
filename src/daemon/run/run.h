/*
 * Runs: from "this entry is due" to the end of its output. Every start goes
 * through one gate, run_due, which may start it now, later (a user must be
 * looked up, a fork failed, many are due), or not, and says why.
 */
#ifndef EVCRON_DAEMON_RUN_RUN_H
#define EVCRON_DAEMON_RUN_RUN_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/minute.h"
#include "core/personality.h"
#include "core/table.h"
#include "sys/log/log.h"

struct children;
struct mail;
struct mounts;
struct output_config;
struct runs;
struct pam_sessions;
struct inherited_limits;
struct run_state;
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
	struct mail *mail;
	struct mounts *mounts;         /* which paths may hang */
	struct pam_sessions *sessions; /* closes those of PAM; NULL: no PAM */
	const struct personality *personality;
	const struct table_source *source;     /* inherited variables */
	const struct inherited_limits *origin; /* taken first thing in main */
	/* Of all outputs: outlives the mail, for late ones do. Its runs_dir, if
	 * there is one, is made if missing. */
	const struct output_config *output;
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

/* config's pointers must outlive the runs. NULL with errno: runs_dir can't be
 * made or no memory. */
struct runs *runs_new(const struct runs_config *);
/* Forgets all runs; jobs go on by themselves. */
void runs_free(struct runs *);

/* The entry is due in that minute: queues its start. The table is referenced
 * until the run has started. Order of calls is order of starts. */
void run_due(struct runs *, struct entry *, struct minute due);

/* Goes on with a run that an earlier crond started and that is not over;
 * references the state's record. session_fifo, which is taken over, keeps its
 * session; or -1. No memory is logged. */
void runs_adopt(struct runs *, const struct run_state *, int session_fifo);
/* Goes on with the later output of one that is over. */
void runs_adopt_late(struct runs *, const struct run_state *);

/* A successor comes: sees the ends of jobs taken over that nobody else could.
 */
void runs_poll_children(struct runs *);

/* A successor comes by an exec, which is to inherit what keeps sessions; false
 * undoes it. */
void runs_hand_over(struct runs *, bool inherited);

/* Starts nothing any more. What is queued is not made up by anybody: say: the
 * log has it as MISSED. */
void runs_refuse_starts(struct runs *, bool say);
/* To the jobs that are alive, with all of their process groups. */
void runs_signal(const struct runs *, int signo);
/* How many are alive. */
size_t runs_alive(const struct runs *);

/* How many are on their way through PAM. */
size_t runs_opening(const struct runs *);
/* How many are queued or alive. */
size_t runs_count(const struct runs *);
/* How many are queued. */
size_t runs_waiting(const struct runs *);

#endif
