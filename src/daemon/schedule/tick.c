/*
 * The tick. Sleeps in the kernel until the next minute in which something is
 * due, however far that is; when the clock is set, or the machine wakes from a
 * suspend, the kernel cancels the timer and thereby wakes us at once. No wake
 * is taken for a tick: the work follows from what both clocks show
 * (clock_step.h).
 *
 * Owns the timerfd and its watcher. The agenda is main's; reload puts tables on
 * it, which is why its "done" is brought up to date here before it does so.
 */
#include "daemon/schedule/tick.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "core/clock_step.h"
#include "sys/clock.h"

#define NS_A_SEC INT64_C(1000000000)

/* Nothing is due, ever: still armed, so that a step of the clock wakes us.
 * Timers end in the year 2262, where 64 bits of nanoseconds do. */
#define FAR_AWAY_AT INT64_C(9000000000)

struct tick {
	struct ev_loop *loop;
	struct agenda *agenda;
	struct log *log;
	struct tick_hooks hooks;
	struct ev_io readable;
	int fd;
	struct clock_step_look last;
	int64_t armed_at; /* in seconds; -1: not armed */
	unsigned turn;    /* of the loop, when "done" was brought up to date */
	bool started;
	bool working; /* in tick_work, which arms at its end */
};

static struct clock_step_look
look(void)
{
	return (struct clock_step_look){
	    .wall_ns = clock_wall_ns(),
	    .mono_ns = clock_mono_ns(),
	};
}

/* What the wall clock would show at that time of the monotonic one, had nobody
 * set it since the last look. */
static int64_t
expected_ns(const struct tick *t, int64_t mono_ns)
{
	return t->last.wall_ns + mono_ns - t->last.mono_ns;
}

static int64_t
expected_at(const struct tick *t)
{
	return expected_ns(t, clock_mono_ns()) / NS_A_SEC;
}

/* How much later than the timer is armed for a look is; 0: not late. */
static int64_t
late_ns(const struct tick *t, const struct clock_step_look *now)
{
	int64_t late;

	if (t->armed_at < 0)
		return 0;
	late = expected_ns(t, now->mono_ns) - t->armed_at * NS_A_SEC;
	return late > 0 ? late : 0;
}

/* Before tables are added or zones change: the minutes we have slept through
 * are done. The one that has just begun isn't, so that a table saved right
 * before it, and read right after, still runs in it. Nor is any that begins
 * while a load of many tables takes its time: once in a turn of the loop is
 * enough, and never before the first. */
static void
bring_up_to_date(void *context)
{
	struct tick *t = context;
	unsigned turn = ev_iteration(t->loop);

	if (!t->started || t->turn == turn)
		return;
	t->turn = turn;
	agenda_pass(t->agenda, minute_of(expected_at(t) - 1));
}

/* ---- arming ---- */

static int64_t
due_at(const struct tick *t)
{
	struct minute next = agenda_next(t->agenda);

	if (minute_is_never(next) || minute_at(next) > FAR_AWAY_AT)
		return FAR_AWAY_AT;
	return next.n < 1 ? 1 : minute_at(next); /* 0 would disarm the timer */
}

/* 0, or -1: the clock was set in the meantime. The timer is armed either way.
 */
static int
arm(struct tick *t)
{
	struct itimerspec when = {0};

	t->armed_at = due_at(t);
	when.it_value.tv_sec = (time_t)t->armed_at;
	if (timerfd_settime(t->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
		&when, NULL) == 0)
		return 0;
	assert(errno == ECANCELED);
	return -1;
}

/* ---- what is due ---- */

static void
run_through(struct tick *t, struct minute through)
{
	struct entry *const *list;
	struct minute due;
	size_t count, i;

	while ((count = agenda_pop(t->agenda, through, &due, &list)) > 0)
		for (i = 0; i < count; i++)
			t->hooks.due(t->hooks.context, list[i], due);
}

/* Clocks are read one after the other, so a step of a minute is a few
 * microseconds more or less. */
static int64_t
rounded_secs(int64_t ns)
{
	return (ns + (ns < 0 ? -NS_A_SEC / 2 : NS_A_SEC / 2)) / NS_A_SEC;
}

static void
say_step(struct tick *t, const struct clock_step *j,
    struct clock_step_done before)
{
	static const char *const verdicts[] = {
	    [CLOCK_STEP_SHORT] = "all jobs missed are run now",
	    [CLOCK_STEP_MEDIUM] = "fixed-time jobs missed are run now, others "
				  "go on from here",
	    [CLOCK_STEP_FAR] = "jobs missed are not run",
	    [CLOCK_STEP_HOLD] = "fixed-time jobs wait until it has caught up",
	    [CLOCK_STEP_RESTART] = "all jobs start over from here",
	};
	int64_t secs = rounded_secs(j->step_ns);
	int64_t skipped = j->resume.wild.n - before.wild.n;

	/* moved by next to nothing: chance puts that into two minutes */
	if (j->class == CLOCK_STEP_NONE || secs == 0)
		return;
	if (j->stopped)
		log_event(t->log, LOG_WARNING, "CRON", "INFO", 0,
		    "crond was stopped, %" PRId64
		    " s after its next minute it goes on: %s",
		    secs, verdicts[j->class]);
	else
		log_event(t->log, LOG_INFO, "CRON", "INFO", 0,
		    "the clock was set %s by %" PRId64 " s: %s",
		    secs > 0 ? "forward" : "back", secs > 0 ? secs : -secs,
		    verdicts[j->class]);
	if (skipped > 0 &&
	    (j->class == CLOCK_STEP_MEDIUM || j->class == CLOCK_STEP_FAR))
		log_event(t->log, LOG_INFO, "CRON", "INFO", 0,
		    "%s of %" PRId64 " minutes are left out",
		    j->class == CLOCK_STEP_FAR ? "all jobs" : "wildcard jobs",
		    skipped);
}

static void
judge(struct tick *t)
{
	struct clock_step_look now = look();
	struct clock_step_done done = agenda_done(t->agenda);
	struct clock_step j;

	now.late_ns = late_ns(t, &now);
	j = clock_step_judge(&t->last, &now, &done);
	t->last = now;
	run_through(t, j.missed);
	done = agenda_done(t->agenda);
	say_step(t, &j, done);
	if (done.wild.n != j.resume.wild.n || done.fixed.n != j.resume.fixed.n)
		agenda_rebase(t->agenda, &j.resume);
	run_through(t, j.now);
}

static void
tick_work(struct tick *t)
{
	t->working = true;
	do {
		if (t->hooks.before != NULL)
			t->hooks.before(t->hooks.context);
		judge(t);
	} while (arm(t) != 0);
	t->working = false;
	if (t->hooks.armed != NULL)
		t->hooks.armed(t->hooks.context);
}

static void
timer_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct tick *t = w->data;
	uint64_t expired;

	(void)loop;
	(void)revents;
	assert(w == &t->readable);
	/* ECANCELED: the clock was set. Neither it nor the count matters. */
	if (read(t->fd, &expired, sizeof expired) < 0 && errno != ECANCELED)
		return;
	tick_work(t);
}

/* ---- for others ---- */

struct tick *
tick_new(struct ev_loop *loop, struct agenda *agenda, struct log *log,
    const struct tick_hooks *hooks)
{
	struct tick *t;
	int saved;

	t = calloc(1, sizeof *t);
	if (t == NULL)
		return NULL;
	t->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (t->fd < 0) {
		saved = errno;
		free(t);
		errno = saved;
		return NULL;
	}
	t->loop = loop;
	t->agenda = agenda;
	t->log = log;
	t->hooks = *hooks;
	t->armed_at = -1;
	ev_io_init(&t->readable, timer_readable, t->fd, EV_READ);
	ev_set_priority(&t->readable, EV_MAXPRI);
	t->readable.data = t;
	/* only steps after the first arming cancel, so look after it */
	(void)arm(t);
	t->last = look();
	agenda_on_add(agenda, bring_up_to_date, t);
	return t;
}

void
tick_free(struct tick *t)
{
	if (t == NULL)
		return;
	agenda_on_add(t->agenda, NULL, NULL);
	ev_io_stop(t->loop, &t->readable);
	close(t->fd);
	free(t);
}

void
tick_start(struct tick *t)
{
	t->started = true;
	ev_io_start(t->loop, &t->readable);
	tick_work(t);
}

void
tick_stop(struct tick *t)
{
	t->started = false;
	ev_io_stop(t->loop, &t->readable);
}

void
tick_rearm(struct tick *t)
{
	if (!t->started || t->working || due_at(t) == t->armed_at)
		return;
	if (arm(t) != 0)
		tick_work(t);
	else if (t->hooks.armed != NULL)
		t->hooks.armed(t->hooks.context);
}

void
tick_rezone(struct tick *t)
{
	struct clock_step_done done;

	bring_up_to_date(t);
	done = agenda_done(t->agenda);
	agenda_rebase(t->agenda, &done);
	tick_rearm(t);
}
