/*
 * next_fire: the rules by example. (test_fires_oracle.c and test_reference.c
 * have them in bulk.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/next_fire.h"

#define ALL_MINUTES ((UINT64_C(1) << 60) - 1)
#define ALL_HOURS   0xffffffU
#define ALL_DOMS    0xfffffffeU
#define ALL_MONTHS  0x1ffeU
#define ALL_DOWS    0x7fU
#define BIT(n)      (UINT64_C(1) << (n))
#define HOUR        INT64_C(3600)

/* Minutes of 2024-03-31 and 2024-10-27, 00:00 UTC. */
#define MARCH_31   INT64_C(28530720)
#define OCTOBER_27 INT64_C(28833120)

/* Berlin's summer of 2024. */
static const struct zone_span berlin_spans[] = {
    {.from_at = 0, .offset_secs = HOUR},
    {.from_at = (MARCH_31 + 60) * 60, .offset_secs = 2 * HOUR},
    {.from_at = (OCTOBER_27 + 60) * 60, .offset_secs = HOUR},
};

static const struct zone_span utc_spans[] = {{.from_at = 0}};

static struct schedule
daily(uint64_t minutes, uint32_t hours, unsigned flags)
{
	struct schedule s;

	memset(&s, 0, sizeof s);
	s.minutes = minutes;
	s.hours = hours;
	s.doms = ALL_DOMS;
	s.months = ALL_MONTHS;
	s.dows = ALL_DOWS;
	s.flags = (uint8_t)(flags | SCHEDULE_DOM_STAR | SCHEDULE_DOW_STAR);
	return s;
}

/* Over a night from its 00:00 UTC for four hours: minutes after that, -1 at the
 * end. */
static const struct {
	const char *name;
	int64_t night;
	uint64_t minutes;
	uint32_t hours;
	unsigned flags;
	int delay;
	int fires[8];
} nights[] = {
    /* 02:00 -> 03:00 local; 03:00 is minute 60 */
    {"gap, 30 2", MARCH_31, BIT(30), BIT(2), 0, 0, {60, -1}},
    {"gap, 0,30 2,3", MARCH_31, BIT(0) | BIT(30), BIT(2) | BIT(3), 0, 0,
	{60, 90, -1}},
    {"gap, 59 1", MARCH_31, BIT(59), BIT(1), 0, 0, {59, -1}},
    {"gap, 1 3", MARCH_31, BIT(1), BIT(3), 0, 0, {61, -1}},
    {"gap, */30 2", MARCH_31, BIT(0) | BIT(30), BIT(2), SCHEDULE_MIN_STAR, 0,
	{-1}},
    {"gap, 30 *", MARCH_31, BIT(30), ALL_HOURS, SCHEDULE_HOUR_STAR, 0,
	{30, 90, 150, 210, -1}},
    {"gap, 30 2 delayed", MARCH_31, BIT(30), BIT(2), 0, 17, {77, -1}},
    /* 03:00 -> 02:00 local; 02:00 is minute 0 and minute 60 */
    {"repeat, 30 2", OCTOBER_27, BIT(30), BIT(2), 0, 0, {30, -1}},
    {"repeat, 0 2,3", OCTOBER_27, BIT(0), BIT(2) | BIT(3), 0, 0,
	{120, -1}}, /* the search begins after minute 0 */
    {"repeat, */30 2", OCTOBER_27, BIT(0) | BIT(30), BIT(2), SCHEDULE_MIN_STAR,
	0, {30, 60, 90, -1}},
    {"repeat, 30 2 delayed", OCTOBER_27, BIT(30), BIT(2), 0, 45, {75, -1}},
};

static void
test_nights(void **state)
{
	struct zone *z = zone_new("Europe/Berlin", berlin_spans, 3,
	    OCTOBER_27 * 60 + 100 * 86400);
	struct minute at, end;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof nights / sizeof *nights; i++) {
		struct schedule s =
		    daily(nights[i].minutes, nights[i].hours, nights[i].flags);

		s.delay_mins = (uint16_t)nights[i].delay;
		at.n = nights[i].night;
		end.n = nights[i].night + 240;
		for (n = 0; (at = next_fire(&s, z, at)).n < end.n; n++)
			if (at.n - nights[i].night != nights[i].fires[n])
				fail_msg("%s: run %zu at %d", nights[i].name, n,
				    (int)(at.n - nights[i].night));
		if (nights[i].fires[n] != -1)
			fail_msg("%s: %zu runs only", nights[i].name, n);
	}
	zone_free(z);
}

/* From within the repeated hour, as after a restart. */
static void
test_start_in_repeat(void **state)
{
	struct zone *z = zone_new("Europe/Berlin", berlin_spans, 3,
	    OCTOBER_27 * 60 + 100 * 86400);
	struct schedule s = daily(BIT(30), BIT(2), 0);
	struct minute at = {OCTOBER_27 + 80};

	(void)state;
	assert_int_equal(next_fire(&s, z, at).n, OCTOBER_27 + 90 + 1440);
	zone_free(z);
}

static void
test_clock_step(void **state)
{
	/* three hours are a jump, a minute less is not */
	static const struct zone_span spans[] = {
	    {.from_at = 0},
	    {.from_at = 1000 * HOUR, .offset_secs = 3 * HOUR},
	    {.from_at = 2000 * HOUR, .offset_secs = 60},
	    {.from_at = 3000 * HOUR, .offset_secs = 3 * HOUR + 60},
	    {.from_at = 4000 * HOUR, .offset_secs = 60},
	};
	struct schedule every = daily(ALL_MINUTES, ALL_HOURS, 0);
	struct zone *z = zone_new("", spans, 5, 5000 * HOUR);
	struct schedule s;
	struct minute at;

	(void)state;
	/* 1000 h is 16:00: 17:30 is left out at the jump... */
	s = daily(BIT(30), BIT(17), 0);
	at.n = 999 * 60;
	assert_int_equal(next_fire(&s, z, at).n, 1000 * 60 + 90 + 21 * 60);
	/* ...and at 2000 h (08:00 UTC) 11:00 back to 08:01 is held, being less
	 * than three hours: every minute is run once */
	at.n = 2000 * 60 - 1;
	assert_int_equal(next_fire(&every, z, at).n, 2000 * 60 + 179);
	/* at 4000 h a jump back: all again at once */
	at.n = 4000 * 60 - 1;
	assert_int_equal(next_fire(&every, z, at).n, 4000 * 60);
	zone_free(z);
}

static void
test_far_and_never(void **state)
{
	struct zone *z = zone_new("UTC", utc_spans, 1, 3000000000);
	struct schedule s = daily(BIT(0), BIT(0), 0);
	struct minute at = {minute_of(1709164800).n}; /* 2024-02-29 */
	int i;

	(void)state;
	/* 29 February on a Thursday: in 28 years */
	s.doms = (uint32_t)BIT(29);
	s.months = (uint16_t)BIT(2);
	s.dows = (uint8_t)BIT(4);
	assert_int_equal(next_fire(&s, z, at).n, minute_of(2592777600).n);
	/* 30 February: never, and soon */
	s.doms = (uint32_t)BIT(30);
	s.dows = ALL_DOWS;
	for (i = 0; i < 20000; i++)
		assert_true(minute_is_never(next_fire(&s, z, at)));
	/* empty sets */
	s = daily(0, ALL_HOURS, 0);
	assert_true(minute_is_never(next_fire(&s, z, at)));
	s = daily(BIT(1), 0, 0);
	assert_true(minute_is_never(next_fire(&s, z, at)));
	s = daily(BIT(1), BIT(1), 0);
	s.months = 0;
	assert_true(minute_is_never(next_fire(&s, z, at)));
	s = daily(ALL_MINUTES, ALL_HOURS, SCHEDULE_REBOOT);
	assert_true(minute_is_never(next_fire(&s, z, at)));
	/* the end of the list */
	s = daily(ALL_MINUTES, ALL_HOURS, SCHEDULE_MIN_STAR);
	at.n = 3000000000 / 60 - 2;
	assert_int_equal(next_fire(&s, z, at).n, at.n + 1);
	at.n++;
	assert_true(minute_is_never(next_fire(&s, z, at)));
	assert_true(minute_is_never(next_fire(&s, z, MINUTE_NEVER)));
	/* before the list its first offset counts, also for fixed times */
	s = daily(BIT(30), BIT(2), 0);
	at.n = -1440 * 10;
	assert_int_equal(next_fire(&s, z, at).n, at.n + 150);
	zone_free(z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nights),
	    cmocka_unit_test(test_start_in_repeat),
	    cmocka_unit_test(test_clock_step),
	    cmocka_unit_test(test_far_and_never),
	};

	return cmocka_run_group_tests_name("next", tests, NULL, NULL);
}
