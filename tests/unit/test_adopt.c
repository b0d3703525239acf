/* Taking over: which room gets what, in one pass, and what is set aside or
 * removed. The rooms are this file's, so that what is seen and measured is the
 * taking over alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/state_files.h"
#include "daemon/handover/adopt.h"
#include "daemon/run/run.h"
#include "sys/files/run_files.h"
#include "sys/reexec.h"

#define UID 1234

static char dir[64];
static struct run_files *h, *user;
static struct log *log_;
static const struct run_state_key key = {"boot", 1, 1};
static size_t runs, over;

void
runs_adopt(struct runs *unused, const struct run_state *state, int session_fifo)
{
	(void)unused;
	assert_int_equal(session_fifo, -1);
	runs++;
	over += state->over;
}

static int
setup(void **unused)
{
	const struct log_target nowhere = {.ident = "crond"};

	(void)unused;
	strcpy(dir, "/tmp/evcron-adopt-XXXXXX");
	assert_non_null(mkdtemp(dir));
	h = run_files_open(dir);
	assert_non_null(h);
	user = run_files_user(h, UID, true);
	assert_non_null(user);
	log_ = log_open(&nowhere);
	assert_non_null(log_);
	runs = over = 0;
	return 0;
}

static int
teardown(void **unused)
{
	char command[96];

	(void)unused;
	run_files_close(user);
	run_files_close(h);
	log_close(log_);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void
put_state_as(const char *name, const char *id, uid_t uid, bool is_over,
    const struct run_state_key *of)
{
	const struct run_record_source source = {.user = "joe",
	    .command = "true",
	    .table = "/etc/crontab",
	    .home = "/"};
	struct run_state state = {.key = *of,
	    .over = is_over,
	    .session_fifo = -1};
	char file[128], *text;
	size_t len;

	state.record = run_record_new(&source);
	assert_non_null(state.record);
	state.record->uid = uid;
	snprintf(state.record->id, sizeof state.record->id, "%s", id);
	text = run_state_write(&state, &len);
	assert_non_null(text);
	snprintf(file, sizeof file, "%s" STATE_FILES_SUFFIX, name);
	assert_int_equal(run_files_create(user, file, text, len), 0);
	free(text);
	run_record_unref(state.record);
}

static void
put_state(const char *id, bool is_over, const struct run_state_key *of)
{
	put_state_as(id, id, UID, is_over, of);
}

static void
put_fifo(const char *id)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", run_files_path(user), id);
	assert_int_equal(mkfifo(path, 0600), 0);
}

static bool
is_there(const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", run_files_path(user), name);
	return access(path, F_OK) == 0;
}

static void
take_over(void)
{
	const struct adopt_config config = {.log = log_,
	    .handover = h,
	    .key = &key};

	adopt(&config);
}

static void
test_taken_over(void **unused)
{
	(void)unused;
	put_state("runs", false, &key);
	put_fifo("runs");
	put_state("over", true, &key);
	put_state_as("another", "runs", UID, false, &key);
	put_state_as("theirs", "theirs", UID + 1, false, &key);
	take_over();
	assert_int_equal(runs, 2);
	assert_int_equal(over, 1);
	assert_true(is_there("runs"));
	assert_true(is_there("another.state" RUN_FILES_ASIDE));
	assert_true(is_there("theirs.state" RUN_FILES_ASIDE));
}

/* Thousands of another boot: some are kept, and none is looked for twice. */
static void
test_foreign(void **unused)
{
	const struct run_state_key foreign = {"another", 1, 1};
	char id[32], **names;
	size_t count;

	(void)unused;
	for (int i = 0; i < 3000; i++) {
		snprintf(id, sizeof id, "f-%d", i);
		put_state(id, false, &foreign);
	}
	put_state("ours", false, &key);
	take_over();
	assert_int_equal(runs, 1);
	assert_int_equal(run_files_list(user, &names, &count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(names[0], "ours.state");
	free(names[0]);
	free(names);
	for (count = 0; count < 3000; count++) {
		snprintf(id, sizeof id, "f-%zu.state" RUN_FILES_ASIDE, count);
		runs += is_there(id);
	}
	assert_int_equal(runs, 1 + RUN_FILES_ASIDE_MAX);
}

/* Nobody knows whose they are; who has one open keeps it. */
static void
test_stray_fifos(void **unused)
{
	(void)unused;
	put_fifo("nobody");
	put_state("runs", false, &key);
	put_fifo("runs");
	take_over();
	assert_false(is_there("nobody"));
	assert_true(is_there("runs"));
	assert_int_equal(runs, 1);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* Each run has its state and its FIFO; half of them are over. */
static void
measure(unsigned count)
{
	char id[32];
	double begin;

	for (unsigned i = 0; i < count; i++) {
		snprintf(id, sizeof id, "%x-%x", count, i);
		put_state(id, i % 2 == 0, &key);
		put_fifo(id);
	}
	begin = now();
	take_over();
	print_message("%u runs taken over in %.0f ms\n", count,
	    (now() - begin) * 1000);
	assert_int_equal(runs, count);
	assert_int_equal(over, count / 2);
}

/* The figures are for who reads them. */
static void
test_many(void **unused)
{
	(void)unused;
	measure(1000);
	assert_int_equal(teardown(NULL), 0);
	setup(NULL);
	measure(10000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_taken_over, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_foreign, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stray_fifos, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
