/* The pid file and its lock. */
#include "sys/files/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
	char dir[64];
	char path[96];
};

static int
setup(void **state)
{
	struct place *place = calloc(1, sizeof *place);

	assert_non_null(place);
	strcpy(place->dir, "/tmp/test_lock.XXXXXX");
	assert_non_null(mkdtemp(place->dir));
	(void)snprintf(place->path, sizeof place->path, "%s/crond.pid",
	    place->dir);
	*state = place;
	return 0;
}

static int
teardown(void **state)
{
	struct place *place = *state;

	unlink(place->path);
	rmdir(place->dir);
	free(place);
	return 0;
}

static void
test_held(void **state)
{
	struct place *place = *state;
	struct lock first, second;
	char text[32] = "", want[32];
	struct stat st;
	pid_t holder;
	int fd;

	assert_int_equal(lock_open(&first, place->path, true, &holder), 0);
	/* No pid is in the file yet. */
	assert_int_equal(lock_open(&second, place->path, true, &holder), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(holder, 0);
	assert_int_equal(lock_write_pid(&first), 0);
	assert_int_equal(lock_open(&second, place->path, true, &holder), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(holder, getpid());
	lock_close(&second);

	(void)snprintf(want, sizeof want, "%d\n", (int)getpid());
	fd = open(place->path, O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof text - 1), strlen(want));
	assert_string_equal(text, want);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	close(fd);

	lock_close(&first);
	assert_int_equal(access(place->path, F_OK), -1);
	assert_int_equal(lock_open(&second, place->path, false, &holder), 0);
	lock_close(&second);
	assert_int_equal(access(place->path, F_OK), 0);
}

/* A longer pid of a crond that died is overwritten whole. */
static void
test_stale(void **state)
{
	struct place *place = *state;
	char text[64] = "";
	struct lock lock;
	pid_t holder;
	FILE *f = fopen(place->path, "w");

	assert_non_null(f);
	(void)fputs("12345678901234567890\nrubbish\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(lock_open(&lock, place->path, true, &holder), 0);
	assert_int_equal(lock_write_pid(&lock), 0);
	f = fopen(place->path, "r");
	assert_non_null(f);
	assert_true(fread(text, 1, sizeof text - 1, f) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(atoi(text), getpid());
	assert_string_equal(strchr(text, '\n'), "\n");
	lock_close(&lock);
}

/* A file of another that came by the name is not ours to remove. */
static void
test_replaced(void **state)
{
	struct place *place = *state;
	struct lock lock;
	pid_t holder;
	int fd;

	assert_int_equal(lock_open(&lock, place->path, true, &holder), 0);
	assert_int_equal(unlink(place->path), 0);
	fd = open(place->path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	assert_true(fd >= 0);
	close(fd);
	lock_close(&lock);
	assert_int_equal(access(place->path, F_OK), 0);
}

static void
test_errors(void **state)
{
	struct place *place = *state;
	char path[160];
	struct lock lock;
	pid_t holder;

	(void)snprintf(path, sizeof path, "%s/none/crond.pid", place->dir);
	assert_int_equal(lock_open(&lock, path, true, &holder), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(lock_open(&lock, place->dir, true, &holder), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(symlink("/etc/passwd", place->path), 0);
	assert_int_equal(lock_open(&lock, place->path, true, &holder), -1);
	assert_int_equal(errno, ELOOP);
	lock_close(&lock);
}

/* A process of that uid which holds the lock for as long as it lives. */
static pid_t
hold(const char *path, uid_t uid)
{
	int ends[2], fd;
	pid_t pid;
	char byte;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (setresuid(uid, uid, uid) != 0)
			_exit(1);
		fd = open(path, O_RDONLY);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0 ||
		    write(ends[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	assert_true(pid > 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

static void
end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void
write_file(const char *path, pid_t pid)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fprintf(f, "%d\n", (int)pid) > 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0644), 0);
}

static pid_t
dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

/* What a user locks keeps nobody out; whatever may be a daemon's does. */
static void
test_intruder(void **state)
{
	static const struct {
		uid_t uid;
		bool live; /* the pid in the file is a live one of ours */
		bool taken;
	} cases[] = {
	    {65534, false, true},
	    {65534, true, false},
	    {0, false, false},
	};
	struct place *place = *state;
	struct lock lock, second;
	pid_t intruder, holder;
	char spare[128];
	size_t i;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(place->dir, 0755), 0);
	(void)snprintf(spare, sizeof spare, "%s.new", place->path);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_file(place->path, cases[i].live ? getpid() : dead_pid());
		intruder = hold(place->path, cases[i].uid);
		if (cases[i].taken) {
			assert_int_equal(lock_open(&lock, place->path, false,
					     &holder),
			    0);
			assert_true(lock.replaced);
			assert_int_equal(lock.intruder.pid, intruder);
			assert_int_equal(lock.intruder.uid, cases[i].uid);
			assert_int_equal(lock_write_pid(&lock), 0);
			assert_int_equal(lock_open(&second, place->path, false,
					     &holder),
			    -1);
			assert_int_equal(errno, EAGAIN);
			assert_int_equal(holder, getpid());
			lock_close(&lock);
		} else {
			assert_int_equal(lock_open(&lock, place->path, false,
					     &holder),
			    -1);
			assert_int_equal(errno, EAGAIN);
		}
		assert_int_equal(access(spare, F_OK), -1);
		end(intruder);
		assert_int_equal(unlink(place->path), 0);
	}
}

/* Many starts at once: one replaces the file, the others stay out. */
static void
test_race(void **state)
{
	struct place *place = *state;
	int status, won = 0, go[2], stay[2], i;
	pid_t intruder, holder;
	struct lock lock;
	char byte;

	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(place->dir, 0755), 0);
	write_file(place->path, dead_pid());
	intruder = hold(place->path, 65534);
	assert_int_equal(pipe(go), 0);
	assert_int_equal(pipe(stay), 0);
	for (i = 0; i < 8; i++) {
		if (fork() != 0)
			continue;
		close(go[1]);
		close(stay[1]);
		(void)!read(go[0], &byte, 1);
		if (lock_open(&lock, place->path, false, &holder) != 0)
			_exit(errno == EAGAIN ? 1 : 2);
		/* Holds it until all have tried. */
		(void)!read(stay[0], &byte, 1);
		_exit(0);
	}
	close(go[1]);
	for (i = 0; i < 8; i++) {
		if (i == 7)
			close(stay[1]);
		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status));
		assert_in_range(WEXITSTATUS(status), 0, 1);
		won += WEXITSTATUS(status) == 0;
	}
	assert_int_equal(won, 1);
	close(go[0]);
	close(stay[0]);
	end(intruder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_held, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stale, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_replaced, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_intruder, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_race, setup, teardown),
	};

	return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
