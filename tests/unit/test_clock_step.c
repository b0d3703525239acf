/* The clock verdict. (test_reference.c has it over random steps.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock_step.h"

#define NS INT64_C(1000000000)

/* Times are seconds after minute 10000; marks and verdicts minutes after it. */
static const struct {
	const char *name;
	double last, elapsed, step;
	int wild, fixed; /* done */
	enum clock_step_class class;
	int missed, resume_wild, resume_fixed;
} cases[] = {
    {"on time", 0, 60, 0, 0, 0, CLOCK_STEP_NONE, 1, 1, 1},
    {"within the minute", 5, 20, 10, 0, 0, CLOCK_STEP_NONE, 0, 0, 0},
    {"late by ten hours", 0, 36000, 0, 0, 0, CLOCK_STEP_NONE, 600, 600, 600},
    {"slept over empty minutes", 0, 36030, 0, 0, 0, CLOCK_STEP_NONE, 600, 600,
	600},
    {"to the next minute", 10, 20, 40, 0, 0, CLOCK_STEP_SHORT, 0, 0, 0},
    {"five minutes", 10, 20, 300, 0, 0, CLOCK_STEP_SHORT, 0, 0, 0},
    {"six minutes", 10, 20, 360, 0, 0, CLOCK_STEP_MEDIUM, 0, 5, 0},
    {"three hours", 10, 20, 10800, 0, 0, CLOCK_STEP_MEDIUM, 0, 179, 0},
    {"and a minute", 10, 20, 10860, 0, 0, CLOCK_STEP_FAR, 0, 180, 180},
    {"late and set", 10, 600, 600, 0, 0, CLOCK_STEP_MEDIUM, 10, 19, 10},
    {"half a second back", 59.9, 0.2, -0.5, 0, 0, CLOCK_STEP_NONE, 1, 1, 1},
    {"59 s back", 10, 20, -59, 0, 0, CLOCK_STEP_NONE, 0, 0, 0},
    {"60 s back", 10, 20, -60, 0, 0, CLOCK_STEP_HOLD, 0, -1, 0},
    {"three hours back", 10, 20, -10800, 0, 0, CLOCK_STEP_HOLD, 0, -180, 0},
    {"and a minute", 10, 20, -10860, 0, 0, CLOCK_STEP_RESTART, 0, -182, -182},
    /* while fixed-time entries wait for minute 100 */
    {"held, goes on", 0, 60, 0, 0, 100, CLOCK_STEP_NONE, 1, 1, 100},
    {"held, small step ahead", 58, 1, 5, 0, 100, CLOCK_STEP_SHORT, 0, 0, 100},
    {"held, half way up", 0, 1, 3000, 0, 100, CLOCK_STEP_MEDIUM, 0, 49, 100},
    {"held, past the mark", 0, 1, 7200, 0, 100, CLOCK_STEP_MEDIUM, 0, 119, 100},
    {"held, four hours ahead", 0, 1, 14400, 0, 100, CLOCK_STEP_MEDIUM, 0, 239,
	100},
    {"held, five hours ahead", 0, 1, 18000, 0, 100, CLOCK_STEP_FAR, 0, 299,
	299},
    {"held, back again", 0, 1, -3600, 0, 100, CLOCK_STEP_HOLD, 0, -60, 100},
    {"held, back too far in all", 0, 1, -7200, 0, 100, CLOCK_STEP_RESTART, 0,
	-121, -121},
    {"held, a second too far", 0, 0.5, -1, 0, 180, CLOCK_STEP_RESTART, 0, 0,
	-2},
    /* small steps back: the first held wildcards by a minute already */
    {"small steps add up", 0, 1, -59, 1, 1, CLOCK_STEP_HOLD, 0, -1, 1},
    {"or not yet", 30, 1, -20, 1, 1, CLOCK_STEP_NONE, 0, 1, 1},
};

static struct clock_step_look
look_at(double wall, double mono)
{
	return (struct clock_step_look){
	    .wall_ns = 600000 * NS + (int64_t)(wall * 1e9),
	    .mono_ns = 77 * NS + (int64_t)(mono * 1e9),
	};
}

static void
test_classes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct clock_step_look last = look_at(cases[i].last, 0);
		struct clock_step_look now =
		    look_at(cases[i].last + cases[i].elapsed + cases[i].step,
			cases[i].elapsed);
		struct clock_step_done done = {
		    .wild = {10000 + cases[i].wild},
		    .fixed = {10000 + cases[i].fixed},
		};
		struct clock_step j = clock_step_judge(&last, &now, &done);

		if (j.class != cases[i].class ||
		    j.missed.n != 10000 + cases[i].missed ||
		    j.resume.wild.n != 10000 + cases[i].resume_wild ||
		    j.resume.fixed.n != 10000 + cases[i].resume_fixed)
			fail_msg("%s: class %d, owed %d, resume %d %d",
			    cases[i].name, (int)j.class,
			    (int)(j.missed.n - 10000),
			    (int)(j.resume.wild.n - 10000),
			    (int)(j.resume.fixed.n - 10000));
		assert_int_equal(j.now.n, minute_of(now.wall_ns / NS).n);
	}
}

/* A loop that was stopped: a job of each minute ran seven times in 60 ms. */
static void
test_stopped(void **state)
{
	static const struct {
		const char *name;
		double elapsed, step, late; /* seconds */
		bool stopped;
		enum clock_step_class class;
		int missed, resume_wild, resume_fixed;
	} stops[] = {
	    {"five minutes late", 360, 0, 300, false, CLOCK_STEP_NONE, 6, 6, 6},
	    /* waited for minute 1, went on at 7:20 */
	    {"440 s", 440, 0, 380, true, CLOCK_STEP_MEDIUM, 0, 6, 0},
	    /* waited for minute 60, went on in minute 66 */
	    {"after an hour", 3965, 0, 365, true, CLOCK_STEP_MEDIUM, 59, 65,
		59},
	    {"a day", 86400, 0, 86340, true, CLOCK_STEP_FAR, 0, 1439, 1439},
	    {"and set back", 440, -380, 380, true, CLOCK_STEP_SHORT, 0, 0, 0},
	    {"and set ahead", 440, 600, 380, true, CLOCK_STEP_MEDIUM, 0, 16, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
		struct clock_step_look last = look_at(0, 0);
		struct clock_step_look now =
		    look_at(stops[i].elapsed + stops[i].step, stops[i].elapsed);
		struct clock_step_done done = {{10000}, {10000}};
		struct clock_step j;

		now.late_ns = (int64_t)(stops[i].late * 1e9);
		j = clock_step_judge(&last, &now, &done);
		if (j.stopped != stops[i].stopped ||
		    j.class != stops[i].class ||
		    j.missed.n != 10000 + stops[i].missed ||
		    j.resume.wild.n != 10000 + stops[i].resume_wild ||
		    j.resume.fixed.n != 10000 + stops[i].resume_fixed)
			fail_msg("%s: class %d, missed %d, resume %d %d",
			    stops[i].name, (int)j.class,
			    (int)(j.missed.n - 10000),
			    (int)(j.resume.wild.n - 10000),
			    (int)(j.resume.fixed.n - 10000));
	}
}

/* A clock that is broken and set back by half a minute each minute: nobody
 * waits for ever. */
static void
test_many_small_steps(void **state)
{
	struct clock_step_look last = look_at(0, 0), now;
	struct clock_step_done done = {{10000}, {10000}};
	int i;

	(void)state;
	for (i = 1; i < 1000; i++) {
		struct clock_step j;

		now = look_at(i * -1.0, i * 58.0);
		j = clock_step_judge(&last, &now, &done);
		last = now;
		done = j.resume;
		if (done.wild.n < j.now.n)
			done.wild = j.now;
		if (done.fixed.n < j.now.n)
			done.fixed = j.now;
		assert_true(done.wild.n <= j.now.n + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_classes),
	    cmocka_unit_test(test_stopped),
	    cmocka_unit_test(test_many_small_steps),
	};

	return cmocka_run_group_tests_name("jump", tests, NULL, NULL);
}
