/* What a user has is counted for that user, and bounded. */
#include "daemon/users/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/log/log.h"

static const struct hash_key key = {{1, 2}};
static const struct share_user alice = {1000, "alice"};
static const struct share_user bob = {1001, "bob"};
static const struct share_user root = {0, "root"};

/* Every call is on a fresh set with these bounds. */
static struct shares *
set_up(uint64_t user, uint64_t all)
{
	struct shares *s = shares_new(NULL, &key);

	assert_non_null(s);
	shares_bound(s, SHARE_ZONES, user, all);
	return s;
}

static void
test_of_one(void **state)
{
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_true(share_take(s, SHARE_ZONES, &alice, 8));
	assert_false(share_take(s, SHARE_ZONES, &alice, 3));
	assert_int_equal(share_of(s, SHARE_ZONES, &alice), 8);
	assert_int_equal(share_left(s, SHARE_ZONES, &alice), 2);
	assert_true(share_take(s, SHARE_ZONES, &alice, 2));
	assert_false(share_take(s, SHARE_ZONES, &alice, 1));
	assert_true(share_take(s, SHARE_ZONES, &alice, 0));
	/* nobody else's, and nothing else of theirs */
	assert_true(share_take(s, SHARE_ZONES, &bob, 10));
	assert_true(share_take(s, SHARE_RUNS, &alice, 1));
	assert_int_equal(share_of_all(s, SHARE_ZONES), 20);
	share_give(s, SHARE_ZONES, &alice, 10);
	assert_int_equal(share_left(s, SHARE_ZONES, &alice), 10);
	assert_true(share_take(s, SHARE_ZONES, &alice, 10));
	shares_free(s);
}

static void
test_uid_and_name(void **state)
{
	const struct share_user again = {1000, "carol"};
	const struct share_user moved = {1002, "alice"};
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_true(share_take(s, SHARE_ZONES, &alice, 10));
	assert_true(share_take(s, SHARE_ZONES, &again, 10));
	assert_true(share_take(s, SHARE_ZONES, &moved, 10));
	share_give(s, SHARE_ZONES, &again, 4);
	assert_int_equal(share_of(s, SHARE_ZONES, &alice), 10);
	assert_int_equal(share_of(s, SHARE_ZONES, &again), 6);
	shares_free(s);
}

static void
test_of_all(void **state)
{
	struct shares *s = set_up(0, 80);

	(void)state;
	assert_true(share_take(s, SHARE_ZONES, &alice, 70));
	assert_false(share_take(s, SHARE_ZONES, &bob, 1));
	assert_int_equal(share_left(s, SHARE_ZONES, &bob), 0);
	/* the last eighth is root's */
	assert_true(share_take(s, SHARE_ZONES, &root, 10));
	assert_false(share_take(s, SHARE_ZONES, &root, 1));
	share_give(s, SHARE_ZONES, &alice, 70);
	assert_true(share_take(s, SHARE_ZONES, &bob, 60));
	shares_free(s);
}

static void
test_root(void **state)
{
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_true(share_take(s, SHARE_ZONES, &root, 1000000));
	assert_int_equal(share_left(s, SHARE_ZONES, &root), UINT64_MAX);
	shares_free(s);
}

/* What an earlier crond left is there whatever the bound is. */
static void
test_added(void **state)
{
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_int_equal(share_add(s, SHARE_ZONES, &alice, 15), 0);
	assert_int_equal(share_left(s, SHARE_ZONES, &alice), 0);
	assert_false(share_take(s, SHARE_ZONES, &alice, 1));
	share_give(s, SHARE_ZONES, &alice, 6);
	assert_true(share_take(s, SHARE_ZONES, &alice, 1));
	shares_free(s);
}

static void
test_many(void **state)
{
	struct shares *s = set_up(1, 0);
	char name[16];

	(void)state;
	for (unsigned i = 1; i <= 5000; i++) {
		snprintf(name, sizeof(name), "u%u", i);
		const struct share_user user = {i, name};
		assert_true(share_take(s, SHARE_ZONES, &user, 1));
		assert_false(share_take(s, SHARE_ZONES, &user, 1));
	}
	for (unsigned i = 1; i <= 5000; i++) {
		snprintf(name, sizeof(name), "u%u", i);
		const struct share_user user = {i, name};
		assert_int_equal(share_of(s, SHARE_ZONES, &user), 1);
		share_give(s, SHARE_ZONES, &user, 1);
	}
	assert_int_equal(share_of_all(s, SHARE_ZONES), 0);
	shares_free(s);
}

/* ---- the log ---- */

static struct log *
open_log(int *fd)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	snprintf(to.sun_path, sizeof(to.sun_path), "share-log.%ld",
	    (long)getpid());
	*fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(*fd, (struct sockaddr *)&to, sizeof(to)), 0);
	struct log *log =
	    log_open(&(struct log_target){.socket = to.sun_path, .ident = "t"});
	assert_non_null(log);
	return log;
}

/* How many lines have come; each has these words. */
static int
lines(int fd, const char *words)
{
	char line[1024];
	ssize_t n;
	int count = 0;

	while ((n = recv(fd, line, sizeof(line) - 1, 0)) > 0) {
		line[n] = '\0';
		assert_non_null(strstr(line, words));
		count++;
	}
	return count;
}

static void
test_log(void **state)
{
	int fd;
	struct log *log = open_log(&fd);
	struct shares *s = shares_new(log, &key);
	const char *of_alice = "(alice) LIMIT (8 time zones are the limit for "
			       "one user: entries with other zones do not "
			       "run)";

	(void)state;
	shares_bound(s, SHARE_ZONES, 8, 0);
	assert_true(share_take(s, SHARE_ZONES, &alice, 8));
	assert_int_equal(lines(fd, ""), 0);
	assert_false(share_take(s, SHARE_ZONES, &alice, 1));
	assert_int_equal(lines(fd, of_alice), 1);
	/* once, also if it goes up and down at the bound */
	for (int i = 0; i < 100; i++) {
		assert_false(share_take(s, SHARE_ZONES, &alice, 1));
		share_give(s, SHARE_ZONES, &alice, 1);
		assert_true(share_take(s, SHARE_ZONES, &alice, 1));
	}
	assert_int_equal(lines(fd, ""), 0);
	share_give(s, SHARE_ZONES, &alice, 2);
	assert_false(share_take(s, SHARE_ZONES, &alice, 3));
	assert_int_equal(lines(fd, of_alice), 1);
	/* who has nothing asks for too much */
	for (int i = 0; i < 3; i++)
		assert_false(share_take(s, SHARE_ZONES, &bob, 9));
	assert_int_equal(lines(fd, "(bob) LIMIT (8 time"), 1);
	shares_free(s);
	log_close(log);
	close(fd);
}

static void
test_log_of_all(void **state)
{
	int fd;
	struct log *log = open_log(&fd);
	struct shares *s = shares_new(log, &key);

	(void)state;
	shares_bound(s, SHARE_MAILERS, 0, 8);
	assert_true(share_take(s, SHARE_MAILERS, &alice, 7));
	for (int i = 0; i < 3; i++) {
		assert_false(share_take(s, SHARE_MAILERS, &bob, 1));
		assert_false(share_take(s, SHARE_MAILERS, &alice, 1));
	}
	assert_int_equal(lines(fd, "(bob) LIMIT (8 running mailers are the "
				   "limit for all users together: letters "
				   "wait)"),
	    1);
	shares_free(s);
	log_close(log);
	close(fd);
}

static int
remove_socket(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "share-log.%ld", (long)getpid());
	(void)unlink(path);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_of_one),
	    cmocka_unit_test(test_uid_and_name),
	    cmocka_unit_test(test_of_all),
	    cmocka_unit_test(test_root),
	    cmocka_unit_test(test_added),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test_teardown(test_log, remove_socket),
	    cmocka_unit_test_teardown(test_log_of_all, remove_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
