/*
 * A forked child on its way through PAM to its exec (COMPAT.md 6): the session
 * is opened, reported to the daemon, and left behind in the process that
 * becomes the job. sys/spawn/spawn.c does the rest of that way.
 */
#ifndef EVCRON_SYS_SPAWN_SPAWN_PAM_H
#define EVCRON_SYS_SPAWN_SPAWN_PAM_H

#include <stddef.h>

#include "sys/spawn/session.h"
#include "sys/spawn/spawn_plan.h"

struct spawn_pam { /* of the child's own memory */
	int report;
	struct session *session;
	char *told; /* the environment as it was reported last */
	size_t told_size;
	unsigned said; /* messages of modules */
};

/* As root. SPAWN_STARTED, or the step that failed, with errno; that of
 * SPAWN_AUTHORIZE and SPAWN_SESSION is PAM's code. SPAWN_CONTEXT_SET: the
 * plan's between has stopped it. */
enum spawn_step spawn_pam_open(struct spawn_pam *, const struct session_plan *,
    int report);

/* After the groups were set, before the uid is. Likewise. */
enum spawn_step spawn_pam_set_groups(struct spawn_pam *);

/* What the job gets: the session's variables, overlaid by these. NULL: no
 * memory. Never freed: the exec does it. */
char **spawn_pam_environment(const struct spawn_pam *, char *const *env);

#endif
