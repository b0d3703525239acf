/*
 * Closing sessions in a child of its own. Used by daemon/sessions.c, which
 * bounds its time and starts another one for what it left undone.
 */
#include "sys/closer.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/fd.h"

static _Noreturn void
work(const struct closer_item *items, size_t count,
    const struct spawn_origin *origin, int fd)
{
	struct session *held = NULL;
	struct closer_word word;
	size_t i;

	spawn_clean_child(fd);
	/* As the session was opened: some modules count up to it. */
	(void)setrlimit(RLIMIT_NOFILE, &origin->nofile);
	(void)alarm(CLOSER_ALARM_SECS);
	if (count > 1)
		held = session_hold(&items[0].plan);
	for (i = 0; i < count; i++) {
		(void)alarm(CLOSER_ALARM_SECS);
		word.code = session_close(&items[i].plan, items[i].environment);
		/* Also where the daemon is gone: the rest is to be closed. */
		(void)send(fd, &word, sizeof(word), MSG_NOSIGNAL);
	}
	session_release(held);
	_exit(0);
}

pid_t
closer_start(const struct closer_item *items, size_t count,
    const struct spawn_origin *origin, int *fd)
{
	sigset_t all, before;
	int ends[2], error;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		work(items, count, origin, ends[1]);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(ends[1]);
	if (pid == -1)
		close(ends[0]);
	else
		*fd = ends[0];
	errno = error;
	return pid;
}

int
closer_read(int fd, struct closer_word *word)
{
	ssize_t n;

	do
		n = recv(fd, word, sizeof(*word), MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == (ssize_t)sizeof(*word))
		return 1;
	return n == -1 && errno == EAGAIN ? 0 : -1;
}
