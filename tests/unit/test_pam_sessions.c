/* Closing sessions, with a PAM of the test's that hangs, crashes and records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/child.h"
#include "daemon/run/pam_sessions.h"
#include "fake_pam.h"
#include "sys/inherited_limits.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/spawn/spawn.h"

static struct {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	struct inherited_limits origin;
	struct pam_sessions *sessions;
	char dir[32], record[64], socket[64];
	int sink;
	char lines[16384]; /* of the log */
} world;

static void
begin(double limit_secs)
{
	const struct pam_sessions_config config = {
	    .loop = world.loop,
	    .log = world.log,
	    .children = world.children,
	    .personality = personality_find("redhat"),
	    .origin = &world.origin,
	    .limit_secs = limit_secs,
	};

	(void)unlink(world.record);
	world.lines[0] = '\0';
	world.sessions = pam_sessions_new(&config);
	assert_non_null(world.sessions);
}

static void
close_of(const char *user, const char *setting, int session_fifo)
{
	struct run_record_source source = {.user = user, .command = ""};
	struct run_record *record = run_record_new(&source);

	assert_non_null(record);
	record->session = true;
	if (setting != NULL) {
		record->session_env_size = strlen(setting) + 2;
		record->session_env = calloc(1, record->session_env_size);
		assert_non_null(record->session_env);
		memcpy(record->session_env, setting, strlen(setting));
	}
	pam_sessions_close(world.sessions, record, session_fifo);
	run_record_unref(record);
}

static void
drain(void)
{
	size_t len = strlen(world.lines);
	ssize_t n;

	while (
	    sizeof(world.lines) - len > 2048 &&
	    (n = recv(world.sink, world.lines + len, 2000, MSG_DONTWAIT)) > 0) {
		len += (size_t)n;
		world.lines[len++] = '\n';
		world.lines[len] = '\0';
	}
}

static void
on_step(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	drain();
}

static void
until_closed(size_t left)
{
	int64_t until = clock_mono_ns() + (int64_t)60 * 1000000000;
	ev_timer step;

	ev_timer_init(&step, on_step, 0.02, 0.02);
	ev_timer_start(world.loop, &step);
	while (pam_sessions_count(world.sessions) > left) {
		assert_true(clock_mono_ns() < until);
		ev_run(world.loop, EVRUN_ONCE);
	}
	ev_timer_stop(world.loop, &step);
	drain();
}

static void
on_gathered(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

/* What was to be closed has got a helper: its timer was set before this one,
 * for sooner. */
static void
gather(void)
{
	ev_timer timer;

	ev_timer_init(&timer, on_gathered, 1.2, 0.);
	ev_timer_start(world.loop, &timer);
	ev_run(world.loop, 0);
}

static void
end(void)
{
	pam_sessions_free(world.sessions);
	world.sessions = NULL;
}

/* How many lines of the record begin so. */
static int
closed(const char *what)
{
	char bytes[8192], *at;
	int fd = open(world.record, O_RDONLY), count = 0;
	ssize_t n;

	if (fd == -1)
		return 0;
	n = fd_read_whole(fd, bytes, sizeof(bytes) - 1);
	close(fd);
	assert_true(n >= 0);
	bytes[n] = '\0';
	for (at = bytes; *at != '\0'; at = strchr(at, '\n') + 1)
		count += strncmp(at, what, strlen(what)) == 0;
	return count;
}

static void
assert_logged(const char *text)
{
	if (strstr(world.lines, text) == NULL)
		fail_msg("no \"%s\" in:\n%s", text, world.lines);
}

static void
test_closes(void **state)
{
	(void)state;
	begin(0);
	close_of("alice", "A=1", -1);
	close_of("bob", NULL, -1);
	assert_int_equal(pam_sessions_count(world.sessions), 2);
	until_closed(0);
	assert_int_equal(closed("alice A=1\n"), 1);
	assert_int_equal(closed("bob -\n"), 1);
	assert_string_equal(world.lines, "");
	end();
}

static void
test_many(void **state)
{
	int i;

	(void)state;
	begin(0);
	for (i = 0; i < 100; i++)
		close_of("alice", "A=1", -1);
	until_closed(0);
	assert_int_equal(closed("alice A=1\n"), 100);
	end();
}

static void
test_crash(void **state)
{
	int i;

	(void)state;
	begin(0);
	for (i = 0; i < 3; i++) {
		close_of("alice", "A=1", -1);
		close_of("crash", NULL, -1);
	}
	close_of("fail", NULL, -1);
	close_of("alice", "A=2", -1);
	until_closed(0);
	assert_int_equal(closed("alice A=1\n"), 3);
	assert_int_equal(closed("alice A=2\n"), 1);
	assert_int_equal(closed("fail"), 1);
	assert_logged("(crash) PAM ERROR (closing the session of job 0: a "
		      "module crashed, signal 11)");
	assert_logged("(fail) PAM ERROR (closing the session of job 0: nine)");
	end();
}

/* It is stopped; the others don't wait for that. */
static void
test_hang(void **state)
{
	(void)state;
	begin(3);
	close_of("hang", NULL, -1);
	close_of("block", NULL, -1);
	gather(); /* both are in one helper now */
	close_of("alice", "A=1", -1);
	until_closed(2);
	assert_int_equal(closed("alice A=1\n"), 1);
	assert_int_equal(closed("block"), 0);
	until_closed(0);
	assert_int_equal(closed("block"), 1);
	assert_logged("(hang) PAM ERROR (closing the session of job 0: a "
		      "module did not come to an end and was stopped after 4 "
		      "s)");
	end();
}

/* The descriptor is held until then, and not by the helper. */
static void
test_keeper(void **state)
{
	char byte;
	int ends[2];

	(void)state;
	begin(1);
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	close_of("hang", NULL, ends[1]);
	gather();
	assert_int_equal(read(ends[0], &byte, 1), -1);
	until_closed(0);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	end();
}

/* The daemon ends: a helper goes on alone. */
static void
test_handed_out(void **state)
{
	int64_t until = clock_mono_ns() + (int64_t)60 * 1000000000;
	int i;

	(void)state;
	begin(0);
	for (i = 0; i < 40; i++)
		close_of("alice", "A=1", -1);
	end();
	while (closed("alice A=1\n") < 40 && clock_mono_ns() < until)
		gather();
	assert_int_equal(closed("alice A=1\n"), 40);
}

static void
open_world(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct log_target target = {.ident = "crond"};

	strcpy(world.dir, "/tmp/test_pam_sessions.XXXXXX");
	if (mkdtemp(world.dir) == NULL)
		abort();
	snprintf(world.record, sizeof(world.record), "%s/record", world.dir);
	snprintf(world.socket, sizeof(world.socket), "%s/log", world.dir);
	fake_pam_record = world.record;
	strcpy(address.sun_path, world.socket);
	world.sink = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (world.sink == -1 || bind(world.sink, (struct sockaddr *)&address,
				    sizeof(address)) == -1)
		abort();
	target.socket = world.socket;
	inherited_limits_take(&world.origin);
	world.loop = ev_loop_new(EVFLAG_AUTO);
	world.log = log_open(&target);
	world.children = children_new(world.loop);
}

static void
close_world(void)
{
	children_free(world.children);
	log_close(world.log);
	ev_loop_destroy(world.loop);
	close(world.sink);
	unlink(world.record);
	unlink(world.socket);
	rmdir(world.dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_closes),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_crash),
	    cmocka_unit_test(test_hang),
	    cmocka_unit_test(test_keeper),
	    cmocka_unit_test(test_handed_out),
	};
	int failed;

	alarm(300);
	open_world();
	failed = cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
	close_world();
	return failed;
}
