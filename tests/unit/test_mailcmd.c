/* -m made into argv. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mailcmd.h"

static const struct mailcmd_values values = {
    .recipient = "joe,ann@x.org",
    .subject = "Cron <joe@box> echo \"a 'b\" %t $HOME",
    .sender = "me@x.org",
};

static void
test_split(void **state)
{
	static const struct {
		const char *command;
		bool placeholders;
		const char *argv[8];
	} cases[] = {
	    {"sendmail", false, {"sendmail"}},
	    {"  sendmail\t-t\n -i ", false, {"sendmail", "-t", "-i"}},
	    {"msmtp '-C' \"/a b/c\"", false, {"msmtp", "-C", "/a b/c"}},
	    {"a b\"c d\"e''", false, {"a", "bc de"}},
	    {"a '' \"\"", false, {"a", "", ""}},
	    {"a \"it's\" 'say \"x\"'", false, {"a", "it's", "say \"x\""}},
	    {"a $HOME `ls` ; | > * \\ &", false,
		{"a", "$HOME", "`ls`", ";", "|", ">", "*"}},
	    {"mailx -s %s %t", true,
		{"mailx", "-s", "Cron <joe@box> echo \"a 'b\" %t $HOME", "joe",
		    "ann@x.org"}},
	    {"m -r%f to=%t", true, {"m", "-rme@x.org", "to=joe,ann@x.org"}},
	    {"m \"%t\"", true, {"m", "joe,ann@x.org"}},
	    {"m 100%% %% %x %", false, {"m", "100%", "%", "%x", "%"}},
	    {"m %%t", false, {"m", "%t"}},
	};
	struct mailcmd cmd;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(mailcmd_split(&cmd, cases[i].command, &values),
		    MAILCMD_GOOD);
		for (n = 0; n < 7 && cases[i].argv[n] != NULL; n++)
			assert_string_equal(cmd.argv[n], cases[i].argv[n]);
		if (n < 7) {
			assert_int_equal(cmd.count, n);
			assert_null(cmd.argv[n]);
		}
		assert_int_equal(cmd.placeholders, cases[i].placeholders);
		mailcmd_clear(&cmd);
	}
}

static void
test_faults(void **state)
{
	static const struct {
		const char *command;
		enum mailcmd_verdict verdict;
	} cases[] = {
	    {"", MAILCMD_NONE},
	    {" \t\n", MAILCMD_NONE},
	    {"'' a", MAILCMD_NONE},
	    {"a 'b", MAILCMD_QUOTE},
	    {"a b\"", MAILCMD_QUOTE},
	};
	struct mailcmd cmd;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(mailcmd_split(&cmd, cases[i].command, &values),
		    cases[i].verdict);
		assert_null(cmd.argv);
		assert_string_not_equal(mailcmd_fault(cases[i].verdict), "");
	}
}

static void
test_bound(void **state)
{
	char command[2 * (MAILCMD_MAX + 1) + 1];
	struct mailcmd cmd;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof command - 1; i++)
		command[i] = i % 2 == 0 ? 'a' : ' ';
	command[sizeof command - 1] = '\0';
	assert_int_equal(mailcmd_split(&cmd, command, &values),
	    MAILCMD_TOO_MANY);
	command[2 * MAILCMD_MAX] = '\0';
	assert_int_equal(mailcmd_split(&cmd, command, &values), MAILCMD_GOOD);
	assert_int_equal(cmd.count, MAILCMD_MAX);
	mailcmd_clear(&cmd);
}

static void
test_no_values(void **state)
{
	const struct mailcmd_values none = {0};
	struct mailcmd cmd;

	(void)state;
	assert_int_equal(mailcmd_split(&cmd, "m %s %f %t", &none),
	    MAILCMD_GOOD);
	assert_int_equal(cmd.count, 4);
	assert_string_equal(cmd.argv[3], "");
	mailcmd_clear(&cmd);
	/* A recipient is no program. */
	assert_int_equal(mailcmd_split(&cmd, "%t -x", &none), MAILCMD_NONE);
	assert_null(cmd.argv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_bound),
	    cmocka_unit_test(test_no_values),
	};

	return cmocka_run_group_tests_name("mailcmd", tests, NULL, NULL);
}
