/*
 * The collector's program beside jobs that hold the lock of their own output:
 * a splice from a socket that nobody writes to holds the pipe's. Whoever reads
 * that pipe waits, and nobody else. As root, for the jobs are nobody's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector_world.h"

#define NOBODY ((uid_t)65534)

static int
setup(void **state)
{
	struct world *w = malloc(sizeof *w);

	world_open(w, NOBODY);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

/* The job itself, executed by sh: this program with this argument. */
static int
hold(const char *kind)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return 1;
	/* With a byte first, or silent. */
	if (kind[0] == 'x' && write(STDOUT_FILENO, "x", 1) != 1)
		return 1;
	(void)splice(ends[0], NULL, STDOUT_FILENO, NULL, 65536, 0);
	return 0;
}

/* How many of its threads are in D. */
static int
count_hung(const struct world *w)
{
	char path[300], text[512];
	struct dirent *entry;
	int count = 0, fd;
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%ld/task", (long)w->collector);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof path, "/proc/%ld/task/%s/stat",
		    (long)w->collector, entry->d_name);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
		count += strstr(text, ") D ") != NULL;
	}
	if (dir != NULL)
		closedir(dir);
	return count;
}

static void
await_hung(const struct world *w)
{
	int i;

	for (i = 0; count_hung(w) == 0; i++) {
		assert_true(i < 12000);
		(void)poll(NULL, 0, 5);
	}
}

/* It is in its splice, where it holds the lock. */
static void
await_holding(const struct world_job *job)
{
	char path[100], text[100] = "";
	int fd, i;
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%ld/wchan", (long)job->pid);
	for (i = 0; strstr(text, "unix_stream") == NULL; i++) {
		assert_true(i < 12000);
		/* Not every kernel tells: two seconds are plenty then. */
		if (i > 400 && strcmp(text, "0") == 0)
			break;
		(void)poll(NULL, 0, 5);
		fd = open(path, O_RDONLY);
		n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
		close(fd);
		text[n > 0 ? n : 0] = '\0';
	}
}

static void
start_holder(struct world *w, struct world_job *job, const char *kind)
{
	char script[256], self[200] = "";

	assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	snprintf(script, sizeof script, "exec %s hold %s", self, kind);
	*job = (struct world_job){.script = script, .mail = MAIL_ALWAYS};
	world_run(w, job);
	world_hear(w, "have\t%s", job->id);
	await_holding(job);
	/* So that what holds is read, also where its byte was read before. */
	if (kind[0] == 'x')
		world_say(w, "ended\t%s\tunknown", job->id);
	job->script = NULL;
}

/* A run that hangs hangs its own thread: others of the same user are read and
 * mailed, main answers, bye ends it and the lock is free at once. */
static void
test_beside(void **state)
{
	struct world_job holder, jobs[20];
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct world *w = *state;
	char path[200];
	int i, fd;

	if (geteuid() != 0)
		skip();
	world_start(w, NULL);
	start_holder(w, &holder, "x");
	await_hung(w);
	world_say(w, "ping\t7");
	world_hear(w, "pong\t7");
	for (i = 0; i < 20; i++) {
		jobs[i] = (struct world_job){.script = "seq 1 20000",
		    .mail = MAIL_ALWAYS};
		world_run(w, &jobs[i]);
	}
	for (i = 0; i < 20; i++) {
		world_job_ends(w, &jobs[i]);
		world_hear_any(w, "over\t%s\t108894\t0\n", jobs[i].id);
		world_hear_any(w, "want\t%s\n", jobs[i].id);
		world_say(w, "grant\t%s", jobs[i].id);
		world_hear_any(w, "done\t%s\tmailed", jobs[i].id);
	}
	assert_int_equal(count_hung(w), 1);
	assert_false(world_heard(w, "over\t%s\t", holder.id));
	snprintf(path, sizeof path, "%s/collect/%lu.1/lock", w->dir,
	    (unsigned long)w->uid);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETLK, &lock), 0);
	assert_int_equal(lock.l_type, F_WRLCK);
	assert_int_equal(lock.l_pid, w->collector);
	world_say(w, "bye");
	for (i = 0; lock.l_type != F_UNLCK; i++) {
		assert_true(i < 1000);
		(void)poll(NULL, 0, 5);
		lock.l_type = F_WRLCK;
		assert_int_equal(fcntl(fd, F_GETLK, &lock), 0);
	}
	close(fd);
	assert_int_equal(kill(holder.pid, SIGKILL), 0);
	(void)world_wait_end(w);
}

/* A silent one, whose thread begins with its end, and one that is killed while
 * it is read: both are over then. */
static void
test_silent(void **state)
{
	struct world_job holder,
	    job = {.script = "echo x", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	if (geteuid() != 0)
		skip();
	world_start(w, NULL);
	start_holder(w, &holder, "s");
	world_run_all(w, &job);
	assert_int_equal(count_hung(w), 0);
	/* crond says that it has ended, although it goes on. */
	world_say(w, "ended\t%s\tunknown", holder.id);
	await_hung(w);
	world_say(w, "ping\t1");
	world_hear(w, "pong\t1");
	assert_int_equal(kill(holder.pid, SIGKILL), 0);
	world_hear(w, "over\t%s\t0\t0", holder.id);
}

/* Killed with such a run, it is followed by another one, which hangs in the
 * same run and in no other. */
static void
test_recover(void **state)
{
	static const char *const more[] = {"--recover", NULL};
	struct world_job holder,
	    job = {.script = "echo a; sleep 1; echo b", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	int status;

	if (geteuid() != 0)
		skip();
	world_start(w, NULL);
	start_holder(w, &holder, "x");
	world_run(w, &job);
	world_await(w, true, "outbox/%lu/%s", (unsigned long)w->uid, job.id);
	await_hung(w);
	assert_int_equal(kill(w->collector, SIGKILL), 0);
	close(w->socket);
	world_start(w, more);
	await_hung(w);
	assert_int_equal(waitpid(job.pid, &status, 0), job.pid);
	world_say(w, "ended\t%s\tknown\t0", job.id);
	world_hear(w, "over\t%s\t4\t0", job.id);
	world_grant(w, job.id);
	assert_int_equal(kill(holder.pid, SIGKILL), 0);
	world_say(w, "ended\t%s\tknown\t9", holder.id);
	world_hear(w, "over\t%s\t", holder.id);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_beside, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_silent, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_recover, setup, teardown),
	};

	if (argc > 2 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2]);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
