/* What users write, as logs show it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/printable.h"

static const struct sample {
	const char *bytes, *shown;
	size_t len, size;
} samples[] = {
    {"echo hi", "echo hi", 7, 100},
    {"", "", 0, 1},
    {"a\tb\nc\r", "a^Ib^Jc^M", 6, 100},
    {"\033[31m", "^[[31m", 5, 100},
    {"a\0b", "a^@b", 3, 100},
    {"\177", "^?", 1, 100},
    {"\303\244\377", "\\303\\244\\377", 3, 100},
    {"~ \\ ^", "~ \\ ^", 5, 100},
    /* cut where a whole character no longer fits */
    {"abcdef", "abc", 6, 4},
    {"ab\ncd", "ab", 5, 4},
    {"a\377", "a", 2, 5},
    {"a\377", "a\\377", 2, 6},
    {"abc", "", 3, 1},
};

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		char out[101];
		memset(out, 'Z', sizeof(out));
		assert_ptr_equal(printable(out, s->size, s->bytes, s->len),
		    out);
		assert_string_equal(out, s->shown);
		assert_int_equal(out[s->size], 'Z');
	}
}

static void
test_string(void **state)
{
	char out[20];

	(void)state;
	assert_string_equal(printable_string(out, sizeof(out), "a\nb"), "a^Jb");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_string),
	};

	return cmocka_run_group_tests_name("printable", tests, NULL, NULL);
}
