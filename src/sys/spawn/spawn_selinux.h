/*
 * What SELinux has a forked child do on its way to its exec: take on the job's
 * context, or see to it that a mailer may read its stdin (COMPAT.md 6). In the
 * child alone.
 */
#ifndef EVCRON_SYS_SPAWN_SPAWN_SELINUX_H
#define EVCRON_SYS_SPAWN_SPAWN_SELINUX_H

#include <stddef.h>

#include "sys/spawn/spawn_plan.h"

/* Sets the context of the plan's job, as root; lines for the log are reported.
 * SPAWN_STARTED, or the step that failed; Debian's refusal is no failure but
 * what the job is to say in the place of its command: *refusal is it, else
 * "". */
enum spawn_step spawn_selinux_context(const struct spawn_plan *, int report,
    char *refusal, size_t size);

/* A mailer that may not be let read the file on its stdin gets it through a
 * pipe, from where the file stands. -1 with errno. */
int spawn_selinux_input(struct spawn_plan *);
/* Likewise a job that changes its context: no policy knows the file that its
 * data is in. */
int spawn_selinux_job_input(struct spawn_plan *);

#endif
