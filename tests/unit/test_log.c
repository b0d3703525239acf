/* The log: shapes of lines, and what becomes of them when nobody reads. */
#include "sys/log/log.h"

#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

struct sink {
	char dir[64];
	char path[96];
	int fd;
};

static void
sink_bind(struct sink *sink)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int on = 1;

	memcpy(at.sun_path, sink->path, strlen(sink->path) + 1);
	sink->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_true(sink->fd >= 0);
	assert_int_equal(bind(sink->fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(setsockopt(sink->fd, SOL_SOCKET, SO_PASSCRED, &on,
			     sizeof on),
	    0);
}

static void
sink_unbind(struct sink *sink)
{
	close(sink->fd);
	unlink(sink->path);
	sink->fd = -1;
}

static int
setup(void **state)
{
	struct sink *sink = calloc(1, sizeof *sink);

	assert_non_null(sink);
	strcpy(sink->dir, "/tmp/test_log.XXXXXX");
	assert_non_null(mkdtemp(sink->dir));
	(void)snprintf(sink->path, sizeof sink->path, "%s/log", sink->dir);
	sink_bind(sink);
	*state = sink;
	return 0;
}

static int
teardown(void **state)
{
	struct sink *sink = *state;

	if (sink->fd >= 0)
		sink_unbind(sink);
	rmdir(sink->dir);
	free(sink);
	return 0;
}

static struct log *
open_at(const struct sink *sink)
{
	const struct log_target target = {sink->path, "crond", 0, false};
	struct log *log = log_open(&target);

	assert_non_null(log);
	return log;
}

/* The next line, or "" if none waits; whose credentials came with it. */
static const char *
sink_line(const struct sink *sink, pid_t *pid)
{
	static char line[20000];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {line, sizeof line - 1};
	struct msghdr msg = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof control};
	struct ucred cred = {0, 0, 0};
	ssize_t n = recvmsg(sink->fd, &msg, 0);

	if (n < 0)
		assert_int_equal(errno, EAGAIN);
	line[n > 0 ? n : 0] = '\0';
	if (n >= 0 && CMSG_FIRSTHDR(&msg) != NULL)
		memcpy(&cred, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof cred);
	if (pid != NULL)
		*pid = cred.pid;
	return line;
}

static void
assert_match(const char *text, const char *pattern)
{
	regex_t regex;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	if (regexec(&regex, text, 0, NULL, 0) != 0)
		fail_msg("'%s' does not match '%s'", text, pattern);
	regfree(&regex);
}

static void
test_shapes(void **state)
{
	static const struct {
		const char *who, *event;
		int errnum;
		const char *detail, *text;
	} cases[] = {
	    {"CRON", "STARTUP", 0, "1.0", "(CRON) STARTUP (1.0)"},
	    {"joe", "CMD", 0, "a\tb\x7f\xff", "(joe) CMD (a^Ib^?\\377)"},
	    {"CRON", "DEATH", EPERM, "no",
		"(CRON) DEATH (no): Operation not permitted"},
	    {"CRON", NULL, 0, "bad minute (x)", "(CRON) bad minute (x)"},
	    {NULL, NULL, 0, "Error: x", "Error: x"},
	    {NULL, NULL, ENOENT, "x", "x: No such file or directory"},
	    {"CRON", "No inotify", 0, "", "(CRON) No inotify ()"},
	    {"a\nb", "ORPHAN", 0, "x\ny", "(a^Jb) ORPHAN (x^Jy)"},
	};
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	const char *line;
	char head[64];
	size_t i;

	(void)snprintf(head, sizeof head, " crond[%d]: ", (int)getpid());
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		log_event(log, LOG_INFO, cases[i].who, cases[i].event,
		    cases[i].errnum, "%s", cases[i].detail);
		line = sink_line(sink, NULL);
		assert_match(line, "^<78>[A-Z][a-z]{2} [ 1-3][0-9] "
				   "[0-2][0-9]:[0-5][0-9]:[0-6][0-9] crond");
		assert_non_null(strstr(line, head));
		assert_string_equal(strstr(line, head) + strlen(head),
		    cases[i].text);
	}
	log_event(log, LOG_ERR, "CRON", "DEATH", 0, "x");
	assert_match(sink_line(sink, NULL), "^<75>");
	log_close(log);
}

/* A line of the first moment of a second bears that second. */
static void
test_second(void **state)
{
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	struct timespec first, now;
	char second[8];
	int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(clock_gettime(CLOCK_REALTIME, &first), 0);
		do
			assert_int_equal(clock_gettime(CLOCK_REALTIME, &now),
			    0);
		while (now.tv_sec == first.tv_sec);
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "x");
		(void)snprintf(second, sizeof second, ":%02d ",
		    (int)(now.tv_sec % 60));
		assert_non_null(strstr(sink_line(sink, NULL), second));
	}
	log_close(log);
}

static void
test_long(void **state)
{
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	char *detail = malloc(100001);
	size_t len;

	assert_non_null(detail);
	memset(detail, 'x', 100000);
	detail[100000] = '\0';
	log_event(log, LOG_INFO, "joe", "CMD", 0, "%s", detail);
	len = strlen(sink_line(sink, NULL));
	assert_in_range(len, 8000, 8400);
	memset(detail, '\xff', 100000);
	log_event(log, LOG_INFO, detail, detail, EPERM, "%s", detail);
	len = strlen(sink_line(sink, NULL));
	assert_in_range(len, 8000, 9400);
	free(detail);
	log_close(log);
}

static void
test_as_job(void **state)
{
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	pid_t child = fork(), pid;
	const struct log_job job = {.ident = "CROND", .pid = child};
	siginfo_t info;
	char pattern[64];

	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT),
	    0);
	(void)snprintf(pattern, sizeof pattern, " CROND\\[%d\\]: ", (int)child);
	log_event_as(log, &job, LOG_INFO, "joe", "CMDEND", 0, "x");
	assert_match(sink_line(sink, &pid), pattern);
	if (geteuid() == 0)
		assert_int_equal(pid, child);
	assert_int_equal(waitpid(child, NULL, 0), child);
	/* Reaped: the line still comes, under our own pid. */
	log_event_as(log, &job, LOG_INFO, "joe", "CMDEND", 0, "x");
	assert_match(sink_line(sink, &pid), pattern);
	assert_int_equal(pid, getpid());
	log_close(log);
}

static void log_gone(struct log *, pid_t, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
log_gone(struct log *log, pid_t pid, const char *format, ...)
{
	const struct log_job job = {.ident = "CROND", .pid = pid, .gone = true};
	va_list args;

	va_start(args, format);
	log_vevent_as(log, &job, LOG_INFO, "joe", "MAIL", 0, format, args);
	va_end(args);
}

/* A pid that may be another process's by now is shown, no more. */
static void
test_as_gone_job(void **state)
{
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	pid_t pid;

	log_gone(log, 1, "%s", "x");
	assert_match(sink_line(sink, &pid), " CROND\\[1\\]: \\(joe\\) MAIL");
	assert_int_equal(pid, getpid());
	log_close(log);
}

static void
test_away(void **state)
{
	struct sink *sink = *state;
	struct log *log;

	sink_unbind(sink);
	log = open_at(sink);
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "first");
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "second");
	assert_int_equal(log_waiting_fd(log), -1);
	sink_bind(sink);
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "third");
	assert_match(sink_line(sink, NULL), "first");
	assert_match(sink_line(sink, NULL), "second");
	assert_match(sink_line(sink, NULL), "third");
	/* syslog was started anew: the line that finds it out is not lost */
	sink_unbind(sink);
	sink_bind(sink);
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "fourth");
	assert_match(sink_line(sink, NULL), "fourth");
	log_reopen(log);
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "fifth");
	assert_match(sink_line(sink, NULL), "fifth");
	log_close(log);
}

/* Reads all there is, as often as flushing brings more; each line's number must
 * be one more than the last. */
static int
drain(struct sink *sink, struct log *log, int next, bool *told)
{
	const char *line, *number;

	for (;;) {
		line = sink_line(sink, NULL);
		if (line[0] == '\0') {
			if (log_waiting_fd(log) < 0)
				return next;
			log_flush(log);
			continue;
		}
		number = strstr(line, "number ");
		if (number == NULL) {
			assert_match(line, "WARNING \\([0-9]+ lines");
			*told = true;
			assert_non_null(strstr(line, "lost"));
			continue;
		}
		assert_int_equal(atoi(number + strlen("number ")), next);
		next++;
	}
}

static void
test_full(void **state)
{
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	struct pollfd pollfd;
	bool told = false;
	int i, next;

	for (i = 0; log_waiting_fd(log) < 0 && i < 100000; i++)
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "number %d", i);
	assert_true(log_waiting_fd(log) >= 0);
	pollfd = (struct pollfd){log_waiting_fd(log), POLLOUT, 0};
	assert_int_equal(poll(&pollfd, 1, 0), 0);
	for (next = i + 500; i < next; i++)
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "number %d", i);
	assert_int_equal(drain(sink, log, 0, &told), i);
	assert_false(told);
	log_close(log);
}

static void
test_lost(void **state)
{
	struct sink *sink = *state;
	struct log *log = open_at(sink);
	bool told = false;
	int i, full, next;

	for (full = 0; log_waiting_fd(log) < 0 && full < 100000; full++)
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "number %d", full);
	for (i = 0; i < 1500; i++)
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "number %d",
		    full + i);
	next = drain(sink, log, 0, &told);
	assert_true(told);
	/* What waited is there, what did not fit is not. */
	assert_int_equal(next, full - 1 + 1000);
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "number %d", next);
	assert_match(sink_line(sink, NULL), "number");
	assert_string_equal(sink_line(sink, NULL), "");
	log_close(log);
}

static void
test_stderr(void **state)
{
	const struct log_target target = {NULL, "crond", STDERR_FILENO, false};
	int fds[2], saved = dup(STDERR_FILENO);
	struct log *log;
	char text[256];
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log = log_open(&target);
	assert_non_null(log);
	log_event(log, LOG_INFO, "CRON", "INFO", 0, "hello");
	n = read(fds[0], text, sizeof text - 1);
	assert_true(n > 0);
	text[n] = '\0';
	/* A pipe that nobody reads holds nobody up. */
	for (int i = 0; i < 5000; i++)
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "hello");
	log_close(log);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	close(fds[0]);
	close(fds[1]);
	assert_match(text, "^[0-9]{2}:[0-9]{2}:[0-9]{2} crond\\[[0-9]+\\]: "
			   "\\(CRON\\) INFO \\(hello\\)\n$");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_shapes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_second, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_long, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_as_job, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_as_gone_job, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_away, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
	    cmocka_unit_test(test_stderr),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
