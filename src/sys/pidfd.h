/*
 * Processes that are not our children (any more): a descriptor that tells their
 * end and, on kernels from 6.15 on, their exit status.
 */
#ifndef EVCRON_SYS_PIDFD_H
#define EVCRON_SYS_PIDFD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Is that process, named by its pid and start time (sys/spawn/spawn.h,
 * process_start_time), a child of ours? Also when it is a zombie. */
bool pidfd_is_child(pid_t, uint64_t birth);

/* A descriptor that is readable when that process has ended, close-on-exec. -1
 * with errno; ESRCH: it is not there any more. */
int pidfd_open_process(pid_t, uint64_t birth);

/* How it ended, as wait4 tells. -1 with errno: EAGAIN, it has not been reaped
 * yet; anything else, the kernel does not tell. */
int pidfd_status(int fd, int *status);

/* 0, or -1 with errno. */
int pidfd_signal(int fd, int signo);

#endif
