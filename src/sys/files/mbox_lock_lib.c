/* The lock file by liblockfile, which also knows the set-id helper that makes
 * one where a user may not write. */
#include <errno.h>
#include <lockfile.h>

#include "sys/files/mbox_lock.h"

#define RETRIES 2 /* it waits 5 seconds, then 10 */

int
mbox_lock(const char *path)
{
	errno = 0;
	/* Not L_PID: the holder may be on another machine. */
	switch (lockfile_create(path, RETRIES, 0)) {
	case L_SUCCESS:
		return 0;
	case L_MAXTRYS:
		errno = EAGAIN;
		return -1;
	default:
		/* No such directory, no room, no rights. */
		if (errno == 0 || errno == EAGAIN)
			errno = EACCES;
		return -1;
	}
}

void
mbox_unlock(const char *path)
{
	(void)lockfile_remove(path);
}
