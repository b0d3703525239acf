/* Minutes done, on disk: what a daemon that is killed amid the starts of a
 * minute leaves to the next one, also where that minute is still to come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/schedule/progress_file.h"
#include "parsed.h"
#include "sys/files/run_files.h"

#define T INT64_C(29000000) /* a minute */

/* In the order of the table. */
enum { WILD, FIXED, REBOOT, ENTRIES };

static char dir[64];
static struct run_files *h;
static struct log *log_;
static struct parsed parsed;
static struct progress_file *m;
static const struct run_state_key key = {"boot", 1, 1};

/* A crond at that second of the simulated clock. */
static struct clock_step_done
lives(int64_t at)
{
	m = progress_file_new(h, &key, log_);
	assert_non_null(m);
	return progress_file_resume(m, at);
}

static void
dies(void)
{
	progress_file_free(m);
	m = NULL;
}

static void
settle(int64_t through)
{
	const struct clock_step_done done = {{through}, {through}};

	progress_file_done(m, &done, (struct minute){through + 1});
}

static void
starts(int which, int64_t minute)
{
	progress_file_starts(m, &parsed.table->entries[which],
	    (struct minute){minute});
}

static bool
was_started(int which, int64_t minute)
{
	return progress_file_was_started(m, &parsed.table->entries[which],
	    (struct minute){minute});
}

static off_t
size(void)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", dir, PROGRESS_FILE_FILE);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static int
setup(void **unused)
{
	const struct log_target nowhere = {.ident = "crond"};

	(void)unused;
	strcpy(dir, "/tmp/evcron-minutes-XXXXXX");
	assert_non_null(mkdtemp(dir));
	h = run_files_open(dir);
	assert_non_null(h);
	log_ = log_open(&nowhere);
	assert_non_null(log_);
	parsed = parse("redhat", TABLE_USER,
	    "* * * * * a\n0-59 0-23 * * * b\n@reboot c\n");
	assert_non_null(parsed.table);
	assert_int_equal(parsed.table->entry_count, ENTRIES);
	/* One that has done all through T, and is killed in the next minute. */
	(void)lives(T * 60);
	settle(T);
	starts(WILD, T + 1);
	starts(FIXED, T + 1);
	dies();
	return 0;
}

static int
teardown(void **unused)
{
	char command[96];

	(void)unused;
	dies();
	parsed_clear(&parsed);
	run_files_close(h);
	log_close(log_);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void
test_same_minute(void **unused)
{
	struct clock_step_done done = lives((T + 1) * 60 + 5);

	(void)unused;
	assert_int_equal(done.wild.n, T);
	assert_int_equal(done.fixed.n, T);
	assert_true(was_started(WILD, T + 1));
	assert_false(was_started(WILD, T + 1));
	assert_true(was_started(FIXED, T + 1));
	settle(T + 1);
	assert_int_equal(size(), PROGRESS_FRONT);
}

/* The clock was set back by a minute: nothing is due, that minute comes later.
 * Nor does another death before it change that. */
static void
test_back_a_minute(void **unused)
{
	struct clock_step_done done = lives(T * 60 + 5);

	(void)unused;
	assert_int_equal(done.wild.n, T);
	settle(T);
	settle(T);
	dies();
	done = lives(T * 60 + 30);
	assert_int_equal(done.fixed.n, T);
	settle(T);
	assert_int_equal(size(), PROGRESS_FRONT + 2 * PROGRESS_ENTRY);
	assert_true(was_started(FIXED, T + 1));
	assert_true(was_started(WILD, T + 1));
	settle(T + 1);
	assert_int_equal(size(), PROGRESS_FRONT);
}

/* By an hour: wildcard entries go through these minutes again, fixed ones wait;
 * what is started meanwhile is forgotten when its minute is done. */
static void
test_back_an_hour(void **unused)
{
	struct clock_step_done done = lives((T - 60) * 60);

	(void)unused;
	assert_int_equal(done.wild.n, T - 60);
	assert_int_equal(done.fixed.n, T);
	done.wild.n++;
	starts(WILD, done.wild.n);
	progress_file_done(m, &done, (struct minute){done.wild.n + 1});
	assert_int_equal(size(), PROGRESS_FRONT + PROGRESS_ENTRY);
	dies();
	(void)lives((T + 1) * 60);
	assert_false(was_started(WILD, T + 1));
	assert_true(was_started(FIXED, T + 1));
}

/* By a day: all starts over. */
static void
test_back_a_day(void **unused)
{
	(void)unused;
	(void)lives((T - 1440) * 60);
	assert_int_equal(size(), PROGRESS_FRONT);
	assert_false(was_started(WILD, T + 1));
	assert_false(was_started(FIXED, T + 1));
}

/* The same while the next one lives. */
static void
test_back_a_day_later(void **unused)
{
	(void)unused;
	(void)lives(T * 60);
	settle(T);
	settle(T - 1440);
	assert_int_equal(size(), PROGRESS_FRONT);
	assert_false(was_started(FIXED, T + 1));
}

/* @reboot entries belong to no minute, and to no clock. */
static void
test_reboots(void **unused)
{
	(void)unused;
	(void)lives((T + 1) * 60);
	progress_file_reboots(m);
	starts(REBOOT, T + 1);
	dies();
	(void)lives((T - 1440) * 60);
	assert_true(progress_file_reboots_left(m));
	assert_true(was_started(REBOOT, T - 1440));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_same_minute),
	    CASE(test_back_a_minute),
	    CASE(test_back_an_hour),
	    CASE(test_back_a_day),
	    CASE(test_back_a_day_later),
	    CASE(test_reboots),
	};

	return cmocka_run_group_tests_name("minutes", tests, NULL, NULL);
}
