/* What is escaped is text, and the same bytes afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/escaped.h"

static void
test_there_and_back(void **unused)
{
	char bytes[256], text[2 * sizeof bytes + 1];
	size_t i;

	(void)unused;
	for (i = 0; i < sizeof bytes; i++)
		bytes[i] = (char)i;
	escaped_write(text, bytes, sizeof bytes);
	assert_int_equal(strlen(text), sizeof bytes + 4);
	assert_null(strpbrk(text, "\t\n"));
	assert_int_equal(escaped_read(text), sizeof bytes);
	assert_memory_equal(text, bytes, sizeof bytes);
}

static void
test_strange(void **unused)
{
	char text[] = "a\\x\\";

	(void)unused;
	assert_int_equal(escaped_read(text), 4);
	assert_memory_equal(text, "a\\x\\", 4);
	assert_string_equal(escaped_write(text, "", 0), "");
	assert_int_equal(escaped_read(text), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
