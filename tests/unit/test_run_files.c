/* Files handed from one crond to the next: what is ours is read, what can't be
 * is not, and nothing hangs. And processes that are no children. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/files/run_files.h"
#include "sys/pidfd.h"
#include "sys/spawn/spawn.h"

static char dir[64];
static struct run_files *h;

static int
setup(void **unused)
{
	(void)unused;
	strcpy(dir, "/tmp/evcron-handover-XXXXXX");
	assert_non_null(mkdtemp(dir));
	h = run_files_open(dir);
	assert_non_null(h);
	return 0;
}

static int
teardown(void **unused)
{
	char command[96];

	(void)unused;
	run_files_close(h);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static const char *
in(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static void
test_files(void **unused)
{
	char *bytes;
	size_t len;

	(void)unused;
	assert_int_equal(run_files_create(h, "a", "hello", 5), 0);
	assert_int_equal(run_files_create(h, "a", "x", 1), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(run_files_patch(h, "a", 0, "HE", 2), 0);
	/* Over what one left that was killed there, too. */
	assert_int_equal(run_files_create(h, ".new", "rest", 4), 0);
	assert_int_equal(run_files_replace(h, "b", "long bytes", 10), 0);
	assert_int_equal(run_files_replace(h, "b", "short", 5), 0);
	assert_int_equal(run_files_read(h, "b", 10, &bytes, &len), 0);
	assert_string_equal(bytes, "short");
	assert_int_equal(len, 5);
	free(bytes);
	assert_int_equal(run_files_read(h, ".new", 10, &bytes, &len), -1);
	assert_int_equal(run_files_remove(h, "b"), 0);
	assert_int_equal(run_files_read(h, "a", 5, &bytes, &len), 0);
	assert_int_equal(len, 5);
	assert_string_equal(bytes, "HEllo");
	free(bytes);
	assert_int_equal(run_files_read(h, "a", 4, &bytes, &len), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(run_files_remove(h, "a"), 0);
	assert_int_equal(run_files_remove(h, "a"), 0);
	assert_int_equal(run_files_patch(h, "a", 0, "x", 1), -1);
	assert_int_equal(run_files_read(h, "a", 9, &bytes, &len), -1);
	assert_int_equal(errno, ENOENT);
}

static void
assert_not_ours(const char *name)
{
	char *bytes;
	size_t len;

	errno = 0;
	assert_int_equal(run_files_read(h, name, 99, &bytes, &len), -1);
	assert_int_equal(errno, EPERM);
}

static void
test_hostile(void **unused)
{
	char other[128];

	(void)unused;
	assert_int_equal(run_files_create(h, "a", "x", 1), 0);
	assert_int_equal(chmod(in("a"), 0620), 0);
	assert_not_ours("a");
	assert_int_equal(chmod(in("a"), 0600), 0);
	strcpy(other, in("b"));
	assert_int_equal(link(in("a"), other), 0);
	assert_not_ours("a");
	assert_int_equal(unlink(other), 0);
	assert_int_equal(symlink("a", in("link")), 0);
	assert_not_ours("link");
	assert_int_equal(mkfifo(in("fifo"), 0600), 0);
	assert_not_ours("fifo");
	assert_int_equal(mkdir(in("dir"), 0600), 0);
	assert_not_ours("dir");
	assert_int_equal(run_files_file(h, "fifo"), -1);
	assert_int_equal(run_files_patch(h, "link", 0, "x", 1), -1);
	if (geteuid() == 0) {
		assert_int_equal(chown(in("a"), 1, (gid_t)-1), 0);
		assert_not_ours("a");
	}
}

static size_t
count(void)
{
	char **names;
	size_t n, i;

	assert_int_equal(run_files_list(h, &names, &n), 0);
	for (i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return n;
}

/* Bounded, and out of the way. */
static void
test_aside(void **unused)
{
	char name[32], command[256];
	int i;

	(void)unused;
	for (i = 0; i < 30; i++) {
		snprintf(name, sizeof name, "bad-%d.state", i);
		assert_int_equal(run_files_create(h, name, "x", 1), 0);
		assert_int_equal(run_files_set_aside(h, name), 0);
	}
	assert_int_equal(count(), 0);
	assert_int_equal(run_files_create(h, "good", "x", 1), 0);
	assert_int_equal(count(), 1);
	snprintf(command, sizeof command, "test $(ls %s/*.aside | wc -l) = 8",
	    dir);
	assert_int_equal(system(command), 0);
}

/* A full tmpfs: nothing half written is left. */
static void
test_full(void **unused)
{
	char bytes[8192] = "x", command[256];
	struct run_files *full;
	struct stat st;

	(void)unused;
	snprintf(command, sizeof command,
	    "unshare -m true 2>/dev/null && mkdir %s/m && "
	    "mount -t tmpfs -o size=4k,mode=0700 none %s/m 2>/dev/null",
	    dir, dir);
	if (geteuid() != 0 || system(command) != 0)
		skip();
	full = run_files_open(in("m"));
	assert_non_null(full);
	assert_int_equal(run_files_create(full, "a", bytes, sizeof bytes), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(lstat(in("m/a"), &st), -1);
	run_files_close(full);
	snprintf(command, sizeof command, "umount %s/m", dir);
	assert_int_equal(system(command), 0);
}

/* Ours alone until somebody opens it by its name. */
static void
test_fifo(void **unused)
{
	struct pollfd look = {.events = POLLIN};
	struct stat st;
	int writer;

	(void)unused;
	look.fd = run_files_fifo(h, "f", geteuid(), getegid());
	assert_true(look.fd >= 0);
	assert_int_equal(lstat(in("f"), &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(poll(&look, 1, 0), 0);
	writer = open(in("f"), O_RDWR | O_CLOEXEC);
	assert_int_equal(write(writer, "abc", 3), 3);
	assert_int_equal(poll(&look, 1, 0), 1);
	assert_int_equal(look.revents, POLLIN);
	close(writer);
	close(look.fd);
	assert_int_equal(run_files_fifo(h, "f", geteuid(), getegid()), -1);
	assert_int_equal(errno, EEXIST);
	if (geteuid() != 0)
		return;
	look.fd = run_files_fifo(h, "g", 1234, 5678);
	assert_int_equal(lstat(in("g"), &st), 0);
	assert_int_equal(st.st_uid, 1234);
	assert_int_equal(st.st_gid, 5678);
	close(look.fd);
}

static void
test_users(void **unused)
{
	struct run_files *user;
	uid_t *uids;
	size_t count;

	(void)unused;
	assert_null(run_files_user(h, 7, false));
	assert_int_equal(errno, ENOENT);
	user = run_files_user(h, 7, true);
	assert_non_null(user);
	assert_int_equal(run_files_create(user, "a", "x", 1), 0);
	run_files_close(user);
	assert_int_equal(access(in("7/a"), F_OK), 0);
	run_files_close(run_files_user(h, 4294967294U, true));
	assert_int_equal(mkdir(in("07"), 0700), 0);
	assert_int_equal(mkdir(in("x"), 0700), 0);
	assert_int_equal(run_files_users(h, &uids, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(uids[0] + uids[1], 7U + 4294967294U);
	free(uids);
	assert_int_equal(chmod(in("7"), 0777), 0);
	assert_null(run_files_user(h, 7, true));
	assert_int_equal(errno, EPERM);
}

/* Somebody tidies up while we run. */
static void
test_taken_away(void **unused)
{
	char command[128];
	struct run_files *user = run_files_user(h, 7, true);
	int fd;

	(void)unused;
	assert_non_null(user);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(run_files_create(user, "a", "x", 1), 0);
	assert_int_equal(access(in("7/a"), F_OK), 0);
	run_files_close(user);
	assert_int_equal(system(command), 0);
	user = run_files_user(h, 8, true);
	assert_non_null(user);
	run_files_close(user);
	assert_int_equal(system(command), 0);
	fd = run_files_file(h, "kept");
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(access(in("kept"), F_OK), 0);
}

static void
test_key(void **unused)
{
	struct run_state_key key, again;

	(void)unused;
	assert_int_equal(run_files_key(&key, "boot"), 0);
	assert_int_equal(run_files_key(&again, "boot"), 0);
	assert_true(run_state_key_same(&key, &again));
	assert_true(key.pid_ns != 0 && key.init_start != 0);
	assert_int_equal(run_files_key(&key, ""), -1);
}

/* A grandchild: its parent is gone, so it is init's. */
static pid_t
orphan(const char *script)
{
	int ends[2];
	pid_t child, pid = 0;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		pid = fork();
		if (pid == 0) {
			execl("/bin/sh", "sh", "-c", script, (char *)NULL);
			_exit(127);
		}
		_exit(write(ends[1], &pid, sizeof pid) != sizeof pid);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(read(ends[0], &pid, sizeof pid), sizeof pid);
	close(ends[0]);
	close(ends[1]);
	return pid;
}

static void
test_pidfd(void **unused)
{
	pid_t pid = orphan("sleep 300");
	uint64_t birth = process_start_time(pid);
	struct pollfd look = {.events = POLLIN};
	int status = -1, tries = 0, result;

	(void)unused;
	assert_false(pidfd_is_child(pid, birth));
	assert_int_equal(pidfd_open_process(pid, birth + 1), -1);
	assert_int_equal(errno, ESRCH);
	look.fd = pidfd_open_process(pid, birth);
	if (look.fd < 0 && errno == ENOSYS)
		skip();
	assert_true(look.fd >= 0);
	assert_int_equal(poll(&look, 1, 0), 0);
	assert_int_equal(pidfd_signal(look.fd, SIGTERM), 0);
	assert_int_equal(poll(&look, 1, 10000), 1);
	while ((result = pidfd_status(look.fd, &status)) != 0 &&
	       errno == EAGAIN && tries++ < 1000)
		poll(NULL, 0, 10);
	/* Kernels before 6.15 don't tell. */
	if (result == 0)
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	close(look.fd);
}

static void
test_child(void **unused)
{
	pid_t pid = fork();
	uint64_t birth;

	(void)unused;
	if (pid == 0)
		_exit(3);
	birth = process_start_time(pid);
	assert_true(pidfd_is_child(pid, birth));
	assert_false(pidfd_is_child(pid, birth + 1));
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(pidfd_is_child(pid, birth));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_hostile, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_aside, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_fifo, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_users, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_taken_away, setup, teardown),
	    cmocka_unit_test(test_key),
	    cmocka_unit_test(test_pidfd),
	    cmocka_unit_test(test_child),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
