/* inotify, thin: what comes for which id, and when nothing comes any more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files/watch.h"

struct seen {
	int id;
	uint32_t mask;
	char name[64];
	size_t count;
};

static void
note(void *context, int id, uint32_t mask, const char *name)
{
	struct seen *seen = context;

	seen->id = id;
	seen->mask |= mask;
	snprintf(seen->name, sizeof(seen->name), "%s", name);
	seen->count++;
}

static struct seen
read_events(struct watch *w)
{
	struct seen seen = {.id = -2};

	assert_int_equal(watch_read(w, note, &seen), 0);
	return seen;
}

static void
test_watch(void **state)
{
	char dir[] = "/tmp/evcron-watch-XXXXXX", path[64], gone[64];
	struct watch *w = watch_open();
	struct seen seen;
	int id, fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_non_null(w);
	id = watch_add(w, dir, WATCH_CHANGES);
	assert_true(id >= 0);
	assert_int_equal(watch_add(w, dir, WATCH_CHANGES), id);
	assert_int_equal(read_events(w).count, 0);
	snprintf(path, sizeof(path), "%s/file", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(poll(&(struct pollfd){watch_fd(w), POLLIN, 0}, 1,
			     1000),
	    1);
	seen = read_events(w);
	assert_int_equal(seen.id, id);
	assert_string_equal(seen.name, "file");
	assert_int_equal(seen.mask, IN_CREATE);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read_events(w).count, 0); /* not before the close */
	close(fd);
	assert_int_equal(read_events(w).mask, IN_CLOSE_WRITE);
	assert_int_equal(watch_add(w, path, WATCH_CHANGES), -1);
	assert_int_equal(errno, ENOTDIR);
	unlink(path);
	assert_int_equal(read_events(w).mask, IN_DELETE);
	snprintf(gone, sizeof(gone), "%s.gone", dir);
	assert_int_equal(rename(dir, gone), 0);
	seen = read_events(w);
	assert_int_equal(seen.mask, IN_MOVE_SELF);
	assert_string_equal(seen.name, "");
	watch_remove(w, id);
	assert_int_equal(read_events(w).mask, IN_IGNORED);
	watch_remove(w, id); /* once more is nothing */
	rmdir(gone);
	assert_int_equal(read_events(w).count, 0);
	watch_close(w);
}

static void
test_overflow(void **state)
{
	char dir[] = "/tmp/evcron-watch-XXXXXX", path[2][64];
	struct watch *w = watch_open();
	struct seen seen;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%d", dir, i);
	assert_int_equal(mkdir(path[0], 0700), 0);
	assert_true(watch_add(w, dir, WATCH_CHANGES) >= 0);
	/* Two events each, which a disk takes no time for. */
	for (int i = 0; i < 10000; i++)
		assert_int_equal(rename(path[i % 2], path[(i + 1) % 2]), 0);
	seen = read_events(w);
	assert_int_equal(seen.id, -1);
	assert_true((seen.mask & IN_Q_OVERFLOW) != 0);
	rmdir(path[0]);
	rmdir(dir);
	watch_close(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_watch),
	    cmocka_unit_test(test_overflow),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
