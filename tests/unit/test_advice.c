/*
 * What a fault says would be right is right: it is put where the fault says it
 * belongs, and read again. Over the lines of both oracles, over lines that are
 * known to go wrong, and over neighbours of all of them that nobody has
 * written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/field_spec.h"
#include "core/table.h"
#include "oracle_lines.h"
#include "parsed.h"
#include "reference.h"

#define NEIGHBOURS 60000

/* Lines and what is to be written instead: NULL, nothing. A user's table, under
 * the personality of cronie. */
static const struct {
	const char *line;
	const char *advice;
} known[] = {
    /* steps */
    {"5/ * * * * x", "5"},
    {"5/15 * * * * x", "5-59/15"},
    {"59/15 * * * * x", "59"},
    {"1,7,5/15 * * * * x", "5-59/15"},
    {"0 24/2 * * * x", NULL},
    {"0 22/2 * * * x", "22"},
    {"0 0 1/7 * * x", "1-31/7"},
    {"0 0 * 1/3 * x", "1-12/3"},
    {"0 0 * * 1/2 x", "1-7/2"},
    {"0 0 * * sun/2 x", "0-6/2"},
    {"*/5min * * * * x", "*/5"},
    {"10-50/5m * * * * x", "10-50/5"},
    {"5/15min * * * * x", "5-59/15"},
    {"*/ * * * * x", "*"},
    {"*/0 * * * * x", "*"},
    {"/5 * * * * x", "*/5"},
    {"*5 * * * * x", "*/5"},
    {"** * * * * x", "*"},
    /* ranges */
    {"50-10 * * * * x", "50-59,0-10"},
    {"0 22-4 * * * x", "22-23,0-4"},
    {"0 22-4/2 * * * x", "22,0-4/2"},
    {"0 22-4/5 * * * x", "22,3"},
    {"0 0 * nov-feb * x", "nov-dec,jan-feb"},
    {"0 0 * * sat-mon x", "sat-sun,mon"},
    {"0 0 * * 6-1 x", "6-7,1"},
    {"1..5 * * * * x", "1-5"},
    {"1\342\200\2235 * * * * x", "1-5"},
    /* random values */
    {"5~10/2 * * * * x", "5~10"},
    {"~/10 * * * * x", "~"},
    {"0 0 * * fri~sun x", "fri~7"},
    {"10~5 * * * * x", NULL},
    /* lists */
    {"5,,6 * * * * x", "5,6"},
    {"5, * * * * x", "5"},
    {",5 * * * * x", "5"},
    {"5;6 * * * * x", "5,6"},
    {"5. * * * * x", "5"},
    /* other words */
    {"+5 * * * * x", "5"},
    {"0 0 ? * * x", "*"},
    {"0 0 * * Monday x", "Mon"},
    {"0 0 * sept * x", "sep"},
    {"0 0 * * monday-friday x", "mon-fri"},
    {"0 0 * * 5#2 x", NULL},
    {"0 0 L * * x", NULL},
    {"0 10am * * * x", NULL},
    {"@Daily x", "@daily"},
    {"@every_minute x", "* * * * *"},
    {"@fortnightly x", NULL},
    {"-5 * * * * x", "5"},
    /* six fields */
    {"* * * * * * x", "* * * * *"},
    {"0 0 12 ? * MON-FRI x", "0 12 * * MON-FRI"},
    {"0 0 12 ? * MON-FRI * x", "0 12 * * MON-FRI"},
    {"0 24 4 * * 1-5 x", "24 4 * * 1-5"},
    {"0 0 12 L * ? x", NULL},
    /* settings */
    {"export FOO=bar", "FOO=bar"},
    {"export FOO", NULL},
    {"export A=1 B=2", "A=1\nB=2"},
    {"export FOO = bar", "FOO=bar"},
    {"export TZ=UTC; 0 5 * * * x", "TZ=UTC\n0 5 * * * x"},
    {"declare -x FOO=\"a b\"", "FOO=\"a b\""},
    {"setenv FOO bar", "FOO=bar"},
    {"A B=c", "\"A B\"=c"},
    {"A=\"b", "A=\"b\""},
    {"A='b", "A='b'"},
    {"A=\"b\" # c", "A=\"b\""},
    {"A=\"b\"; export A", "A=\"b\""},
    {"PATH=\"$HOME/bin\":/bin", "PATH=$HOME/bin:/bin"},
    {"\"A=b\"", "A=b"},
    {"\"A=B\"=c", NULL},
    {"MAILTO=\"\" 0 5 * * * x", "MAILTO=\"\"\n0 5 * * * x"},
    {"TZ='UTC' A=b @daily x", "TZ='UTC'\nA=b\n@daily x"},
    {"RANDOM_DELAY=12min", "12"},
};

static const char *const personalities[] = {"redhat", "debian"};
static const enum table_kind kinds[] = {TABLE_USER, TABLE_SYSTEM};

/* What is no fault of the piece that was advised: the first are of the table,
 * or of the whole entry. */
static bool
is_good(const struct fault *fault)
{
	return fault->level <= FAULT_HINT ||
	       strcmp(fault->word, "new feature") == 0 ||
	       strcmp(fault->word, "never") == 0 ||
	       strcmp(fault->word, "line too long") == 0;
}

static void
check_advice(const char *personality, enum table_kind kind, const char *line,
    const struct fault *fault)
{
	size_t head = fault->advice_column - 1, len = strlen(fault->advice);
	char bytes[2048], says[FAULT_SAYS_MAX], shown[FAULT_ADVICE_MAX + 16];

	assert_true(head + fault->advice_len <= strlen(line));
	snprintf(bytes, sizeof(bytes), "%.*s%s%s\n", (int)head, line,
	    fault->advice, line + head + fault->advice_len);
	snprintf(shown, sizeof(shown), "; write %.*s",
	    (int)strcspn(fault->advice, "\n"), fault->advice);
	assert_non_null(strstr(fault_says(fault, says), shown));

	struct parsed p = parse(personality, kind, bytes);
	for (size_t i = 0; i < p.faults.count; i++) {
		const struct fault *left = &p.faults.list[i];
		bool inside = left->column > head && left->column <= head + len;
		if (!is_good(left) &&
		    (inside || strchr(fault->advice, '\n') != NULL))
			fail_msg("%s: '%s': %s\nthat is: %s", personality, line,
			    fault->text, left->text);
	}
	parsed_clear(&p);
}

/* How many pieces of advice it gets. */
static size_t
check_line(const char *line)
{
	char bytes[1024];
	size_t found = 0;

	snprintf(bytes, sizeof(bytes), "%s\n", line);
	for (int i = 0; i < 4; i++) {
		const char *personality = personalities[i & 1];
		enum table_kind kind = kinds[i >> 1];
		struct parsed p = parse(personality, kind, bytes);
		for (size_t k = 0; k < p.faults.count; k++) {
			if (p.faults.list[k].advice == NULL)
				continue;
			check_advice(personality, kind, line,
			    &p.faults.list[k]);
			found++;
		}
		parsed_clear(&p);
	}
	return found;
}

static void
test_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		char bytes[256];
		snprintf(bytes, sizeof(bytes), "%s\n", known[i].line);
		struct parsed p = parse("redhat", TABLE_USER, bytes);
		assert_true(p.faults.count > 0);
		const char *advice = p.faults.list[0].advice;
		if ((advice == NULL) != (known[i].advice == NULL) ||
		    (advice != NULL && strcmp(advice, known[i].advice) != 0))
			fail_msg("'%s': %s", known[i].line,
			    advice != NULL ? advice : "no advice");
		parsed_clear(&p);
		check_line(known[i].line);
	}
}

static void
test_oracles(void **state)
{
	struct oracle_lines lines = oracle_lines_read();
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < lines.count; i++)
		found += check_line(lines.list[i]);
	printf("%zu lines, %zu pieces of advice\n", lines.count, found);
	assert_true(lines.count > 1000);
	assert_true(found > 300);
	free(lines.list);
}

/* One byte or word more, less or other. */
static void
mutate(uint64_t *seed, char *line, size_t size, const char *other)
{
	static const char bytes[] =
	    "0123456789**//,,--~?# "
	    "==\"\"'';;@abcjanmonFOO\t%.+&$LWx\342\200\223";
	size_t len = strlen(line);
	size_t at = (size_t)reference_between(seed, 0, (int64_t)len);
	size_t from =
	    (size_t)reference_between(seed, 0, (int64_t)strlen(other));
	char c = bytes[reference_between(seed, 0, sizeof(bytes) - 2)];

	switch (reference_between(seed, 0, 4)) {
	case 0:
		if (at < len)
			memmove(line + at, line + at + 1, len - at);
		break;
	case 1:
		if (at < len)
			line[at] = c;
		break;
	case 2:
		/* the end of another line */
		snprintf(line + at, size - at, "%s", other + from);
		break;
	default:
		if (len + 2 > size)
			break;
		memmove(line + at + 1, line + at, len - at + 1);
		line[at] = c;
		break;
	}
}

static void
test_neighbours(void **state)
{
	struct oracle_lines lines = oracle_lines_read();
	size_t count = sizeof(known) / sizeof(known[0]), found = 0;
	uint64_t seed = reference_seed();

	(void)state;
	for (int i = 0; i < NEIGHBOURS; i++) {
		char line[ORACLE_LINE_BYTES];
		const char *other =
		    known[reference_between(&seed, 0, (int64_t)count - 1)].line;
		const char *begin = reference_between(&seed, 0, 1) > 0
					? other
					: lines.list[reference_between(&seed, 0,
					      (int64_t)lines.count - 1)];
		snprintf(line, sizeof(line), "%s", begin);
		for (int64_t k = reference_between(&seed, 1, 3); k > 0; k--)
			mutate(&seed, line, sizeof(line), other);
		found += check_line(line);
	}
	printf("%zu pieces of advice\n", found);
	assert_true(found > NEIGHBOURS / 4);
	free(lines.list);
}

/* Ranges that go round the end name the values that were meant. */
static void
test_round(void **state)
{
	(void)state;
	for (int first = 1; first < 24; first++) {
		for (int i = 0; i < first * 24; i++) {
			int last = i / 24, step = i % 24 + 1;
			char line[64], bytes[256];
			uint32_t hours = 0;

			snprintf(line, sizeof(line), "0 %d-%d/%d * * * x\n",
			    first, last, step);
			struct parsed p = parse("redhat", TABLE_USER, line);
			assert_non_null(p.faults.list[0].advice);
			snprintf(bytes, sizeof(bytes), "0 %s * * * x\n",
			    p.faults.list[0].advice);
			struct parsed right =
			    parse("redhat", TABLE_USER, bytes);
			for (int h = first; h <= last + 24; h += step)
				hours |= UINT32_C(1) << h % 24;
			assert_int_equal(right.table->entries[0].when.hours,
			    hours);
			parsed_clear(&right);
			parsed_clear(&p);
		}
	}
}

/* The texts that are not about one line name values and words, too. */
static void
test_words_of_texts(void **state)
{
	static const char *const names[] = {"@reboot", "@hourly", "@daily",
	    "@midnight", "@weekly", "@monthly", "@yearly", "@annually"};
	struct parsed p = parse("redhat", TABLE_USER, "@never x\n");

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char line[64];
		assert_non_null(strstr(p.faults.list[0].text, names[i]));
		snprintf(line, sizeof(line), "%s x\n", names[i]);
		struct parsed good = parse("redhat", TABLE_USER, line);
		assert_int_equal(good.faults.count, 0);
		parsed_clear(&good);
	}
	parsed_clear(&p);
	for (int i = 0; i < FIELD_COUNT; i++) {
		const struct field_spec *spec = field_spec((enum field_which)i);
		char range[64], line[512];
		snprintf(range, sizeof(range), "%s", spec->range);
		for (char *part = range; part != NULL;) {
			char * or = strstr(part, " or ");
			if (or != NULL)
				* or = '\0';
			snprintf(line, sizeof(line), "%s %s %s %s %s x\n",
			    i == 0 ? part : "0", i == 1 ? part : "0",
			    i == 2 ? part : "1", i == 3 ? part : "1",
			    i == 4 ? part : "1");
			struct parsed good = parse("redhat", TABLE_USER, line);
			assert_int_equal(good.faults.count, 0);
			parsed_clear(&good);
			part = or != NULL ? or +4 : NULL;
		}
		/* the step that a text has for an example */
		snprintf(line, sizeof(line), "%s %s %s %s %s x\n",
		    i == 0 ? "*/5" : "0", i == 1 ? "*/5" : "0",
		    i == 2 ? "*/5" : "1", i == 3 ? "*/5" : "1",
		    i == 4 ? "*/5" : "1");
		struct parsed good = parse("redhat", TABLE_USER, line);
		assert_false(faults_reach(&good.faults, FAULT_NOTICE));
		parsed_clear(&good);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known),
	    cmocka_unit_test(test_oracles),
	    cmocka_unit_test(test_neighbours),
	    cmocka_unit_test(test_round),
	    cmocka_unit_test(test_words_of_texts),
	};

	return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
