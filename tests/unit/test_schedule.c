/* Schedules as bits, and calendars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/schedule.h"
#include "reference.h"

/* 2024: the 1st of March was a Friday, the 13th a Wednesday */
static const struct {
	uint32_t doms;
	uint8_t dows, flags;
	int dom, dow;
	bool matches;
} days[] = {
    /* neither begins with a star: either will do */
    {1 << 13, 1 << 5, 0, 13, 3, true},
    {1 << 13, 1 << 5, 0, 1, 5, true},
    {1 << 13, 1 << 5, 0, 14, 4, false},
    /* one does: both must */
    {1 << 13, 1 << 5, SCHEDULE_DOM_STAR, 13, 3, false},
    {1 << 13, 1 << 5, SCHEDULE_DOW_STAR, 1, 5, false},
    {1 << 13, 1 << 3, SCHEDULE_DOW_STAR, 13, 3, true},
    {0xfffffffe, 1 << 5, SCHEDULE_DOM_STAR, 8, 5, true},
    {0xfffffffe, 1 << 5, SCHEDULE_DOM_STAR, 9, 6, false},
};

static void
test_day_rule(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof days / sizeof *days; i++) {
		struct schedule s = {
		    .minutes = 1,
		    .hours = 1,
		    .doms = days[i].doms,
		    .months = 1 << 3,
		    .dows = days[i].dows,
		    .flags = days[i].flags,
		};
		struct local_time t = {
		    .dom = days[i].dom,
		    .month = 3,
		    .dow = days[i].dow,
		};
		struct calendar_month m = {
		    .year = 2024,
		    .month = 3,
		    .days = 31,
		    .first_dow = 5,
		};

		assert_int_equal(schedule_matches_day(&s, &t), days[i].matches);
		assert_int_equal(schedule_days(&s, &m) >> t.dom & 1,
		    days[i].matches);
		t.month = 4;
		assert_false(schedule_matches_day(&s, &t));
		t.month = 3;
		t.hour = 1;
		assert_false(schedule_matches(&s, &t));
		t.hour = 0;
		assert_int_equal(schedule_matches(&s, &t), days[i].matches);
		t.minute = 59;
		assert_false(schedule_matches(&s, &t));
	}
}

/* Every hour or so of some thousand years, against the C library. */
static void
test_calendar(void **state)
{
	int64_t n;

	(void)state;
	for (n = -70000000; n < 600000000; n += 1237) {
		time_t at = (time_t)(n * 60);
		struct calendar_month m, next;
		struct local_time t;
		struct tm tm;

		assert_non_null(gmtime_r(&at, &tm));
		local_time_of(n, &t);
		assert_int_equal(t.minute, tm.tm_min);
		assert_int_equal(t.hour, tm.tm_hour);
		assert_int_equal(t.dom, tm.tm_mday);
		assert_int_equal(t.month, tm.tm_mon + 1);
		assert_int_equal(t.dow, tm.tm_wday);
		calendar_month_of(t.day, &m);
		assert_int_equal(m.year, tm.tm_year + 1900);
		assert_int_equal(m.first_day, t.day - tm.tm_mday + 1);
		next = m;
		calendar_month_next(&next);
		calendar_month_of(next.first_day, &m);
		assert_int_equal(m.first_day, next.first_day);
		assert_int_equal(m.year, next.year);
		assert_int_equal(m.month, next.month);
		assert_int_equal(m.days, next.days);
		assert_int_equal(m.first_dow, next.first_dow);
	}
}

static void
test_matches_reference(void **state)
{
	uint64_t seed = reference_seed();
	int i, j;

	(void)state;
	for (i = 0; i < 2000; i++) {
		struct schedule s;

		reference_schedule(&seed, &s);
		for (j = 0; j < 200; j++) {
			int64_t n = reference_between(&seed, 0, 60000000);
			time_t at = (time_t)(n * 60);
			struct local_time t;
			struct tm tm;

			gmtime_r(&at, &tm);
			local_time_of(n, &t);
			assert_int_equal(schedule_matches(&s, &t),
			    reference_listed(&s, &tm));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_day_rule),
	    cmocka_unit_test(test_calendar),
	    cmocka_unit_test(test_matches_reference),
	};

	return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
