/*
 * Runs with real jobs, in a world of their own (run_world.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/table.h"
#include "daemon/run/run.h"
#include "daemon/run/starts.h"
#include "fake_pam.h"
#include "run_world.h"
#include "sys/limits.h"

#define NOBODY 65534

static void
assert_file(const char *name, const char *wanted)
{
	char path[128], text[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", world.dir, name);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("no %s; log:\n%s", path, world.lines);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	assert_string_equal(text, wanted);
}

static bool
is_empty(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	bool empty = true;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			empty = false;
	}
	closedir(dir);
	return empty;
}

/* Of runs that are over nothing is left. */
static void
assert_no_files(void)
{
	char path[128];
	struct dirent *entry;
	DIR *dir = opendir(world.runs_dir);

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%.90s/%.30s", world.runs_dir,
		    entry->d_name);
		if (entry->d_name[0] != '.' && !is_empty(path))
			fail_msg("%s is not empty", path);
	}
	closedir(dir);
}

/* Tests */

static void
test_cronie(void **state)
{
	char line[256];

	(void)state;
	start_world("redhat", 3);
	load("SHELL=/bin/sh\nHOME=%s\nX=one two\n"
	     "* * * * * %s env | grep -v ^_= >env; echo hello%%in%%put\n"
	     "* * * * * %s cat >in; exit 3%%a%%b\n"
	     "-* * * * * %s exit 9\n"
	     "* * * * * %s kill -9 $$\n",
	    world.dir, world.me, world.me, world.me, world.me);
	all_due();
	assert_int_equal(runs_left(), 4);
	wait_for_the_end();
	assert_file("in", "a\nb\n");
	assert_int_equal(count_lines("CROND["), 6);
	snprintf(line, sizeof(line), "(%s) CMD (cat >in; exit 3)\n", world.me);
	assert_int_equal(count_lines(line), 1);
	snprintf(line, sizeof(line), "(%s) CMDEND (cat >in; exit 3) status 3, ",
	    world.me);
	assert_int_equal(count_lines(line), 1);
	assert_int_equal(count_lines("CMDEND (kill -9 $$) signal 9, "), 1);
	assert_int_equal(count_lines("echo hello) status 0, "), 1);
	assert_int_equal(count_lines(" s, 6 bytes\n"), 1);
	assert_int_equal(count_lines("exit 9"), 0);
	assert_no_files();
}

static void
test_environment(void **state)
{
	char wanted[1024];

	(void)state;
	start_world("redhat", 3);
	load("HOME=%s\nX=one two\n"
	     "* * * * * %s tr '\\0' '\\n' </proc/self/environ >env\n"
	     "Y=below\n",
	    world.dir, world.me);
	all_due();
	wait_for_the_end();
	/* Once more: it is put together once. */
	all_due();
	wait_for_the_end();
	assert_null(LIST_NEXT(LIST_FIRST(&world.table->envs), link));
	snprintf(wanted, sizeof(wanted),
	    "HOME=%s\nX=one two\nSHELL=/bin/sh\n"
	    "PATH=/usr/bin:/bin:/usr/sbin:/sbin\nLOGNAME=%s\nUSER=%s\n",
	    world.dir, world.me, world.me);
	assert_file("env", wanted);
}

static void
test_debian(void **state)
{
	char line[256];

	(void)state;
	start_world("debian", 1 | 2 | 4);
	load("HOME=%s\n"
	     "* * * * * %s exit 3\n"
	     "* * * * * %s kill -9 $$\n"
	     "* * * * * %s true\n",
	    world.dir, world.me, world.me, world.me);
	all_due();
	wait_for_the_end();
	snprintf(line, sizeof(line), "(%s) CMD (exit 3)\n", world.me);
	assert_int_equal(count_lines(line), 1);
	assert_int_equal(count_lines(": (CRON) error (grandchild #"), 2);
	assert_int_equal(count_lines(" failed with exit status 3)\n"), 1);
	assert_int_equal(count_lines(" terminated by signal 9)\n"), 1);
	assert_int_equal(count_lines(") END (true)\n"), 1);
	assert_int_equal(count_lines("CMDEND"), 0);
}

static void
test_debian_pids_and_silence(void **state)
{
	(void)state;
	start_world("debian", 1 | 8);
	load("* * * * * %s exit 3\n", world.me);
	all_due();
	wait_for_the_end();
	assert_int_equal(count_lines(") CMD (["), 1);
	assert_int_equal(count_lines("] exit 3)\n"), 1);
	assert_int_equal(count_lines("END"), 0);
	assert_int_equal(count_lines("error"), 0);
}

static void
test_nobody(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	start_world("redhat", 3);
	load("HOME=%s\n* * * * * nobody "
	     "id -u >ids; id -g >>ids; id -G >>ids; echo x >/dev/stderr\n",
	    world.dir);
	all_due();
	wait_for_the_end();
	assert_file("ids", "65534\n65534\n65534\n");
	assert_int_equal(count_lines(" status 0, "), 1);
	assert_int_equal(count_lines(" s, 2 bytes\n"), 1);
}

static void
test_unknown_user(void **state)
{
	(void)state;
	start_world("redhat", 3);
	load("* * * * * nosuchuser true\n* * * * * %s echo on\n", world.me);
	all_due();
	wait_for_the_end();
	assert_int_equal(count_lines("(nosuchuser) ERROR (getpwnam() failed - "
				     "user unknown)\n"),
	    1);
	assert_int_equal(count_lines("CMD (echo on)\n"), 1);
}

static void
test_other_user_without_root(void **state)
{
	(void)state;
	if (geteuid() == 0)
		skip();
	start_world("redhat", 3);
	load("* * * * * root true\n");
	all_due();
	wait_for_the_end();
	assert_int_equal(count_lines("(root) ERROR (only root's crond"), 1);
	assert_int_equal(count_lines("CMD"), 0);
}

static void
test_home_missing(void **state)
{
	(void)state;
	start_world("redhat", 3);
	load("HOME=/no/such/home\n* * * * * %s touch ran\n", world.me);
	all_due();
	wait_for_the_end();
	assert_int_equal(count_lines(": (CRON) ERROR chdir failed "
				     "(/no/such/home): No such file or "
				     "directory\n"),
	    1);
	assert_int_equal(count_lines("CMDEND"), 0);
	assert_no_files();
}

static void
test_shell_missing(void **state)
{
	(void)state;
	start_world("redhat", 3);
	load("SHELL=/no/sh\n* * * * * %s true\n", world.me);
	all_due();
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (true) status 1, "), 1);
	/* "execl: couldn't exec `/no/sh'" and "execl: No such ..." */
	assert_int_equal(count_lines(" s, 63 bytes\n"), 1);
}

/* No descriptors left: nothing is lost, others go on, one line in the log. */
static void
test_no_descriptors(void **state)
{
	struct rlimit before, low;
	char line[128];

	(void)state;
	start_world("redhat", 3);
	load("* * * * * %s echo 1\n* * * * * %s echo 2\n", world.me, world.me);
	/* A first one, so that everything that is opened once is open. */
	starts_due(world.starts, &world.table->entries[0], (struct minute){1});
	wait_for_the_end();
	getrlimit(RLIMIT_NOFILE, &before);
	low = before;
	low.rlim_cur = (rlim_t)world.sink; /* lower than what is in use */
	setrlimit(RLIMIT_NOFILE, &low);
	all_due();
	wait_for("PIPE() FAILED", 1);
	run_for(2.5);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(runs_left(), 2);
	snprintf(line, sizeof(line), "(CRON) PIPE() FAILED (stdin_pipe): %s\n",
	    strerror(EMFILE));
	assert_int_equal(count_lines(line), 1);
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo 1) status 0"), 2);
	assert_int_equal(count_lines("CMDEND (echo 2) status 0"), 1);
}

/* What could not start while its minute lasted is said one by one, and is then
 * out of the way. */
static void
test_missed(void **state)
{
	struct rlimit before, low;
	char line[128];

	(void)state;
	world.patience_secs = 2;
	start_world("redhat", 3);
	load("* * * * * %s echo 1%%in\n* * * * * %s echo 2\n", world.me,
	    world.me);
	starts_due(world.starts, &world.table->entries[1], (struct minute){1});
	wait_for_the_end();
	getrlimit(RLIMIT_NOFILE, &before);
	low = before;
	low.rlim_cur = (rlim_t)world.sink;
	setrlimit(RLIMIT_NOFILE, &low);
	all_due();
	wait_for_the_end();
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(count_lines("PIPE() FAILED"), 1);
	assert_int_equal(count_lines(" MISSED ("), 2);
	snprintf(line, sizeof(line), "MISSED (echo 1): %s\n", strerror(EMFILE));
	assert_int_equal(count_lines(line), 1);
	starts_due(world.starts, &world.table->entries[1], (struct minute){3});
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo 2) status 0"), 2);
}

/* No processes left, as an ordinary user. */
static void
fork_fails(const char *personality, const char *words)
{
	struct rlimit before, low;

	start_world(personality, 3);
	load("* * * * * %s echo 1\n", world.me);
	starts_due(world.starts, &world.table->entries[0], (struct minute){1});
	wait_for_the_end();
	getrlimit(RLIMIT_NPROC, &before);
	low = before;
	low.rlim_cur = 0;
	setrlimit(RLIMIT_NPROC, &low);
	all_due();
	wait_for(words, 1);
	setrlimit(RLIMIT_NPROC, &before);
	wait_for_the_end();
	assert_int_equal(count_lines("CMD (echo 1)\n"), 2);
	tear_down(NULL);
}

static void
test_no_processes(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0 &&
		    (setgid(NOBODY) == -1 || setuid(NOBODY) == -1))
			_exit(98);
		if (set_up(NULL) == -1)
			_exit(97);
		fork_fails("redhat",
		    "(CRON) CAN'T FORK (do_command): Resource temporarily");
		set_up(NULL);
		fork_fails("debian", "(CRON) error (can't fork)");
		_exit(0);
	}
	/* A failed assertion of the child ends it with another status. */
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	start_world("redhat", 3); /* for tear_down */
}

/* Order of starts is order of calls, over several slices. */
static void
test_order(void **state)
{
	char line[64], *at;
	int i;

	(void)state;
	start_world("redhat", 3);
	load("* * * * * %s :\n", world.me);
	for (i = 0; i < 100; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
	wait_for_the_end();
	assert_int_equal(count_lines(" CMD (:)\n"), 100);
	assert_int_equal(count_lines(" CMDEND (:) status 0"), 100);
	table_unref(world.table);
	load("* * * * * %s : 1\n* * * * * %s : 2\n* * * * * %s : 3\n", world.me,
	    world.me, world.me);
	all_due();
	wait_for_the_end();
	at = world.lines;
	for (i = 1; i <= 3; i++) {
		snprintf(line, sizeof(line), " CMD (: %d)", i);
		at = strstr(at, line);
		assert_non_null(at);
	}
}

/* What is due later does not wait behind hundreds that were due before, nor do
 * these wait for all that comes. */
static void
test_next_minute(void **state)
{
	const char *at, *new;
	int i, before = 0;

	(void)state;
	start_world("redhat", 3);
	load("* * * * * %s : old\n* * * * * %s : new\n* * * * * %s : 0\n",
	    world.me, world.me, world.me);
	/* A first one, so that there is a collector. */
	starts_due(world.starts, &world.table->entries[2], (struct minute){0});
	wait_for_the_end();
	for (i = 0; i < 300; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){1});
	while (starts_count(world.starts) == 300)
		ev_run(world.loop, EVRUN_NOWAIT);
	for (i = 0; i < 100; i++)
		starts_due(world.starts, &world.table->entries[1],
		    (struct minute){2});
	assert_true(starts_count(world.starts) > 300);
	wait_for_the_end();
	assert_int_equal(count_lines(" CMD (: old)\n"), 300);
	assert_int_equal(count_lines(" CMD (: new)\n"), 100);
	new = strstr(world.lines, " CMD (: new)\n");
	for (at = world.lines; (at = strstr(at, " CMD (: old)\n")) < new; at++)
		before++;
	assert_in_range(before, 1, 40);
	/* Among the new ones is one old one in four. */
	for (i = 0; i < 99; i++)
		new = strstr(new + 1, " CMD (: new)\n");
	for (before = 0; at != NULL && at < new;
	     at = strstr(at + 1, " CMD (: old)\n"))
		before++;
	assert_in_range(before, 25, 60);
}

/* A hundred whose modules hang. */
static void
hundred_openings(unsigned opening_ms)
{
	int i;

	world.pam = fake_pam_hangs = true;
	world.opening_ms = opening_ms;
	start_world("redhat", 3);
	load("* * * * * %s :\n", world.me);
	for (i = 0; i < 100; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
}

/* On their way through PAM are a few at once, and the next when these are gone.
 */
static void
test_openings(void **state)
{
	size_t max = 2 * (size_t)limits_cpus();
	double until;

	(void)state;
	if (geteuid() != 0 || max >= 100)
		skip();
	hundred_openings(3600 * 1000);
	run_for(.3);
	assert_in_range(runs_opening(world.runs), 1, max);
	until = seconds() + 60;
	while (runs_left() > 0 && seconds() < until) {
		runs_signal(world.runs, SIGKILL);
		run_for(.02);
		assert_true(runs_opening(world.runs) <= max);
	}
	assert_int_equal(runs_left(), 0);
	assert_int_equal(count_lines(" PAM ERROR ("), 100);
}

/* Those that take long hold up nobody. */
static void
test_slow_openings(void **state)
{
	double until = seconds() + 60;

	(void)state;
	if (geteuid() != 0)
		skip();
	hundred_openings(0);
	while (runs_opening(world.runs) < 100 && seconds() < until)
		run_for(.02);
	assert_int_equal(runs_opening(world.runs), 100);
	runs_signal(world.runs, SIGKILL);
	wait_for_the_end();
	assert_int_equal(count_lines(" CMD ("), 0);
}

/* The table may go while its jobs run. */
static void
test_table_goes(void **state)
{
	(void)state;
	start_world("redhat", 3);
	load("* * * * * %s echo gone\n", world.me);
	all_due();
	table_unref(world.table);
	world.table = NULL;
	faults_clear(&world.faults);
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo gone) status 0"), 1);
}

/* Forgotten runs go on by themselves; what is queued is dropped. */
static void
test_forget(void **state)
{
	char path[128];
	int i;

	(void)state;
	start_world("redhat", 3);
	load("HOME=%s\n* * * * * %s sleep 0.3; touch on\n", world.dir,
	    world.me);
	all_due();
	wait_for("CMD (", 1);
	all_due();
	starts_free(world.starts);
	world.starts = NULL;
	runs_free(world.runs);
	world.runs = NULL;
	snprintf(path, sizeof(path), "%s/on", world.dir);
	for (i = 0; i < 1000 && access(path, F_OK) == -1; i++)
		usleep(10000);
	assert_int_equal(access(path, F_OK), 0);
}

static size_t
open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count;
}

/* Beside a running job there is none, but for what keeps its session. */
static void
test_descriptors(void **state)
{
	enum { JOBS = 20 };
	double until;
	size_t before;
	int i;

	(void)state;
	if (geteuid() != 0)
		skip();
	start_world("redhat", 3);
	load("HOME=/\n* * * * * nobody :\n* * * * * nobody exec sleep 600\n");
	starts_due(world.starts, &world.table->entries[0], (struct minute){1});
	wait_for_the_end();
	before = open_descriptors();
	for (i = 0; i < JOBS; i++)
		starts_due(world.starts, &world.table->entries[1],
		    (struct minute){i});
	wait_for(" CMD (exec sleep 600)\n", JOBS);
	until = seconds() + 60;
	while (open_descriptors() != before && seconds() < until)
		run_for(.05);
	assert_int_equal(open_descriptors(), before);
	runs_signal(world.runs, SIGKILL);
	wait_for_the_end();
	assert_int_equal(open_descriptors(), before);
}

/* What is allocated now; 0: this malloc does not tell. */
static size_t
allocated(void)
{
#ifdef __GLIBC__
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

/* What a running job costs us: no process, and at most 1 KiB of memory, its
 * strings among them. */
static void
test_costs(void **state)
{
	enum { JOBS = 200 };
	size_t before, after;
	char gate[96];
	size_t each;
	int i, fd;

	(void)state;
	start_world("redhat", 3);
	load("SHELL=/bin/sh\nMAILTO=root\n"
	     "* * * * * %s test ! -p gate || exec cat gate\n",
	    world.me);
	all_due();
	wait_for_the_end();
	snprintf(gate, sizeof(gate), "%s/gate", world.dir);
	assert_int_equal(mkfifo(gate, 0600), 0);
	before = allocated();
	for (i = 0; i < JOBS; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
	wait_for(" exec cat gate)\n", JOBS + 1);
	after = allocated();
	each = (after - before) / JOBS;
	print_message("%zu bytes each\n", each);
	/* Open it for all that are there or on their way. */
	fd = open(gate, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(unlink(gate), 0);
	run_for(1);
	close(fd);
	wait_for_the_end();
	if (before > 0) /* not under a sanitizer's malloc */
		assert_in_range(each, 200, 1024);
}

/* ---- a user's share ---- */

static int
count_starts(const char *user)
{
	char what[64];

	snprintf(what, sizeof(what), "(%s) CMD (", user);
	return count_lines(what);
}

/* Over the bound of running jobs a user's own starts wait for one to end;
 * nobody else's does, and the log says so once. */
static void
test_many_runs(void **state)
{
	char gate[128];
	int fd;

	(void)state;
	if (geteuid() != 0)
		skip();
	start_world("redhat", 3);
	shares_bound(world.shares, SHARE_RUNS, 2, 0);
	snprintf(gate, sizeof(gate), "%s/gate", world.dir);
	fd = open(gate, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	load("* * * * * nobody while [ -e %s ]; do sleep .1; done\n"
	     "* * * * * daemon :\n",
	    gate);
	for (int i = 0; i < 20; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
	for (int i = 0; i < 2; i++)
		starts_due(world.starts, &world.table->entries[1],
		    (struct minute){i});
	wait_for("(daemon) CMD (", 2);
	wait_for("(nobody) CMD (", 2);
	run_for(.3);
	assert_int_equal(count_starts("nobody"), 2);
	assert_int_equal(count_lines("(nobody) LIMIT (2 running jobs"), 1);
	assert_int_equal(starts_count(world.starts), 18);
	close(fd);
	assert_int_equal(unlink(gate), 0);
	wait_for_the_end();
	assert_int_equal(count_starts("nobody"), 20);
	assert_int_equal(count_lines("MISSED"), 0);
	assert_int_equal(count_lines("(daemon) LIMIT"), 0);
	assert_int_equal(share_of_all(world.shares, SHARE_RUNS), 0);
	assert_int_equal(share_of_all(world.shares, SHARE_SETTINGS), 0);
	assert_int_equal(share_of_all(world.shares, SHARE_STARTS), 0);
}

/* They wait no longer than their minute, and what is left of them at a stop is
 * one line. */
static void
test_runs_never_end(void **state)
{
	const struct share_user nobody = {NOBODY, "nobody"};
	struct share_account *runs;

	(void)state;
	if (geteuid() != 0)
		skip();
	world.patience_secs = 2;
	start_world("redhat", 3);
	shares_bound(world.shares, SHARE_RUNS, 2, 0);
	runs = share_add(world.shares, SHARE_RUNS, &nobody, 2);
	load("* * * * * nobody :\n");
	for (int i = 0; i < 20; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
	wait_for_the_end();
	assert_int_equal(count_starts("nobody"), 0);
	assert_int_equal(count_lines("LIMIT ("), 1);
	assert_int_equal(count_lines("MISSED"), 0);
	for (int i = 0; i < 20; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
	run_for(.3);
	starts_refuse(world.starts, true);
	run_for(.1);
	assert_int_equal(count_lines("(nobody) MISSED (20 starts that waited"),
	    1);
	assert_int_equal(count_lines("MISSED"), 1);
	share_give(runs, SHARE_RUNS, 2);
}

/* Jobs with large settings: as many as their bytes let. */
static void
test_many_settings(void **state)
{
	const struct share_user nobody = {NOBODY, "nobody"};
	struct share_account *account;

	(void)state;
	if (geteuid() != 0)
		skip();
	start_world("redhat", 3);
	shares_bound(world.shares, SHARE_SETTINGS, 1000, 0);
	account = share_add(world.shares, SHARE_SETTINGS, &nobody, 1000);
	(void)share_add(world.shares, SHARE_RUNS, &nobody, 1);
	load("* * * * * nobody :\n* * * * * daemon :\n");
	all_due();
	wait_for("(daemon) CMDEND (", 1);
	wait_for("(nobody) LIMIT (1000 bytes of settings", 1);
	assert_int_equal(count_starts("nobody"), 0);
	share_give(account, SHARE_SETTINGS, 1000);
	share_give(account, SHARE_RUNS, 1);
	wait_for_the_end();
	assert_int_equal(count_starts("nobody"), 1);
	assert_int_equal(share_of_all(world.shares, SHARE_SETTINGS), 0);
}

/* Over the bound of starts more are left out: one line for a user. */
static void
test_many_starts(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	start_world("redhat", 3);
	shares_bound(world.shares, SHARE_STARTS, 7, 0);
	load("* * * * * nobody :\n* * * * * root :\n* * * * * daemon :\n");
	all_due();
	wait_for_the_end(); /* all are known */
	for (int i = 1; i < 20; i++)
		for (int k = 0; k < 2; k++)
			starts_due(world.starts, &world.table->entries[k],
			    (struct minute){i});
	starts_due(world.starts, &world.table->entries[2], (struct minute){1});
	wait_for_the_end();
	assert_int_equal(count_starts("nobody"), 1 + 7);
	assert_int_equal(count_starts("root"), 20);
	assert_int_equal(count_starts("daemon"), 2);
	assert_int_equal(count_lines("(nobody) LIMIT (7 starts on their way"),
	    1);
	assert_int_equal(count_lines("LIMIT ("), 1);
	assert_int_equal(count_lines("MISSED"), 0);
	assert_int_equal(share_of_all(world.shares, SHARE_STARTS), 0);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_cronie),
	    TEST(test_environment),
	    TEST(test_debian),
	    TEST(test_debian_pids_and_silence),
	    TEST(test_nobody),
	    TEST(test_unknown_user),
	    TEST(test_other_user_without_root),
	    TEST(test_home_missing),
	    TEST(test_shell_missing),
	    TEST(test_no_descriptors),
	    TEST(test_missed),
	    TEST(test_no_processes),
	    TEST(test_order),
	    TEST(test_next_minute),
	    TEST(test_openings),
	    TEST(test_slow_openings),
	    TEST(test_table_goes),
	    TEST(test_forget),
	    TEST(test_descriptors),
	    TEST(test_costs),
	    TEST(test_many_runs),
	    TEST(test_runs_never_end),
	    TEST(test_many_settings),
	    TEST(test_many_starts),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
