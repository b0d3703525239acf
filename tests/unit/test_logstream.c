/* The log's stream: lines whole and in order, nobody held up, nothing lost that
 * is not told. */
#include "sys/log/logstream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/log/log.h"

#define LINES 20000

/* Line n, of a length of its own. */
static size_t
make_line(char *line, unsigned n)
{
	size_t len = (size_t)sprintf(line, "%u ", n);

	memset(line + len, 'x', n % 6000);
	len += n % 6000;
	line[len++] = '\n';
	return len;
}

/* Reads what is there without waiting. */
static size_t
read_there(int fd, char *bytes, size_t size)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (len < size && poll(&ready, 1, 0) == 1) {
		n = read(fd, bytes + len, size - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

/* A full one: what is put waits, and comes out whole and in order. */
static void
check_waiting(int from, int to)
{
	struct logstream *s = logstream_open(to);
	char *seen = malloc(4 << 20), line[8192], *at;
	size_t len = 0, wanted = 0;
	unsigned i, count;

	assert_non_null(s);
	assert_non_null(seen);
	for (count = 0; logstream_waiting_fd(s) < 0 || count < 400; count++) {
		assert_true(count < LINES);
		len = make_line(line, count);
		logstream_put(s, line, len);
		wanted += len;
		if (wanted > 700000)
			break;
	}
	assert_true(logstream_waiting_fd(s) >= 0);
	/* Not even the loop's own calls block. */
	logstream_flush(s);
	for (len = 0; len < wanted; logstream_flush(s))
		len += read_there(from, seen + len, (4 << 20) - len);
	assert_int_equal(len, wanted);
	assert_int_equal(logstream_waiting_fd(s), -1);
	assert_int_equal(logstream_lost(s), 0);
	for (i = 0, at = seen; at < seen + len; i++) {
		size_t one = make_line(line, i);

		assert_memory_equal(at, line, one);
		at += one;
	}
	free(seen);
	logstream_close(s);
}

static void
test_pipe(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	check_waiting(fds[0], fds[1]);
	/* The description that others share is as it was. */
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	close(fds[1]);
}

static void
test_socket(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	check_waiting(fds[0], fds[1]);
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	close(fds[1]);
}

/* root's pipe, in the hands of one who may not open it. */
static void
test_closed_name(void **state)
{
	int fds[2], status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(60);
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(2);
		check_waiting(fds[0], fds[1]);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fds[0]);
	close(fds[1]);
}

/* Past the bound they are counted, and told when there is room again. */
static void
test_lost(void **state)
{
	const struct log_target target = {NULL, "crond", STDOUT_FILENO, true};
	int fds[2], saved = dup(STDOUT_FILENO);
	struct log *log;
	char *seen = malloc(4 << 20);
	size_t len = 0;
	int i;

	(void)state;
	assert_non_null(seen);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	log = log_open(&target);
	assert_non_null(log);
	for (i = 0; i < LINES; i++)
		log_event(log, LOG_ERR, "joe", "CMD", 0, "number %d", i);
	assert_true(log_is_behind(log));
	while (log_stream_fd(log) >= 0) {
		len += read_there(fds[0], seen + len, (4 << 20) - 1 - len);
		log_flush(log);
	}
	assert_false(log_is_behind(log));
	log_event(log, LOG_ERR, "joe", "CMD", 0, "the last");
	len += read_there(fds[0], seen + len, (4 << 20) - 1 - len);
	seen[len] = '\0';
	log_close(log);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	close(saved);
	close(fds[0]);
	close(fds[1]);
	assert_non_null(strstr(seen, "\"number 0\"}\n"));
	assert_null(strstr(seen, "\"number 19999\"}\n"));
	assert_non_null(strstr(seen,
	    " lines of this log were lost: nobody took them\"}\n"));
	assert_non_null(strstr(seen, "\"the last\"}\n"));
	free(seen);
}

/* Nobody reads any more: nobody waits, nothing is kept for them. */
static void
test_gone(void **state)
{
	struct logstream *s;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	s = logstream_open(fds[1]);
	assert_non_null(s);
	close(fds[0]);
	logstream_put(s, "x\n", 2);
	assert_int_equal(logstream_waiting_fd(s), -1);
	assert_int_equal(logstream_lost(s), 1);
	logstream_close(s);
	close(fds[1]);
}

/* A full disk takes none, that of what is lost among them; when it has room the
 * log tells how many there were. */
static void
test_full_disk(void **state)
{
	char path[] = "/tmp/evcron-log-XXXXXX", seen[2048] = "";
	const struct log_target target = {NULL, "crond", STDOUT_FILENO, true};
	int fd = mkstemp(path), saved = dup(STDOUT_FILENO), i;
	struct rlimit was, none;
	struct log *log;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(dup2(fd, STDOUT_FILENO), STDOUT_FILENO);
	log = log_open(&target);
	assert_non_null(log);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	none = was;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	for (i = 0; i < 5; i++)
		log_event(log, LOG_ERR, "joe", "CMD", 0, "number %d", i);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	log_event(log, LOG_ERR, "joe", "CMD", 0, "one more");
	log_event(log, LOG_ERR, "joe", "CMD", 0, "and another");
	assert_true(pread(fd, seen, sizeof seen - 1, 0) > 0);
	log_close(log);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	close(saved);
	close(fd);
	unlink(path);
	assert_non_null(strstr(seen, "\"5 lines of this log were lost"));
	assert_ptr_equal(strstr(strstr(seen, "were lost") + 1, "were lost"),
	    NULL);
	assert_non_null(strstr(seen, "\"one more\"}\n"));
	assert_non_null(strstr(seen, "\"and another\"}\n"));
}

/* A line of a job in each form. */
static void
check_line(bool json, const char *wanted)
{
	const struct log_target target = {NULL, "crond", STDOUT_FILENO, json};
	const struct log_job job = {.ident = "CRON",
	    .pid = 77,
	    .table = "/etc/cron.d/a\nb",
	    .line = 3};
	int fds[2], saved = dup(STDOUT_FILENO);
	struct log *log;
	char seen[4096];
	size_t len;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	log = log_open(&target);
	assert_non_null(log);
	log_output(log, &job, "joe", "caf\303\251\0\377", 7, true);
	log_event_as(log, &job, LOG_ERR, "CRON", "ERROR", EIO, "no");
	log_close(log);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	len = read_there(fds[0], seen, sizeof seen - 1);
	seen[len] = '\0';
	close(saved);
	close(fds[0]);
	close(fds[1]);
	if (strstr(seen, wanted) == NULL)
		fail_msg("%s", seen);
}

static void
test_lines(void **state)
{
	char wanted[512];

	(void)state;
	check_line(false, " CRON[77] /etc/cron.d/a^Jb:3: (joe) CMDOUT "
			  "(caf\\303\\251^@\\377)\n");
	snprintf(wanted, sizeof wanted,
	    " CRON[77] /etc/cron.d/a^Jb:3: (CRON) ERROR (no): %s\n",
	    strerror(EIO));
	check_line(false, wanted);
	check_line(true,
	    ",\"level\":\"info\",\"ident\":\"CRON\",\"pid\":77,"
	    "\"user\":\"joe\",\"job\":\"/etc/cron.d/a\\u000ab:3\","
	    "\"event\":\"CMDOUT\","
	    "\"message\":\"caf\303\251\\u0000\\\\xff\",\"cut\":true}\n");
	snprintf(wanted, sizeof wanted,
	    ",\"level\":\"err\",\"ident\":\"CRON\",\"pid\":77,"
	    "\"job\":\"/etc/cron.d/a\\u000ab:3\",\"event\":\"ERROR\","
	    "\"message\":\"no\",\"error\":\"%s\"}\n",
	    strerror(EIO));
	check_line(true, wanted);
}

/* As long as they may be, with nothing but what takes most room. */
static void
test_longest(void **state)
{
	const struct log_target target = {NULL, "crond", STDOUT_FILENO, true};
	int fds[2], saved = dup(STDOUT_FILENO);
	char *name = malloc(5001), *seen = malloc(1 << 20);
	struct log_job job = {.ident = "CRON", .pid = 1, .line = 1};
	struct log *log;
	size_t len;

	(void)state;
	assert_non_null(name);
	assert_non_null(seen);
	memset(name, '\001', 5000);
	name[5000] = '\0';
	job.table = name;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
	log = log_open(&target);
	assert_non_null(log);
	log_event_as(log, &job, LOG_ERR, name, "ERROR", EIO, "%s%s", name,
	    name);
	len = read_there(fds[0], seen, (1 << 20) - 1);
	assert_in_range(len, 6 * 8000, 6 * 10000);
	assert_int_equal(seen[len - 1], '\n');
	assert_int_equal(seen[len - 2], '}');
	log_close(log);
	assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
	close(saved);
	close(fds[0]);
	close(fds[1]);
	free(seen);
	free(name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pipe),
	    cmocka_unit_test(test_socket),
	    cmocka_unit_test(test_closed_name),
	    cmocka_unit_test(test_lost),
	    cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_gone),
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_longest),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("logstream", tests, NULL, NULL);
}
