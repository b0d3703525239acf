/*
 * What several rooms need of descriptors: reading and writing whole, flags,
 * closing without losing errno.
 */
#ifndef EVCRON_SYS_FD_H
#define EVCRON_SYS_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Sets close-on-exec, O_NONBLOCK. 0, or -1 with errno. */
int fd_cloexec(int fd);
int fd_nonblock(int fd);

/* Opens /dev/null for each of 0, 1, 2 that is closed, so that no other file
 * becomes one of them, and a message goes into it. 0, or -1 with errno. */
int fd_fill_standard(void);

/* Reads until the end or until size bytes are there, over short reads and
 * EINTR. How many, or -1 with errno; EAGAIN of a non-blocking fd is an error
 * like others. */
ssize_t fd_read_whole(int fd, void *bytes, size_t size);

/* Writes all of it, over short writes and EINTR. 0, or -1 with errno. */
int fd_write_whole(int fd, const void *bytes, size_t len);

/* Closes *fd unless it is negative and makes it -1. errno stays. */
void fd_close(int *fd);

/* Closes all descriptors from first to last; last -1: all above first too. */
void fd_close_range(int first, int last);

#endif
