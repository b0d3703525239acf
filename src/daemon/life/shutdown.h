/*
 * The stop that leaves nothing running: as a container's first process, whose
 * end is that of everything in it, and wherever --grace asks for it. Jobs and
 * mail get that time to end by themselves; then what is left gets TERM, and
 * five seconds later KILL. Another SIGTERM ends each wait.
 */
#ifndef EVCRON_DAEMON_LIFE_SHUTDOWN_H
#define EVCRON_DAEMON_LIFE_SHUTDOWN_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "sys/log/log.h"

struct collectors;
struct runs;
struct pam_sessions;

struct shutdown {
	struct ev_loop *loop;
	struct log *log;
	struct runs *runs;
	struct collectors *collectors;
	struct pam_sessions *sessions; /* NULL: no PAM */
	bool pid1;                     /* all processes are ours to end */
	int64_t secs;
};

/* Runs the loop until all is over or ended. Nothing may start jobs any more. */
void shutdown_run(const struct shutdown *);

#endif
