/* The record of a run: strings in one block, references, what counts as failed.
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
	struct run_record_source source = {
	    .user = "ann",
	    .command = "",
	    .table = "/etc/crontab",
	    .recipient = NULL,
	    .sender = "s",
	    .home = "/home/ann",
	    .env = &env,
	};
	struct run_record *record = run_record_new(&source);

	(void)state;
	assert_non_null(record);
	vars[0][0] = 'X'; /* it has copies */
	assert_string_equal(record->user, "ann");
	assert_string_equal(record->command, "");
	assert_string_equal(record->table, "/etc/crontab");
	assert_null(record->recipient);
	assert_string_equal(record->sender, "s");
	assert_string_equal(record->home, "/home/ann");
	assert_int_equal(record->env_size, 8);
	assert_memory_equal(record->env, "A=1\0B=\0", 8);
	assert_int_equal(record->pid, 0);
	run_record_ref(record);
	run_record_unref(record);
	assert_string_equal(record->user, "ann");
	run_record_unref(record);
	run_record_unref(NULL);
}

static void
test_no_environment(void **state)
{
	struct run_record_source source = {.user = "ann"};
	struct run_record *record = run_record_new(&source);

	(void)state;
	assert_non_null(record);
	assert_int_equal(record->env_size, 1);
	assert_string_equal(record->env, "");
	run_record_unref(record);
}

static void
test_job_environment(void **state)
{
	/* PAM's places, the entry's values. */
	static const char pam[] = "LANG=C\0HOME=/pam\0";
	char *vars[] = {(char[]){"HOME=/home/ann"}, (char[]){"A=1"}, NULL};
	struct env env = {.vars = vars, .count = 2}, job;
	struct run_record_source source = {.user = "ann", .env = &env};
	struct run_record *record = run_record_new(&source);

	(void)state;
	assert_non_null(record);
	env_init(&job);
	assert_int_equal(run_record_job_env(record, &job), 0);
	assert_int_equal(job.count, 2);
	env_clear(&job);
	record->session = true;
	record->session_env = malloc(sizeof(pam));
	assert_non_null(record->session_env);
	memcpy(record->session_env, pam, sizeof(pam));
	record->session_env_size = sizeof(pam);
	assert_int_equal(run_record_job_env(record, &job), 0);
	assert_int_equal(job.count, 3);
	assert_string_equal(job.vars[0], "LANG=C");
	assert_string_equal(job.vars[1], "HOME=/home/ann");
	assert_string_equal(job.vars[2], "A=1");
	assert_null(job.vars[3]);
	env_clear(&job);
	run_record_unref(record);
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
	struct run_record record;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(&record, 0, sizeof(record));
		record.ended = cases[i].ended;
		record.status_known = cases[i].known;
		record.status = cases[i].status;
		assert_int_equal(run_record_failed(&record), cases[i].failed);
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
