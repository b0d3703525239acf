/* Random values that stay the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/random.h"

static void
test_stays_the_same(void **state)
{
	(void)state;
	/* Written down: another build or machine must not change the times at
	 * which jobs run. */
	assert_int_equal(random_mix(0, "", 0), UINT64_C(0xa706dd2f4d197e6f));
	assert_int_equal(random_mix(42, "a table", 7),
	    UINT64_C(0x6603e28bd45a1b83));
	assert_int_equal(random_between(42, 0, 59), 44);
	assert_int_equal(random_mix(42, "a table of two words", 20),
	    UINT64_C(0x99fd8313078343ac));
	assert_int_equal(random_delay_percent(42), 12);
}

static void
test_bytes_count_one_by_one(void **state)
{
	uint64_t ab = random_mix(random_mix(1, "ab", 2), "c", 1);
	uint64_t a = random_mix(random_mix(1, "a", 1), "bc", 2);

	(void)state;
	assert_int_not_equal(ab, a);
	assert_int_not_equal(random_mix(1, "a", 1), random_mix(2, "a", 1));
	assert_int_not_equal(random_mix(1, "a\0", 2), random_mix(1, "a", 1));
}

/* Each value of the range comes up about equally often. */
static void
test_between(void **state)
{
	unsigned seen[60] = {0};

	(void)state;
	for (unsigned i = 0; i < 60000; i++) {
		uint64_t seed = random_mix(7, &(unsigned char){0}, 1) + i;
		unsigned value = random_between(seed, 5, 59);
		assert_in_range(value, 5, 59);
		seen[value]++;
	}
	for (unsigned i = 5; i <= 59; i++)
		assert_in_range(seen[i], 900, 1300);
	assert_int_equal(random_between(123, 9, 9), 9);
}

static void
test_delay_percent(void **state)
{
	unsigned low = 100, high = 0;

	(void)state;
	for (uint64_t host = 0; host < 2000; host++) {
		unsigned percent = random_delay_percent(host);
		assert_in_range(percent, 0, 100);
		low = percent < low ? percent : low;
		high = percent > high ? percent : high;
	}
	assert_int_equal(low, 0);
	assert_int_equal(high, 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_stays_the_same),
	    cmocka_unit_test(test_bytes_count_one_by_one),
	    cmocka_unit_test(test_between),
	    cmocka_unit_test(test_delay_percent),
	};

	return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
