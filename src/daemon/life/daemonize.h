/*
 * Going into the background. The caller's shell gets its prompt back, and exit
 * status 0, only when the daemon stands: until then errors still reach stderr
 * and fail the start.
 */
#ifndef EVCRON_DAEMON_LIFE_DAEMONIZE_H
#define EVCRON_DAEMON_LIFE_DAEMONIZE_H

struct daemonize {
	int ready_fd; /* to the waiting parent; -1: there is none */
};

/* Forks, and returns in the child only, in a session of its own; the parent
 * waits and exits. -1 with errno: no pipe, no fork. */
int daemonize_enter(struct daemonize *);

/* The daemon stands: stdin, stdout and stderr become /dev/null, the parent is
 * released. Does nothing in the foreground (ready_fd -1). */
void daemonize_ready(struct daemonize *);

/* Closes all descriptors but 0, 1, 2: a daemon that keeps its caller's pipe
 * open makes somebody wait for ever. */
void daemonize_close_others(void);

#endif
