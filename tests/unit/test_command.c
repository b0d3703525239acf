/* '%' and '\' of commands: COMPAT.md 3.6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/command.h"

static const struct sample {
	const char *text;
	const char *redhat, *debian; /* what the shell gets; NULL: the same */
	const char *input;           /* NULL: no stdin data */
} samples[] = {
    {"x", "x", NULL, NULL},
    {"", "", NULL, NULL},
    {"date +\\%F", "date +%F", NULL, NULL},
    {"cat%one%two", "cat", NULL, "one\ntwo\n"},
    {"cat %one\n", "cat ", NULL, "one\n"},
    {"cat%", "cat", NULL, ""},
    {"%", "", NULL, ""},
    {"% stdin", "", NULL, " stdin\n"},
    {"cat%%", "cat", NULL, "\n"},
    {"cat%%%a", "cat", NULL, "\n\na\n"},
    {"echo a\\\\\\%b", "echo a\\\\%b", "echo a\\%b", NULL},
    {"echo \\\\%in", "echo \\\\", "echo \\", "in\n"},
    {"echo \\\\\\\\", "echo \\\\\\\\", "echo \\\\", NULL},
    {"echo \\n \\\"", "echo \\n \\\"", NULL, NULL},
    {"echo \\", "echo \\", NULL, NULL},
    {"cat%a\\%b\\c\\\\d\\", "cat", NULL, "a%b\\c\\\\d\\\n"},
    {"cat%\\\\%x", "cat", NULL, "\\%x\n"},
    {"cat%  a  ", "cat", NULL, "  a  \n"},
};

static void
check(const struct sample *sample, const char *shell, int backslash_pairs)
{
	struct command command;

	assert_int_equal(command_split(&command, sample->text,
			     strlen(sample->text), backslash_pairs),
	    0);
	assert_string_equal(command.shell, shell);
	if (sample->input == NULL) {
		assert_null(command.input);
	} else {
		assert_non_null(command.input);
		assert_string_equal(command.input, sample->input);
		assert_int_equal(command.input_len, strlen(sample->input));
	}
	command_clear(&command);
	assert_null(command.shell);
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *s = &samples[i];
		check(s, s->redhat, 0);
		check(s, s->debian != NULL ? s->debian : s->redhat, 1);
	}
}

/* The text is a part of a larger one and not NUL-terminated. */
static void
test_looks_no_further_than_len(void **state)
{
	struct command command;

	(void)state;
	assert_int_equal(command_split(&command, "ab\\%cd", 3, 0), 0);
	assert_string_equal(command.shell, "ab\\");
	assert_null(command.input);
	command_clear(&command);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_samples),
	    cmocka_unit_test(test_looks_no_further_than_len),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
