/*
 * Floor of the rows about jobs: the least a machine must do to run COUNT shells
 * as other users, on the minute, and (with a mailer) to mail what they print.
 * Nothing is parsed, logged, checked or remembered.
 *
 * usage: floor_jobs AT COUNT FIRST-UID USERS COMMAND [MAILER]
 *
 * At AT (seconds of the epoch) it spawns sh -c COMMAND COUNT times, as users
 * FIRST-UID ... FIRST-UID + USERS - 1 in turn. With MAILER each job's output is
 * a file, which becomes the stdin of a mailer when the job is over, as bcron
 * has it; at most 16 mailers at once.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAILERS_MAX 16
#define PID_LIMIT   (4 * 1024 * 1024)

static char *const job_env[] = {(char[]){"HOME=/"}, (char[]){"LOGNAME=user"},
    (char[]){"SHELL=/bin/sh"}, (char[]){"PATH=/usr/bin:/bin"}, NULL};

struct floor {
	int *output_of; /* by pid: the file of a job's output + 1 */
	int *waiting;   /* outputs for which there was no mailer yet */
	size_t first_waiting, last_waiting;
	unsigned mailers, alive;
	const char *mailer;
	int null;
};

static _Noreturn void
become(uid_t uid, int in, int out, char *const *argv)
{
	gid_t gid = (gid_t)uid;

	setsid();
	if (dup2(in, 0) == -1 || dup2(out, 1) == -1 || dup2(out, 2) == -1 ||
	    setgroups(1, &gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1 || chdir("/") == -1)
		_exit(1);
	execve(argv[0], argv, job_env);
	_exit(1);
}

static pid_t
spawn(uid_t uid, int in, int out, char *const *argv)
{
	pid_t pid = vfork();

	if (pid == 0)
		become(uid, in, out, argv);
	if (pid == -1)
		err(1, "vfork");
	return pid;
}

static void
start_mailers(struct floor *floor)
{
	char *argv[] = {(char *)(uintptr_t)floor->mailer, (char[]){"-t"}, NULL};
	int fd;

	while (floor->mailers < MAILERS_MAX &&
	       floor->first_waiting < floor->last_waiting) {
		fd = floor->waiting[floor->first_waiting++];
		lseek(fd, 0, SEEK_SET);
		spawn(0, fd, floor->null, argv);
		close(fd);
		floor->mailers++;
		floor->alive++;
	}
}

static void
reap(struct floor *floor, int options)
{
	int status, fd;
	pid_t pid;

	while (floor->alive > 0) {
		pid = waitpid(-1, &status, options);
		if (pid <= 0)
			return;
		floor->alive--;
		if (floor->mailer == NULL)
			continue;
		fd = floor->output_of[pid] - 1;
		floor->output_of[pid] = 0;
		if (fd >= 0)
			floor->waiting[floor->last_waiting++] = fd;
		else
			floor->mailers--;
		start_mailers(floor);
	}
}

static void
start_job(struct floor *floor, uid_t uid, char *const *argv)
{
	int out = floor->null;
	pid_t pid;

	if (floor->mailer != NULL) {
		out = memfd_create("output", MFD_CLOEXEC);
		if (out == -1)
			err(1, "memfd_create");
	}
	pid = spawn(uid, floor->null, out, argv);
	if (floor->mailer != NULL)
		floor->output_of[pid] = out + 1;
	floor->alive++;
}

int
main(int argc, char **argv)
{
	struct floor floor = {.null = open("/dev/null", O_RDWR | O_CLOEXEC)};
	struct timespec at = {0};
	char *job[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, NULL, NULL};
	unsigned long i, count, first, users;

	if (argc < 6)
		errx(1,
		    "usage: floor_jobs AT COUNT UID USERS COMMAND [MAILER]");
	at.tv_sec = strtol(argv[1], NULL, 10);
	count = strtoul(argv[2], NULL, 10);
	first = strtoul(argv[3], NULL, 10);
	users = strtoul(argv[4], NULL, 10);
	job[2] = argv[5];
	floor.mailer = argv[6];
	if (floor.mailer != NULL) {
		floor.output_of = calloc(PID_LIMIT, sizeof(int));
		floor.waiting = calloc(count + 1, sizeof(int));
		if (floor.output_of == NULL || floor.waiting == NULL)
			err(1, "calloc");
	}
	while (
	    clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
	for (i = 0; i < count; i++) {
		start_job(&floor, (uid_t)(first + i % users), job);
		reap(&floor, WNOHANG);
	}
	reap(&floor, 0);
	return 0;
}
