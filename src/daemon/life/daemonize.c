/*
 * The fork of a daemon. The parent holds nothing but the end of a pipe; the
 * lock is of the open file and so stays held through the child.
 */
#include "daemon/life/daemonize.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range /* headers before 5.9; every machine has this number   \
			 */
#define SYS_close_range 436
#endif

/* The parent's rest: a byte means that the daemon stands; an end of file that
 * it died, with its own status. */
static _Noreturn void
wait_ready(int fd, pid_t child)
{
	char byte;
	ssize_t n;
	int status;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		_exit(EXIT_SUCCESS);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			_exit(EXIT_FAILURE);
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
}

int
daemonize_enter(struct daemonize *background)
{
	int fds[2], error;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	pid = fork();
	if (pid < 0) {
		error = errno;
		close(fds[0]);
		close(fds[1]);
		errno = error;
		return -1;
	}
	if (pid > 0) {
		close(fds[1]);
		wait_ready(fds[0], pid);
	}
	close(fds[0]);
	background->ready_fd = fds[1];
	(void)setsid(); /* fails only for a group's leader: a child is none */
	return 0;
}

void
daemonize_ready(struct daemonize *background)
{
	ssize_t n;
	int fd;

	if (background->ready_fd < 0)
		return;
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		(void)dup2(fd, STDIN_FILENO);
		(void)dup2(fd, STDOUT_FILENO);
		(void)dup2(fd, STDERR_FILENO);
		if (fd > STDERR_FILENO)
			close(fd);
	}
	n = write(background->ready_fd, "", 1);
	(void)n; /* the parent may have been killed */
	close(background->ready_fd);
	background->ready_fd = -1;
}

void
daemonize_close_others(void)
{
	/* Kernels before 5.9 know no close_range; the incumbents don't even
	 * try. */
	(void)syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
}
