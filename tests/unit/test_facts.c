/* The facts of a run: strings in one block, references, what counts as failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/facts.h"

static void
test_strings(void **state)
{
	char *vars[] = {(char[]){"A=1"}, (char[]){"B="}, NULL};
	struct env env = {.vars = vars, .count = 2, .size = 3};
	struct facts_source source = {
	    .user = "ann",
	    .command = "",
	    .table = "/etc/crontab",
	    .recipient = NULL,
	    .sender = "s",
	    .home = "/home/ann",
	    .env = &env,
	};
	struct facts *facts = facts_new(&source);

	(void)state;
	assert_non_null(facts);
	vars[0][0] = 'X'; /* it has copies */
	assert_string_equal(facts->user, "ann");
	assert_string_equal(facts->command, "");
	assert_string_equal(facts->table, "/etc/crontab");
	assert_null(facts->recipient);
	assert_string_equal(facts->sender, "s");
	assert_string_equal(facts->home, "/home/ann");
	assert_int_equal(facts->env_size, 8);
	assert_memory_equal(facts->env, "A=1\0B=\0", 8);
	assert_int_equal(facts->pid, 0);
	facts_ref(facts);
	facts_unref(facts);
	assert_string_equal(facts->user, "ann");
	facts_unref(facts);
	facts_unref(NULL);
}

static void
test_no_environment(void **state)
{
	struct facts_source source = {.user = "ann"};
	struct facts *facts = facts_new(&source);

	(void)state;
	assert_non_null(facts);
	assert_int_equal(facts->env_size, 1);
	assert_string_equal(facts->env, "");
	facts_unref(facts);
}

static void
test_failed(void **state)
{
	static const struct {
		bool ended, known;
		int status;
		bool failed;
	} cases[] = {
	    {false, false, 0, false},
	    {true, true, 0, false},
	    {true, true, 1 << 8, true},
	    {true, true, 9, true},
	    {true, true, 11 | 0x80, true},
	    {true, false, 0, true},
	};
	struct facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(&facts, 0, sizeof(facts));
		facts.ended = cases[i].ended;
		facts.status_known = cases[i].known;
		facts.status = cases[i].status;
		assert_int_equal(facts_failed(&facts), cases[i].failed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_strings),
	    cmocka_unit_test(test_no_environment),
	    cmocka_unit_test(test_failed),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
