/*
 * Ending what runs, after the loop was told to stop. Runs that loop again, for
 * output, ends and mail of what goes.
 *
 * Whom to signal: as the first process of a PID namespace, kill(-1) reaches all
 * others there, jobs' orphans and mailers too, and there is nothing else. Else
 * only jobs' process groups are known to be ours.
 */
#include "daemon/life/shutdown.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "daemon/collectors/collectors.h"
#include "daemon/run/run.h"
#include "daemon/run/pam_sessions.h"

#define KILL_SECS 5. /* from TERM to KILL */
#define LAST_SECS 2. /* and until what that leaves is seen to */
#define AWAY_SECS .5 /* for collectors that have nothing to do */

struct wait {
	const struct shutdown *grace;
	bool (*over)(const struct shutdown *);
	ev_prepare prepare;
	ev_timer enough;
};

/* Nothing runs that we have started for a job or a letter. */
static bool
work_is_over(const struct shutdown *g)
{
	return runs_count(g->runs) == 0 &&
	       collectors_busy(g->collectors) == 0 &&
	       (g->sessions == NULL || pam_sessions_count(g->sessions) == 0);
}

/* Orphans become children of the first process. */
static bool
is_alone(const struct shutdown *g)
{
	siginfo_t info;

	if (!g->pid1)
		return true;
	memset(&info, 0, sizeof info);
	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 &&
	       errno == ECHILD;
}

static bool
all_is_over(const struct shutdown *g)
{
	if (!work_is_over(g))
		return false;
	collectors_send_away(g->collectors);
	return is_alone(g);
}

static void
on_prepare(struct ev_loop *loop, ev_prepare *prepare, int events)
{
	const struct wait *w = prepare->data;

	(void)events;
	if (w->over(w->grace))
		ev_break(loop, EVBREAK_ALL);
}

static void
on_enough(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)timer;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

/* Until that is over, at most that long; a signal to stop ends it too. */
static bool
wait_for(const struct shutdown *g, bool (*over)(const struct shutdown *),
    double secs)
{
	struct wait w = {.grace = g, .over = over};

	if (over(g))
		return true;
	/* No deadline may count from when the loop slept last. */
	ev_now_update(g->loop);
	ev_prepare_init(&w.prepare, on_prepare);
	w.prepare.data = &w;
	ev_timer_init(&w.enough, on_enough, secs, 0.);
	ev_prepare_start(g->loop, &w.prepare);
	ev_timer_start(g->loop, &w.enough);
	ev_run(g->loop, 0);
	ev_timer_stop(g->loop, &w.enough);
	ev_prepare_stop(g->loop, &w.prepare);
	return over(g);
}

static void
signal_all(const struct shutdown *g, int signo, const char *name)
{
	log_event(g->log, LOG_WARNING, "CRON", "STOP", 0,
	    "%s to what is left: %zu jobs%s", name, runs_count(g->runs),
	    g->pid1 ? " and what they left behind" : "");
	if (g->pid1)
		(void)kill(-1, signo);
	else
		runs_signal(g->runs, signo);
}

void
shutdown_run(const struct shutdown *g)
{
	if (!work_is_over(g))
		log_event(g->log, LOG_INFO, "CRON", "STOP", 0,
		    "no more jobs are started; %zu run and have %lld s to end",
		    runs_count(g->runs), (long long)g->secs);
	if (wait_for(g, work_is_over, (double)g->secs) &&
	    wait_for(g, all_is_over, AWAY_SECS))
		return;
	signal_all(g, SIGTERM, "SIGTERM");
	if (wait_for(g, all_is_over, KILL_SECS))
		return;
	signal_all(g, SIGKILL, "SIGKILL");
	(void)wait_for(g, all_is_over, LAST_SECS);
}
