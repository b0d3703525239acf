/* Any bytes as a JSON string: valid, on one line, nothing lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/json.h"

static const struct sample {
	const char *bytes, *shown;
	size_t len, size;
} samples[] = {
    {"echo hi", "\"echo hi\"", 7, 100},
    {"", "\"\"", 0, 3},
    {"a\"b\\c/d", "\"a\\\"b\\\\c/d\"", 7, 100},
    {"a\tb\nc\r", "\"a\\u0009b\\u000ac\\u000d\"", 6, 100},
    {"a\0b\177", "\"a\\u0000b\\u007f\"", 4, 100},
    {"\033[31m", "\"\\u001b[31m\"", 5, 100},
    /* characters of each length, the first and the last of it */
    {"\302\240\337\277", "\"\302\240\337\277\"", 4, 100},
    {"\340\240\200\357\277\277", "\"\340\240\200\357\277\277\"", 6, 100},
    {"\360\220\200\200\364\217\277\277", "\"\360\220\200\200\364\217\277\277\"",
	8, 100},
    /* controls past ASCII, ends of lines past ASCII */
    {"\302\200\302\237", "\"\\u0080\\u009f\"", 4, 100},
    {"\342\200\250\342\200\251", "\"\\u2028\\u2029\"", 6, 100},
    /* no UTF-8: alone, cut off, too long a form, surrogate, too large */
    {"\377a\200", "\"\\\\xffa\\\\x80\"", 3, 100},
    {"\303", "\"\\\\xc3\"", 1, 100},
    {"\303(", "\"\\\\xc3(\"", 2, 100},
    {"\300\257", "\"\\\\xc0\\\\xaf\"", 2, 100},
    {"\340\200\257", "\"\\\\xe0\\\\x80\\\\xaf\"", 3, 100},
    {"\355\240\200", "\"\\\\xed\\\\xa0\\\\x80\"", 3, 100},
    {"\364\220\200\200", "\"\\\\xf4\\\\x90\\\\x80\\\\x80\"", 4, 100},
    {"\370\210\200\200\200", "\"\\\\xf8\\\\x88\\\\x80\\\\x80\\\\x80\"", 5, 100},
    /* cut where a whole character no longer fits */
    {"abcdef", "\"abc\"", 6, 6},
    {"ab\ncd", "\"ab\"", 5, 9},
    {"a\303\244", "\"a\"", 3, 5},
    {"a\303\244", "\"a\303\244\"", 3, 6},
    {"abc", "\"\"", 3, 3},
};

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		char out[101];

		memset(out, 'Z', sizeof(out));
		assert_int_equal(json_string(out, s->size, s->bytes, s->len),
		    strlen(s->shown));
		assert_string_equal(out, s->shown);
		assert_int_equal(out[s->size], 'Z');
	}
}

/* What a caller must have room for. */
static void
test_width(void **state)
{
	char out[JSON_WIDTH + 3], byte;

	(void)state;
	for (int i = 0; i < 256; i++) {
		byte = (char)i;
		assert_in_range(json_string(out, sizeof(out), &byte, 1), 3,
		    JSON_WIDTH + 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_width),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
