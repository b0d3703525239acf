/* What may hang, from texts in mountinfo's format and a tree of links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files/mounts.h"

static char root[] = "/tmp/evcron-mounts-XXXXXX";

static int
setup(void **state)
{
	char command[512];

	(void)state;
	if (mkdtemp(root) == NULL)
		return -1;
	snprintf(command, sizeof(command),
	    "cd %s && mkdir -p local 'a b' net hidden/in home fuse && "
	    "touch local/file && ln -s ../net/x local/relative && "
	    "ln -s %s/net local/absolute && ln -s loop local/loop && "
	    "ln -s local/../local/file good && ln -s good better",
	    root, root);
	return system(command) == 0 ? 0 : -1;
}

static int
teardown(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command) == 0 ? 0 : -1;
}

static struct mounts *
mounted(const char *root_type)
{
	char text[2048];

	snprintf(text, sizeof(text),
	    "20 1 8:1 / / rw shared:1 - %s /dev/root rw\n"
	    "21 20 0:5 / %s/net rw - nfs4 server:/x rw\n"
	    "22 20 0:6 / %s/a\\040b rw master:1 propagate_from:2 - cifs x rw\n"
	    "23 20 0:7 / %s/home rw - autofs auto.home rw\n"
	    "24 20 0:8 / %s/fuse rw - fuse.sshfs x rw\n"
	    "25 20 0:9 / %s/hidden/in rw - nfs x rw\n"
	    "26 20 0:10 / %s/hidden rw - tmpfs tmpfs rw\n"
	    "cut off\n",
	    root_type, root, root, root, root, root, root);
	return mounts_of_text(text);
}

static void
test_may_hang(void **state)
{
	static const struct {
		const char *path;
		bool hangs;
		enum mounts_end end;
	} cases[] = {
	    {"local/file", false, MOUNTS_REACHED},
	    {"local/../local//./file/", false, MOUNTS_REACHED},
	    {"local/missing/x", false, MOUNTS_MISSING},
	    {"better", false, MOUNTS_REACHED},
	    {"net", true, MOUNTS_HANGS},
	    {"net/deep/er", true, MOUNTS_HANGS},
	    {"local/../net/x", true, MOUNTS_HANGS},
	    {"network", false, MOUNTS_MISSING},
	    {"a b/x", true, MOUNTS_HANGS},
	    {"home/joe", true, MOUNTS_HANGS},
	    {"fuse", true, MOUNTS_HANGS},
	    {"local/relative", true, MOUNTS_HANGS},
	    {"local/absolute/x", true, MOUNTS_HANGS},
	    {"local/loop", false, MOUNTS_MISSING},
	    /* the tmpfs over it hides the NFS mount */
	    {"hidden", false, MOUNTS_REACHED},
	    {"hidden/in", false, MOUNTS_REACHED},
	};
	/* the answers are the same, wherever we stay */
	static const char *const stays[] = {"/", "/local", "/hidden", "/net",
	    "/missing", "/local/.."};
	struct mounts *m = mounted("ext4");
	char path[256], dir[256];

	(void)state;
	assert_non_null(m);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]) * 7; i++) {
		size_t c = i / 7;

		mounts_leave(m);
		snprintf(dir, sizeof(dir), "%s%s", root,
		    i % 7 < 2 ? "" : stays[i % 7 - 1]);
		if (i % 7 > 0)
			mounts_stay(m, dir);
		snprintf(path, sizeof(path), "%s/%s", root, cases[c].path);
		if (mounts_may_hang(m, path) != cases[c].hangs ||
		    mounts_is_blind(m, path) != cases[c].hangs ||
		    mounts_walk(m, path, NULL, NULL) != cases[c].end)
			fail_msg("%s, in %s", cases[c].path, dir);
	}
	assert_int_equal(mounts_below(m, root), 6);
	mounts_free(m);
}

static void
test_root(void **state)
{
	struct mounts *m = mounted("nfs4");
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/local/file", root);
	assert_false(mounts_may_hang(m, path));
	assert_true(mounts_is_blind(m, path));
	mounts_free(m);
	m = mounts_of_text("");
	assert_false(mounts_may_hang(m, path));
	assert_false(mounts_is_blind(m, path));
	mounts_free(m);
}

/* A directory in which we stay is not followed again, its files are. */
static void
test_stay(void **state)
{
	struct mounts *m = mounted("ext4");
	char path[256], dir[256], other[256];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/local", root);
	snprintf(other, sizeof(other), "%s/elsewhere", root);
	snprintf(path, sizeof(path), "%s/local/relative", root);
	mounts_stay(m, dir);
	assert_true(mounts_may_hang(m, path));
	assert_int_equal(rename(dir, other), 0);
	assert_int_equal(symlink("net", dir), 0);
	snprintf(path, sizeof(path), "%s/local/file", root);
	assert_int_equal(mounts_walk(m, path, NULL, NULL), MOUNTS_MISSING);
	mounts_leave(m);
	assert_int_equal(mounts_walk(m, path, NULL, NULL), MOUNTS_HANGS);
	assert_int_equal(unlink(dir), 0);
	assert_int_equal(rename(other, dir), 0);
	mounts_free(m);
}

static int
note(void *context, const char *dir, const char *name)
{
	char *trail = context;
	size_t len = strlen(root);

	if (strncmp(dir, root, len) == 0)
		sprintf(trail + strlen(trail), "%s:%s ", dir + len, name);
	return 0;
}

static void
test_steps(void **state)
{
	struct mounts *m = mounted("ext4");
	char path[256], trail[512] = "";

	(void)state;
	snprintf(path, sizeof(path), "%s/better", root);
	assert_int_equal(mounts_walk(m, path, note, trail), MOUNTS_REACHED);
	assert_string_equal(trail, ":better :good :local :local /local:file ");
	mounts_free(m);
}

static void
test_real(void **state)
{
	struct mounts *m = mounts_new();

	(void)state;
	assert_non_null(m);
	assert_false(mounts_may_hang(m, "/"));
	assert_in_range(mounts_refresh(m), 0, 1);
	assert_int_equal(mounts_walk(m, "/proc/self", NULL, NULL),
	    MOUNTS_REACHED);
	mounts_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_may_hang),
	    cmocka_unit_test(test_stay),
	    cmocka_unit_test(test_root),
	    cmocka_unit_test(test_steps),
	    cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests_name("mounts", tests, setup, teardown);
}
