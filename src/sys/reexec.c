/* Executing ourselves; what was handed over is taken first of all. */
#include "sys/spawn/clean_child.h"
#include "sys/reexec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/spawn/spawn.h"

#define VARIABLE "EVCRON_HANDOVER"
#define DELETED  " (deleted)"

/* Taking */

static void
read_variable(struct reexec_inherited *in)
{
	const char *text = getenv(VARIABLE);
	long pid;
	int end = -1;

	in->gift = (struct reexec_gift){-1, -1, -1};
	if (text == NULL)
		return;
	/* Of another process: it only came down to us. */
	if (sscanf(text, "%ld %d %d %d%n", &pid, &in->gift.lock, &in->gift.runs,
		&in->gift.ready, &end) == 4 &&
	    text[end] == '\0' && pid == (long)getpid())
		in->given = true;
	else
		in->gift = (struct reexec_gift){-1, -1, -1};
	in->in_place = in->given && in->gift.lock >= 0;
	(void)unsetenv(VARIABLE);
}

static int
add_fd(struct reexec_inherited *in, int fd)
{
	int *more = reallocarray(in->fds, in->count + 1, sizeof *more);

	if (more == NULL)
		return -1;
	in->fds = more;
	more[in->count++] = fd;
	return 0;
}

void
reexec_take(struct reexec_inherited *in)
{
	struct dirent *entry;
	DIR *dir;
	int fd;

	*in = (struct reexec_inherited){.in_place = false};
	read_variable(in);
	if (!in->given || (dir = opendir("/proc/self/fd")) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		fd = atoi(entry->d_name);
		if (fd <= STDERR_FILENO || fd == dirfd(dir))
			continue;
		(void)fd_cloexec(fd);
		if (add_fd(in, fd) == -1)
			break;
	}
	closedir(dir);
}

static bool
is_gift(const struct reexec_inherited *in, int fd)
{
	return fd == in->gift.lock || fd == in->gift.runs ||
	       fd == in->gift.ready;
}

int
reexec_claim(struct reexec_inherited *in, int fd, uint64_t inode)
{
	struct stat st;
	size_t i;

	for (i = 0; i < in->count; i++) {
		if (in->fds[i] != fd || is_gift(in, fd) ||
		    fstat(fd, &st) != 0 || st.st_ino != inode)
			continue;
		in->fds[i] = -1;
		return fd;
	}
	return -1;
}

void
reexec_clear(struct reexec_inherited *in)
{
	size_t i;

	for (i = 0; i < in->count; i++)
		if (!is_gift(in, in->fds[i]))
			fd_close(&in->fds[i]);
	free(in->fds);
	in->fds = NULL;
	in->count = 0;
}

/* Giving */

char *
reexec_program(void)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path);
	size_t end = strlen(DELETED);

	if (len < 0)
		return NULL;
	if ((size_t)len == sizeof path) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if ((size_t)len > end && memcmp(path + len - end, DELETED, end) == 0)
		len -= (ssize_t)end;
	return strndup(path, (size_t)len);
}

static int
set_variable(const struct reexec_gift *gift)
{
	char text[64];

	snprintf(text, sizeof text, "%ld %d %d %d", (long)getpid(), gift->lock,
	    gift->runs, gift->ready);
	return setenv(VARIABLE, text, 1);
}

static void
set_inherited(const struct reexec_gift *gift, bool inherited)
{
	const int fds[] = {gift->lock, gift->runs, gift->ready};
	size_t i;

	for (i = 0; i < sizeof fds / sizeof fds[0]; i++)
		if (fds[i] >= 0)
			(void)fcntl(fds[i], F_SETFD,
			    inherited ? 0 : FD_CLOEXEC);
}

void
reexec(const char *program, char *const *argv, const struct reexec_gift *gift)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if (set_variable(gift) == 0) {
		set_inherited(gift, true);
		execve(program, argv, environ);
	}
	error = errno;
	set_inherited(gift, false);
	(void)unsetenv(VARIABLE);
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
}

void
reexec_unblock_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* All of stdio, or what of it is a terminal: that is its shell's again. */
static void
to_null(bool all)
{
	int fd, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (fd = STDIN_FILENO; null >= 0 && fd <= STDERR_FILENO; fd++)
		if (all || fd == STDIN_FILENO || isatty(fd))
			(void)dup2(null, fd);
}

pid_t
reexec_probe(const char *program)
{
	char *const argv[] = {(char *)(uintptr_t)program, (char[]){"--version"},
	    NULL};
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	clean_child(-1);
	to_null(true);
	execve(program, argv, environ);
	_exit(127);
}

static _Noreturn void
become_child(const char *program, char *const *argv,
    const struct reexec_gift *gift)
{
	/* As a job, but for what it is given. */
	(void)setsid();
	to_null(false);
	if (set_variable(gift) != 0)
		_exit(126);
	set_inherited(gift, true);
	reexec_unblock_signals();
	execve(program, argv, environ);
	_exit(127);
}

pid_t
reexec_child(const char *program, char *const *argv,
    const struct reexec_gift *gift, int *ready)
{
	struct reexec_gift its = *gift;
	int ends[2], error;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	its.ready = ends[1];
	pid = fork();
	if (pid == 0)
		become_child(program, argv, &its);
	error = errno;
	close(ends[1]);
	*ready = ends[0];
	if (pid < 0)
		fd_close(ready);
	errno = error;
	return pid;
}
