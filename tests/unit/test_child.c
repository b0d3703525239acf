/* Reaping: who is called with what, and when the pid goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/child.h"

struct seen {
	struct child child;
	struct children *children;
	pid_t pid;
	int calls, status;
	struct rusage usage;
	bool zombie; /* at the call */
	bool fork_again;
};

static struct ev_loop *loop;
static struct children *children;
static int open_ends;

static pid_t
fork_exit(int status)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (status > 255)
			kill(getpid(), status - 255);
		_exit(status);
	}
	assert_true(pid > 0);
	return pid;
}

static void
on_end(struct child *child, int status, const struct rusage *usage)
{
	struct seen *seen = child->data;

	seen->calls++;
	seen->status = status;
	seen->usage = *usage;
	seen->zombie = kill(seen->pid, 0) == 0;
	assert_int_equal(child->pid, 0);
	if (seen->fork_again) {
		seen->fork_again = false;
		seen->pid = fork_exit(5);
		child_start(children, child, seen->pid, on_end, seen);
		return;
	}
	if (--open_ends == 0)
		ev_break(loop, EVBREAK_ALL);
}

static void
on_limit(struct ev_loop *l, ev_timer *w, int revents)
{
	(void)l;
	(void)w;
	(void)revents;
	fail_msg("children were not seen to end");
}

/* Runs the loop until count children have ended. */
static void
wait_for(int count)
{
	ev_timer limit;

	open_ends = count;
	ev_timer_init(&limit, on_limit, 60., 0.);
	ev_timer_start(loop, &limit);
	ev_run(loop, 0);
	ev_timer_stop(loop, &limit);
	assert_int_equal(open_ends, 0);
}

static void
test_statuses(void **state)
{
	static const int statuses[] = {0, 1, 255, 255 + SIGKILL, 255 + SIGTERM};
	struct seen seen[5];
	size_t i;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (i = 0; i < 5; i++) {
		seen[i].pid = fork_exit(statuses[i]);
		child_start(children, &seen[i].child, seen[i].pid, on_end,
		    &seen[i]);
	}
	wait_for(5);
	for (i = 0; i < 5; i++) {
		assert_int_equal(seen[i].calls, 1);
		assert_true(seen[i].zombie);
		if (statuses[i] > 255) {
			assert_true(WIFSIGNALED(seen[i].status));
			assert_int_equal(WTERMSIG(seen[i].status),
			    statuses[i] - 255);
		} else {
			assert_true(WIFEXITED(seen[i].status));
			assert_int_equal(WEXITSTATUS(seen[i].status),
			    statuses[i]);
		}
		assert_int_equal(kill(seen[i].pid, 0), -1);
		assert_int_equal(errno, ESRCH);
	}
}

/* The usage is that of the child that ended, its own children included. */
static void
test_usage(void **state)
{
	struct seen seen;
	volatile char *block;
	size_t i;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	seen.pid = fork();
	if (seen.pid == 0) {
		volatile unsigned long spin = 0;
		clock_t end;

		block = malloc((size_t)64 << 20);
		for (i = 0; block != NULL && i < (size_t)64 << 20; i += 4096)
			block[i] = 1;
		end = clock() + CLOCKS_PER_SEC / 20;
		while (clock() < end)
			spin++;
		_exit(0);
	}
	child_start(children, &seen.child, seen.pid, on_end, &seen);
	wait_for(1);
	assert_true(seen.usage.ru_maxrss > 60000);
	assert_true(seen.usage.ru_minflt > 1000);
	assert_true(seen.usage.ru_utime.tv_sec * 1000000 +
			seen.usage.ru_utime.tv_usec +
			seen.usage.ru_stime.tv_sec * 1000000 +
			seen.usage.ru_stime.tv_usec >
		    30000);
}

static void
test_unwatched_are_reaped(void **state)
{
	struct seen seen;
	pid_t others[20];
	size_t i;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	for (i = 0; i < 20; i++)
		others[i] = fork_exit(0);
	seen.pid = fork_exit(3);
	child_start(children, &seen.child, seen.pid, on_end, &seen);
	wait_for(1);
	while (waitpid(-1, NULL, 0) > 0)
		; /* those that had not ended yet */
	for (i = 0; i < 20; i++)
		assert_int_equal(kill(others[i], 0), -1);
}

static void
test_stopped_is_not_called(void **state)
{
	struct seen one, two;

	(void)state;
	memset(&one, 0, sizeof(one));
	memset(&two, 0, sizeof(two));
	one.pid = fork_exit(0);
	child_start(children, &one.child, one.pid, on_end, &one);
	child_stop(children, &one.child);
	child_stop(children, &one.child); /* once more: nothing */
	two.pid = fork_exit(0);
	child_start(children, &two.child, two.pid, on_end, &two);
	wait_for(1);
	assert_int_equal(one.calls, 0);
	assert_int_equal(two.calls, 1);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void
test_started_again_from_its_callback(void **state)
{
	struct seen seen;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	seen.fork_again = true;
	seen.pid = fork_exit(4);
	child_start(children, &seen.child, seen.pid, on_end, &seen);
	wait_for(1);
	assert_int_equal(seen.calls, 2);
	assert_int_equal(WEXITSTATUS(seen.status), 5);
}

/* As after an exec in place: SIGCHLD came to somebody else. */
static void
test_reap_without_a_signal(void **state)
{
	struct seen seen;
	siginfo_t info;
	sigset_t chld;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	seen.pid = fork_exit(6);
	child_start(children, &seen.child, seen.pid, on_end, &seen);
	assert_int_equal(waitid(P_PID, (id_t)seen.pid, &info,
			     WEXITED | WNOWAIT),
	    0);
	open_ends = 2;
	assert_false(children_reap(children));
	assert_int_equal(seen.calls, 1);
	sigprocmask(SIG_UNBLOCK, &chld, NULL);
}

/* Of many that ended at once not all are seen to in one go. */
static void
test_slices(void **state)
{
	enum { MANY = 100 };
	struct seen *seen = calloc(MANY, sizeof(*seen));
	siginfo_t info;
	sigset_t chld;
	int i, calls = 0;

	(void)state;
	assert_non_null(seen);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	for (i = 0; i < MANY; i++) {
		seen[i].pid = fork_exit(0);
		child_start(children, &seen[i].child, seen[i].pid, on_end,
		    &seen[i]);
	}
	for (i = 0; i < MANY; i++)
		assert_int_equal(waitid(P_PID, (id_t)seen[i].pid, &info,
				     WEXITED | WNOWAIT),
		    0);
	open_ends = MANY;
	assert_true(children_reap(children));
	for (i = 0; i < MANY; i++)
		calls += seen[i].calls;
	assert_int_equal(calls, 64);
	assert_false(children_reap(children));
	sigprocmask(SIG_UNBLOCK, &chld, NULL);
	free(seen);
}

static void
test_many(void **state)
{
	enum { MANY = 600 };
	struct seen *seen = calloc(MANY, sizeof(*seen));
	size_t i;

	(void)state;
	assert_non_null(seen);
	for (i = 0; i < MANY; i++) {
		seen[i].pid = fork_exit((int)(i % 200));
		child_start(children, &seen[i].child, seen[i].pid, on_end,
		    &seen[i]);
	}
	wait_for(MANY);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(seen[i].calls, 1);
		assert_int_equal(WEXITSTATUS(seen[i].status), i % 200);
	}
	free(seen);
}

static int
set_up(void **state)
{
	(void)state;
	loop = ev_loop_new(EVFLAG_AUTO);
	children = children_new(loop);
	return loop == NULL || children == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	children_free(children);
	ev_loop_destroy(loop);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_statuses),
	    cmocka_unit_test(test_usage),
	    cmocka_unit_test(test_unwatched_are_reaped),
	    cmocka_unit_test(test_stopped_is_not_called),
	    cmocka_unit_test(test_started_again_from_its_callback),
	    cmocka_unit_test(test_reap_without_a_signal),
	    cmocka_unit_test(test_slices),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("child", tests, set_up, tear_down);
}
