/*
 * The child that writes into a mailbox. One that does not end (a mailbox on a
 * file server that is gone, a user who stops it) is killed after a minute; one
 * that even so goes on is waited for by this letter's thread alone.
 */
#include "collector/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files/mbox.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define LIMIT_MS (60 * 1000)
#define BLIND_MS 100
#define NOTE_MAX (LETTER_META_WHY_MAX + 200)
#define ARGS     8

/* The child */

int
mailbox_main(int argc, char **argv)
{
	struct mbox_letter letter = {.as_root = geteuid() == 0,
	    .fd = STDIN_FILENO};

	if (argc != ARGS)
		return EINVAL;
	letter.dir = argv[1];
	letter.user = argv[2];
	letter.uid = (uid_t)strtoul(argv[3], NULL, 10);
	letter.from = strtoull(argv[4], NULL, 10);
	letter.text_at = strtoull(argv[5], NULL, 10);
	letter.max = strtoull(argv[6], NULL, 10);
	letter.note = argv[7];
	/* Limits of ours are errors of a write, not the end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	return mbox_append(&letter);
}

/* The parent */

struct arguments {
	char uid[24], from[24], text_at[24], max[24];
	char note[NOTE_MAX];
};

static void
make_arguments(struct arguments *a, const struct letter *l, const char *why)
{
	char date[64];

	(void)snprintf(a->uid, sizeof a->uid, "%lu",
	    (unsigned long)l->record->uid);
	(void)snprintf(a->from, sizeof a->from, "%llu",
	    (unsigned long long)l->headers_at);
	(void)snprintf(a->text_at, sizeof a->text_at, "%llu",
	    (unsigned long long)l->text_at);
	(void)snprintf(a->max, sizeof a->max, "%llu",
	    (unsigned long long)l->collector->options->mailbox_max);
	(void)snprintf(a->note, sizeof a->note,
	    "[Not sent, but put here by the cron daemon on %s: %s]\n\n",
	    clock_show(date, sizeof date, CLOCK_MAIL,
		clock_wall_ns() / 1000000000),
	    why);
}

static pid_t
start(const struct letter *l, const char *why, int input, int *report)
{
	static char program[] = "/proc/self/exe";
	char *programs[] = {program, NULL};
	struct arguments a = {0};
	struct spawn_failure failure;
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	char *argv[] = {(char[]){"evcron-collect"}, (char[]){MAILBOX_WORD},
	    (char *)(uintptr_t)l->collector->options->mailbox_dir,
	    l->record->user, a.uid, a.from, a.text_at, a.max, a.note, NULL};
	struct spawn_plan plan = {
	    .origin = &l->collector->limits,
	    .argv = argv,
	    .programs = programs,
	    .env = environ,
	    .home = "/",
	    .uid = geteuid(),
	    .gid = getegid(),
	    .input = input,
	    .output = null_fd,
	};
	pid_t pid;

	make_arguments(&a, l, why);
	pid = null_fd < 0 ? -1 : spawn_job(&plan, &failure, report);
	fd_close(&null_fd);
	return pid;
}

static int
wait_for(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
	int64_t until_ns = clock_mono_ns() + LIMIT_MS * (int64_t)1000000;
	struct pollfd ends = {.fd = pidfd, .events = POLLIN};
	bool killed = false;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		(void)poll(&ends, 1, pidfd < 0 || !killed ? BLIND_MS : -1);
		if (!killed && clock_mono_ns() >= until_ns) {
			(void)kill(pid, SIGKILL);
			killed = true;
		}
	}
	fd_close(&pidfd);
	return status;
}

const char *
mailbox_put(struct letter *l, const char *why)
{
	int input = outbox_reader(l->outbox, l->name), report = -1, status;
	struct spawn_failure failure;
	pid_t pid;

	if (input < 0)
		return strerror(errno);
	pid = start(l, why, input, &report);
	fd_close(&input);
	if (pid < 0)
		return strerror(errno);
	status = wait_for(pid);
	spawn_failure_read(&report, &failure);
	if (failure.step != SPAWN_STARTED)
		return strerror(failure.error);
	if (!WIFEXITED(status))
		return "the process that wrote to it was killed";
	return WEXITSTATUS(status) == MBOX_DONE
		   ? NULL
		   : mbox_problem(WEXITSTATUS(status));
}
