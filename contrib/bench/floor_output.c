/*
 * Floor of the rows about much output: a job's output is spliced into a file,
 * and the mailer then has the file as its stdin.
 *
 * usage: floor_output AT FILE MAILER COMMAND
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t
spawn(int in, int out, const char *path, const char *option, const char *word)
{
	char *argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)option,
	    (char *)(uintptr_t)word, NULL};
	pid_t pid = vfork();

	if (pid == 0) {
		if (dup2(in, 0) == -1 || dup2(out, 1) == -1)
			_exit(1);
		execv(path, argv);
		_exit(1);
	}
	if (pid == -1)
		err(1, "vfork");
	return pid;
}

int
main(int argc, char **argv)
{
	struct timespec at = {0};
	int ends[2], null, file;
	ssize_t n;

	if (argc < 5)
		errx(1, "usage: floor_output AT FILE MAILER COMMAND");
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	file = open(argv[2], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (null == -1 || file == -1 || pipe2(ends, O_CLOEXEC) == -1)
		err(1, "open");
	at.tv_sec = strtol(argv[1], NULL, 10);
	while (
	    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
	spawn(null, ends[1], "/bin/sh", "-c", argv[4]);
	close(ends[1]);
	while (
	    (n = splice(ends[0], NULL, file, NULL, 1 << 20, SPLICE_F_MOVE)) > 0)
		;
	if (n == -1)
		err(1, "splice");
	wait(NULL);
	lseek(file, 0, SEEK_SET);
	spawn(file, null, argv[3], "-t", NULL);
	wait(NULL);
	unlink(argv[2]);
	return 0;
}
