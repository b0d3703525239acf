/*
 * Descriptors: the few loops around read, write and fcntl that every room would
 * write again, and get wrong in its own way.
 */
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef SYS_close_range /* headers before 5.9; the number is every machine's   \
			 */
#define SYS_close_range 436
#endif

#define FD_LAST 0x7fffffff

int
fd_cloexec(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags < 0 ? -1 : fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
}

int
fd_nonblock(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int
fd_fill_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -1;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}

ssize_t
fd_read_whole(int fd, void *bytes, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(fd, (char *)bytes + got, size - got);

		if (n == 0)
			break;
		if (n > 0)
			got += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)got;
}

int
fd_write_whole(int fd, const void *bytes, size_t len)
{
	size_t put = 0;

	while (put < len) {
		ssize_t n = write(fd, (const char *)bytes + put, len - put);

		if (n >= 0)
			put += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

void
fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

static void
close_range_slowly(int first, int last)
{
	struct rlimit limit;
	int fd, end = last;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < (rlim_t)last)
		end = (int)limit.rlim_cur;
	for (fd = first; fd <= end; fd++)
		(void)close(fd);
}

void
fd_close_range(int first, int last)
{
	if (last < 0)
		last = FD_LAST;
	if (first <= last &&
	    syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) != 0)
		close_range_slowly(first, last);
}
