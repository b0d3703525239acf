/* fcntl(F_SETLK) on the whole file, and a pid in it. */
#include "sys/files/record_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/fd.h"

static int
take(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno == EACCES)
		errno = EAGAIN;
	return -1;
}

static pid_t
named(int fd)
{
	char text[32], *end;
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	long pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	pid = strtol(text, &end, 10);
	return *end == '\n' && pid > 0 && pid <= INT32_MAX ? (pid_t)pid : 0;
}

int
record_lock_open(const char *path, pid_t *holder)
{
	int fd = open(path,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	int error;

	*holder = 0;
	if (fd == -1 || take(fd) == 0)
		return fd;
	error = errno;
	if (error == EAGAIN)
		*holder = named(fd);
	fd_close(&fd);
	errno = error;
	return -1;
}

int
record_lock_inherit(int fd)
{
	return take(fd) == 0 ? fd_cloexec(fd) : -1;
}

int
record_lock_write_nobody(int fd)
{
	return ftruncate(fd, 0);
}

int
record_lock_write_pid(int fd)
{
	char text[32];
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) != 0)
		return -1;
	return pwrite(fd, text, (size_t)len, 0) == len ? 0 : -1;
}
