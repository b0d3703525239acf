/*
 * The tick: a timerfd on the wall clock, armed for the next minute in which
 * something is due, cancelled by the kernel when the clock is set (DESIGN.md
 * "Tick"). On each wake reads both clocks, asks core/clock_step.h for the
 * verdict, and takes what is due from the agenda, in order.
 */
#ifndef EVCRON_DAEMON_SCHEDULE_TICK_H
#define EVCRON_DAEMON_SCHEDULE_TICK_H

#include <ev.h>

#include "core/agenda.h"
#include "sys/log/log.h"

struct tick;

struct tick_hooks {
	void *context;
	/* Called on each wake before anything is taken from the agenda: drains
	 * and applies pending changes of tables. */
	void (*before)(void *context);
	/* One entry is due in that minute. */
	void (*due)(void *context, struct entry *, struct minute due);
	/* All that is due by now has been, and the timer waits for the agenda's
	 * next minute. May be NULL. */
	void (*armed)(void *context);
};

/* Takes the first look at the clocks. What is done by then is the agenda's
 * (agenda_new): a start in mid-minute gives it that minute, a start that makes
 * up for a time without a daemon an earlier one. NULL with errno: no timerfd or
 * no memory. */
struct tick *tick_new(struct ev_loop *, struct agenda *, struct log *,
    const struct tick_hooks *);
void tick_free(struct tick *);

/* Runs what became due since tick_new (loading may take its time), then waits
 * for what is due next. */
void tick_start(struct tick *);

/* Nothing becomes due any more. */
void tick_stop(struct tick *);

/* The agenda has changed: arms for its next minute. Nothing before
 * tick_start, nor in hooks: they are followed by it anyway. */
void tick_rearm(struct tick *);

/* Zones have changed: the agenda asks for all of them, then as tick_rearm. Also
 * from hooks.before and before tick_start. */
void tick_rezone(struct tick *);

#endif
