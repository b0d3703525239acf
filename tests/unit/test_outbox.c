/* Letters on disk: modes, names, the bound, the reserve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sys/files/outbox.h"

static char base[] = "/tmp/evcron-outbox-XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	strcpy(base + strlen(base) - 6, "XXXXXX");
	if (mkdtemp(base) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/a/b/outbox", base);
	return 0;
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", base);
	return system(command);
}

static void
test_modes(void **state)
{
	mode_t before = umask(0);
	struct outbox *o = outbox_open(path);
	char name[128];
	struct stat st;
	int fd, reader;

	(void)state;
	assert_non_null(o);
	assert_string_equal(outbox_path(o), path);
	assert_int_equal(outbox_ready(o), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	fd = outbox_create(o, "x");
	assert_true(fd >= 0);
	assert_int_equal(outbox_create(o, "x"), -1);
	assert_int_equal(errno, EEXIST);
	snprintf(name, sizeof name, "%s/x", path);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fcntl(fd, F_GETFL) & O_APPEND, 0);
	reader = outbox_reader(o, "x");
	assert_int_equal(fcntl(reader, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(write(reader, "x", 1), -1);
	assert_int_equal(outbox_remove(o, "x"), 0);
	assert_int_equal(outbox_reader(o, "x"), -1);
	/* A link is nobody's letter. */
	assert_int_equal(symlink("/etc/passwd", name), 0);
	assert_int_equal(outbox_reader(o, "x"), -1);
	assert_int_equal(outbox_create(o, "x"), -1);
	close(fd);
	close(reader);
	outbox_close(o);
	umask(before);
}

/* What was wrong may be mended while the daemon runs. */
static void
check_refused_then_taken(const char *dir)
{
	struct outbox *o = outbox_open(dir);
	int fd;

	assert_non_null(o);
	assert_int_equal(outbox_ready(o), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(outbox_create(o, "x"), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(outbox_trim(o, UINT64_MAX, NULL), 0);
	assert_int_equal(chown(dir, geteuid(), getegid()), 0);
	fd = outbox_create(o, "x");
	assert_true(fd >= 0);
	close(fd);
	outbox_close(o);
}

static void
test_wide_directory(void **state)
{
	struct outbox *o = outbox_open(path);
	struct stat st;
	char parent[128];

	(void)state;
	assert_int_equal(outbox_ready(o), 0);
	outbox_close(o);
	assert_int_equal(chmod(path, 0777), 0);
	o = outbox_open(path);
	assert_non_null(o);
	assert_int_equal(outbox_ready(o), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	outbox_close(o);
	if (geteuid() == 0) {
		assert_int_equal(chown(path, 65534, 65534), 0);
		check_refused_then_taken(path);
	}
	/* Nor may others put another in its place. */
	snprintf(parent, sizeof parent, "%s/a/b", base);
	assert_int_equal(chmod(parent, 0777), 0);
	o = outbox_open(path);
	assert_int_equal(outbox_ready(o), -1);
	assert_int_equal(errno, EPERM);
	outbox_close(o);
}

static void
put(struct outbox *o, const char *name, size_t kib, time_t at)
{
	struct timespec times[2] = {{.tv_sec = at}, {.tv_sec = at}};
	char block[1024] = {'x'};
	int fd = outbox_create(o, name);

	assert_true(fd >= 0);
	while (kib-- > 0)
		assert_int_equal(write(fd, block, sizeof block), 1024);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static char dropped[256];

static bool
busy(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "busy") == 0;
}

static void
was_dropped(void *context, const char *name, uint64_t bytes)
{
	(void)context;
	assert_true(bytes >= 64 * 1024);
	strcat(dropped, name);
	strcat(dropped, " ");
}

static void
test_trim(void **state)
{
	const struct outbox_hooks hooks = {NULL, busy, was_dropped};
	struct outbox *o = outbox_open(path);
	uint64_t sum;

	(void)state;
	put(o, "new", 64, 4000);
	put(o, "busy", 64, 1000);
	put(o, "old", 64, 2000);
	put(o, "middle", 64, 3000);
	sum = outbox_trim(o, UINT64_MAX, NULL);
	assert_true(sum >= 4 * 64 * 1024);
	dropped[0] = '\0';
	sum -= outbox_bytes(o, "busy");
	assert_int_equal(outbox_trim(o, sum, &hooks), sum);
	assert_string_equal(dropped, "");
	assert_true(outbox_trim(o, sum / 2, &hooks) <= sum / 2);
	assert_string_equal(dropped, "old middle ");
	assert_true(outbox_bytes(o, "busy") >= 64 * 1024);
	assert_true(outbox_bytes(o, "new") >= 64 * 1024);
	assert_int_equal(outbox_bytes(o, "old"), 0);
	outbox_close(o);
}

static void
test_list(void **state)
{
	struct outbox *o = outbox_open(path);
	struct outbox_names names;

	(void)state;
	assert_int_equal(outbox_ready(o), 0);
	assert_int_equal(outbox_list(o, &names), 0);
	assert_int_equal(names.count, 0);
	assert_int_equal(outbox_mark(o), 0);
	put(o, "new", 1, 3000);
	put(o, "old", 1, 1000);
	put(o, "middle", 1, 2000);
	assert_int_equal(outbox_list(o, &names), 0);
	assert_int_equal(names.count, 3);
	assert_string_equal(names.list[0], "old");
	assert_string_equal(names.list[1], "middle");
	assert_string_equal(names.list[2], "new");
	outbox_sync(o, names.list, names.count, false);
	outbox_sync(o, names.list, names.count, true);
	outbox_names_clear(&names);
	outbox_close(o);
}

static void
test_mark(void **state)
{
	struct outbox *o = outbox_open(path);

	(void)state;
	assert_int_equal(outbox_look(o), -1);
	assert_int_equal(outbox_mark(o), -1);
	assert_int_equal(outbox_ready(o), 0);
	assert_false(outbox_take_mark(o));
	assert_int_equal(outbox_mark(o), 0);
	assert_int_equal(outbox_mark(o), 0);
	assert_true(outbox_marked(o));
	assert_true(outbox_take_mark(o));
	assert_false(outbox_marked(o));
	assert_false(outbox_take_mark(o));
	outbox_close(o);
}

static void
test_move(void **state)
{
	char other[96];
	struct outbox *o = outbox_open(path), *to;

	(void)state;
	snprintf(other, sizeof other, "%s/a/b/sent", base);
	to = outbox_open(other);
	put(o, "x", 64, 1000);
	assert_int_equal(outbox_move(o, "x", to), 0);
	assert_int_equal(outbox_bytes(o, "x"), 0);
	assert_true(outbox_bytes(to, "x") >= 64 * 1024);
	assert_int_equal(outbox_move(o, "x", to), -1);
	put(o, "y", 1, 2000);
	assert_int_equal(outbox_move(o, "y", to), 0);
	assert_int_equal(outbox_expire(to, 1000), 1000);
	assert_int_equal(outbox_expire(to, 1001), 2000);
	assert_int_equal(outbox_bytes(to, "x"), 0);
	assert_true(outbox_expire(to, 5000) == INT64_MAX);
	outbox_close(o);
	outbox_close(to);
}

static void
test_room(void **state)
{
	struct outbox *o = outbox_open(path);
	struct statvfs fs;
	uint64_t available;

	(void)state;
	assert_int_equal(outbox_ready(o), 0);
	assert_int_equal(statvfs(path, &fs), 0);
	available = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (fs.f_blocks > 0)
		assert_true(outbox_room(o) < available || outbox_room(o) == 0);
	outbox_close(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wide_directory, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_trim, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_list, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mark, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_move, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_room, setup, teardown),
	};

	return cmocka_run_group_tests_name("outbox", tests, NULL, NULL);
}
