/* What a user has is counted for that user, and bounded. */
#include "daemon/users/share.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/log/log.h"

static const struct hash_key key = {{1, 2}};
static const struct share_user alice = {70000, "alice"};
static const struct share_user bob = {70001, "bob"};
static const struct share_user root = {0, "root"};

/* Every call is on a fresh set with these bounds. */
static struct shares *
set_up(uint64_t user, uint64_t all)
{
	struct shares *s = shares_new(NULL, &key);

	assert_non_null(s);
	shares_bound(s, SHARE_STARTS, user, all);
	return s;
}

static bool
take(struct shares *s, const struct share_user *user, uint64_t amount)
{
	return share_take(s, SHARE_STARTS, user, amount) != NULL;
}

/* Of a user that has some. */
static void
give(struct shares *s, const struct share_user *user, uint64_t amount)
{
	struct share_account *a = share_add(s, SHARE_STARTS, user, 1);

	assert_non_null(a);
	share_give(a, SHARE_STARTS, amount + 1);
}

static void
test_of_one(void **state)
{
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_true(take(s, &alice, 8));
	assert_false(take(s, &alice, 3));
	assert_int_equal(errno, EDQUOT);
	assert_int_equal(share_of(s, SHARE_STARTS, &alice), 8);
	assert_true(take(s, &alice, 2));
	assert_false(take(s, &alice, 1));
	/* nobody else's, and nothing else of theirs */
	assert_true(take(s, &bob, 10));
	assert_non_null(share_take(s, SHARE_RUNS, &alice, 1));
	assert_int_equal(share_of_all(s, SHARE_STARTS), 20);
	give(s, &alice, 10);
	assert_int_equal(share_of(s, SHARE_STARTS, &alice), 0);
	assert_true(take(s, &alice, 10));
	shares_free(s);
}

static void
test_uid_and_name(void **state)
{
	const struct share_user again = {70000, "carol"};
	const struct share_user moved = {70002, "alice"};
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_true(take(s, &alice, 10));
	assert_true(take(s, &again, 10));
	assert_true(take(s, &moved, 10));
	give(s, &again, 4);
	assert_int_equal(share_of(s, SHARE_STARTS, &alice), 10);
	assert_int_equal(share_of(s, SHARE_STARTS, &again), 6);
	shares_free(s);
}

static void
test_of_all(void **state)
{
	struct shares *s = set_up(0, 80);
	uid_t uid;

	(void)state;
	assert_false(share_most(s, SHARE_STARTS, &uid));
	assert_true(take(s, &alice, 70));
	assert_false(take(s, &bob, 1));
	/* the last eighth is root's */
	assert_true(take(s, &root, 10));
	assert_false(take(s, &root, 1));
	assert_int_equal(share_over(s, SHARE_STARTS), 0);
	assert_non_null(share_add(s, SHARE_STARTS, &bob, 5));
	assert_int_equal(share_over(s, SHARE_STARTS), 5);
	assert_true(share_most(s, SHARE_STARTS, &uid));
	assert_int_equal(uid, alice.uid);
	give(s, &alice, 70);
	assert_true(share_most(s, SHARE_STARTS, &uid));
	assert_int_equal(uid, 0);
	assert_true(take(s, &bob, 55));
	shares_free(s);
}

/* Root's bounds are the machine's, and so are our own. */
static void
test_root(void **state)
{
	const struct share_user own = {geteuid(), "me"};
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_true(take(s, &root, 1000000));
	assert_true(take(s, &own, 1000000));
	shares_free(s);
}

static void
test_lower(void **state)
{
	struct shares *s = set_up(10, 0);

	(void)state;
	shares_lower(s, SHARE_STARTS, 20);
	assert_false(take(s, &alice, 11));
	shares_lower(s, SHARE_STARTS, 5);
	assert_false(take(s, &alice, 6));
	assert_true(take(s, &alice, 5));
	shares_free(s);
}

/* What an earlier crond left is there whatever the bound is. */
static void
test_added(void **state)
{
	struct shares *s = set_up(10, 0);

	(void)state;
	assert_non_null(share_add(s, SHARE_STARTS, &alice, 15));
	assert_false(take(s, &alice, 1));
	give(s, &alice, 6);
	assert_true(take(s, &alice, 1));
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
		const struct share_user user = {100000 + i, name};
		assert_true(take(s, &user, 1));
		assert_false(take(s, &user, 1));
	}
	for (unsigned i = 1; i <= 5000; i++) {
		snprintf(name, sizeof(name), "u%u", i);
		const struct share_user user = {100000 + i, name};
		assert_int_equal(share_of(s, SHARE_STARTS, &user), 1);
		give(s, &user, 1);
	}
	assert_int_equal(share_of_all(s, SHARE_STARTS), 0);
	shares_free(s);
}

/* ---- waiting for a run ---- */

static char woken[8];

static void
on_ready(void *context)
{
	strcat(woken, context);
}

static void
test_wait(void **state)
{
	struct share_wait waits[4] = {0};
	static char names[4][2] = {"a", "b", "c", "d"};
	struct shares *s = set_up(0, 0);
	struct share_account *runs = share_add(s, SHARE_RUNS, &alice, 3);
	struct share_account *bobs = share_add(s, SHARE_RUNS, &bob, 1);

	(void)state;
	woken[0] = '\0';
	for (int i = 0; i < 4; i++) {
		waits[i].ready = on_ready;
		waits[i].context = names[i];
		assert_true(share_wait(s, &alice, &waits[i]));
	}
	share_give(bobs, SHARE_RUNS, 1);
	assert_string_equal(woken, "");
	share_wait_cancel(&waits[1]);
	share_give(runs, SHARE_RUNS, 1);
	assert_string_equal(woken, "a");
	share_give(runs, SHARE_RUNS, 1);
	assert_string_equal(woken, "ac");
	share_give(runs, SHARE_RUNS, 1);
	assert_string_equal(woken, "acd");
	share_wait_cancel(&waits[1]); /* neither waits any more */
	share_wait_cancel(&waits[3]);
	assert_int_equal(share_of(s, SHARE_RUNS, &alice), 0);
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
	const char *of_alice = "(alice) LIMIT (8 starts on their way are the "
			       "limit for one user: more are missed)";

	(void)state;
	shares_bound(s, SHARE_STARTS, 8, 0);
	assert_true(take(s, &alice, 8));
	assert_int_equal(lines(fd, ""), 0);
	assert_false(take(s, &alice, 1));
	assert_int_equal(lines(fd, of_alice), 1);
	/* once, also if it goes up and down at the bound */
	for (int i = 0; i < 100; i++) {
		assert_false(take(s, &alice, 1));
		give(s, &alice, 1);
		assert_true(take(s, &alice, 1));
	}
	assert_int_equal(lines(fd, ""), 0);
	give(s, &alice, 2);
	assert_false(take(s, &alice, 3));
	assert_int_equal(lines(fd, of_alice), 1);
	/* who has nothing asks for too much */
	for (int i = 0; i < 3; i++)
		assert_false(take(s, &bob, 9));
	assert_int_equal(lines(fd, "(bob) LIMIT (8 starts"), 1);
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
	assert_non_null(share_take(s, SHARE_MAILERS, &alice, 7));
	for (int i = 0; i < 3; i++) {
		assert_null(share_take(s, SHARE_MAILERS, &bob, 1));
		assert_null(share_take(s, SHARE_MAILERS, &alice, 1));
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
	    cmocka_unit_test(test_lower),
	    cmocka_unit_test(test_added),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_wait),
	    cmocka_unit_test_teardown(test_log, remove_socket),
	    cmocka_unit_test_teardown(test_log_of_all, remove_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
