/* State files: what is written can be read; what is torn, of another version or
 * hostile costs nothing but itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/letter_meta.h"
#include "core/run_state.h"

static struct run_record *
some_facts(bool ended)
{
	static const char block[] = "XDG=/run\nx\0";
	struct env env;
	struct run_record_source source = {
	    .user = "joe",
	    .command = "echo \"a\nb\"; true \\",
	    .table = "/etc/cron.d/x",
	    .recipient = "ann@x.org",
	    .home = "/home/joe",
	    .env = &env,
	};
	struct run_record *record;

	env_init(&env);
	env_set(&env, "A=b\nc");
	record = run_record_new(&source);
	env_clear(&env);
	assert_non_null(record);
	strcpy(record->id, "4711-a");
	record->uid = 4294967294U;
	record->gid = 7;
	record->due = (struct minute){28000000};
	record->mail = MAIL_ON_FAILURE;
	record->pid = 4194304;
	record->pid_start = 1ULL << 62;
	record->started_at_ns = 1700000000123456789;
	record->started_mono_ns = INT64_MAX;
	record->output_bytes = 1ULL << 40;
	record->lost_bytes = 5;
	if (!ended) {
		record->session = true;
		record->session_env = malloc(sizeof block);
		assert_non_null(record->session_env);
		memcpy(record->session_env, block, sizeof block);
		record->session_env_size = sizeof block;
		return record;
	}
	record->ended = record->status_known = true;
	record->status = 256;
	record->ended_mono_ns = 77;
	run_record_set_usage(record,
	    &(struct run_usage){1, 2, 3, 4, INT64_MAX});
	return record;
}

static struct run_state
some_state(bool ended)
{
	return (struct run_state){
	    .key = {"e0a1b2c3-0000-4000-8000-000000000000", 4026531836, 12},
	    .over = true,
	    .generation = 1ULL << 40,
	    .session_fifo = 2147483647,
	    .session_fifo_inode = INT64_MAX,
	    .record = some_facts(ended),
	};
}

static void
assert_facts(const struct run_record *got, const struct run_record *want)
{
	assert_string_equal(got->id, want->id);
	assert_string_equal(got->user, want->user);
	assert_string_equal(got->command, want->command);
	assert_int_equal(got->env_size, want->env_size);
	assert_memory_equal(got->env, want->env, want->env_size);
	assert_int_equal(got->session, want->session);
	assert_int_equal(got->session_env_size, want->session_env_size);
	if (want->session_env_size > 0)
		assert_memory_equal(got->session_env, want->session_env,
		    want->session_env_size);
	assert_int_equal(got->uid, want->uid);
	assert_int_equal(got->mail, want->mail);
	assert_int_equal(got->due.n, want->due.n);
	assert_int_equal(got->pid, want->pid);
	assert_true(got->pid_start == want->pid_start);
	assert_true(got->started_at_ns == want->started_at_ns);
	assert_true(got->started_mono_ns == want->started_mono_ns);
	assert_true(got->output_bytes == want->output_bytes);
	assert_true(got->lost_bytes == want->lost_bytes);
	assert_int_equal(got->ended, want->ended);
	assert_int_equal(got->status_known, want->status_known);
	assert_int_equal(got->status, want->status);
	assert_true(got->ended_mono_ns == want->ended_mono_ns);
	assert_int_equal(got->usage != NULL, want->usage != NULL);
	if (want->usage != NULL)
		assert_memory_equal(got->usage, want->usage,
		    sizeof *got->usage);
}

static void
round_trip(bool ended)
{
	struct run_state state = some_state(ended), read;
	size_t len;
	char *text = run_state_write(&state, &len);

	assert_non_null(text);
	assert_int_equal(run_state_read(&read, text, len), RUN_STATE_GOOD);
	assert_true(run_state_key_same(&read.key, &state.key));
	assert_true(read.over);
	assert_true(read.generation == 1ULL << 40);
	assert_int_equal(read.session_fifo, 2147483647);
	assert_true(read.session_fifo_inode == INT64_MAX);
	assert_facts(read.record, state.record);
	run_record_unref(read.record);
	/* What crond reads. */
	assert_int_equal(run_state_read_without_env(&read, text, len),
	    RUN_STATE_GOOD);
	assert_string_equal(read.record->env, "");
	assert_int_equal(read.record->env_size, 1);
	assert_int_equal(read.record->env_cost, state.record->env_cost);
	assert_true(read.record->env_left_out);
	assert_string_equal(read.record->command, state.record->command);
	assert_int_equal(read.record->session_env_size,
	    state.record->session_env_size);
	run_record_unref(read.record);
	run_record_unref(state.record);
	free(text);
}

static void
test_round_trip(void **unused)
{
	(void)unused;
	round_trip(false);
	round_trip(true);
}

/* What changes is in the front alone. */
static void
test_front(void **unused)
{
	struct run_state state = some_state(false), read;
	char front[RUN_STATE_FRONT];
	size_t len;
	char *text = run_state_write(&state, &len);

	(void)unused;
	state.record->pid = 5;
	state.record->ended = state.record->status_known = true;
	state.record->status = 9;
	state.over = false;
	run_state_front(&state, front);
	memcpy(text, front, sizeof front);
	assert_int_equal(run_state_read(&read, text, len), RUN_STATE_GOOD);
	assert_facts(read.record, state.record);
	assert_false(read.over);
	run_record_unref(read.record);
	run_record_unref(state.record);
	free(text);
}

/* Each of those who write a slot leaves the others' alone. */
static void
test_slots(void **unused)
{
	struct run_state state = some_state(true), read;
	char *text;
	size_t len;

	(void)unused;
	state.over = false;
	state.record->pid = 0;
	state.record->pid_start = 0;
	state.record->output_bytes = state.record->lost_bytes = 0;
	text = run_state_write(&state, &len);
	assert_int_equal(run_state_read(&read, text, len), RUN_STATE_GOOD);
	assert_false(read.over);
	assert_facts(read.record, state.record);
	run_record_unref(read.record);

	run_state_pid_slot(text + RUN_STATE_PID_AT, 4711, 123456789);
	state.record->pid = 4711;
	state.record->pid_start = 123456789;
	assert_int_equal(run_state_read(&read, text, len), RUN_STATE_GOOD);
	assert_false(read.over);
	assert_facts(read.record, state.record);
	run_record_unref(read.record);

	run_state_over_slot(text + RUN_STATE_OVER_AT, 7, 5);
	state.record->output_bytes = 7;
	state.record->lost_bytes = 5;
	assert_int_equal(run_state_read(&read, text, len), RUN_STATE_GOOD);
	assert_true(read.over);
	assert_facts(read.record, state.record);
	run_record_unref(read.record);
	run_record_unref(state.record);
	free(text);
}

/* Wherever it was torn. */
static void
test_cut(void **unused)
{
	struct run_state state = some_state(true), read;
	size_t len, n;
	char *text = run_state_write(&state, &len);

	(void)unused;
	for (n = 0; n < len; n++) {
		assert_int_not_equal(run_state_read(&read, text, n),
		    RUN_STATE_GOOD);
		assert_null(read.record);
	}
	run_record_unref(state.record);
	free(text);
}

static void
test_broken(void **unused)
{
	static const struct {
		const char *was, *is; /* of the same length */
		enum run_state_verdict verdict;
	} cases[] = {
	    {"evcron state 2", "evcron state 1", RUN_STATE_FOREIGN},
	    {"over 1", "over 2", RUN_STATE_BROKEN},
	    {"pid 0004194304", "pid -004194304", RUN_STATE_BROKEN},
	    {"pid 0004194304", "pid 00041943x4", RUN_STATE_BROKEN},
	    {"pidns 4026531836", "pidns -026531836", RUN_STATE_BROKEN},
	    {"boot e0a1", "boot\ne0a1", RUN_STATE_BROKEN},
	    {"boot e0a1", "bOOt e0a1", RUN_STATE_BROKEN},
	    {"keeper 2147483647", "keeper 2147483648", RUN_STATE_BROKEN},
	    {"evcron letter 1", "evcron letter 2", RUN_STATE_BROKEN},
	    {"id 4711-a", "ID 4711-a", RUN_STATE_BROKEN},
	    {"\nend\n", "\nenD\n", RUN_STATE_BROKEN},
	};
	size_t i, len;

	(void)unused;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct run_state state = some_state(false), read;
		char *text = run_state_write(&state, &len);
		char *at =
		    memmem(text, len, cases[i].was, strlen(cases[i].was));

		assert_non_null(at);
		memcpy(at, cases[i].is, strlen(cases[i].is));
		if (run_state_read(&read, text, len) != cases[i].verdict)
			fail_msg("%s", cases[i].is);
		run_record_unref(state.record);
		free(text);
	}
}

/* The front holds whatever numbers there can be. */
static void
test_largest(void **unused)
{
	struct run_state state = some_state(true), read;
	struct run_record *f = state.record;
	size_t len;
	char *text;

	(void)unused;
	memset(state.key.boot, 'x', sizeof state.key.boot - 1);
	state.key.pid_ns = state.key.init_start = INT64_MAX;
	*f->usage = (struct run_usage){INT64_MIN, INT64_MIN, INT64_MIN,
	    INT64_MIN, INT64_MIN};
	f->started_at_ns = f->started_mono_ns = f->ended_mono_ns = INT64_MIN;
	f->output_bytes = f->lost_bytes = f->pid_start = INT64_MAX;
	state.generation = state.session_fifo_inode = INT64_MAX;
	f->pid = INT32_MAX;
	text = run_state_write(&state, &len);
	assert_int_equal(run_state_read(&read, text, len), RUN_STATE_GOOD);
	assert_facts(read.record, f);
	run_record_unref(read.record);
	run_record_unref(f);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_front),
	    cmocka_unit_test(test_slots),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
