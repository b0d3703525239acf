/*
 * Watching a process that we may not have started. Held by daemon/run/run.c,
 * one for each job taken over.
 *
 * A pidfd is readable when the process is a zombie, and tells the status when
 * init has reaped it: a moment later, so it is asked again for a while.
 */
#include "daemon/base/adopted_process.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "daemon/base/child.h"
#include "sys/fd.h"
#include "sys/pidfd.h"

#define ASK_SECS 0.05
#define ASK_MAX  200 /* times: ten seconds */

struct adopted_process {
	struct ev_loop *loop;
	struct children *children;
	struct child child; /* pid 0: it is none */
	ev_io io;
	ev_timer ask;
	int fd; /* -1: it is a child */
	unsigned asked;
	adopted_process_cb cb;
	void *context;
};

void
adopted_process_forget(struct adopted_process *s)
{
	if (s == NULL)
		return;
	child_stop(s->children, &s->child);
	ev_io_stop(s->loop, &s->io);
	ev_timer_stop(s->loop, &s->ask);
	fd_close(&s->fd);
	free(s);
}

static void
tell(struct adopted_process *s, bool known, int status,
    const struct rusage *usage)
{
	s->cb(s->context, known, status, usage);
	adopted_process_forget(s);
}

static void
on_child(struct child *child, int status, const struct rusage *usage)
{
	tell(child->data, true, status, usage);
}

static void
ask(struct adopted_process *s)
{
	const struct rusage none = {0};
	int status = 0;

	if (pidfd_status(s->fd, &status) == 0) {
		tell(s, true, status, &none);
	} else if (errno == EAGAIN && s->asked++ < ASK_MAX) {
		ev_io_stop(s->loop, &s->io);
		/* One that has fired has no time left. */
		ev_timer_set(&s->ask, ASK_SECS, 0.);
		ev_timer_start(s->loop, &s->ask);
	} else {
		tell(s, false, 0, &none);
	}
}

static void
on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	ask(io->data);
}

static void
on_ask(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	ask(timer->data);
}

struct adopted_process *
adopted_process_watch(struct ev_loop *loop, struct children *children,
    pid_t pid, uint64_t birth, adopted_process_cb cb, void *context)
{
	struct adopted_process *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->loop = loop;
	s->children = children;
	s->cb = cb;
	s->context = context;
	s->fd = -1;
	ev_init(&s->io, on_readable);
	ev_timer_init(&s->ask, on_ask, ASK_SECS, 0.);
	s->io.data = s->ask.data = s;
	if (pidfd_is_child(pid, birth)) {
		child_start(children, &s->child, pid, on_child, s);
		return s;
	}
	s->fd = pidfd_open_process(pid, birth);
	if (s->fd < 0) {
		free(s);
		return NULL;
	}
	ev_io_set(&s->io, s->fd, EV_READ);
	ev_io_start(loop, &s->io);
	return s;
}

bool
adopted_process_look(struct adopted_process *s)
{
	const struct rusage none = {0};
	int status = 0;

	if (s->fd < 0 || pidfd_status(s->fd, &status) != 0)
		return false;
	tell(s, true, status, &none);
	return true;
}

void
adopted_process_signal(const struct adopted_process *s, int signo)
{
	if (s->fd >= 0)
		(void)pidfd_signal(s->fd, signo);
	else if (s->child.pid > 0 && kill(-s->child.pid, signo) != 0)
		(void)kill(s->child.pid, signo);
}
