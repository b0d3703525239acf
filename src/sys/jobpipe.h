/*
 * The pipe that a job has as stdout and stderr (DESIGN.md "Output"): a FIFO,
 * whose name lets the next crond open it again; or, where none can be made, one
 * without a name, which ends with us.
 *
 * Both functions: ends[0] is for reading, non-blocking; ends[1] for the job,
 * O_RDWR, so that it never gets SIGPIPE. Both are close-on-exec, and the user
 * may open the pipe as /dev/stdout. 0, or -1 with errno.
 */
#ifndef EVCRON_SYS_JOBPIPE_H
#define EVCRON_SYS_JOBPIPE_H

#include <sys/types.h>

int jobpipe_named(const char *path, uid_t, gid_t, int ends[2]);

/* Where it can't be given to the user, it works all the same but for being
 * opened; without /proc the job's end is for writing alone. */
int jobpipe_nameless(uid_t, gid_t, int ends[2]);

#endif
