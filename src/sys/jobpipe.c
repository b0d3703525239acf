/* Pipes without a name, for sys/spawn/spawn.c. */
#include "sys/jobpipe.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sys/fd.h"

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
