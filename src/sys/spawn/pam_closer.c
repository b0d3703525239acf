/* Closing sessions in a child of its own, whose time others bound. */
#include "sys/inherited_limits.h"
#include "sys/spawn/clean_child.h"
#include "sys/spawn/pam_closer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/fd.h"

#define LET_GO_MS 1000

static _Noreturn void
work(const struct pam_closer_item *items, size_t count,
    const struct inherited_limits *origin, int fd)
{
	struct session *held = NULL;
	struct pam_closer_word word;
	size_t i;

	clean_child(fd);
	/* As the session was opened: some modules count up to it. */
	(void)setrlimit(RLIMIT_NOFILE, &origin->nofile);
	(void)alarm(PAM_CLOSER_ALARM_SECS);
	if (count > 1)
		held = session_hold(&items[0].plan);
	for (i = 0; i < count; i++) {
		(void)alarm(PAM_CLOSER_ALARM_SECS);
		word.code = session_close(&items[i].plan, items[i].environment);
		/* Also where the daemon is gone: the rest is to be closed. */
		(void)send(fd, &word, sizeof(word), MSG_NOSIGNAL);
	}
	session_release(held);
	_exit(0);
}

static pid_t
fork_work(const struct pam_closer_item *items, size_t count,
    const struct inherited_limits *origin, int fd)
{
	sigset_t all, before;
	pid_t pid;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		work(items, count, origin, fd);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

/* The child has closed what it inherited when it has closed the other end of
 * this pipe. */
static pid_t
fork_alone(const struct pam_closer_item *items, size_t count,
    const struct inherited_limits *origin, int fd)
{
	struct pollfd gone = {.events = POLLIN};
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	pid = fork_work(items, count, origin, fd);
	close(ends[1]);
	gone.fd = ends[0];
	if (pid != -1)
		(void)poll(&gone, 1, LET_GO_MS);
	fd_close(&ends[0]);
	return pid;
}

pid_t
pam_closer_start(const struct pam_closer_item *items, size_t count,
    const struct inherited_limits *origin, int *fd)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	if (fd != NULL)
		pid = fork_work(items, count, origin, ends[1]);
	else
		pid = fork_alone(items, count, origin, ends[1]);
	fd_close(&ends[1]);
	if (fd != NULL && pid != -1)
		*fd = ends[0];
	else
		fd_close(&ends[0]);
	return pid;
}

int
pam_closer_read(int fd, struct pam_closer_word *word)
{
	ssize_t n;

	do
		n = recv(fd, word, sizeof(*word), MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)sizeof(*word))
		return 1;
	return n == -1 && errno == EAGAIN ? 0 : -1;
}
