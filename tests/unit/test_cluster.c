/* The cluster file: what is a name, what is none. */
#include "sys/cluster.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/evcron-cluster-XXXXXX";
static char path[sizeof dir + 32], target[sizeof dir + 32];

static int
make_dir(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/" CLUSTER_FILE, dir);
	(void)snprintf(target, sizeof target, "%s/target", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	(void)unlink(path);
	(void)unlink(target);
	return rmdir(dir);
}

static void
write_file(const char *where, const char *text)
{
	FILE *f = fopen(where, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
test_names(void **state)
{
	static char longest[CLUSTER_HOST_SIZE + 2], longer[1200];
	static const struct {
		const char *text, *host;
		int errnum;
	} cases[] = {
	    {"a\n", "a", 0},
	    {"a.example.net\nb\n", "a.example.net", 0},
	    {" a \r\n", " a \r", 0}, /* as it is */
	    {"\n", "", 0},
	    {"", "", ENODATA},
	    {"a", "", ENODATA}, /* perhaps not the whole name */
	    {longer, "", ENODATA},
	    {longest, NULL, 0},
	};
	struct cluster cluster;

	(void)state;
	memset(longest, 'x', sizeof longest - 2);
	longest[sizeof longest - 2] = '\n';
	memset(longer, 'x', sizeof longer - 2);
	longer[sizeof longer - 2] = '\n';
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		write_file(path, cases[i].text);
		cluster_read(dir, &cluster);
		assert_int_equal(cluster.errnum, cases[i].errnum);
		if (cases[i].host != NULL)
			assert_string_equal(cluster.host, cases[i].host);
		else
			assert_int_equal(strlen(cluster.host),
			    CLUSTER_HOST_SIZE - 1);
		assert_false(cluster_is_here(&cluster));
		assert_false(cluster.is_link);
	}
}

static void
test_here(void **state)
{
	char name[256], line[260];
	struct cluster cluster, other;

	(void)state;
	assert_int_equal(gethostname(name, sizeof name), 0);
	(void)snprintf(line, sizeof line, "%s\n", name);
	write_file(path, line);
	cluster_read(dir, &cluster);
	assert_true(cluster_is_here(&cluster));
	line[strlen(name)] = '\0';
	write_file(path, line);
	cluster_read(dir, &other);
	assert_false(cluster_is_here(&other));
	assert_false(cluster_equal(&cluster, &other));
	assert_true(cluster_equal(&cluster, &cluster));
}

static void
test_no_file(void **state)
{
	struct cluster cluster;

	(void)state;
	(void)unlink(path);
	cluster_read(dir, &cluster);
	assert_int_equal(cluster.errnum, ENOENT);
	assert_false(cluster_is_here(&cluster));
	/* does not hang */
	assert_int_equal(mkfifo(path, 0600), 0);
	cluster_read(dir, &cluster);
	assert_int_equal(cluster.errnum, EINVAL);
	(void)unlink(path);
	write_file(target, "host\n");
	assert_int_equal(symlink("target", path), 0);
	cluster_read(dir, &cluster);
	assert_int_equal(cluster.errnum, 0);
	assert_true(cluster.is_link);
	assert_string_equal(cluster.host, "host");
	(void)unlink(target);
	cluster_read(dir, &cluster);
	assert_int_equal(cluster.errnum, ENOENT);
	assert_true(cluster.is_link);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_here),
	    cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests_name("cluster", tests, make_dir,
	    remove_dir);
}
