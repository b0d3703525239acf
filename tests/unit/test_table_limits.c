/* Tables that are too much: long lines, many lines, no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/setting_limits.h"
#include "core/table.h"
#include "parsed.h"

/* A long text made of a head, n times the same, and a tail. */
static char *
long_text(const char *head, const char *again, size_t n, const char *tail)
{
	size_t len = strlen(again);
	char *text = malloc(strlen(head) + n * len + strlen(tail) + 1);

	assert_non_null(text);
	char *at = stpcpy(text, head);
	for (size_t i = 0; i < n; i++, at += len)
		memcpy(at, again, len);
	strcpy(at, tail);
	return text;
}

/* CVE-2019-9705 and the limits of COMPAT.md 3.7. */
static void
test_limits(void **state)
{
	static const struct {
		const char *personality;
		enum table_kind kind;
		const char *head, *again;
		size_t most;
		const char *tail, *word;
		enum fault_level over;
	} limits[] = {
	    {"debian", TABLE_USER, "* * * * * ", "x", 998, "\n",
		"command too long", FAULT_ERROR},
	    {"debian", TABLE_SYSTEM, "* * * * * root ", "x", 998, "\n",
		"command too long", FAULT_ERROR},
	    {"redhat", TABLE_USER, "* * * * * ", "x", 131071, "\n",
		"command too long", FAULT_NOTICE},
	    {"debian", TABLE_USER, "A=", "x", 996, "\n", "line too long",
		FAULT_NOTICE},
	    {"redhat", TABLE_USER, "A=", "x", 131069, "\n", "line too long",
		FAULT_NOTICE},
	    {"debian", TABLE_USER, "", "\n", 10000, "",
		"crontab must not be longer than 10000 lines", FAULT_TABLE},
	    {"debian", TABLE_SYSTEM, "", "\n", 10000, "",
		"crontab must not be longer than 10000 lines", FAULT_TABLE},
	    {"redhat", TABLE_USER, "", "@daily x\n", 10000, "",
		"too many entries", FAULT_TABLE},
	    {"suse", TABLE_USER, "", "A=b\n", 1000, "",
		"too many environment variables", FAULT_TABLE},
	    {"redhat", TABLE_USER, "A=b\n#", "x", 32765, "\n@daily x\n",
		"too many garbage characters", FAULT_TABLE},
	    {"redhat", TABLE_USER, "A=b\n", "#\n", 16384, "",
		"too many garbage characters", FAULT_TABLE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		for (size_t more = 0; more < 2; more++) {
			char *text = long_text(limits[i].head, limits[i].again,
			    limits[i].most + more, limits[i].tail);
			struct parsed p =
			    parse(limits[i].personality, limits[i].kind, text);
			if (p.faults.count != more)
				fail_msg("limit %zu + %zu: %zu faults", i, more,
				    p.faults.count);
			if (more) {
				assert_string_equal(p.faults.list[0].word,
				    limits[i].word);
				assert_int_equal(p.faults.list[0].level,
				    limits[i].over);
			}
			assert_int_equal(p.verdict,
			    more && limits[i].over >= FAULT_ERROR
				? TABLE_REFUSED
				: TABLE_GOOD);
			parsed_clear(&p);
			free(text);
		}
	}
}

/* A text of settings with values of 980 bytes, V0 to Vn-1. */
static char *
settings_text(unsigned n, const char *tail)
{
	char *text = malloc((size_t)n * 1020 + strlen(tail) + 1), *at = text;

	assert_non_null(text);
	for (unsigned i = 0; i < n; i++)
		at += sprintf(at, "V%03u=%0980u\n", i, i);
	strcpy(at, tail);
	return text;
}

/* What settings cost each run and letter is bounded, by all readers. */
static void
test_bytes_of_settings(void **state)
{
	static const char *const personalities[] = {"debian", "redhat", "suse"};
	char *most = settings_text(132, "* * * * * x\n");
	char *over = settings_text(133, "* * * * * x\n");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct parsed p = parse(personalities[i], TABLE_USER, most);
		assert_int_equal(p.verdict, TABLE_GOOD);
		assert_int_equal(p.faults.count, 0);
		parsed_clear(&p);
		for (int kind = TABLE_DROPIN; kind <= TABLE_USER; kind++) {
			p = parse(personalities[i], (enum table_kind)kind,
			    over);
			assert_int_equal(p.verdict, TABLE_REFUSED);
			assert_int_equal(p.faults.count, 1);
			assert_int_equal(p.faults.list[0].level, FAULT_TABLE);
			assert_int_equal(p.faults.list[0].line, 133);
			assert_int_equal(p.faults.list[0].column, 1);
			assert_non_null(
			    strstr(p.faults.list[0].text, "131072 bytes"));
			parsed_clear(&p);
		}
	}
	free(most);
	free(over);
}

/* A setting of a name takes the place of the one before, here too. */
static void
test_bytes_in_force(void **state)
{
	(void)state;
	char *text = long_text("", "MAILTO=someone@example.com\n", 30000,
	    "* * * * * root x\n");
	struct parsed p = parse("redhat", TABLE_DROPIN, text);
	assert_int_equal(p.verdict, TABLE_GOOD);
	assert_int_equal(p.faults.count, 0);
	parsed_clear(&p);
	free(text);
}

static unsigned zones_asked;

static bool
count_zone(const char *name)
{
	(void)name;
	zones_asked++;
	return true;
}

/* Zones are lists of 40 years, and asking for one opens a file. */
static void
test_zones(void **state)
{
	char text[4096], *at;

	(void)state;
	for (int n = TABLE_ZONES_MAX; n <= TABLE_ZONES_MAX + 1; n++) {
		at = text;
		for (int i = 0; i < 2 * n; i++)
			at += sprintf(at, "CRON_TZ=UTC%02d\nCRON_TZ=\n", i % n);
		sprintf(at, "@daily x\n");
		struct parsed p = parse("debian", TABLE_USER, "");
		table_unref(p.table);
		p.source.zone_known = count_zone;
		zones_asked = 0;
		p.verdict = table_parse(&p.source, text, strlen(text),
		    memory_heap(), &p.faults, &p.table);
		assert_int_equal(zones_asked, TABLE_ZONES_MAX);
		if (n == TABLE_ZONES_MAX) {
			assert_int_equal(p.verdict, TABLE_GOOD);
		} else {
			assert_int_equal(p.verdict, TABLE_REFUSED);
			assert_int_equal(p.faults.worst, FAULT_TABLE);
			const struct fault *last =
			    &p.faults.list[p.faults.count - 1];
			assert_int_equal(last->line, 65);
			assert_int_equal(last->column, 9);
			assert_non_null(strstr(last->text, "32 time zones"));
		}
		parsed_clear(&p);
	}
}

/* cronie's limits are for users' tables alone. */
static void
test_system_tables_are_unlimited(void **state)
{
	static const char *const lines[] = {"@daily root x\n", "A=b\n",
	    "# comment\n"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *text = long_text("", lines[i], 20000, "");
		struct parsed p = parse("redhat", TABLE_DROPIN, text);
		assert_int_equal(p.verdict, TABLE_GOOD);
		assert_int_equal(p.faults.count, 0);
		parsed_clear(&p);
		free(text);
	}
}

/* What is cut is cut where the incumbent cuts it. */
static void
test_cuts(void **state)
{
	(void)state;
	char *text = long_text("  A=", "x", 2000, "\n");
	struct parsed p = parse("debian", TABLE_USER, text);
	assert_int_equal(strlen(p.table->text + p.table->settings[0]), 998);
	assert_int_equal(p.faults.list[0].column, 2 + 998 + 1);
	parsed_clear(&p);
	free(text);

	text = long_text("@daily ", "x", 200000, "\n@daily y\n");
	p = parse("redhat", TABLE_USER, text);
	assert_int_equal(p.table->entry_count, 2);
	assert_int_equal(strlen(command_of(&p, 0)), 131071);
	assert_string_equal(command_of(&p, 1), "y");
	parsed_clear(&p);
	free(text);
}

/* CVE-2019-9704: memory that runs out at the nth get. */
struct scarce {
	struct memory memory;
	size_t left;
	size_t out;
};

static void *
scarce_get(struct memory *memory, size_t size)
{
	struct scarce *scarce = (struct scarce *)memory;

	if (scarce->left == 0)
		return NULL;
	scarce->left--;
	scarce->out += size;
	return malloc(size);
}

static void
scarce_put(struct memory *memory, void *block, size_t size)
{
	((struct scarce *)memory)->out -= size;
	free(block);
}

static void
test_memory_runs_out(void **state)
{
	struct table_source source = {
	    .personality = personality_find("redhat"),
	    .kind = TABLE_DROPIN,
	    .name = "x",
	    .path = "x",
	};
	char *text = malloc(200 * 64);
	size_t len = 0, gets = 0;
	struct faults faults;
	struct table *table = NULL;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < 100; i++)
		len +=
		    (size_t)sprintf(text + len, "~ * * * * user%d x%d\n", i, i);
	faults_init(&faults);
	for (; table == NULL; gets++) {
		struct scarce scarce = {{scarce_get, scarce_put}, gets, 0};
		enum table_verdict verdict = table_parse(&source, text, len,
		    &scarce.memory, &faults, &table);
		assert_int_equal(verdict,
		    table != NULL ? TABLE_GOOD : TABLE_NO_MEMORY);
		assert_int_equal(scarce.out, table != NULL ? table->size : 0);
		assert_true(gets < 100);
		if (table != NULL) {
			assert_int_equal(table->entry_count, 100);
			table_unref(table);
		}
	}
	/* Both sets grew, in both readings, and the block. */
	assert_true(gets > 10);
	faults_clear(&faults);
	free(text);
}

/* A million entries: little memory each, and no square of anything. */
static void
test_a_million_entries(void **state)
{
	const size_t count = 1000000;
	char *text = malloc(count * 64);
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		len += (size_t)sprintf(text + len,
		    "%zu %zu * * %zu user%zu /usr/bin/job --n %zu\n", i % 60,
		    i % 24, i % 7, i % 3000, i);
	struct parsed p = parse_bytes("redhat", TABLE_DROPIN, text, len);
	assert_int_equal(p.verdict, TABLE_GOOD);
	assert_int_equal(p.table->entry_count, count);
	assert_true(p.table->size < count * 120);
	assert_string_equal(command_of(&p, 999999), "/usr/bin/job --n 999999");
	assert_ptr_equal(entry_table(&p.table->entries[999999]), p.table);
	parsed_clear(&p);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_bytes_of_settings),
	    cmocka_unit_test(test_bytes_in_force),
	    cmocka_unit_test(test_zones),
	    cmocka_unit_test(test_system_tables_are_unlimited),
	    cmocka_unit_test(test_cuts),
	    cmocka_unit_test(test_memory_runs_out),
	    cmocka_unit_test(test_a_million_entries),
	};

	return cmocka_run_group_tests_name("table_limits", tests, NULL, NULL);
}
