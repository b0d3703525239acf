/*
 * The helper that closes PAM sessions after their jobs: one child for many, one
 * after the other, for modules may hang and crash. It tells of each that is
 * done; which one it ended at, if it did not end well, is then known.
 */
#ifndef EVCRON_SYS_SPAWN_PAM_CLOSER_H
#define EVCRON_SYS_SPAWN_PAM_CLOSER_H

#include <stddef.h>
#include <sys/types.h>

#include "sys/spawn/session.h"
#include "sys/spawn/spawn.h"

struct pam_closer_item {
	struct session_plan plan;
	const char *environment; /* record's session_env */
};

/* It ends by itself this long after it began to close one: a bound for when
 * nobody is there any more to end it sooner. */
#define PAM_CLOSER_ALARM_SECS 60

/* Its pid, or -1 with errno. *fd is for pam_closer_read, close-on-exec. With a
 * NULL nobody will look after it; then this returns when the child has let go
 * of all that the caller holds, locks above all, or after a second. */
pid_t pam_closer_start(const struct pam_closer_item *, size_t count,
    const struct inherited_limits *, int *fd);

struct pam_closer_word {
	int code; /* what PAM says of the next session's end; 0: good */
};

/* One more session is done: 1; none now: 0; there will be no more: -1. */
int pam_closer_read(int fd, struct pam_closer_word *);

#endif
