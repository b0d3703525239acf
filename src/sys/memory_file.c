/* memfd_create and its seals. */
#include "sys/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

/* Its reader gets a description that can't write, at the file's beginning. */
static int
reopen_to_read(int fd)
{
	char path[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
	int reader;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	reader = open(path, O_RDONLY | O_CLOEXEC);
	if (reader != -1 || errno != ENOENT)
		return reader;
	/* Without /proc; the seals keep it as it is. */
	return lseek(fd, 0, SEEK_SET) == -1 ? -1
					    : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

int
memory_file(const char *bytes, size_t len, uid_t owner, gid_t group)
{
	int fd = memfd_create("evcron", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int reader = -1, error;

	if (fd == -1)
		return -1;
	if (fd_write_whole(fd, bytes, len) == -1 || fchmod(fd, 0400) == -1)
		goto out;
	/* One that a security module confines may not give it away, and its
	 * descriptor can be read all the same. */
	if (geteuid() == 0 && fchown(fd, owner, group) == -1 &&
	    errno != EACCES && errno != EPERM)
		goto out;
	if (fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		reader = reopen_to_read(fd);
out:
	error = errno;
	fd_close(&fd);
	errno = error;
	return reader;
}
