/* One child at a time, which nobody watches: it is reaped as nobody's. */
#include "daemon/users/userdb_ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/spawn/clean_child.h"
#include "sys/users/account.h"

static _Noreturn void
child_main(const struct account_files *files, int out, pid_t parent)
{
	char answer;

	clean_child(out);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	answer = account_has_userdb(files) ? 'y' : 'n';
	_exit(fd_write_whole(out, &answer, 1) == 0 ? 0 : 1);
}

static void
start(struct userdb_ask *ask)
{
	sigset_t all, before;
	pid_t parent = getpid(), pid;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0)
		return;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child_main(ask->files, fds[1], parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	fd_close(&fds[1]);
	if (pid < 0) {
		fd_close(&fds[0]);
		return;
	}
	ask->fd = fds[0];
	ev_io_set(&ask->readable, ask->fd, EV_READ);
	ev_io_start(ask->loop, &ask->readable);
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct userdb_ask *ask = w->data;
	char answer = 'y';
	ssize_t n = read(ask->fd, &answer, 1);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	ev_io_stop(loop, w);
	fd_close(&ask->fd);
	if (ask->again) {
		ask->again = false;
		start(ask);
	} else if (n == 1 && answer == 'n') {
		ask->none(ask->context);
	}
}

void
userdb_ask_init(struct userdb_ask *ask, struct ev_loop *loop,
    const struct account_files *files, void (*none)(void *context),
    void *context)
{
	*ask = (struct userdb_ask){
	    .loop = loop,
	    .files = files,
	    .none = none,
	    .context = context,
	    .fd = -1,
	};
	ev_io_init(&ask->readable, on_readable, -1, EV_READ);
	ask->readable.data = ask;
}

void
userdb_ask_clear(struct userdb_ask *ask)
{
	if (ask->fd < 0)
		return;
	ev_io_stop(ask->loop, &ask->readable);
	fd_close(&ask->fd);
}

void
userdb_ask(struct userdb_ask *ask)
{
	if (ask->fd >= 0)
		ask->again = true;
	else
		start(ask);
}
