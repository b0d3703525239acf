/*
 * A slow, obvious scheduler to hold the fast one against: minute by minute,
 * with the C library's localtime, knowing nothing of core's next_fire, lists of
 * offsets, or bits of days.
 */
#ifndef EVCRON_TESTS_REFERENCE_H
#define EVCRON_TESTS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/schedule.h"

/* What the clock on the wall shows in each of count minutes of the epoch, from
 * first on. */
struct reference_window {
	int64_t first;
	size_t count;
	struct tm *shown;
};

/* tz: as the environment variable TZ has it. Exits when out of memory. */
void reference_window_init(struct reference_window *, const char *tz,
    int64_t first, size_t count);
void reference_window_clear(struct reference_window *);

/* Does the schedule list what this clock shows? */
bool reference_listed(const struct schedule *, const struct tm *);

/* Sets fires[i] for each minute of the window in which the entry runs. What
 * the clock showed before the window counts as not known: let it begin a few
 * days early. */
void reference_fires(const struct reference_window *, const struct schedule *,
    bool *fires);

/* Minutes run by a cron that looks at the clock every second, after all that
 * was shown to it: for steps of the clock. Two entries that list every minute,
 * a wildcard one and a fixed-time one. */
struct reference_clock {
	bool started;
	int64_t wall;        /* at the last look, in seconds */
	int64_t wild, fixed; /* run through these minutes */
};

typedef void (*reference_run)(void *context, bool fixed, int64_t minute);

/* The wall clock shows this now, elapsed (0 or 1) seconds after the last
 * look. */
void reference_clock_look(struct reference_clock *, int64_t wall, int elapsed,
    reference_run, void *context);

/* A generator for random tests: the same numbers everywhere. */
uint64_t reference_random(uint64_t *state);
int64_t reference_between(uint64_t *state, int64_t low, int64_t high);
/* SEED of the environment, or from the clock; printed. */
uint64_t reference_seed(void);
/* Any schedule, often a mean one: near midnight, the end of a month, 02:30. */
void reference_schedule(uint64_t *state, struct schedule *);

#endif
