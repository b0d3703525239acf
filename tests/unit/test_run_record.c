/* The facts of a run: strings in one block, references, what counts as failed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/run_record.h"

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
test_job_environment(void **state)
{
	/* PAM's places, the entry's values. */
	static const char pam[] = "LANG=C\0HOME=/pam\0";
	char *vars[] = {(char[]){"HOME=/home/ann"}, (char[]){"A=1"}, NULL};
	struct env env = {.vars = vars, .count = 2}, job;
	struct facts_source source = {.user = "ann", .env = &env};
	struct facts *facts = facts_new(&source);

	(void)state;
	assert_non_null(facts);
	env_init(&job);
	assert_int_equal(facts_job_env(facts, &job), 0);
	assert_int_equal(job.count, 2);
	env_clear(&job);
	facts->session = true;
	facts->session_env = malloc(sizeof(pam));
	assert_non_null(facts->session_env);
	memcpy(facts->session_env, pam, sizeof(pam));
	facts->session_env_size = sizeof(pam);
	assert_int_equal(facts_job_env(facts, &job), 0);
	assert_int_equal(job.count, 3);
	assert_string_equal(job.vars[0], "LANG=C");
	assert_string_equal(job.vars[1], "HOME=/home/ann");
	assert_string_equal(job.vars[2], "A=1");
	assert_null(job.vars[3]);
	env_clear(&job);
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
	    cmocka_unit_test(test_job_environment),
	    cmocka_unit_test(test_failed),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
