/* The question before an upgrade. Owned and called by main, on SIGUSR2. */
#include "daemon/upgrade.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "sys/reexec.h"

#define LIMIT_SECS 10.0

static void
say_no(struct upgrade *u, int error, const char *why)
{
	log_event(u->log, LOG_ERR, "CRON", "HANDOVER", error,
	    "%s can't be started, going on as before: %s",
	    u->program != NULL ? u->program : "our own program", why);
}

static void
on_child(struct child *child, int status, const struct rusage *usage)
{
	struct upgrade *u = child->data;

	(void)usage;
	ev_timer_stop(u->loop, &u->limit);
	if (status == 0)
		u->ready(u->context);
	else
		say_no(u, 0, "it does not tell its version");
}

static void
on_limit(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct upgrade *u = timer->data;

	(void)loop;
	(void)events;
	(void)kill(u->child.pid, SIGKILL);
}

void
upgrade_init(struct upgrade *u)
{
	ev_timer_init(&u->limit, on_limit, LIMIT_SECS, 0.);
	u->limit.data = u;
	u->child.pid = 0;
}

void
upgrade_clear(struct upgrade *u)
{
	ev_timer_stop(u->loop, &u->limit);
	child_stop(u->children, &u->child);
}

void
upgrade_start(struct upgrade *u)
{
	pid_t pid;

	if (u->child.pid != 0)
		return;
	pid = u->program != NULL ? reexec_probe(u->program) : -1;
	if (pid < 0) {
		say_no(u, errno, "no process");
		return;
	}
	child_start(u->children, &u->child, pid, on_child, u);
	ev_timer_set(&u->limit, LIMIT_SECS, 0.);
	ev_timer_start(u->loop, &u->limit);
}
