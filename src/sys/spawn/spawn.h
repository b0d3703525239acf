/*
 * Starting a job: from one fork to one exec, with every step between them
 * checked (COMPAT.md 6; CVE-2006-2607: no exec after a failed step;
 * CVE-2012-6097: descriptors 0, 1, 2 and no other).
 *
 * Where nothing in the child may block, it is a vfork: the daemon stands still
 * until the exec, and no page table is copied, whatever the daemon's size.
 */
#ifndef EVCRON_SYS_SPAWN_SPAWN_H
#define EVCRON_SYS_SPAWN_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "sys/spawn/spawn_plan.h"

/* Most bytes that a job can have on its stdin. */
#define SPAWN_INPUT_MAX ((size_t)128 * 1024)

/* A sealed file in memory that holds len bytes, at its beginning; owner may
 * open it again as /dev/stdin. Nothing of it can be held by a user once crond
 * has closed it. Close-on-exec, for reading; or -1 with errno. */
int spawn_input(const char *bytes, size_t len, uid_t owner, gid_t group);

/* The job's pid, or -1 with errno: no process was made. What failed in the
 * child before the exec is in *failure at once where shared; else it comes by
 * *report (close-on-exec), which is -1 where shared. A failed exec counts as
 * started: its message is the job's output, its status is 1. With a session or
 * a context *report is one of sys/spawn/spawn_report.h, and
 * SPAWN_REPORT_GO is sent right before the exec.
 */
pid_t spawn_job(const struct spawn_plan *, struct spawn_failure *, int *report);

/* Without these: reads *report after the child has ended, and closes it. */
void spawn_failure_read(int *report, struct spawn_failure *);

/* The words for a log line, cronie's where it has them: "setreuid failed". */
const char *spawn_step_text(enum spawn_step);

/* When a process was started, in clock ticks since boot: with its pid it names
 * it for good. 0: not known. */
uint64_t process_start_time(pid_t);

/* A program of our own, in a session of its own, with /dev/null as 0, 1, 2, one
 * descriptor as given, limits and signals as in origin, and our environment.
 * Its pid, or -1 with errno: it can't be executed, or there was no process. An
 * exec that fails all the same ends with status 127. */
pid_t spawn_program(const char *path, char *const *argv,
    const struct inherited_limits *origin, int fd, int as);

#endif
