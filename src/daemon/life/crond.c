/* The hooks between rooms, and the life of a crond. Owns no room. */
#include "daemon/life/crond.h"

#include <signal.h>
#include <stdlib.h>

#include "daemon/handover/adopt.h"
#include "daemon/base/child.h"
#include "daemon/life/crond_rooms.h"
#include "daemon/life/shutdown.h"
#include "daemon/schedule/progress_file.h"
#include "daemon/tables/reload.h"
#include "daemon/run/run.h"
#include "daemon/run/pam_sessions.h"
#include "daemon/run/starts.h"
#include "sys/files/outbox.h"
#include "daemon/life/startup.h"
#include "daemon/schedule/tick.h"
#include "daemon/users/user_cache.h"
#include "daemon/schedule/zones.h"
#include "sys/clock.h"
#include "sys/spawn/logind_fifo.h"

#define OPEN_SECS  10. /* for PAM, when we are to stop */
#define GRACE_SECS 30  /* for jobs, when nothing may outlive us */
/* How long tables that were there at the start are made up for. */
#define LATE_SECS 300.
#define STEP_NS   INT64_C(60000000000) /* of the wall clock */

static struct minute
this_minute(void)
{
	return minute_of(clock_wall_ns() / 1000000000);
}

static int64_t
now_at(void)
{
	return clock_wall_ns() / 1000000000;
}

/* --- hooks between rooms --- */

/* Is all started that has been due? */
static bool
is_settled(const struct crond *c)
{
	return !c->reboots_due && !c->incomplete &&
	       starts_count(c->starts) == 0;
}

/* All that is in force of minutes and is not on disk yet. */
void
crond_settled(void *context)
{
	struct crond *c = context;
	struct clock_step_done done;

	if (c->agenda == NULL || !is_settled(c))
		return;
	done = agenda_done(c->agenda);
	progress_file_done(c->minutes, &done, agenda_next(c->agenda));
}

bool
crond_was_started(void *context, struct entry *entry, struct minute due)
{
	struct crond *c = context;

	return progress_file_was_started(c->minutes, entry, due);
}

void
crond_starts(void *context, struct entry *entry, struct minute due)
{
	struct crond *c = context;

	progress_file_starts(c->minutes, entry, due);
}

/* How jobs ended is for us alone to see: children's ends, and by descriptors
 * that are closed now. */
static void
look_around(struct crond *c)
{
	while (children_reap(c->children))
		;
	runs_poll_children(c->runs);
	collectors_drain(c->collectors);
}

/* A successor comes, by an exec in place or later. */
static void
write_down(struct crond *c)
{
	struct clock_step_done done = agenda_done(c->agenda);
	bool settled = is_settled(c);

	runs_hand_over(c->runs, true);
	progress_file_stop(c->minutes, now_at(), settled ? &done : NULL,
	    agenda_next(c->agenda));
}

void
crond_upgrade(void *context)
{
	struct crond *c = context;

	if (c->agenda != NULL && !c->stopping)
		upgrade_start(&c->upgrade);
}

/* Those on their way through PAM tell only us of it. */
bool
crond_busy(void *context)
{
	struct crond *c = context;

	return runs_opening(c->runs) > 0;
}

void
crond_exec(void *context)
{
	struct crond *c = context;

	log_event(c->log, LOG_INFO, "CRON", "RELOAD", 0, "executing %s",
	    c->succession->program);
	look_around(c);
	if (c->sessions != NULL)
		pam_sessions_hand_over(c->sessions);
	write_down(c);
	log_drain(c->log);
	handover_exec(c->succession, &c->lock);
	runs_hand_over(c->runs, false);
	progress_file_go_on(c->minutes);
}

static void
drained_hook(struct ev_loop *loop, struct ev_prepare *w, int events)
{
	struct crond *c = w->data;

	(void)events;
	if (runs_count(c->runs) == 0 &&
	    (c->sessions == NULL || pam_sessions_count(c->sessions) == 0))
		ev_break(loop, EVBREAK_ALL);
}

void
crond_stop(void *context)
{
	struct crond *c = context;

	ev_break(c->loop.ev, EVBREAK_ALL);
}

/* Has "crond --flush" left its mark? */
static bool
take_mark(const struct crond *c)
{
	struct outbox *outbox = outbox_open(c->paths->outbox_dir);
	bool marked = outbox != NULL && outbox_look(outbox) == 0 &&
		      outbox_take_mark(outbox);

	outbox_close(outbox);
	return marked;
}

void
crond_reload(void *context)
{
	struct crond *c = context;

	log_reopen(c->log);
	user_cache_forget(c->users);
	if (c->options->drain)
		return;
	zones_refresh(c->zones);
	reload_all(c->reload);
	if (take_mark(c)) {
		collectors_flush(c->collectors);
		collectors_look_at_outbox(c->collectors, true);
	}
}

void
crond_unused_signal(void *context, int signum)
{
	struct crond *c = context;

	log_event(c->log, LOG_INFO, "CRON", "INFO", 0, "signal %d ignored",
	    signum);
}

void
crond_before_tick(void *context)
{
	struct crond *c = context;

	zones_check(c->zones);
	reload_apply_now(c->reload);
}

void
crond_due(void *context, struct entry *entry, struct minute due)
{
	struct crond *c = context;

	starts_due(c->starts, entry, due);
}

/* Once, when all tables there are at the start have been loaded: one whose user
 * had to be looked up is among them. */
static void
queue_reboots(struct crond *c)
{
	struct entry *const *list;
	size_t count, i;

	if (!c->reboots_due || reload_is_loading(c->reload))
		return;
	c->reboots_due = false;
	c->rebooted = true;
	count = agenda_reboots(c->agenda, &list);
	for (i = 0; i < count; i++)
		starts_due(c->starts, list[i], this_minute());
	crond_settled(c);
}

/* Tables that were there at the start and are known only now. What they have
 * missed since is owed to them as to all others, for five minutes, the time
 * that a daemon may have been away. While any is awaited the minutes since the
 * start do not count as done: a successor would make them up, and what was
 * started in them is noted. */

static void
end_waiting(struct crond *c)
{
	if (!c->incomplete)
		return;
	c->incomplete = false;
	ev_timer_stop(c->loop.ev, &c->patience);
	crond_settled(c);
}

static void
on_patience(struct ev_loop *loop, struct ev_timer *w, int events)
{
	(void)loop;
	(void)events;
	end_waiting(w->data);
}

static void
begin_waiting(struct crond *c)
{
	c->incomplete = reload_is_incomplete(c->reload);
	ev_timer_init(&c->patience, on_patience, LATE_SECS, 0.);
	c->patience.data = c;
	if (c->incomplete)
		ev_timer_start(c->loop.ev, &c->patience);
}

static bool
is_reboot(const struct table *table, const struct entry *entry)
{
	return (entry_when(table, entry)->flags & SCHEDULE_REBOOT) != 0;
}

static bool
has_reboots(const struct table *table)
{
	uint32_t i;

	for (i = 0; i < table->entry_count; i++)
		if (is_reboot(table, &table->entries[i]))
			return true;
	return false;
}

/* The others of this boot have been queued. */
static void
queue_late_reboots(struct crond *c, struct table *table)
{
	uint32_t i;

	for (i = 0; i < table->entry_count; i++)
		if (is_reboot(table, &table->entries[i]))
			crond_due(c, &table->entries[i], this_minute());
}

/* By a minute or more, since the start; or the machine slept. What others
 * missed then the agenda has judged (core/clock_step.h), and what these missed
 * is not known. */
static bool
clock_was_set(const struct crond *c)
{
	int64_t step = (clock_wall_ns() - c->began_ns) -
		       (clock_mono_ns() - c->began_mono_ns);

	return step >= STEP_NS || step <= -STEP_NS;
}

void
crond_late(void *context, struct table *table, int64_t changed_ns)
{
	struct crond *c = context;
	struct clock_step_done since = c->missed_from;
	struct entry *const *list;
	struct minute due;
	size_t count, i;
	bool reboots_missed;

	/* Who comes before the first tick has missed nothing, nor has who was
	 * changed meanwhile. */
	if (!c->ticking || changed_ns >= c->began_ns)
		return;
	reboots_missed = c->rebooted && !c->incomplete && has_reboots(table);
	if (c->rebooted && c->incomplete)
		queue_late_reboots(c, table);
	if (clock_was_set(c))
		end_waiting(c);
	while (c->incomplete) {
		count = agenda_owed(c->agenda, table, &since, &due, &list);
		if (count == 0)
			return;
		for (i = 0; i < count; i++)
			crond_due(c, list[i], due);
	}
	if (reboots_missed ||
	    agenda_owed(c->agenda, table, &since, &due, &list) > 0)
		log_event(c->log, LOG_WARNING, "CRON", "MISSED", 0,
		    "%s could not be read at the start: what it had due until "
		    "now is left out",
		    table->path);
}

void
crond_agenda_changed(void *context)
{
	struct crond *c = context;

	if (c->incomplete && !reload_is_incomplete(c->reload))
		end_waiting(c);
	tick_rearm(c->tick);
	queue_reboots(c);
}

void
crond_zones_changed(void *context)
{
	struct crond *c = context;

	tick_rezone(c->tick);
}

/* --- from start to end --- */

static void
take_over(struct crond *c)
{
	const struct adopt_config config = {
	    .log = c->log,
	    .handover = c->succession->handover,
	    .key = &c->succession->key,
	    .inherited = &c->succession->inherited,
	    .keepers = &c->succession->keepers,
	    .runs = c->runs,
	};

	if (config.handover != NULL)
		adopt(&config);
	collectors_take_over(c->collectors);
	reexec_clear(&c->succession->inherited);
	logind_fifos_clear(&c->succession->keepers);
	if (c->succession->inherited.in_place)
		reexec_unblock_signals();
	/* Of children that ended during an exec in place. */
	ev_feed_signal_event(c->loop.ev, SIGCHLD);
}

/* No tables, no ticks: until the last run is over. Its mail is its collector's.
 */
void
crond_drain(struct crond *c)
{
	take_over(c);
	handover_ready(c->succession);
	ev_prepare_init(&c->idle, drained_hook);
	c->idle.data = c;
	ev_prepare_start(c->loop.ev, &c->idle);
	ev_run(c->loop.ev, 0);
	ev_prepare_stop(c->loop.ev, &c->idle);
	look_around(c);
	c->status = EXIT_SUCCESS;
}

static void
opened_hook(struct ev_loop *loop, struct ev_prepare *w, int events)
{
	(void)events;
	if (!crond_busy(w->data))
		ev_break(loop, EVBREAK_ALL);
}

static void
on_enough(struct ev_loop *loop, struct ev_timer *w, int events)
{
	(void)w;
	(void)events;
	ev_break(loop, EVBREAK_ALL);
}

/* Jobs on their way through PAM would not be started: what they tell us is for
 * nobody else. A second signal ends the wait. */
static void
let_open(struct crond *c)
{
	struct ev_timer enough;

	if (!crond_busy(c))
		return;
	ev_prepare_init(&c->idle, opened_hook);
	c->idle.data = c;
	ev_prepare_start(c->loop.ev, &c->idle);
	ev_timer_init(&enough, on_enough, OPEN_SECS, 0.);
	ev_timer_start(c->loop.ev, &enough);
	ev_run(c->loop.ev, 0);
	ev_timer_stop(c->loop.ev, &enough);
	ev_prepare_stop(c->loop.ev, &c->idle);
}

/* For how jobs end, and their sessions: their output and mail are collectors'.
 */
static void
leave_drain(struct crond *c)
{
	if (runs_count(c->runs) > 0)
		handover_leave(c->succession);
}

/* Nothing may run on. */
static void
end_all(struct crond *c)
{
	const struct shutdown grace = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .runs = c->runs,
	    .collectors = c->collectors,
	    .sessions = c->sessions,
	    .pid1 = c->pid1,
	    .secs = c->options->grace_secs < 0 ? GRACE_SECS
					       : c->options->grace_secs,
	};

	tick_stop(c->tick);
	starts_refuse(c->starts, c->pid1);
	shutdown_run(&grace);
	write_down(c);
	if (!c->pid1)
		leave_drain(c);
}

/* What runs on is looked after. */
static void
stop(struct crond *c)
{
	/* A new program would know nothing of the stop. */
	c->stopping = true;
	upgrade_clear(&c->upgrade);
	if (c->pid1 || c->options->grace_secs >= 0) {
		end_all(c);
		return;
	}
	let_open(c);
	look_around(c);
	write_down(c);
	leave_drain(c);
}

/* All rooms are there: load, say so, run until told to stop. */
void
crond_run(struct crond *c)
{
	enum startup_boot boot;

	take_over(c);
	startup_say(c->log, c->personality, c->forked, c->lock.fd,
	    c->source.delay_percent);
	reload_start(c->reload);
	if (c->pid1 && !c->succession->inherited.in_place)
		startup_new_boot(c->paths);
	boot = startup_claim_boot(c->paths, c->personality, c->log,
	    c->as_user ? c->host.boot_id : NULL);
	daemonize_ready(&c->background);
	c->status = EXIT_SUCCESS;
	if (boot == BOOT_DEATH)
		return; /* with this status: COMPAT.md 2.1 */
	collectors_look_at_outbox(c->collectors, take_mark(c));
	c->reboots_due =
	    boot == BOOT_FIRST || progress_file_reboots_left(c->minutes);
	if (c->reboots_due)
		progress_file_reboots(c->minutes);
	begin_waiting(c);
	tick_start(c->tick);
	c->ticking = true;
	queue_reboots(c);
	ev_run(c->loop.ev, 0);
	ev_timer_stop(c->loop.ev, &c->patience);
	stop(c);
	if (!c->personality->debian)
		log_event(c->log, LOG_INFO, "CRON", "INFO", 0, "Shutting down");
}
