/*
 * The clock verdict: what to run after the wall clock was set. Applies the
 * classes of COMPAT.md 9.2 (without pauses) to what the wall clock moved
 * *more* than the monotonic clock did since the last look; suspend counts as a
 * step, a slow loop does not (DESIGN.md "Clock verdict"), unless it is late by
 * more than five minutes: it was stopped (SIGSTOP, a frozen control group), and
 * the time since the minute it waited for counts as a step of that size.
 *
 * First of all, what would have been due without the step is run ("owed").
 * Then the two kinds of entries are judged by themselves, each against the
 * latest minute that it has been run through (its mark), not against the clock
 * before the step: steps may follow one another while entries still wait for
 * the clock to pass their mark, and only the mark knows of the earlier ones.
 *
 * Fixed-time entries, now - mark in minutes:
 *   more than 180       nothing is made up, they start over with this minute
 *   0 to 180            all that was missed is made up
 *   -180 to -1          they wait until the clock passes the mark
 *   less than -180      they start over with this minute
 * Two steps back of two hours are 240 minutes, as for the incumbents. A step
 * back of one hour followed by one of four hours ahead makes up three hours.
 *
 * Wildcard entries, now - mark in minutes:
 *   more than 5         they go on with this minute
 *   0 to 5              all that was missed is run
 *   less than 0         they go on with the next minute: the one that is shown
 *                       again is not run again. But a step back of less than
 *                       a minute must not run anything twice, so they wait if
 *                       the mark is just one minute ahead. Small steps that
 *                       add up to more take the mark further ahead, and so
 *                       can't hold them for ever.
 * After a step back by more than 180 minutes they start over with this minute.
 */
#ifndef EVCRON_CORE_CLOCK_STEP_H
#define EVCRON_CORE_CLOCK_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/minute.h"

/* A look at both clocks, in nanoseconds. */
struct clock_step_look {
	int64_t wall_ns;
	int64_t mono_ns;
	/* Of the look now: how much later it is than the minute that the loop
	 * waited for, by the monotonic clock; 0: it is not late. */
	int64_t late_ns;
};

/* Through which minute wildcard and fixed-time entries have been run. They
 * differ while the clock, set back, shows again what it showed before. */
struct clock_step_done {
	struct minute wild;
	struct minute fixed;
};

enum clock_step_class {
	CLOCK_STEP_NONE,   /* no step, or one inside the minute */
	CLOCK_STEP_SHORT,  /* 1 to 5 minutes ahead: everything missed is run */
	CLOCK_STEP_MEDIUM, /* 6 to 180: fixed-time entries made up, wildcards
			      once */
	CLOCK_STEP_FAR,    /* more than 180 ahead: only the current minute */
	CLOCK_STEP_HOLD,   /* back, up to 180: fixed-time entries wait */
	CLOCK_STEP_RESTART,
	/* back by more: everything starts over from now */
};

struct clock_step {
	enum clock_step_class class;
	bool stopped;    /* the loop was, for more than five minutes */
	int64_t step_ns; /* what the wall clock moved by itself, or while the
			    loop was stopped */
	/* First run everything due through this minute (what would have been
	 * run without the step), then continue from resume. */
	struct minute missed;
	struct clock_step_done
	    resume; /* then run all after these, through now */
	struct minute now;
};

/* last: clocks at the last look; now: clocks now; done: state of the runs.
 * After the caller has run what is due through owed and set its state to
 * resume, it runs what is due through jump.now. */
struct clock_step clock_step_judge(const struct clock_step_look *last,
    const struct clock_step_look *now, const struct clock_step_done *done);

#endif
