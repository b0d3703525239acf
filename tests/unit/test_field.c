/* Time fields, one by one: COMPAT.md 3.2, DESIGN.md 3.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/field_advice.h"

#define GOOD     (-1) /* no fault */
#define ANY_BITS UINT64_MAX

/* What a field is to each of the incumbents' heirs: a level, and where. */
struct sample {
	enum field_which which;
	const char *text;
	uint64_t bits;
	int redhat, debian;
	unsigned column; /* of the fault */
};

#define B(n)  (UINT64_C(1) << (n))
#define ALL60 ((UINT64_C(1) << 60) - 1)

static const struct sample samples[] = {
    {FIELD_MINUTE, "*", ALL60, GOOD, GOOD, 0},
    {FIELD_HOUR, "*", 0xffffff, GOOD, GOOD, 0},
    {FIELD_DOM, "*", 0xfffffffe, GOOD, GOOD, 0},
    {FIELD_MONTH, "*", 0x1ffe, GOOD, GOOD, 0},
    {FIELD_DOW, "*", 0x7f, GOOD, GOOD, 0},
    {FIELD_MINUTE, "0", B(0), GOOD, GOOD, 0},
    {FIELD_MINUTE, "000059", B(59), GOOD, GOOD, 0},
    {FIELD_MINUTE, "1,3,5-7", 0xea, GOOD, GOOD, 0},
    {FIELD_MINUTE, "*/20", B(0) | B(20) | B(40), GOOD, GOOD, 0},
    {FIELD_MINUTE, "5-50/15", B(5) | B(20) | B(35) | B(50), GOOD, GOOD, 0},
    {FIELD_MINUTE, "*/20,1", B(0) | B(20) | B(40) | B(1), GOOD, GOOD, 0},
    {FIELD_MINUTE, "7-7", B(7), GOOD, GOOD, 0},
    {FIELD_DOM, "*/10", B(1) | B(11) | B(21) | B(31), GOOD, GOOD, 0},
    {FIELD_MONTH, "jan,MAR,Dec", B(1) | B(3) | B(12), GOOD, GOOD, 0},
    {FIELD_MONTH, "feb-8/3", B(2) | B(5) | B(8), GOOD, GOOD, 0},
    {FIELD_DOW, "sun-tue", 0x07, GOOD, GOOD, 0},
    {FIELD_DOW, "7", B(0), GOOD, GOOD, 0},
    {FIELD_DOW, "0-7", 0x7f, GOOD, GOOD, 0},
    {FIELD_DOW, "5-7", 0x61, GOOD, GOOD, 0},
    {FIELD_DOW, "*/2", 0x55, GOOD, GOOD, 0},
    /* days that end on Sunday are meant */
    {FIELD_DOW, "fri-sun", 0x61, GOOD, GOOD, 0},
    {FIELD_DOW, "5-0", 0x61, GOOD, GOOD, 0},
    {FIELD_DOW, "3-sun/2", B(3) | B(5) | B(0), GOOD, GOOD, 0},
    {FIELD_DOW, "sun-sun", B(0), GOOD, GOOD, 0},
    /* steps */
    {FIELD_MINUTE, "*/60", B(0), FAULT_NOTICE, FAULT_NOTICE, 1},
    {FIELD_MINUTE, "3,10-50/100", B(3) | B(10), FAULT_NOTICE, FAULT_NOTICE, 3},
    {FIELD_MINUTE, "*/2147483647", B(0), FAULT_NOTICE, FAULT_NOTICE, 1},
    {FIELD_MINUTE, "*/0", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "*/00", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "*/-1", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "*/", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "*/5a", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "1/5", 0, FAULT_ERROR, FAULT_ERROR, 2},
    {FIELD_MONTH, "*/feb", 0, FAULT_ERROR, FAULT_ERROR, 3},
    /* CVE-2024-43688: steps that wrap round to nothing or below */
    {FIELD_MINUTE, "*/4294967295", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "*/2147483648", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "*/4294967296", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "1-5/99999999999", 0, FAULT_LINE, FAULT_LINE, 5},
    {FIELD_MINUTE, "*/4294967301", 0, FAULT_LINE, FAULT_LINE, 3},
    {FIELD_MINUTE, "*/99999999999999999999999", 0, FAULT_ERROR, FAULT_ERROR, 3},
    /* numbers */
    {FIELD_MINUTE, "60", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MINUTE, "1,60", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_HOUR, "24", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOM, "0", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOM, "32", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MONTH, "13", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOW, "8", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MINUTE, "4294967297", 0, FAULT_LINE, FAULT_LINE, 1},
    {FIELD_MINUTE, "1-4294967301", 0, FAULT_LINE, FAULT_LINE, 3},
    {FIELD_MINUTE, "18446744073709551617", 0, FAULT_ERROR, FAULT_ERROR, 1},
    /* ends that a step never hits, ends before begins */
    {FIELD_MINUTE, "5-64/30", 0, FAULT_LINE, FAULT_ERROR, 3},
    {FIELD_MINUTE, "5-66/30", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "50-10", 0, FAULT_LINE, FAULT_LINE, 1},
    {FIELD_MINUTE, "5-0", 0, FAULT_LINE, FAULT_LINE, 1},
    {FIELD_DOW, "6-1", 0, FAULT_LINE, FAULT_LINE, 1},
    {FIELD_MONTH, "nov-feb", 0, FAULT_LINE, FAULT_LINE, 1},
    {FIELD_MINUTE, "70-5", 0, FAULT_LINE, FAULT_ERROR, 1},
    /* '~' */
    {FIELD_MINUTE, "~", ANY_BITS, GOOD, FAULT_NOTICE, 1},
    {FIELD_MINUTE, "5~5", B(5), GOOD, FAULT_NOTICE, 1},
    {FIELD_MINUTE, "~,30", ANY_BITS, GOOD, FAULT_NOTICE, 1},
    {FIELD_DOW, "sat~6", B(6), GOOD, FAULT_NOTICE, 1},
    {FIELD_DOW, "7~", B(0), GOOD, FAULT_NOTICE, 1},
    {FIELD_MINUTE, "10~5", 0, FAULT_ERROR, FAULT_LINE, 1},
    {FIELD_MINUTE, "5~70", 0, FAULT_ERROR, FAULT_LINE, 3},
    {FIELD_MINUTE, "55~70", 0, FAULT_ERROR, FAULT_LINE, 4},
    {FIELD_MINUTE, "5~10/2", 0, FAULT_ERROR, FAULT_LINE, 5},
    {FIELD_MINUTE, "~/10", 0, FAULT_ERROR, FAULT_ERROR, 2},
    {FIELD_MINUTE, "5;6~7", 0, FAULT_ERROR, FAULT_LINE, 2},
    /* junk: Debian's cron skips it */
    {FIELD_MINUTE, "5;6", B(5), FAULT_ERROR, FAULT_LENIENT, 2},
    {FIELD_MINUTE, "5.", B(5), FAULT_ERROR, FAULT_LENIENT, 2},
    {FIELD_MINUTE, "*5", ALL60, FAULT_ERROR, FAULT_LENIENT, 2},
    {FIELD_MINUTE, "**", ALL60, FAULT_ERROR, FAULT_LENIENT, 2},
    {FIELD_MINUTE, "*/30/3", B(0) | B(30), FAULT_ERROR, FAULT_LENIENT, 5},
    {FIELD_MINUTE, "1,5;6,7", B(1) | B(5), FAULT_ERROR, FAULT_LENIENT, 4},
    {FIELD_DOW, "5#2", B(5), FAULT_ERROR, FAULT_LENIENT, 2},
    {FIELD_MINUTE, "5\303\244", B(5), FAULT_ERROR, FAULT_LENIENT, 2},
    /* no numbers at all */
    {FIELD_MINUTE, "5a", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MINUTE, "0x10", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MINUTE, "+5", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MINUTE, "5,", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, ",5", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MINUTE, "5,,6", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "1-", 0, FAULT_ERROR, FAULT_ERROR, 3},
    {FIELD_MINUTE, "?", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOM, "L", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOM, "mon", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MONTH, "mon", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_MONTH, "january", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOW, "sunday", 0, FAULT_ERROR, FAULT_ERROR, 1},
    {FIELD_DOW, "su", 0, FAULT_ERROR, FAULT_ERROR, 1},
};

static void
check(const char *personality, const struct sample *sample, int level)
{
	struct slice text = {sample->text, strlen(sample->text)};
	struct faults faults;
	struct reader reader;
	struct field field;
	enum line_kind kind;

	faults_init(&faults);
	reader_init(&reader, personality_find(personality), &faults, text.bytes,
	    text.len);
	assert_true(reader_next(&reader, &kind));
	enum field_result result =
	    field_read(&reader, sample->which, text, 1, &field);
	int found = faults.count > 0 ? (int)faults.worst : GOOD;
	if (found != level || (result == FIELD_GOOD) != (level < FAULT_LINE))
		fail_msg("%s '%s': level %d, result %d", personality,
		    sample->text, found, (int)result);
	if (level != GOOD) {
		assert_int_equal(faults.count, 1);
		if (faults.list[0].column != sample->column)
			fail_msg("'%s': column %u", sample->text,
			    faults.list[0].column);
		assert_string_equal(faults.list[0].level == FAULT_NOTICE
					? "notice"
					: faults.list[0].word,
		    faults.list[0].level == FAULT_NOTICE
			? "notice"
			: field_spec(sample->which)->word);
	}
	if (result == FIELD_GOOD && sample->bits != ANY_BITS &&
	    field.bits != sample->bits)
		fail_msg("'%s': bits %llx", sample->text,
		    (unsigned long long)field.bits);
	if (result == FIELD_GOOD)
		assert_int_equal(field.star, sample->text[0] == '*');
	faults_clear(&faults);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		check("redhat", &samples[i], samples[i].redhat);
		check("suse", &samples[i], samples[i].redhat);
		check("debian", &samples[i], samples[i].debian);
	}
}

/* What is said, where it matters that it helps. */
static void
test_texts(void **state)
{
	static const struct {
		enum field_which which;
		const char *text, *says;
	} texts[] = {
	    {FIELD_MINUTE, "60", "the minute is 0-59, not 60"},
	    {FIELD_MONTH, "foo", "the month is 1-12 or jan-dec, not 'foo'"},
	    {FIELD_MINUTE, "5/15",
		"a step needs a range before it and a number behind it; "
		"write 5-59/15"},
	    {FIELD_MINUTE, "50-10",
		"the range 50-10 ends before it begins and never runs; one "
		"that goes round the end is two; write 50-59,0-10"},
	    {FIELD_DOW, "6-1",
		"the range 6-1 ends before it begins and never runs; one that "
		"goes round the end is two; write 6-7,1"},
	    {FIELD_MINUTE, "*/0", "a step counts from 1, not 0; write *"},
	    {FIELD_MINUTE, "*/5min",
		"a step is a number from 1 up, not '5min'; write */5"},
	    {FIELD_HOUR, "24/2", "the hour is 0-23, not 24"},
	    {FIELD_MINUTE, "\033[1m", "the minute is 0-59, not '^[[1m'"},
	    {FIELD_DOW, "fri~sun",
		"the range 5~0 ends before it begins; Sunday is 7 here; "
		"write fri~7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct slice text = {texts[i].text, strlen(texts[i].text)};
		struct faults faults;
		struct reader reader;
		struct field field;
		enum line_kind kind;

		faults_init(&faults);
		reader_init(&reader, personality_find("redhat"), &faults,
		    text.bytes, text.len);
		assert_true(reader_next(&reader, &kind));
		field_read(&reader, texts[i].which, text, 1, &field);
		field_advise(&reader, texts[i].which, &field);
		assert_int_equal(faults.count, 1);
		char says[FAULT_SAYS_MAX];
		assert_string_equal(fault_says(&faults.list[0], says),
		    texts[i].says);
		faults_clear(&faults);
	}
}

static uint64_t
draw(enum field_which which, const char *text, uint64_t seed)
{
	struct reader reader;
	struct field field;
	enum line_kind kind;
	size_t len = strlen(text);

	reader_init(&reader, personality_find("redhat"), NULL, text, len);
	assert_true(reader_next(&reader, &kind));
	assert_int_equal(field_read(&reader, which, (struct slice){text, len},
			     seed, &field),
	    FIELD_GOOD);
	return field.bits;
}

/* One value, from the whole range, ends included, the same each time. */
static void
test_random_values(void **state)
{
	uint64_t minutes = 0, part = 0, days = 0, pairs = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 5000; seed++) {
		uint64_t bit = draw(FIELD_MINUTE, "~", seed);
		assert_int_equal(bit & (bit - 1), 0);
		assert_int_equal(bit, draw(FIELD_MINUTE, "~", seed));
		minutes |= bit;
		part |= draw(FIELD_MINUTE, "7~9", seed);
		days |= draw(FIELD_DOW, "~", seed);
		uint64_t two = draw(FIELD_MINUTE, "~,~", seed);
		pairs += (two & (two - 1)) != 0;
	}
	assert_true(minutes == ALL60);
	assert_int_equal(part, B(7) | B(8) | B(9));
	assert_int_equal(days, 0x7f);
	/* Two items of one field draw for themselves. */
	assert_true(pairs > 4500);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_random_values),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
