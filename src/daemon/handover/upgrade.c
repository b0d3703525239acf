/* The question before an upgrade. Owns the child that is asked. */
#include "daemon/handover/upgrade.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "sys/reexec.h"

#define LIMIT_SECS 10.0
#define ASK_SECS   0.05
#define ASK_MAX    200 /* 10 s */

static void
say_no(struct upgrade *u, int error, const char *why)
{
	log_event(u->log, LOG_ERR, "CRON", "HANDOVER", error,
	    "%s can't be started, going on as before: %s",
	    u->program != NULL ? u->program : "our own program", why);
}

/* Whoever is never done does not keep us for ever. */
static void
go_when_idle(struct upgrade *u)
{
	if (u->busy(u->context) && u->asked++ < ASK_MAX) {
		ev_timer_set(&u->again, ASK_SECS, 0.);
		ev_timer_start(u->loop, &u->again);
		return;
	}
	u->ready(u->context);
}

static void
on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	go_when_idle(timer->data);
}

static void
on_child(struct child *child, int status, const struct rusage *usage)
{
	struct upgrade *u = child->data;

	(void)usage;
	ev_timer_stop(u->loop, &u->limit);
	if (status == 0)
		go_when_idle(u);
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
	ev_timer_init(&u->again, on_again, ASK_SECS, 0.);
	u->limit.data = u->again.data = u;
	u->child.pid = 0;
}

void
upgrade_clear(struct upgrade *u)
{
	ev_timer_stop(u->loop, &u->limit);
	ev_timer_stop(u->loop, &u->again);
	child_stop(u->children, &u->child);
}

void
upgrade_start(struct upgrade *u)
{
	pid_t pid;

	if (u->child.pid != 0 || ev_is_active(&u->again))
		return;
	u->asked = 0;
	pid = u->program != NULL ? reexec_probe(u->program) : -1;
	if (pid < 0) {
		say_no(u, errno, "no process");
		return;
	}
	child_start(u->children, &u->child, pid, on_child, u);
	ev_timer_set(&u->limit, LIMIT_SECS, 0.);
	ev_timer_start(u->loop, &u->limit);
}
