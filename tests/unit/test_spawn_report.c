/* What a child reports of its way through PAM, and what arrives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/spawn/spawn_report.h"

static char bytes[SPAWN_REPORT_BYTES_MAX];

static void
test_messages(void **state)
{
	int ends[2], attached;
	size_t len;

	(void)state;
	assert_int_equal(spawn_report_open(ends), 0);
	assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
	assert_int_equal(spawn_report_receive(ends[0], bytes, &len, &attached),
	    SPAWN_REPORT_NOTHING);
	assert_int_equal(spawn_report_send(ends[1], SPAWN_REPORT_TEXT, "hello",
			     5, -1),
	    0);
	assert_int_equal(spawn_report_send(ends[1], SPAWN_REPORT_GO, NULL, 0,
			     -1),
	    0);
	close(ends[1]);
	assert_int_equal(spawn_report_receive(ends[0], bytes, &len, &attached),
	    SPAWN_REPORT_TEXT);
	assert_int_equal(len, 5);
	assert_memory_equal(bytes, "hello", 5);
	assert_int_equal(attached, -1);
	assert_int_equal(spawn_report_receive(ends[0], bytes, &len, &attached),
	    SPAWN_REPORT_GO);
	assert_int_equal(len, 0);
	assert_int_equal(spawn_report_receive(ends[0], bytes, &len, &attached),
	    SPAWN_REPORT_END);
	close(ends[0]);
}

static void
test_too_much(void **state)
{
	static char much[SPAWN_REPORT_ENV_MAX + 1];
	int ends[2];

	(void)state;
	assert_int_equal(spawn_report_open(ends), 0);
	assert_int_equal(spawn_report_send(ends[1], SPAWN_REPORT_TEXT, much,
			     SPAWN_REPORT_BYTES_MAX + 1, -1),
	    -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(spawn_report_send_session(ends[1], much, sizeof(much),
			     -1),
	    -1);
	assert_int_equal(errno, E2BIG);
	/* Nobody listens: an error, no signal. */
	close(ends[0]);
	assert_int_equal(spawn_report_send(ends[1], SPAWN_REPORT_GO, NULL, 0,
			     -1),
	    -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
}

/* As large as it may be, from a child that is ahead of its reader. */
static void
test_environment(void **state)
{
	char *sent = malloc(SPAWN_REPORT_ENV_MAX),
	     *got = malloc(SPAWN_REPORT_ENV_MAX);
	enum spawn_report_kind kind;
	size_t i, len, size = 0;
	int ends[2], attached, status;
	pid_t pid;

	(void)state;
	assert_non_null(sent);
	assert_non_null(got);
	for (i = 0; i < SPAWN_REPORT_ENV_MAX; i++)
		sent[i] = (char)(i % 251);
	assert_int_equal(spawn_report_open(ends), 0);
	pid = fork();
	if (pid == 0)
		_exit(spawn_report_send_session(ends[1], sent,
			  SPAWN_REPORT_ENV_MAX, -1) == 0
			  ? 0
			  : 1);
	close(ends[1]);
	do {
		kind = spawn_report_receive(ends[0], bytes, &len, &attached);
		if (kind != SPAWN_REPORT_ENV)
			continue;
		assert_true(size + len <= SPAWN_REPORT_ENV_MAX);
		memcpy(got + size, bytes, len);
		size += len;
	} while (kind == SPAWN_REPORT_ENV || kind == SPAWN_REPORT_NOTHING);
	assert_int_equal(kind, SPAWN_REPORT_SESSION);
	assert_int_equal(size, SPAWN_REPORT_ENV_MAX);
	assert_memory_equal(got, sent, size);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
	free(sent);
	free(got);
}

/* pam_systemd's: the same pipe, in our table, not for those we execute. */
static void
test_descriptor(void **state)
{
	int ends[2], pipe_ends[2], attached;
	struct stat sent, got;
	size_t len;

	(void)state;
	assert_int_equal(spawn_report_open(ends), 0);
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(spawn_report_send_session(ends[1], "", 1,
			     pipe_ends[1]),
	    0);
	assert_int_equal(fstat(pipe_ends[1], &sent), 0);
	close(pipe_ends[1]);
	assert_int_equal(spawn_report_receive(ends[0], bytes, &len, &attached),
	    SPAWN_REPORT_ENV);
	assert_int_equal(attached, -1);
	assert_int_equal(spawn_report_receive(ends[0], bytes, &len, &attached),
	    SPAWN_REPORT_SESSION);
	assert_int_not_equal(attached, -1);
	assert_int_equal(fcntl(attached, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(attached, &got), 0);
	assert_int_equal(sent.st_ino, got.st_ino);
	/* It alone keeps the pipe from its end. */
	assert_int_equal(fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(read(pipe_ends[0], bytes, 1), -1);
	assert_int_equal(errno, EAGAIN);
	close(attached);
	assert_int_equal(read(pipe_ends[0], bytes, 1), 0);
	close(pipe_ends[0]);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_too_much),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_descriptor),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
