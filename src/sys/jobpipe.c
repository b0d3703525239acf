/* Pipes of jobs' output, one for a run. */
#include "sys/jobpipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

int
jobpipe_named(const char *path, uid_t uid, gid_t gid, int ends[2])
{
	int error;

	if (mkfifo(path, 0600) != 0)
		return -1;
	/* The reader first: else O_RDWR would be the only one there. */
	ends[0] = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (ends[0] < 0)
		goto fail;
	if (geteuid() == 0 && fchown(ends[0], uid, gid) != 0)
		goto fail;
	ends[1] = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (ends[1] >= 0)
		return 0;
fail:
	error = errno;
	fd_close(&ends[0]);
	(void)unlink(path);
	errno = error;
	return -1;
}

int
jobpipe_nameless(uid_t uid, gid_t gid, int ends[2])
{
	char path[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
	int both;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", ends[1]);
	both = open(path, O_RDWR | O_CLOEXEC);
	if (both >= 0) {
		fd_close(&ends[1]);
		ends[1] = both;
	}
	if (geteuid() == 0)
		(void)!fchown(ends[0], uid, gid);
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return -1;
}
