/*
 * The pipe that a job has as stdout and stderr where no FIFO can be made for it
 * (DESIGN.md "Output"): without a name, made by the job's own child.
 */
#ifndef EVCRON_SYS_JOBPIPE_H
#define EVCRON_SYS_JOBPIPE_H

#include <sys/types.h>

/* ends[0] is for reading, non-blocking; ends[1] for the job, O_RDWR, so that it
 * never gets SIGPIPE. Both are close-on-exec, and the user may open the pipe as
 * /dev/stdout. Where it can't be given to the user, it works all the same but
 * for being opened; without /proc the job's end is for writing alone. 0, or -1
 * with errno. */
int jobpipe_nameless(uid_t, gid_t, int ends[2]);

#endif
