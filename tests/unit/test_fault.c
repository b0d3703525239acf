/* The list of faults: bounded, whatever is thrown at it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/fault.h"

static void
test_keeps_what_it_is_told(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults);
	assert_false(faults_reach(&faults, FAULT_NOTICE));
	faults_add(&faults, FAULT_LINE, 3, 7, "bad minute", "it is %d", 60);
	faults_add(&faults, FAULT_NOTICE, 4, 0, "step", "large");
	assert_int_equal(faults.count, 2);
	assert_int_equal(faults.list[0].level, FAULT_LINE);
	assert_int_equal(faults.list[0].line, 3);
	assert_int_equal(faults.list[0].column, 7);
	assert_string_equal(faults.list[0].word, "bad minute");
	assert_string_equal(faults.list[0].text, "it is 60");
	assert_true(faults_reach(&faults, FAULT_NOTICE));
	assert_true(faults_reach(&faults, FAULT_LINE));
	assert_false(faults_reach(&faults, FAULT_ERROR));
	faults_clear(&faults);
	assert_int_equal(faults.count, 0);
	assert_false(faults_reach(&faults, FAULT_NOTICE));
}

static void
test_cuts_long_texts(void **state)
{
	struct faults faults;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	faults_init(&faults);
	faults_add(&faults, FAULT_LINE, 1, 1, "w", "%s", text);
	assert_int_equal(strlen(faults.list[0].text), 400);
	faults_clear(&faults);
}

static void
test_counts_what_is_too_many(void **state)
{
	struct faults faults;

	(void)state;
	faults_init(&faults);
	for (unsigned i = 1; i <= FAULTS_MAX + 10; i++)
		faults_add(&faults, FAULT_NOTICE, i, 1, "w", "t");
	assert_int_equal(faults.count, FAULTS_MAX);
	assert_int_equal(faults.dropped, 10);
	assert_false(faults_reach(&faults, FAULT_TABLE));
	/* One that is dropped still counts as the worst. */
	faults_add(&faults, FAULT_ERROR, 5000, 1, "w", "t");
	assert_true(faults_reach(&faults, FAULT_ERROR));
	assert_int_equal(faults.list[FAULTS_MAX - 1].line, FAULTS_MAX);
	/* What ends a parse is kept. */
	faults_add(&faults, FAULT_TABLE, 5001, 1, "w", "t");
	assert_int_equal(faults.count, FAULTS_MAX);
	assert_int_equal(faults.dropped, 12);
	assert_int_equal(faults.list[FAULTS_MAX - 1].line, 5001);
	faults_clear(&faults);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keeps_what_it_is_told),
	    cmocka_unit_test(test_cuts_long_texts),
	    cmocka_unit_test(test_counts_what_is_too_many),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
