/* The C library's zones as lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "reference.h"
#include "sys/zoneinfo.h"

static const struct {
	const char *name;
	bool known;
} names[] = {
    {"", true},
    {"UTC", true},
    {"Europe/Berlin", true},
    {"America/Argentina/Buenos_Aires", true},
    {"Etc/GMT+5", true},
    {"CET-1CEST", true},
    {"CET-1CEST,M3.5.0,M10.5.0/3", true},
    {"<-03>3<-02>,J60/-2,300/167:30:15", true},
    {"UTC0", true},
    {"X", false},
    {"Europe/Nowhere", false},
    {"Europe", false}, /* a directory */
    {"Europe/", false},
    {"/usr/share/zoneinfo/UTC", false},
    {":Europe/Berlin", false},
    {":/etc/localtime", false},
    {"../zoneinfo/UTC", false},
    {"Europe/../UTC", false},
    {"Europe//Berlin", false},
    {"zone.tab", false},
    {"tzdata.zi", false},
    {"leapseconds", false},
    {"CET-1CEST,M13.5.0,M10.5.0", false},
    {"CET-1CEST,M3.5.0", false},
    {"CET-1CEST,M3.5.0,M10.5.0x", false},
    {"CET-25", false},
    {"CET-1:60", false},
    {"CE-1", false},
    {"<CET-1", false},
    {"CET", true}, /* a file; or nothing: see below */
    {" UTC", false},
    {"UTC\n", false},
};

static void
test_names(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof names / sizeof *names; i++) {
		struct zone *z;
		bool known;

		if (strcmp(names[i].name, "CET") == 0 &&
		    !zoneinfo_is_file("CET"))
			continue; /* tzdata without old names */
		z = zoneinfo_take(names[i].name, 1700000000, &known);
		assert_non_null(z);
		if (known != names[i].known)
			fail_msg("%s", names[i].name);
		assert_string_equal(z->name, names[i].name);
		if (!known) {
			assert_int_equal(z->count, 1);
			assert_int_equal(z->spans[0].offset_secs, 0);
		}
		zone_free(z);
	}
}

/* TZ is as before, whatever it was. */
static void
test_restores(void **state)
{
	time_t t = 1700000000;
	struct tm tm;

	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	zone_free(zoneinfo_take("Europe/Berlin", t, NULL));
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	localtime_r(&t, &tm);
	assert_int_equal(tm.tm_gmtoff, 9 * 3600);
	zone_free(zoneinfo_take("", t, NULL));
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
	localtime_r(&t, &tm);
	assert_int_equal(tm.tm_gmtoff, 9 * 3600);
	unsetenv("TZ");
	zone_free(zoneinfo_take("Europe/Berlin", t, NULL));
	assert_null(getenv("TZ"));
	zone_free(zoneinfo_take("", t, NULL));
	assert_null(getenv("TZ"));
}

/* At random instants of forty years the list says what localtime says; right
 * before and after each change it does too. */
static void
test_offsets(void **state)
{
	static const char *const zones[] = {"Europe/Berlin",
	    "Africa/Casablanca", "America/Havana", "Antarctica/Troll",
	    "Australia/Lord_Howe", "Asia/Gaza", "Asia/Tokyo",
	    "AAA-1BBB-2,100/23:30,102/0:45"};
	uint64_t seed = reference_seed();
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof zones / sizeof *zones; i++) {
		int64_t from = reference_between(&seed, 0, 2000000000);
		struct zone *z = zoneinfo_take(zones[i], from, NULL);

		assert_non_null(z);
		assert_true(z->spans[0].from_at < from - 86400);
		assert_true(z->until_at > from + INT64_C(40) * 365 * 86400);
		setenv("TZ", zones[i], 1);
		tzset();
		for (j = 0; j < 20000; j++) {
			time_t t = (time_t)reference_between(&seed,
			    from - 86400, z->until_at - 1);
			struct tm tm;

			if (j < z->count)
				t = (time_t)z->spans[j].from_at;
			else if (j < 2 * z->count - 1)
				t = (time_t)z->spans[j - z->count + 1].from_at -
				    1;
			localtime_r(&t, &tm);
			assert_int_equal(z->spans[zone_span_at(z, t)]
					     .offset_secs,
			    tm.tm_gmtoff);
		}
		zone_free(z);
	}
	unsetenv("TZ");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_restores),
	    cmocka_unit_test(test_offsets),
	};

	return cmocka_run_group_tests_name("zoneinfo", tests, NULL, NULL);
}
