/*
 * The end of a process that a predecessor started: a job or a mailer. After an
 * exec in place it is a child like any other; else it is init's, and a pidfd
 * tells (DESIGN.md "Outliving the daemon").
 */
#ifndef EVCRON_DAEMON_BASE_ADOPTED_PROCESS_H
#define EVCRON_DAEMON_BASE_ADOPTED_PROCESS_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

struct children;
struct adopted_process;

/* It has ended; the adopted is freed when this returns. known: status is as
 * wait4 tells it. usage is all zero but for children. */
typedef void (*adopted_process_cb)(void *context, bool known, int status,
    const struct rusage *usage);

/* NULL with errno; ESRCH: it has ended already, nobody knows how. The callback
 * comes from the loop. */
struct adopted_process *adopted_process_watch(struct ev_loop *,
    struct children *, pid_t, uint64_t birth, adopted_process_cb,
    void *context);
/* Stops watching and frees. */
void adopted_process_forget(struct adopted_process *);

/* Before we go: if it has ended, and the kernel tells how, so does this, by the
 * callback. Whoever comes next could not ask any more. */
bool adopted_process_look(struct adopted_process *);

void adopted_process_signal(const struct adopted_process *, int signo);

#endif
