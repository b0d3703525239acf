/* Faults as they are shown: place, level, line, caret; nothing that a terminal
 * obeys. */
#include "sys/fault_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What fault_print_faults makes of one fault in these bytes; to be freed. */
static char *
shown(struct fault_print *show, enum fault_level level, unsigned line,
    unsigned column, const char *bytes, size_t size)
{
	struct faults faults;
	char *text = NULL;
	size_t len = 0;

	show->out = open_memstream(&text, &len);
	assert_non_null(show->out);
	faults_init(&faults);
	faults_add(&faults, level, line, column, "bad word", "what\033");
	fault_print_faults(show, "p\n", bytes, size, &faults);
	faults_clear(&faults);
	assert_int_equal(fclose(show->out), 0);
	return text;
}

static void
test_shape(void **state)
{
	static const struct {
		enum fault_level level;
		unsigned line, column;
		const char *bytes;
		const char *text;
	} rows[] = {
	    {FAULT_ERROR, 2, 3, "one\ntwo\n",
		"p^J:2:3: error: bad word: what^[\n    two\n      ^\n"},
	    {FAULT_LINE, 1, 1, "one\ntwo\n",
		"p^J:1:1: warning: bad word: what^[\n    one\n    ^\n"},
	    {FAULT_NOTICE, 1, 0, "one",
		"p^J:1: note: bad word: what^[\n    one\n"},
	    {FAULT_TABLE, 0, 0, "one\n", "p^J: error: bad word: what^[\n"},
	    /* a column behind the end, and one past it */
	    {FAULT_ERROR, 1, 4, "one\n",
		"p^J:1:4: error: bad word: what^[\n    one\n       ^\n"},
	    {FAULT_ERROR, 1, 9, "one\n",
		"p^J:1:9: error: bad word: what^[\n    one\n"},
	    /* what takes more room on the screen moves the caret */
	    {FAULT_ERROR, 1, 2, "\tone\n",
		"p^J:1:2: error: bad word: what^[\n    ^Ione\n      ^\n"},
	    {FAULT_ERROR, 7, 1, "one\n", "p^J:7:1: error: bad word: what^[\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct fault_print show = {.error_from = FAULT_ERROR};
		char *text = shown(&show, rows[i].level, rows[i].line,
		    rows[i].column, rows[i].bytes, strlen(rows[i].bytes));

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

/* A long line is cut round its column. */
static void
test_long_line(void **state)
{
	struct fault_print show = {.error_from = FAULT_ERROR};
	char line[5000], *text, *caret, *mark;

	(void)state;
	memset(line, 'a', sizeof line);
	line[3000] = 'X';
	text = shown(&show, FAULT_ERROR, 1, 3001, line, sizeof line);
	assert_true(strlen(text) < 400);
	mark = strchr(text, 'X');
	caret = strrchr(text, '^');
	assert_non_null(mark);
	assert_int_equal(mark - (strchr(text, '\n') + 1),
	    caret - (strchr(mark, '\n') + 1));
	free(text);
}

/* Each reader draws his own line, and has his counts. */
static void
test_levels(void **state)
{
	struct fault_print daemon = {.error_from = FAULT_ERROR};
	struct fault_print strict = {.error_from = FAULT_LENIENT};

	(void)state;
	assert_string_equal(fault_print_level(&daemon, FAULT_LENIENT),
	    "warning");
	assert_string_equal(fault_print_level(&daemon, FAULT_LINE), "warning");
	assert_string_equal(fault_print_level(&daemon, FAULT_TABLE), "error");
	assert_string_equal(fault_print_level(&daemon, FAULT_NOTICE), "note");
	assert_int_equal(daemon.errors, 1);
	assert_int_equal(daemon.warnings, 2);
	assert_string_equal(fault_print_level(&strict, FAULT_LENIENT), "error");
	assert_string_equal(fault_print_level(&strict, FAULT_NOTICE), "note");
	assert_int_equal(strict.errors, 1);
	assert_int_equal(strict.warnings, 0);
}

/* Lines, tabs and UTF-8 stay; what a terminal would obey does not. */
static void
test_lines(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
	    {"a\tb\nc\n", "a\tb\nc\n"},
	    {"\033[31m\r\177", "^[[31m^M^?"},
	    {"\303\244 \342\202\254 \360\237\230\200",
		"\303\244 \342\202\254 \360\237\230\200"},
	    {"\302\233m", "\\302\\233m"}, /* CSI in one character */
	    {"\303", "\\303"},
	    {"\303(", "\\303("},
	    {"\300\233", "\\300\\233"}, /* ESC, overlong */
	    {"\340\202\233", "\\340\\202\\233"},
	    {"\360\200\202\233", "\\360\\200\\202\\233"},
	    {"\377", "\\377"},
	};
	size_t i, len;
	char *text;
	FILE *f;

	(void)state;
	for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		f = open_memstream(&text, &len);
		assert_non_null(f);
		fault_print_lines(f, rows[i].bytes, strlen(rows[i].bytes));
		assert_int_equal(fclose(f), 0);
		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shape),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests_name("show", tests, NULL, NULL);
}
