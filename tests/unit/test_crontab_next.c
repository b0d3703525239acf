/* What an installation says of its entries: only of the new ones, with the
 * daemon's own times. */
#include "tools/crontab_next.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOW_AT 1700000000 /* Tue Nov 14 22:13:20 2023 UTC */

static struct table *
parse(const char *text)
{
	const struct table_source source = {
	    .personality = personality_find("redhat"),
	    .kind = TABLE_USER,
	    .name = "u",
	    .path = "u",
	    .user = "u",
	};
	struct faults faults;
	struct table *table;

	faults_init(&faults);
	assert_int_equal(table_parse(&source, text, strlen(text), memory_heap(),
			     &faults, &table),
	    TABLE_GOOD);
	faults_clear(&faults);
	return table;
}

static char *
shown(const char *new, const char *old)
{
	struct table *table = parse(new);
	struct table *before = old != NULL ? parse(old) : NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	next_show(out, table, new, strlen(new), before, NOW_AT);
	assert_int_equal(fclose(out), 0);
	table_unref(before);
	table_unref(table);
	return text;
}

static void
test_rows(void **state)
{
	static const struct {
		const char *new, *old, *text;
	} rows[] = {
	    {"", NULL, ""},
	    {"5 4 * * * a\n", NULL,
		"next: Wed Nov 15 04:05:00 2023  5 4 * * * a\n"},
	    {"5 4 * * * a\n", "",
		"next: Wed Nov 15 04:05:00 2023  5 4 * * * a\n"},
	    {"5 4 * * * a\n", "5 4 * * * a\n", ""},
	    /* moved, and written otherwise: not new */
	    {"# c\n5 4 * * * b\n 5  4 * * *  a\n", "5 4 * * * a\n5 4 * * * b\n",
		""},
	    {"5 4 * * * a\n", "5 4 * * * b\n",
		"next: Wed Nov 15 04:05:00 2023  5 4 * * * a\n"},
	    {"6 4 * * * a\n", "5 4 * * * a\n",
		"next: Wed Nov 15 04:06:00 2023  6 4 * * * a\n"},
	    /* another zone is another time */
	    {"CRON_TZ=Etc/GMT-3\n5 4 * * * a\n", "5 4 * * * a\n",
		"next: Wed Nov 15 01:05:00 2023  5 4 * * * a\n"},
	    {"@reboot a\n", NULL,
		"next: at the next boot          @reboot a\n"},
	    {"0 0 30 2 * a\n", NULL,
		"next: never                     0 0 30 2 * a\n"},
	    {"5 4 * * * a\033b\n", NULL,
		"next: Wed Nov 15 04:05:00 2023  5 4 * * * a^[b\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = shown(rows[i].new, rows[i].old);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

/* No more than a screen. */
static void
test_many(void **state)
{
	char table[50 * 32] = "", *text;

	(void)state;
	for (int i = 0; i < 50; i++)
		(void)snprintf(table + strlen(table), 32, "%d 4 * * * a\n", i);
	text = shown(table, NULL);
	assert_non_null(
	    strstr(text, "next: ... and 30 more: see cronnext(1)\n"));
	assert_non_null(strstr(text, "04:19:00"));
	assert_null(strstr(text, "04:20:00"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_many),
	};

	(void)setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests_name("crontab_next", tests, NULL, NULL);
}
