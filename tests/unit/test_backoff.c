/* When letters are tried again: waits, their end, clocks that are set, last
 * words of mailers, and the lengths of time in options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/backoff.h"
#include "core/duration.h"

#define HOUR (uint64_t)3600

/* 1, 5, 15, 60 minutes, then hourly, for five days. */
static void
test_default(void **state)
{
	static const uint64_t first[] = {60, 300, 900, HOUR, HOUR, HOUR};
	struct backoff b;
	uint64_t waited = 0;
	unsigned attempts = 1;
	size_t i;

	(void)state;
	backoff_default(&b);
	for (i = 0; i < sizeof first / sizeof first[0]; i++) {
		assert_int_equal(backoff_next(&b, waited), first[i]);
		waited += first[i];
	}
	for (waited = 0; !backoff_over(&b, waited); attempts++)
		waited += backoff_next(&b, waited);
	assert_in_range(waited, 5 * 24 * HOUR, 5 * 24 * HOUR + HOUR);
	assert_in_range(attempts, 120, 125);
}

/* An attempt made early moves none of the later ones. */
static void
test_early(void **state)
{
	struct backoff b;
	uint64_t waited;

	(void)state;
	backoff_default(&b);
	assert_int_equal(backoff_next(&b, 10), 50);
	assert_int_equal(backoff_next(&b, 59), 1);
	assert_int_equal(backoff_next(&b, 61), 299);
	assert_int_equal(backoff_next(&b, 60 + 300 + 900 + 3600 + 1), 3599);
	for (waited = 0; waited < 100000; waited++)
		assert_in_range(backoff_next(&b, waited), 1, HOUR);
	assert_in_range(backoff_next(&b, UINT64_MAX), 1, HOUR);
}

static void
test_parse(void **state)
{
	static const char *const bad[] = {"", ",", "1m,", ",1m", "0", "0s",
	    "1x", "1 m", "-1", "m", "1mm", "367d", "99999999999999999999",
	    "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"};
	struct backoff b;
	size_t i;

	(void)state;
	backoff_default(&b);
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (backoff_parse(&b, bad[i]))
			fail_msg("'%s' was taken", bad[i]);
		assert_int_equal(b.count, 4);
		assert_int_equal(b.waits[3], HOUR);
	}
	assert_true(backoff_parse(&b, "1s,2m,3h,4d"));
	assert_int_equal(b.count, 4);
	assert_int_equal(b.waits[0], 1);
	assert_int_equal(b.waits[1], 120);
	assert_int_equal(b.waits[2], 3 * HOUR);
	assert_int_equal(b.waits[3], 96 * HOUR);
	assert_true(backoff_parse(&b, "7"));
	assert_int_equal(backoff_next(&b, 0), 7);
	assert_int_equal(backoff_next(&b, 7), 7);
	assert_int_equal(backoff_next(&b, 8), 6);
	assert_true(backoff_parse(&b, "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,366d"));
}

/* After a restart, whatever was done to the clock. */
static void
test_left(void **state)
{
	static const struct {
		int64_t next, now;
		uint64_t left;
	} cases[] = {
	    {1000, 990, 10},
	    {1000, 1000, 0},
	    {1000, 5000, 0},            /* late */
	    {1000, 900, 60},            /* the clock was set back */
	    {1000, -2000000000, 60},    /* by decades */
	    {INT64_MAX, INT64_MIN, 60}, /* or the label is wrong */
	    {INT64_MIN, INT64_MAX, 0},
	};
	struct backoff b;
	size_t i;

	(void)state;
	backoff_default(&b);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(backoff_left(&b, 0, cases[i].next,
				     cases[i].now),
		    cases[i].left);
}

static void
test_final(void **state)
{
	int code;

	(void)state;
	for (code = 0; code < 256; code++)
		assert_int_equal(backoff_final(code << 8),
		    code == 64 || code == 65 || code == 67);
	assert_false(backoff_final(9));
	assert_false(backoff_final(64));
}

static void
test_fault_print(void **state)
{
	static const struct {
		uint64_t secs;
		const char *text;
	} cases[] = {
	    {0, "0 s"},
	    {119, "119 s"},
	    {120, "2 min"},
	    {3600, "60 min"},
	    {7199, "119 min"},
	    {7200, "2 h"},
	    {172799, "47 h"},
	    {172800, "2 d"},
	    {UINT64_MAX, "213503982334601 d"},
	};
	char text[32];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_string_equal(duration_show(text, sizeof text,
					cases[i].secs),
		    cases[i].text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_default),
	    cmocka_unit_test(test_early),
	    cmocka_unit_test(test_parse),
	    cmocka_unit_test(test_left),
	    cmocka_unit_test(test_final),
	    cmocka_unit_test(test_fault_print),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
