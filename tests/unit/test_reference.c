/*
 * The fast code against the slow, obvious one (lib/reference.h): next_fire and
 * the agenda over random schedules and zones, the clock verdict over random
 * steps. SEED is printed and taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/clock_step.h"
#include "core/next_fire.h"
#include "reference.h"
#include "sys/zoneinfo.h"

enum {
	WINDOWS = 60,
	SCHEDULES = 40, /* in each window */
	DAYS = 8,
	EARLY = 3 * 1440, /* minutes before, for reference_fires */
};

/* ---- schedules and zones ---- */

static const char *const zones[] = {
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns",
    "America/Havana",      /* midnight */
    "America/Sao_Paulo",   /* midnight, until 2019 */
    "Australia/Lord_Howe", /* 30 minutes */
    "Antarctica/Troll",    /* two hours */
    "Africa/Casablanca",   /* Ramadan */
    "Asia/Gaza", "Asia/Kathmandu",
    "Pacific/Apia",                          /* skipped 30 December 2011 */
    "Pacific/Kwajalein", "Antarctica/Casey", /* three hours, several times */
    "Asia/Pyongyang", "America/Caracas",
    "<-0330>3:30<-0230>,M3.2.0/0:01,M11.1.0/0:01",
    "AAA-1BBB-3,J100/2,J101/4", /* back after a day */
    "AAA-1BBB-6,J200/2,J300/4", /* five hours */
};

/* A minute some days before a change of offset, if one is found. */
static int64_t
near_change(uint64_t *seed, const char *tz)
{
	int64_t at = reference_between(seed, 1230768000, 2200000000);
	struct zone *z = zoneinfo_take(tz, at, NULL);
	size_t i;

	assert_non_null(z);
	if (z->count > 1) {
		i = (size_t)reference_between(seed, 1,
		    (int64_t)(z->count > 4 ? 4 : z->count - 1));
		at = z->spans[i].from_at -
		     reference_between(seed, 0, (DAYS - 1) * 86400);
	}
	zone_free(z);
	return minute_of(at).n;
}

static void
check_schedule(const struct reference_window *w, const struct zone *z,
    const struct schedule *s, const char *tz, bool *fires)
{
	struct minute after, next;
	int64_t n;

	reference_fires(w, s, fires);
	/* from each minute by itself, not only from fire to fire */
	next = next_fire(s, z, (struct minute){w->first + EARLY - 1});
	for (n = w->first + EARLY; n < w->first + (int64_t)w->count; n++) {
		if (fires[n - w->first] != (next.n == n))
			fail_msg("%s: minute %lld: %d, next_fire %lld, "
				 "flags %x, delay %u",
			    tz, (long long)n, fires[n - w->first],
			    (long long)next.n, s->flags, s->delay_mins);
		after = (struct minute){n};
		if (next.n == n || n % 7 == 0)
			next = next_fire(s, z, after);
		assert_true(next.n > n);
	}
}

static void
test_schedules(void **state)
{
	uint64_t seed = reference_seed();
	size_t count = DAYS * 1440 + EARLY;
	bool *fires = calloc(count, sizeof *fires);
	int i, j;

	(void)state;
	for (i = 0; i < WINDOWS; i++) {
		const char *tz =
		    zones[(size_t)i % (sizeof zones / sizeof *zones)];
		int64_t first = near_change(&seed, tz);
		struct reference_window w;
		struct zone *z;

		reference_window_init(&w, tz, first - EARLY, count);
		unsetenv("TZ");
		z = zoneinfo_take(tz, (first - EARLY) * 60, NULL);
		for (j = 0; j < SCHEDULES; j++) {
			struct schedule s;

			reference_schedule(&seed, &s);
			check_schedule(&w, z, &s, tz, fires);
		}
		zone_free(z);
		reference_window_clear(&w);
	}
	free(fires);
}

/* Made-up zones whose offset changes every few hours, by anything up to a jump
 * and beyond: no zone file has the like, but the rule has no limits. */
static struct zone *
made_up(uint64_t *seed, struct reference_window *w)
{
	struct zone_span spans[64];
	struct zone *z;
	size_t i, count = 64;

	for (i = 0; i < count; i++) {
		spans[i].from_at =
		    i == 0 ? w->first * 60
			   : spans[i - 1].from_at +
				 60 * reference_between(seed, 1, 400);
		spans[i].offset_secs = 60 * reference_between(seed, -130, 130);
	}
	z = zone_new("made up", spans, count, (w->first + 100000) * 60);
	assert_non_null(z);
	for (i = 0; i < w->count; i++) {
		int64_t n = w->first + (int64_t)i;
		size_t j = 0;
		time_t t;

		while (j + 1 < count && spans[j + 1].from_at <= n * 60)
			j++;
		t = (time_t)(n * 60 + spans[j].offset_secs);
		assert_non_null(gmtime_r(&t, &w->shown[i]));
	}
	return z;
}

static void
test_made_up_zones(void **state)
{
	uint64_t seed = reference_seed();
	struct reference_window w;
	bool *fires;
	int i, j;

	(void)state;
	reference_window_init(&w, "UTC", minute_of(1718000000).n,
	    DAYS * 1440 + EARLY);
	fires = calloc(w.count, sizeof *fires);
	for (i = 0; i < 20; i++) {
		struct zone *z = made_up(&seed, &w);

		for (j = 0; j < SCHEDULES; j++) {
			struct schedule s;

			reference_schedule(&seed, &s);
			check_schedule(&w, z, &s, "made up", fires);
		}
		zone_free(z);
	}
	free(fires);
	reference_window_clear(&w);
}

/* ---- steps of the clock ---- */

#define NS INT64_C(1000000000)

/* Two entries that list every minute; what each was run for, in order. */
struct runs {
	int64_t list[200000];
	size_t count;
};

static struct runs expected[2], ours[2];

static void
expect(void *context, bool fixed, int64_t minute)
{
	(void)context;
	expected[fixed].list[expected[fixed].count++] = minute;
}

static void
run_through(struct clock_step_done *done, int64_t through)
{
	while (done->wild.n < through)
		ours[0].list[ours[0].count++] = ++done->wild.n;
	while (done->fixed.n < through)
		ours[1].list[ours[1].count++] = ++done->fixed.n;
}

static void
wake(struct clock_step_look *last, const struct clock_step_look *now,
    struct clock_step_done *done)
{
	struct clock_step j = clock_step_judge(last, now, done);

	*last = *now;
	run_through(done, j.missed.n);
	*done = j.resume;
	run_through(done, j.now.n);
}

static int64_t
random_step(uint64_t *seed)
{
	static const int64_t sizes[] = {1, 5, 59, 60, 61, 119, 120, 299, 300,
	    359, 360, 361, 600, 3600, 10740, 10800, 10860, 10920, 20000,
	    100000};
	size_t count = sizeof sizes / sizeof *sizes;
	int64_t size = sizes[reference_between(seed, 0, (int64_t)count - 1)];

	if (reference_between(seed, 0, 1) == 0)
		size = reference_between(seed, 1, size);
	return reference_between(seed, 0, 1) == 0 ? size : -size;
}

/* The slow cron looks every second. Ours sleeps until a step or for some random
 * time, as if little were due or the loop were late: the same must be run. */
static void
one_history(uint64_t *seed)
{
	struct reference_clock slow = {0};
	int64_t wall = reference_between(seed, 1000000, 1100000), mono, sleep;
	struct clock_step_look last = {wall * NS, 0, 0}, now;
	struct clock_step_done done = {minute_of(wall), minute_of(wall)};
	int i, step;

	memset(expected, 0, sizeof expected);
	memset(ours, 0, sizeof ours);
	reference_clock_look(&slow, wall, 0, expect, NULL);
	for (mono = 1, sleep = 0, i = 0; i < 60000; i++, mono++) {
		wall++;
		step = reference_between(seed, 0, 3000) == 0 ||
		       (sleep < 90 && reference_between(seed, 0, 1500) == 0);
		reference_clock_look(&slow, wall, 1, expect, NULL);
		if (step) {
			wall += random_step(seed);
			reference_clock_look(&slow, wall, 0, expect, NULL);
		}
		if (!step && sleep-- > 0)
			continue;
		now = (struct clock_step_look){wall * NS, mono * NS, 0};
		wake(&last, &now, &done);
		sleep = reference_between(seed, 0, 400);
	}
	now = (struct clock_step_look){wall * NS, mono * NS, 0};
	now.mono_ns -= NS; /* the loop has counted one on */
	wake(&last, &now, &done);
}

static void
test_steps(void **state)
{
	uint64_t seed = reference_seed();
	size_t i;
	int n, kind;

	(void)state;
	for (n = 0; n < 100; n++) {
		one_history(&seed);
		for (kind = 0; kind < 2; kind++) {
			for (i = 0; i < ours[kind].count; i++)
				if (ours[kind].list[i] !=
				    expected[kind].list[i])
					fail_msg("history %d, %s %zu: %lld, "
						 "not %lld",
					    n, kind ? "fixed" : "wild", i,
					    (long long)ours[kind].list[i],
					    (long long)expected[kind].list[i]);
			assert_int_equal(ours[kind].count,
			    expected[kind].count);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedules),
	    cmocka_unit_test(test_made_up_zones),
	    cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests_name("reference", tests, NULL, NULL);
}
