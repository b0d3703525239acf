/*
 * A job's way through PAM: a real fork and exec with a PAM of the test's, and
 * what the daemon learns of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/run/child_report.h"
#include "sys/inherited_limits.h"
#include "sys/fd.h"
#include "sys/spawn/session.h"
#include "sys/spawn/spawn.h"

static struct ev_loop *loop;
static struct child_reports openings;
static int rooms; /* calls */
static struct run_log runlog;
static struct inherited_limits origin;
static const char *home = "/";

struct path_watch {
	struct run_record *record;
	struct child_report *opening;
	struct spawn_failure failure;
	int session_fifo, status, went; /* calls */
	bool began;
	char output[4096];
	size_t len;
};

static void
unheard(void *context, const char *text)
{
	(void)context;
	(void)text;
	abort(); /* what modules say goes into the report */
}

static void
on_went(void *context)
{
	struct path_watch *way = context;

	way->went++;
	way->began =
	    child_report_end(way->opening, &way->failure, &way->session_fifo);
	way->opening = NULL;
}

/* Without a user it is plain. */
static pid_t
start(struct path_watch *way, const char *user, const char *command, int *out)
{
	char *environment[] = {(char[]){"B=2"}, NULL};
	const struct session_plan session = {
	    .service = "cron",
	    .user = user,
	    .ident = "CRON",
	    .say = unheard,
	};
	struct spawn_plan plan = {
	    .origin = &origin,
	    .shell = "/bin/sh",
	    .command = command,
	    .env = environment,
	    .home = home,
	    .home_required = true,
	    .uid = geteuid(),
	    .gid = getegid(),
	    .session = user[0] == '\0' ? NULL : &session,
	};
	struct run_record_source source = {.user = user, .command = command};
	int ends[2], report;
	pid_t pid;

	memset(way, 0, sizeof(*way));
	way->record = run_record_new(&source);
	way->opening = child_report_new(&openings, &runlog, user[0] == '\0');
	assert_non_null(way->record);
	assert_non_null(way->opening);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	plan.input = spawn_input(NULL, 0, plan.uid, plan.gid);
	plan.output = ends[1];
	pid = spawn_job(&plan, &way->failure, &report);
	assert_true(pid > 0);
	close(plan.input);
	close(ends[1]);
	*out = ends[0];
	child_report_start(way->opening, way->record, report, on_went, way);
	return pid;
}

/* by_loop: the loop hears of it first; else the child's end comes first. */
static void
go(struct path_watch *way, const char *user, const char *command, bool by_loop)
{
	int out;
	pid_t pid = start(way, user, command, &out);

	/* The loop ends when nobody watches the report any more. */
	if (by_loop)
		ev_run(loop, 0);
	way->len =
	    (size_t)fd_read_whole(out, way->output, sizeof(way->output) - 1);
	close(out);
	assert_int_equal(waitpid(pid, &way->status, 0), pid);
	if (way->opening == NULL)
		return;
	way->began =
	    child_report_end(way->opening, &way->failure, &way->session_fifo);
}

static void
test_goes(void **state)
{
	struct path_watch way;
	int by_loop;

	(void)state;
	for (by_loop = 0; by_loop < 2; by_loop++) {
		go(&way, "alice", "echo $A $B", by_loop == 1);
		assert_true(way.began);
		assert_int_equal(way.went, by_loop);
		assert_int_equal(way.session_fifo, -1);
		assert_string_equal(way.output, "x 2\n");
		assert_true(way.record->session);
		assert_int_equal(way.record->session_env_size, 5);
		assert_memory_equal(way.record->session_env, "A=x\0", 5);
		run_record_unref(way.record);
	}
}

static void
test_late_environment(void **state)
{
	struct path_watch way;

	(void)state;
	go(&way, "late", "echo $A $LATE", true);
	assert_true(way.began);
	assert_string_equal(way.output, "x 1\n");
	assert_int_equal(way.record->session_env_size, 12);
	assert_memory_equal(way.record->session_env, "A=x\0LATE=1\0", 12);
	run_record_unref(way.record);
}

static void
test_large_environment(void **state)
{
	struct path_watch way;

	(void)state;
	go(&way, "large", "echo ${#A}", true);
	assert_true(way.began);
	assert_string_equal(way.output, "100000\n");
	assert_int_equal(way.record->session_env_size, 100004);
	run_record_unref(way.record);
	go(&way, "huge", "echo ${#A}", true);
	assert_false(way.began);
	assert_int_equal(way.failure.step, SPAWN_SESSION_TOLD);
	assert_int_equal(way.len, 0);
	run_record_unref(way.record);
}

static void
test_fails(void **state)
{
	static const struct {
		const char *user;
		enum spawn_step step;
		int error, status;
	} cases[] = {
	    {"refused", SPAWN_AUTHORIZE, 7, 1 << 8},
	    {"unopened", SPAWN_SESSION, 8, 1 << 8},
	    {"crash", SPAWN_DIED, 0, SIGSEGV},
	};
	struct path_watch way;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		go(&way, cases[i / 2].user, "echo started", i % 2 == 1);
		assert_false(way.began);
		assert_int_equal(way.went, 0);
		assert_int_equal(way.failure.step, cases[i / 2].step);
		assert_int_equal(way.failure.error, cases[i / 2].error);
		assert_int_equal(way.status & ~0x80, cases[i / 2].status);
		assert_int_equal(way.len, 0);
		assert_false(way.record->session);
		run_record_unref(way.record);
	}
}

/* What was opened is to be closed, though a later step fails. */
static void
test_fails_with_a_session(void **state)
{
	struct path_watch way;

	(void)state;
	home = "/no/such/home";
	go(&way, "alice", "echo $A", true);
	home = "/";
	assert_false(way.began);
	assert_int_equal(way.failure.step, SPAWN_CHDIR);
	assert_true(way.record->session);
	assert_memory_equal(way.record->session_env, "A=x\0", 5);
	run_record_unref(way.record);
}

/* A module's signals, timers and descriptors are not the job's. */
static void
test_clean(void **state)
{
	struct path_watch way;

	(void)state;
	/* 3 is the shell's own, to read the directory. Signals from 32 up are
	 * glibc's. */
	go(&way, "block",
	    "s=/proc/self/status; grep ^SigBlk $s; sleep 2; "
	    "echo $((0x$(sed -n 's/^SigIgn:.//p' $s) & 0x7fffffff)); "
	    "for f in /proc/$$/fd/*; do echo ${f##*/}; done",
	    true);
	assert_true(way.began);
	assert_int_equal(way.status, 0);
	assert_string_equal(way.output,
	    "SigBlk:\t0000000000000000\n0\n0\n1\n2\n3\n");
	run_record_unref(way.record);
}

/* One that is slow is waited for by nobody; the child may die meanwhile. */
static void
test_slow(void **state)
{
	struct path_watch way;
	int out, status;
	pid_t pid = start(&way, "hang", "echo", &out);

	(void)state;
	ev_run(loop, EVRUN_NOWAIT);
	assert_int_equal(way.went, 0);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(
	    child_report_end(way.opening, &way.failure, &way.session_fifo));
	assert_int_equal(way.failure.step, SPAWN_DIED);
	close(out);
	run_record_unref(way.record);
}

/* The daemon forgets: the job goes on. */
static void
test_forgotten(void **state)
{
	char bytes[8];
	struct path_watch way;
	int out, status;
	pid_t pid = start(&way, "late", "echo $LATE", &out);

	(void)state;
	child_report_free(way.opening);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(read(out, bytes, sizeof(bytes)), 2);
	assert_memory_equal(bytes, "1\n", 2);
	close(out);
	run_record_unref(way.record);
}

static void
on_room(void *context)
{
	assert_ptr_equal(context, &openings);
	rooms++;
}

/* Takes it away, as the daemon does when its child has ended. */
static void
end(struct path_watch *way, pid_t pid, int out)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &way->status, 0), pid);
	if (way->opening != NULL)
		(void)child_report_end(way->opening, &way->failure,
		    &way->session_fifo);
	close(out);
	run_record_unref(way->record);
}

/* Without a session it is on its way until the exec, and no failure is lost. */
static void
test_plain(void **state)
{
	struct path_watch way;
	int out, by_loop;
	pid_t pid;

	(void)state;
	for (by_loop = 0; by_loop < 2; by_loop++) {
		go(&way, "", "echo $B", by_loop == 1);
		assert_true(way.began);
		assert_int_equal(way.went, by_loop);
		assert_string_equal(way.output, "2\n");
		run_record_unref(way.record);
		home = "/no/such/home";
		go(&way, "", "echo started", by_loop == 1);
		home = "/";
		assert_false(way.began);
		assert_int_equal(way.failure.step, SPAWN_CHDIR);
		assert_int_equal(way.len, 0);
		run_record_unref(way.record);
	}
	pid = start(&way, "", "exec sleep 60", &out);
	assert_int_equal(openings.count, 1);
	ev_run(loop, 0);
	assert_int_equal(way.went, 1);
	assert_int_equal(openings.count, 0);
	end(&way, pid, out);
	assert_int_equal(WTERMSIG(way.status), SIGKILL);
}

static void
fill(struct child_reports *all, unsigned usual_ms)
{
	child_reports_init(all, loop, 2, usual_ms, on_room, all);
	rooms = 0;
}

/* Not more than so many at once. One that gets through makes room, and so does
 * one that fails. */
static void
test_full(void **state)
{
	static const char *const users[] = {"alice", "refused"};
	struct path_watch hangs, way;
	int outs[2], i;
	pid_t pids[2];

	(void)state;
	for (i = 0; i < 2; i++) {
		fill(&openings, 3600 * 1000);
		pids[0] = start(&hangs, "hang", "echo", &outs[0]);
		assert_false(child_reports_full(&openings));
		pids[1] = start(&way, users[i], "exec sleep 60", &outs[1]);
		assert_int_equal(openings.count, 2);
		assert_true(child_reports_full(&openings));
		while (i == 0 && way.went == 0)
			ev_run(loop, EVRUN_ONCE);
		end(&way, pids[1], outs[1]);
		assert_int_equal(rooms, 1);
		assert_false(child_reports_full(&openings));
		end(&hangs, pids[0], outs[0]);
		assert_int_equal(rooms, 1);
		assert_int_equal(openings.count, 0);
		child_reports_clear(&openings);
	}
}

/* Who takes longer than is usual holds up nobody. */
static void
test_unusual(void **state)
{
	struct path_watch ways[3];
	int outs[3], i;
	pid_t pids[3];
	bool full;

	(void)state;
	fill(&openings, 100);
	for (i = 0; i < 2; i++)
		pids[i] = start(&ways[i], "hang", "echo", &outs[i]);
	full = child_reports_full(
	    &openings); /* if this machine is not very busy */
	while (child_reports_full(&openings))
		ev_run(loop, EVRUN_ONCE);
	assert_int_equal(rooms, full);
	pids[2] = start(&ways[2], "hang", "echo", &outs[2]);
	assert_false(child_reports_full(&openings));
	for (i = 0; i < 3; i++)
		end(&ways[i], pids[i], outs[i]);
	assert_int_equal(rooms, full);
	child_reports_clear(&openings);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_goes),
	    cmocka_unit_test(test_late_environment),
	    cmocka_unit_test(test_large_environment),
	    cmocka_unit_test(test_fails),
	    cmocka_unit_test(test_fails_with_a_session),
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_slow),
	    cmocka_unit_test(test_forgotten),
	    cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_unusual),
	};
	struct log_target target = {.ident = "cron"};
	int failed;

	alarm(120);
	signal(SIGPIPE, SIG_DFL);
	inherited_limits_take(&origin);
	/* Shells ignore some of what they run in the background. */
	sigemptyset(&origin.ignored);
	loop = ev_loop_new(EVFLAG_AUTO);
	child_reports_init(&openings, loop, 2, 50, on_room, &openings);
	runlog.log = log_open(&target);
	runlog.personality = personality_find("redhat");
	failed = cmocka_run_group_tests_name("opening", tests, NULL, NULL);
	child_reports_clear(&openings);
	log_close(runlog.log);
	ev_loop_destroy(loop);
	return failed;
}
