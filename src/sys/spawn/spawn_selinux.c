/*
 * SELinux between fork and exec. Where the policy denies a program a file that
 * it inherits, the kernel puts /dev/null into its place and tells nobody. A
 * pipe is what the incumbents give their mailers, and what every policy allows.
 *
 * What has room in the pipe is put there at once. The rest is fed by a process
 * that belongs to nobody, for a mailer must not find a child that it has not
 * made: it ends with the letter, or with its mailer.
 */
#include "sys/spawn/clean_child.h"
#include "sys/spawn/spawn_selinux.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/spawn/context.h"
#include "sys/fd.h"
#include "sys/spawn/spawn_report.h"

#define PIPE_SIZE (1024 * 1024) /* what the kernel lets anybody have */

/* ---- a job's context ---- */

static void
say(void *context, const char *event, const char *text)
{
	char line[SPAWN_REPORT_BYTES_MAX];
	size_t len = strlen(event) + 1, rest = strlen(text);

	if (len > sizeof(line))
		return;
	if (rest > sizeof(line) - len)
		rest = sizeof(line) - len;
	memcpy(line, event, len);
	memcpy(line + len, text, rest);
	(void)spawn_report_send(*(const int *)context, SPAWN_REPORT_LINE, line,
	    len + rest, -1);
}

enum spawn_step
spawn_selinux_context(const struct spawn_plan *plan, int report, char *refusal,
    size_t size)
{
	refusal[0] = '\0';
	errno = 0;
	switch (context_enter(plan->context, say, &report, refusal, size)) {
	case CONTEXT_SET:
		return SPAWN_STARTED;
	case CONTEXT_NOT_FOUND:
		errno = 0;
		return SPAWN_CONTEXT_FIND;
	case CONTEXT_NOT_CHANGED:
		break;
	}
	errno = 0;
	if (refusal[0] == '\0')
		return SPAWN_CONTEXT_SET;
	/* The mail has it; the log should too. */
	say(&report, "ERROR", refusal);
	return SPAWN_STARTED;
}

/* ---- a mailer's stdin ---- */

/* Moves what it can; flags: of splice. 0 at the file's end, 1: the pipe is
 * full, -1 with errno. */
static int
pour(int from, int to, unsigned flags)
{
	ssize_t n;

	for (;;) {
		n = splice(from, NULL, to, NULL, PIPE_SIZE, flags);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EAGAIN)
			return 1;
		if (n < 0 && errno != EINTR)
			return -1;
	}
}

/* Both are above 2. With another end of the pipe than that one it would never
 * hear that nobody reads any more. */
static _Noreturn void
feed(int from, int to)
{
	if (dup2(from, 0) == -1 || dup2(to, 1) == -1)
		_exit(1);
	clean_child(-1);
	_exit(pour(0, 1, 0) == 0 ? 0 : 1);
}

/* -1 with errno: there is no such process. */
static int
feed_by_other(int from, int to)
{
	int status;
	pid_t pid = fork();

	if (pid == -1)
		return -1;
	if (pid == 0) {
		pid = fork();
		if (pid == 0)
			feed(from, to);
		_exit(pid == -1 ? errno : 0);
	}
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return -1;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	return -1;
}

static int
through_pipe(int from)
{
	int ends[2], more, error;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -1;
	assert(from > 2 && ends[0] > 2 && ends[1] > 2);
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	more = pour(from, ends[1], SPLICE_F_NONBLOCK);
	if (more == 1)
		more = feed_by_other(from, ends[1]);
	error = errno;
	close(ends[1]);
	if (more == 0)
		return ends[0];
	close(ends[0]);
	errno = error;
	return -1;
}

int
spawn_selinux_job_input(struct spawn_plan *plan)
{
	int pipe_end;

	if (plan->context == NULL)
		return 0;
	pipe_end = through_pipe(plan->input);
	if (pipe_end == -1)
		return -1;
	plan->input = pipe_end;
	return 0;
}

int
spawn_selinux_input(struct spawn_plan *plan)
{
	struct stat st;
	int pipe_end;

	if (!plan->input_by_pipe || fstat(plan->input, &st) == -1 ||
	    !S_ISREG(st.st_mode))
		return 0;
	pipe_end = through_pipe(plan->input);
	if (pipe_end == -1)
		return -1;
	plan->input = pipe_end;
	return 0;
}
