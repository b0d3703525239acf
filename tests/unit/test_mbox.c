/* A letter into a mailbox: what is there already stays, what can't be done is
 * taken back, and nothing is reached through what a user may put there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/files/mbox.h"

static char dir[32], box[96], lock[128], letter_path[96];
static char name[64];
static const char *user;
static uid_t uid;
static uint64_t text_at;

static void
write_file(const char *path, const char *text, size_t len)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static char *
read_file(const char *path, size_t *len)
{
	static char text[300000];
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	*len = fread(text, 1, sizeof text - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static int
setup(void **state)
{
	const struct passwd *pw =
	    geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());

	(void)state;
	assert_non_null(pw);
	/* The next question overwrites the answer. */
	snprintf(name, sizeof name, "%s", pw->pw_name);
	user = name;
	uid = pw->pw_uid;
	strcpy(dir, "/tmp/evcron-mbox-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0777), 0); /* group mail's, more or less */
	snprintf(box, sizeof box, "%s/%s", dir, user);
	snprintf(lock, sizeof lock, "%s.lock", box);
	snprintf(letter_path, sizeof letter_path, "%s/letter", dir);
	return 0;
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void
write_letter(const char *text, size_t len)
{
	static const char head[] = "xxxxTo: x\n\n";
	char *whole = malloc(sizeof head + len);

	assert_non_null(whole);
	memcpy(whole, head, sizeof head - 1);
	memcpy(whole + sizeof head - 1, text, len);
	write_file(letter_path, whole, sizeof head - 1 + len);
	free(whole);
	text_at = sizeof head - 1;
}

/* As the daemon does it: in a child, for it becomes the user. */
static int
append(uint64_t max, rlim_t file_max)
{
	struct mbox_letter letter = {.dir = dir,
	    .user = user,
	    .uid = uid,
	    .as_root = geteuid() == 0,
	    .fd = open(letter_path, O_RDONLY | O_CLOEXEC),
	    .from = 4,
	    .text_at = text_at,
	    .note = "[note]\n\n",
	    .max = max};
	const struct rlimit limit = {file_max, file_max};
	int status;
	pid_t pid = fork();

	assert_true(letter.fd >= 0);
	if (pid == 0) {
		signal(SIGXFSZ, SIG_IGN);
		if (file_max != RLIM_INFINITY)
			setrlimit(RLIMIT_FSIZE, &limit);
		_exit(mbox_append(&letter));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	close(letter.fd);
	return WEXITSTATUS(status);
}

static int
append_simply(void)
{
	return append(1 << 20, RLIM_INFINITY);
}

static void
test_appends(void **state)
{
	const char *after;
	struct stat st;
	size_t len;
	char *text;

	(void)state;
	write_letter("a\nFrom me\n From\nFrom", 20);
	assert_int_equal(append_simply(), MBOX_DONE);
	assert_int_equal(stat(box, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_mode & 07777, 0660);
	text = read_file(box, &len);
	assert_memory_equal(text, "From ", 5);
	assert_memory_equal(text + 5, user, strlen(user));
	after = strchr(text, '\n');
	assert_string_equal(after,
	    "\nTo: x\n\n[note]\n\na\n>From me\n From\nFrom"
	    "\n\n");
	assert_int_equal(append_simply(), MBOX_DONE);
	text = read_file(box, &len);
	assert_non_null(strstr(text, "From\n\nFrom "));
	assert_int_equal(access(lock, F_OK), -1);
}

/* A line that may begin as a quoted one does, over the edge of what is read at
 * once. */
static void
test_quoted_over_edges(void **state)
{
	static char body[200000];
	size_t len, i;
	char *text;

	(void)state;
	for (i = 65530; i < 65540; i++) {
		memset(body, 'x', sizeof body);
		memcpy(body + i, "\nFrom \n", 7);
		write_letter(body, sizeof body);
		unlink(box);
		assert_int_equal(append_simply(), MBOX_DONE);
		text = read_file(box, &len);
		assert_non_null(strstr(text, "x\n>From \nx"));
	}
}

static void
test_capped(void **state)
{
	static char body[5000];
	struct stat before, after;

	(void)state;
	memset(body, 'x', sizeof body);
	write_letter(body, sizeof body);
	assert_int_equal(append(12000, RLIM_INFINITY), MBOX_DONE);
	assert_int_equal(append(12000, RLIM_INFINITY), MBOX_DONE);
	assert_int_equal(stat(box, &before), 0);
	assert_int_equal(append(12000, RLIM_INFINITY), MBOX_CAPPED);
	assert_int_equal(stat(box, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(append(1, RLIM_INFINITY), MBOX_CAPPED);
}

/* What was written in part is taken back. */
static void
test_full(void **state)
{
	static char body[100000];
	struct stat before, after;

	(void)state;
	memset(body, 'x', sizeof body);
	write_letter("x", 1);
	assert_int_equal(append_simply(), MBOX_DONE);
	assert_int_equal(stat(box, &before), 0);
	write_letter(body, sizeof body);
	assert_int_equal(append(1 << 20, 50000), EFBIG);
	assert_int_equal(stat(box, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	assert_int_equal(access(lock, F_OK), -1);
}

static void
test_strange(void **state)
{
	char target[128];
	struct stat st;

	(void)state;
	write_letter("x", 1);
	snprintf(target, sizeof target, "%s/target", dir);
	write_file(target, "", 0);
	assert_int_equal(chmod(target, 0666), 0);
	assert_int_equal(symlink(target, box), 0);
	assert_int_equal(append_simply(), MBOX_STRANGE);
	unlink(box);
	assert_int_equal(chown(target, uid, (gid_t)-1), 0);
	assert_int_equal(link(target, box), 0);
	assert_int_equal(append_simply(), MBOX_STRANGE);
	unlink(box);
	assert_int_equal(mkfifo(box, 0666), 0);
	assert_int_equal(chmod(box, 0666), 0);
	assert_int_equal(append_simply(), MBOX_STRANGE);
	unlink(box);
	assert_int_equal(mkdir(box, 0777), 0);
	assert_int_equal(append_simply(), MBOX_STRANGE);
	rmdir(box);
	if (geteuid() == 0) {
		write_file(box, "", 0);
		assert_int_equal(chmod(box, 0666), 0);
		assert_int_equal(append_simply(), MBOX_STRANGE);
		unlink(box);
	}
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(access(lock, F_OK), -1);
}

/* Names from a label that are no names, or somebody else's by now. */
static void
test_user_cache(void **state)
{
	(void)state;
	write_letter("x", 1);
	user = "../etc/passwd";
	assert_int_equal(append_simply(), MBOX_NO_USER);
	user = "";
	assert_int_equal(append_simply(), MBOX_NO_USER);
	user = name;
	uid++;
	assert_int_equal(append_simply(), MBOX_NO_USER);
	assert_non_null(strstr(mbox_problem(MBOX_NO_USER), "gone"));
	assert_string_equal(mbox_problem(ENOSPC), strerror(ENOSPC));
}

static void
test_nowhere(void **state)
{
	(void)state;
	write_letter("x", 1);
	strcat(dir, "/no");
	assert_int_equal(append_simply(), ENOENT);
	dir[strlen(dir) - 3] = '\0';
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_appends),
	    WITH(test_quoted_over_edges),
	    WITH(test_capped),
	    WITH(test_full),
	    WITH(test_strange),
	    WITH(test_user_cache),
	    WITH(test_nowhere),
	};

	return cmocka_run_group_tests_name("mbox", tests, NULL, NULL);
}
