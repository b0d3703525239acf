/* Minutes done: the file's bytes, and what is made up of those missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/progress.h"

#define T INT64_C(29000000) /* a minute */

static void
test_round_trip(void **unused)
{
	const struct progress past = {
	    .key = {"boot-id", 1, 2},
	    .done = {{T}, {T + 60}},
	    .next = MINUTE_NEVER,
	    .stopped_at = T * 60 + 7,
	    .reboots = true,
	};
	char bytes[PROGRESS_FRONT + 2 * PROGRESS_ENTRY];
	struct progress read;
	size_t at = PROGRESS_FRONT, n;
	uint64_t key;

	(void)unused;
	progress_write(&past, bytes);
	progress_entry_write(0, bytes + PROGRESS_FRONT);
	progress_entry_write(UINT64_C(0xfedcba9876543210),
	    bytes + PROGRESS_FRONT + PROGRESS_ENTRY);
	assert_true(progress_read(&read, bytes, sizeof bytes));
	assert_true(run_state_key_same(&read.key, &past.key));
	assert_int_equal(read.done.wild.n, T);
	assert_int_equal(read.done.fixed.n, T + 60);
	assert_true(minute_is_never(read.next));
	assert_int_equal(read.stopped_at, T * 60 + 7);
	assert_true(read.reboots);
	assert_true(progress_entry_read(bytes, sizeof bytes, &at, &key));
	assert_true(key == 0);
	assert_true(progress_entry_read(bytes, sizeof bytes, &at, &key));
	assert_true(key == UINT64_C(0xfedcba9876543210));
	assert_false(progress_entry_read(bytes, sizeof bytes, &at, &key));
	for (n = 0; n < PROGRESS_FRONT; n++)
		assert_false(progress_read(&read, bytes, n));
	/* A key that was torn is none. */
	at = PROGRESS_FRONT;
	assert_false(
	    progress_entry_read(bytes, PROGRESS_FRONT + 16, &at, &key));
	bytes[PROGRESS_FRONT + 3] = 'g';
	assert_false(progress_entry_read(bytes, sizeof bytes, &at, &key));
}

static void
test_broken(void **unused)
{
	static const char *const changes[][2] = {
	    {"evcron minutes 1", "evcron minutes 2"},
	    {"wild 29", "wild x9"},
	    {"wild 29", "wilD 29"},
	    {"fixed 29000000", "fixed -9000000"},
	    {"fixed 29000000", "fixed 990000000"},
	    {"stopped -1", "stopped -2"},
	    {"reboots 0", "reboots 2"},
	};
	const struct progress past = {
	    .key = {"boot-id", 1, 2},
	    .done = {{T}, {T}},
	    .next = {T + 1},
	    .stopped_at = -1,
	};
	char bytes[PROGRESS_FRONT], *at;
	struct progress read;
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		progress_write(&past, bytes);
		assert_true(progress_read(&read, bytes, sizeof bytes));
		at = memmem(bytes, sizeof bytes, changes[i][0],
		    strlen(changes[i][0]));
		assert_non_null(at);
		memcpy(at, changes[i][1], strlen(changes[i][1]));
		if (progress_read(&read, bytes, sizeof bytes))
			fail_msg("%s", changes[i][1]);
	}
}

/* Minutes are relative to T; now is 10 seconds into its minute. */
static const struct resume_case {
	int64_t wild, fixed, next;
	int64_t stopped; /* seconds after T's beginning; -1: a crash */
	int64_t now;
	int64_t resumes_wild, resumes_fixed;
	enum progress_verdict verdict;
	int64_t left_out;
} resumes[] = {
    /* A crash: nothing missed; all of 5; fixed ones of 180; none. */
    {0, 0, 1, -1, 0, 0, 0, PROGRESS_WHOLE, 0},
    {0, 0, 1, -1, 1, 0, 0, PROGRESS_WHOLE, 0},
    {0, 0, 1, -1, 5, 0, 0, PROGRESS_WHOLE, 0},
    {0, 0, 1, -1, 6, 5, 0, PROGRESS_FIXED, 5},
    {0, 0, 1, -1, 180, 179, 0, PROGRESS_FIXED, 179},
    {0, 0, 1, -1, 181, 180, 180, PROGRESS_NONE, 180},
    /* Empty minutes are none that were missed. */
    {0, 0, 600, -1, 300, 300, 300, PROGRESS_WHOLE, 0},
    {0, 0, 600, -1, 603, 599, 599, PROGRESS_WHOLE, 0},
    {0, 0, 600, -1, 609, 608, 599, PROGRESS_FIXED, 9},
    {0, 0, -1, -1, 9999, 9999, 9999, PROGRESS_WHOLE, 0},
    /* The clock was set back meanwhile. */
    {0, 0, 1, -1, -60, -60, 0, PROGRESS_CLOCK_BACK, 0},
    {0, 0, 1, -1, -200, -201, -201, PROGRESS_CLOCK_BACK, 0},
    /* A stop: all of five minutes, none of more. */
    {0, 0, 1, 30, 5, 0, 0, PROGRESS_WHOLE, 0},
    {0, 0, 1, 30, 6, 6, 6, PROGRESS_NONE, 6},
    {0, 60, 1, 30, 2, 0, 60, PROGRESS_WHOLE, 0}, /* while fixed ones waited */
    {0, 0, 600, 30, 300, 300, 300, PROGRESS_NONE, 0},
    {0, 0, 600, 30, 700, 700, 700, PROGRESS_NONE, 101},
    /* The clock was set back while it was stopped. */
    {0, 0, 1, 30, -60, -60, 0, PROGRESS_CLOCK_BACK, 0},
    {0, 0, 1, 30, -200, -201, -201, PROGRESS_CLOCK_BACK, 0},
    /* It had been before: fixed-time entries have run up to 60. */
    {0, 60, 1, 30, 20, 20, 60, PROGRESS_NONE, 20},
    {0, 60, 1, -1, 1, 0, 60, PROGRESS_WHOLE, 0},
    {0, 60, 1, -1, 20, 19, 60, PROGRESS_FIXED, 19},
    {0, 60, 1, -1, 70, 69, 60, PROGRESS_FIXED, 69},
    {0, 60, 1, -1, -100, -100, 60, PROGRESS_CLOCK_BACK, 0},
    {0, 60, 1, -1, -130, -131, -131, PROGRESS_CLOCK_BACK, 0},
};

static void
check_resume(const struct resume_case *c)
{
	const struct progress past = {
	    .done = {{T + c->wild}, {T + c->fixed}},
	    .next = c->next < 0 ? MINUTE_NEVER : (struct minute){T + c->next},
	    .stopped_at = c->stopped < 0 ? -1 : T * 60 + c->stopped,
	};
	struct progress_left none = {0};
	enum progress_verdict verdict;
	struct clock_step_done done;
	int64_t left_out;

	done = progress_resume(&past, &none, (T + c->now) * 60 + 10, &verdict,
	    &left_out);
	if (done.wild.n - T != c->resumes_wild ||
	    done.fixed.n - T != c->resumes_fixed || verdict != c->verdict ||
	    left_out != c->left_out)
		fail_msg("case %d: %d %d, verdict %d, left out %d",
		    (int)(c - resumes), (int)(done.wild.n - T),
		    (int)(done.fixed.n - T), (int)verdict, (int)left_out);
}

static void
test_resume(void **unused)
{
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof resumes / sizeof resumes[0]; i++)
		check_resume(&resumes[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_resume),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
