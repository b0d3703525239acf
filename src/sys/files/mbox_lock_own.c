/*
 * The lock file by our own hands: made with O_EXCL, which local file systems
 * and NFS since version 3 do atomically. One older than five minutes is taken
 * away, as readers do: a holder that lives touches it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/files/mbox_lock.h"

#define LOOKS    200
#define PAUSE_NS 100000000

static bool
is_stale(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 &&
	       time(NULL) - st.st_mtime > MBOX_LOCK_STALE_SECS;
}

int
mbox_lock(const char *path)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	int fd, i;

	for (i = 0; i < LOOKS; i++) {
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (fd >= 0) {
			/* Empty, as those that say no pid. */
			close(fd);
			return 0;
		}
		if (errno != EEXIST)
			return -1;
		if (!is_stale(path) || unlink(path) != 0)
			(void)nanosleep(&pause, NULL);
	}
	errno = EAGAIN;
	return -1;
}

void
mbox_unlock(const char *path)
{
	(void)unlink(path);
}
