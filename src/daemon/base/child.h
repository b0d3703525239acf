/*
 * Reaping: one watcher for each child of the daemon, found by its pid. libev's
 * ev_child throws resource usage away and reaps before one can log in the
 * child's name, so this room has its own: one ev_signal on SIGCHLD, waitid
 * without reaping, the callback, then wait4 (DESIGN.md "Reaping").
 */
#ifndef EVCRON_DAEMON_BASE_CHILD_H
#define EVCRON_DAEMON_BASE_CHILD_H

#include <ev.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/types.h>

struct children;
struct child;

/* The child has ended. Its pid is still a zombie (log lines may carry it) and
 * is gone after this call. The watcher is stopped already; it may be started
 * again or freed. */
typedef void (
    *child_cb)(struct child *, int status, const struct rusage *usage);

struct child { /* a member of the object it serves */
	pid_t pid;
	struct child *next; /* in its bucket */
	child_cb cb;
	void *data;
};

struct children *children_new(struct ev_loop *);
void children_free(struct children *);

/* Watches pid. Call it before returning to the loop after the fork. */
void child_start(struct children *, struct child *, pid_t pid, child_cb,
    void *data);
void child_stop(struct children *, struct child *);

/* Looks for ended children now, as if SIGCHLD had come: after an exec in
 * place. Children that nobody watches are reaped silently. At most 64, so that
 * who ends thousands at once holds up nobody. true: there may be more. */
bool children_reap(struct children *);

#endif
