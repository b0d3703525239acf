/*
 * How soon a minute can be noticed on this machine: "tick_floor FILE COMMAND"
 * waits for each minute by a timerfd on the wall clock and by nothing else. It
 * appends "MINUTE MILLISECONDS" to the file (minutes of the epoch, and how long
 * after its begin this program woke), then has /bin/sh run the command in a
 * session of its own, as a cron would. What a cron's job is later than that
 * command, the cron is to blame for. Ends by a signal.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static void
die(const char *what)
{
	fprintf(stderr, "tick_floor: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void
run(const char *command)
{
	pid_t pid = fork();

	if (pid == -1)
		die("fork");
	if (pid > 0)
		return;
	setsid();
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Sleeps until the minute begins; how many milliseconds later it woke. */
static long
wait_for_minute(int timer, time_t minute)
{
	struct itimerspec at = {.it_value.tv_sec = minute * 60};
	struct timespec now;
	uint64_t expired;

	if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL) == -1)
		die("timerfd_settime");
	while (read(timer, &expired, sizeof(expired)) == -1)
		if (errno != EINTR)
			die("read");
	clock_gettime(CLOCK_REALTIME, &now);
	return (long)(now.tv_sec - minute * 60) * 1000 + now.tv_nsec / 1000000;
}

int
main(int argc, char **argv)
{
	int timer = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC);
	int fd;

	if (argc != 3) {
		fputs("usage: tick_floor FILE COMMAND\n", stderr);
		return 99;
	}
	if (timer == -1)
		die("timerfd_create");
	fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd == -1)
		die(argv[1]);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		time_t minute = time(NULL) / 60 + 1;
		long late = wait_for_minute(timer, minute);

		run(argv[2]);
		dprintf(fd, "%lld %ld\n", (long long)minute, late);
	}
}
