/* Zones as lists of offsets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/zone.h"

#define H INT64_C(3600)

/* Offsets and instants in hours; what has been shown in minutes. */
static const struct zone_span spans[] = {
    {.from_at = 100 * H, .offset_secs = 1 * H},
    {.from_at = 200 * H, .offset_secs = 2 * H},
    {.from_at = 300 * H, .offset_secs = 1 * H},
    /* forward again while the clock still repeats itself */
    {.from_at = 300 * H + 1200, .offset_secs = 2 * H},
    /* a jump each way */
    {.from_at = 400 * H, .offset_secs = 5 * H},
    {.from_at = 500 * H, .offset_secs = -10 * H},
    /* seconds in offset and instant */
    {.from_at = 600 * H + 1, .offset_secs = -10 * H + 20},
    {.from_at = 700 * H, .offset_secs = -9 * H - 20},
};

static const int64_t shown[] = {INT64_MIN, 201 * 60 - 1, 302 * 60 - 1,
    302 * 60 - 1, 405 * 60 - 1, 490 * 60 - 1, 590 * 60, 690 * 60 - 1};

static void
test_spans(void **state)
{
	size_t count = sizeof spans / sizeof *spans, i;
	struct zone *z = zone_new("X", spans, count, 1000 * H);

	(void)state;
	assert_non_null(z);
	assert_string_equal(z->name, "X");
	for (i = 0; i < count; i++) {
		assert_int_equal(z->spans[i].shown, shown[i]);
		assert_int_equal(zone_span_at(z, spans[i].from_at), i);
		assert_int_equal(zone_span_at(z, spans[i].from_at - 1),
		    i == 0 ? 0 : i - 1);
	}
	assert_int_equal(zone_span_at(z, INT64_MIN), 0);
	assert_int_equal(zone_span_at(z, INT64_MAX), count - 1);
	/* whole minutes only, rounded down */
	assert_int_equal(z->spans[6].offset_secs, -10 * H);
	assert_int_equal(z->spans[7].offset_secs, -9 * H - 60);
	assert_int_equal(zone_local(z, (struct minute){0}), 60);
	assert_int_equal(zone_local(z, (struct minute){200 * 60 - 1}),
	    201 * 60 - 1);
	assert_int_equal(zone_local(z, (struct minute){200 * 60}), 202 * 60);
	zone_free(z);
	zone_free(NULL);
}

static void
test_agrees(void **state)
{
	struct zone_span other[3] = {spans[1], spans[2], spans[3]};
	struct zone *all = zone_new("", spans, 4, 1000 * H);
	struct zone *late = zone_new("", other, 3, 2000 * H), *z;

	(void)state;
	other[0].from_at += H; /* taken later, so its list begins later */
	assert_true(zone_agrees(all, all));
	assert_true(zone_agrees(all, late));
	assert_true(zone_agrees(late, all));
	other[2].from_at += H;
	z = zone_new("", other, 3, 2000 * H);
	assert_false(zone_agrees(all, z));
	assert_false(zone_agrees(z, all));
	zone_free(z);
	z = zone_new("", other, 2, 2000 * H);
	assert_false(zone_agrees(all, z));
	assert_false(zone_agrees(z, all));
	zone_free(z);
	/* a change after the end of one of the lists is no difference */
	z = zone_new("", other, 2, 300 * H + 600);
	assert_true(zone_agrees(all, z));
	assert_true(zone_agrees(z, all));
	zone_free(z);
	zone_free(late);
	zone_free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_spans),
	    cmocka_unit_test(test_agrees),
	};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}
