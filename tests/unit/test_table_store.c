/* Files kept for tables, in a directory of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/files/table_store.h"

static char root[64], dir[80];

static void
shell(const char *command)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "cd %s && { %s; }", root, command);
	assert_int_equal(system(whole), 0);
}

static int
set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/evcron-copies-XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(dir, sizeof(dir), "%s/run/tables", root);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	shell("rm -rf \"$PWD\"");
	return 0;
}

static bool
holds(struct table_store *copies, enum table_kind kind, const char *name,
    const char *text)
{
	char *bytes;
	size_t len;
	bool same;

	if (table_store_read(copies, kind, name, &bytes, &len) != 1)
		return false;
	same = len == strlen(text) && memcmp(bytes, text, len) == 0;
	free(bytes);
	return same;
}

static void
put(struct table_store *copies, enum table_kind kind, const char *name,
    const char *text)
{
	assert_int_equal(table_store_write(copies, kind, name, text,
			     strlen(text)),
	    0);
}

static void
test_keeps(void **state)
{
	struct table_store *copies = table_store_open(dir);
	struct stat st;

	(void)state;
	assert_non_null(copies);
	assert_false(holds(copies, TABLE_USER, "joe", ""));
	assert_int_equal(access(dir, F_OK), -1); /* made when needed */
	put(copies, TABLE_USER, "joe", "one");
	put(copies, TABLE_USER, "joe", "two");
	put(copies, TABLE_DROPIN, "joe", "dropin");
	put(copies, TABLE_SYSTEM, "", "system");
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	shell("test \"$(ls -A run/tables | wc -l)\" = 3");
	shell("test \"$(stat -c %a run/tables/user.joe)\" = 600");
	table_store_close(copies);
	copies = table_store_open(dir);
	assert_non_null(copies);
	assert_true(holds(copies, TABLE_USER, "joe", "two"));
	assert_true(holds(copies, TABLE_DROPIN, "joe", "dropin"));
	assert_true(holds(copies, TABLE_SYSTEM, "", "system"));
	assert_int_equal(table_store_remove(copies, TABLE_USER, "joe"), 0);
	assert_int_equal(table_store_remove(copies, TABLE_USER, "joe"), 0);
	assert_false(holds(copies, TABLE_USER, "joe", "two"));
	table_store_close(copies);
}

static void
test_names(void **state)
{
	char longs[2][600];
	const char *names[] = {NULL, NULL, "/home/joe/tab", "/home/joe%2Ftab",
	    "..", "a\nb", "\xff"};
	size_t count = sizeof(names) / sizeof(*names);
	struct table_store *copies = table_store_open(dir);
	char text[16], path[PATH_MAX];

	(void)state;
	assert_non_null(copies);
	for (size_t i = 0; i < 2; i++) {
		memset(longs[i], '/', 599);
		longs[i][599] = '\0';
		longs[i][300] = (char)('a' + i);
		names[i] = longs[i];
	}
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		put(copies, TABLE_USER, names[i], text);
		table_store_path(copies, TABLE_USER, names[i], path);
		assert_int_equal(strncmp(path, dir, strlen(dir)), 0);
		assert_null(strchr(path + strlen(dir) + 1, '/'));
		assert_int_equal(access(path, F_OK), 0);
	}
	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%zu", i);
		assert_true(holds(copies, TABLE_USER, names[i], text));
	}
	table_store_close(copies);
}

static void
test_unclaimed(void **state)
{
	struct table_store *copies = table_store_open(dir);

	(void)state;
	put(copies, TABLE_USER, "joe", "x");
	put(copies, TABLE_USER, "gone", "x");
	table_store_close(copies);
	shell("touch run/tables/.new run/tables/odd");
	copies = table_store_open(dir);
	assert_non_null(copies);
	put(copies, TABLE_USER, "new", "x"); /* after the open: stays */
	table_store_claim(copies, TABLE_USER, "joe");
	table_store_claim(copies, TABLE_USER, "other");
	table_store_remove_unclaimed(copies);
	shell("test \"$(ls -A run/tables | tr '\\n' ' ')\" = 'user.joe "
	      "user.new '");
	table_store_close(copies);
}

static void
test_refused(void **state)
{
	static const char *const hostile[] = {
	    "chmod 640 run/tables/user.joe",
	    "chmod 700 run/tables/user.joe",
	    "ln run/tables/user.joe other",
	    ("mv run/tables/user.joe other && ln -s ../../other "
	     "run/tables/user.joe"),
	    "rm run/tables/user.joe && mkfifo -m 600 run/tables/user.joe",
	    "rm run/tables/user.joe && mkdir -m 600 run/tables/user.joe",
	    ": > run/tables/user.joe",
	};
	struct table_store *copies;
	char *bytes;
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		shell("rm -rf run other");
		copies = table_store_open(dir);
		put(copies, TABLE_USER, "joe", "x");
		assert_true(holds(copies, TABLE_USER, "joe", "x"));
		shell(hostile[i]);
		errno = 0;
		if (table_store_read(copies, TABLE_USER, "joe", &bytes, &len) !=
		    -1)
			fail_msg("taken: %s", hostile[i]);
		assert_true(errno == EPERM || errno == EFBIG);
		table_store_close(copies);
	}
	shell("rm -rf run && mkdir -p run/tables && chmod 755 run/tables");
	assert_null(table_store_open(dir));
	assert_int_equal(errno, EPERM);
	shell("rm -r run/tables && mkdir -m 700 else && ln -s ../else "
	      "run/tables");
	assert_null(table_store_open(dir));
}

/* A directory that was taken away is made again. */
static void
test_taken_away(void **state)
{
	struct table_store *copies = table_store_open(dir);

	(void)state;
	assert_non_null(copies);
	assert_int_equal(table_store_write(copies, TABLE_USER, "joe", "one", 3),
	    0);
	shell("rm -r run");
	assert_int_equal(table_store_write(copies, TABLE_USER, "joe", "two", 3),
	    0);
	assert_true(holds(copies, TABLE_USER, "joe", "two"));
	shell("test -f run/tables/user.joe");
	shell("mv run/tables away && mkdir -m 700 run/tables");
	assert_int_equal(table_store_write(copies, TABLE_USER, "joe", "tri", 3),
	    0);
	shell("test \"$(cat run/tables/user.joe away/user.joe)\" = tritwo");
	table_store_close(copies);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_keeps),
	    TEST(test_names),
	    TEST(test_unclaimed),
	    TEST(test_refused),
	    TEST(test_taken_away),
	};

	return cmocka_run_group_tests_name("copies", tests, NULL, NULL);
}
