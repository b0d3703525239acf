/*
 * The daemon's signals: TERM and INT end it, HUP and URG reload everything
 * under each personality (DESIGN.md 3.3), USR2 has the installed program
 * executed in place. USR1, which would kill an incumbent, is said in the log
 * and does nothing. SIGCHLD is daemon/base/child.h's.
 */
#ifndef EVCRON_DAEMON_BASE_SIGNALS_H
#define EVCRON_DAEMON_BASE_SIGNALS_H

#include <ev.h>

struct signals_hooks {
	void *context;
	void (*stop)(void *context);
	void (*reload)(void *context);
	void (*upgrade)(void *context);
	void (*unused)(void *context, int signum);
};

enum { SIGNALS_WATCHED = 6 };

struct signals {
	struct ev_loop *loop;
	struct signals_hooks hooks;
	struct ev_signal watchers[SIGNALS_WATCHED];
};

/* One of these at a time in a process. */
void signals_start(struct signals *, struct ev_loop *,
    const struct signals_hooks *);
void signals_stop(struct signals *);

/* From the very start: a mailer that reads no more (SIGPIPE) and a letter past
 * RLIMIT_FSIZE (SIGXFSZ) are errors of a write here, not the daemon's end. */
void signals_ignore_deadly(void);

#endif
