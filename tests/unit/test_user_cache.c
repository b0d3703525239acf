/*
 * Users for the loop: from files of the test's own, and from a "network" that
 * is this file's getpwnam_r, which the lookup child calls instead of glibc's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pwd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/child.h"
#include "daemon/users/user_cache.h"

static char dir[] = "/tmp/test_user_cache.XXXXXX";
static char passwd[64], group[64], nsswitch[64], none[64], late[64];
static const char *dirs[] = {NULL};
static const struct account_files files = {passwd, group, nsswitch, dirs, none};

static struct ev_loop *loop;
static struct children *children;
static struct log *logger;
static struct user_cache *users;
static int wanted; /* callbacks until the loop is left */
static int changes;

/* The network: "net..." are users with ids of their length, "late" is one once
 * a file is there, others are nobody. */
int
getpwnam_r(const char *name, struct passwd *pw, char *buffer, size_t size,
    struct passwd **result)
{
	static char home[] = "/net", shell[] = "/bin/sh", x[] = "x";

	*result = NULL;
	if (strncmp(name, "hang", 4) == 0)
		pause();
	if (strcmp(name, "netslow") == 0)
		sleep(13);
	if (strcmp(name, "die") == 0)
		_exit(1);
	if (strcmp(name, "broken") == 0)
		return EIO;
	if (strncmp(name, "net", 3) != 0 &&
	    (strcmp(name, "late") != 0 || access(late, F_OK) == -1))
		return 0;
	if (size < 8192)
		return ERANGE;
	snprintf(buffer, size, "%s", name);
	*pw = (struct passwd){.pw_name = buffer,
	    .pw_passwd = x,
	    .pw_gecos = x,
	    .pw_dir = home,
	    .pw_shell = shell,
	    .pw_uid = (uid_t)(1000 + strlen(name)),
	    .pw_gid = 4711};
	*result = pw;
	return 0;
}

static void
write_file(const char *path, const char *text)
{
	char tmp[96];
	FILE *f;

	snprintf(tmp, sizeof(tmp), "%s.new", path);
	f = fopen(tmp, "we");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(tmp, path), 0);
}

static void
on_limit(struct ev_loop *l, ev_timer *w, int revents)
{
	(void)w;
	(void)revents;
	ev_break(l, EVBREAK_ALL);
}

/* Runs the loop until that many callbacks have come. False: they didn't. */
static bool
run_until(int count, double secs)
{
	ev_timer limit;

	wanted = count;
	if (wanted > 0) {
		ev_timer_init(&limit, on_limit, secs, 0.);
		ev_timer_start(loop, &limit);
		ev_run(loop, 0);
		ev_timer_stop(loop, &limit);
	}
	return wanted <= 0;
}

static void
count_down(void)
{
	if (--wanted <= 0)
		ev_break(loop, EVBREAK_ALL);
}

static void
on_change(void *context)
{
	(void)context;
	changes++;
	count_down();
}

struct asked {
	struct user_question question;
	enum user_answer answer;
	uid_t uid;
	size_t group_count;
	int calls;
	struct asked *cancel; /* from the callback */
};

static void
on_answer(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct asked *asked = context;

	(void)name;
	asked->calls++;
	asked->answer = answer;
	assert_int_equal(account != NULL, answer == USER_FOUND);
	if (account != NULL) {
		asked->uid = account->uid;
		asked->group_count = account->group_count;
		assert_string_equal(account->name, name);
	}
	if (asked->cancel != NULL)
		user_cache_cancel(&asked->cancel->question);
	count_down();
}

static void
ask(struct asked *asked, const char *name, bool with_groups)
{
	memset(asked, 0, sizeof(*asked));
	user_cache_ask(users, &asked->question, name, with_groups, on_answer,
	    asked);
}

static void
assert_find(const char *name, enum user_answer answer, uid_t uid)
{
	const struct account *account;

	assert_int_equal(user_cache_find(users, name, false, &account), answer);
	if (answer == USER_FOUND)
		assert_int_equal(account->uid, uid);
}

/* Passes one iteration, so that files are looked at anew. */
static void
iterate(void)
{
	ev_run(loop, EVRUN_NOWAIT);
}

static void
test_files(void **state)
{
	const struct account *account;

	(void)state;
	assert_find("ann", USER_FOUND, 1000);
	assert_find("carl", USER_NOBODY, 0);
	assert_int_equal(user_cache_find(users, "ann", true, &account),
	    USER_FOUND);
	assert_int_equal(account->group_count, 2);
	/* A changed file counts at the next look, and listeners are told. */
	write_file(passwd, "ann:x:2000:100::/home/ann:/bin/sh\n"
			   "carl:x:1003:100::/home/carl:/bin/sh\n");
	iterate();
	assert_find("ann", USER_FOUND, 2000);
	assert_find("carl", USER_FOUND, 1003);
	assert_true(run_until(changes == 0, 20.));
	/* Nobody looks: listeners are told all the same. */
	changes = 0;
	write_file(group, "adm:x:4:\n");
	assert_true(run_until(1, 20.));
	assert_int_equal(user_cache_find(users, "ann", true, &account),
	    USER_FOUND);
	assert_int_equal(account->group_count, 1);
}

/* Groups may also come from systemd's user database: a child looks whether
 * there is one, then the file is enough. */
static void
test_userdb(void **state)
{
	const struct account *account;
	enum user_answer answer = USER_ASKING;

	(void)state;
	write_file(nsswitch, "passwd: files systemd\ngroup: files systemd\n");
	iterate();
	assert_int_equal(user_cache_find(users, "ann", true, &account),
	    USER_ASKING);
	for (int looks = 0; answer != USER_FOUND && looks < 4000; looks++) {
		poll(NULL, 0, 5);
		iterate();
		answer = user_cache_find(users, "ann", true, &account);
	}
	assert_int_equal(answer, USER_FOUND);
	assert_int_equal(account->group_count, 2);
}

static void
test_other_sources(void **state)
{
	struct asked a, b, c, d, e;
	const struct account *account;

	(void)state;
	write_file(nsswitch, "passwd: ldap files\ngroup: ldap files\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	assert_find("ann", USER_ASKING, 0);
	ask(&a, "net1", false);
	ask(&b, "nobody-such", false);
	ask(&c, "net1", true);
	ask(&d, "broken", false);
	ask(&e, "net22", false);
	assert_int_equal(a.calls, 0);
	assert_true(run_until(5, 20.));
	assert_int_equal(a.answer, USER_FOUND);
	assert_int_equal(a.uid, 1004);
	assert_int_equal(b.answer, USER_NOBODY);
	assert_int_equal(c.answer, USER_FOUND);
	assert_true(c.group_count >= 1);
	assert_int_equal(d.answer, USER_FAILED);
	assert_int_equal(e.uid, 1005);
	assert_find("net1", USER_FOUND, 1004);
	assert_int_equal(user_cache_find(users, "net1", true, &account),
	    USER_FOUND);
	assert_int_equal(user_cache_find(users, "net22", true, &account),
	    USER_ASKING);
	assert_find("nobody-such", USER_NOBODY, 0);
	assert_find("broken", USER_ASKING, 0);
	user_cache_forget(users);
	assert_find("net1", USER_ASKING, 0);
	assert_find("nobody-such", USER_ASKING, 0);
}

static void
test_cancel(void **state)
{
	struct asked a, b, c, d;

	(void)state;
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	ask(&a, "net1", false);
	ask(&b, "net1", false);
	ask(&c, "net2", false);
	ask(&d, "net333", false);
	user_cache_cancel(&a.question);
	user_cache_cancel(&a.question);
	b.cancel = &c;
	assert_true(run_until(2, 20.));
	assert_int_equal(a.calls, 0);
	assert_int_equal(b.calls, 1);
	assert_int_equal(c.calls, 0);
	assert_int_equal(d.calls, 1);
}

static void
test_child_dies(void **state)
{
	struct asked a, b, c, d;

	(void)state;
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	ask(&a, "net1", false);
	ask(&b, "die", false);
	ask(&c, "net2", false);
	assert_true(run_until(3, 20.));
	assert_int_equal(a.answer, USER_FOUND);
	assert_int_equal(b.answer, USER_FAILED);
	assert_int_equal(c.answer, USER_FAILED);
	ask(&d, "net2", false);
	assert_true(run_until(1, 20.));
	assert_int_equal(d.answer, USER_FOUND);
}

/* Who hangs holds up nobody else, also the second time. */
static void
test_child_hangs(void **state)
{
	static struct asked a, b, c, d, e; /* some outlive this */

	(void)state;
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	ask(&a, "net1", false);
	ask(&b, "hang1", false);
	ask(&c, "hang2", true);
	ask(&d, "net333", false);
	assert_true(run_until(2, 8.));
	assert_int_equal(a.answer, USER_FOUND);
	assert_int_equal(d.answer, USER_FOUND);
	assert_int_equal(b.calls + c.calls, 0);
	assert_true(run_until(2, 30.));
	assert_int_equal(b.answer, USER_FAILED);
	assert_int_equal(c.answer, USER_FAILED);
	user_cache_forget(users);
	ask(&b, "hang1", false);
	ask(&e, "net4444", false);
	assert_true(run_until(1, 8.));
	assert_int_equal(e.answer, USER_FOUND);
	assert_int_equal(b.calls, 0);
}

/* More of them than there may be children. */
static void
test_many_hang(void **state)
{
	enum { MANY = 12 };
	static struct asked asked[MANY], good;
	char name[32];
	size_t i;

	(void)state;
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "hang%zu", i);
		ask(&asked[i], name, false);
	}
	ask(&good, "net1", false);
	wanted = 0;
	while (good.calls == 0)
		assert_true(run_until(1, 15.));
	assert_int_equal(good.answer, USER_FOUND);
}

/* A late answer counts, and listeners are told of it. */
static void
test_late_answer(void **state)
{
	struct asked a;

	(void)state;
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	ask(&a, "netslow", false);
	changes = 0;
	assert_true(run_until(1, 30.));
	assert_int_equal(a.answer, USER_FAILED);
	assert_int_equal(changes, 0);
	assert_true(run_until(1, 30.));
	assert_int_equal(changes, 1);
	assert_find("netslow", USER_FOUND, 1007);
}

static void
test_many(void **state)
{
	enum { MANY = 3000 };
	struct asked *asked = calloc(MANY, sizeof(*asked));
	char name[32];
	size_t i;

	(void)state;
	assert_non_null(asked);
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%s%zu", i % 3 ? "net" : "x", i);
		ask(&asked[i], name, false);
	}
	assert_true(run_until(MANY, 30.));
	for (i = 0; i < MANY; i++) {
		assert_int_equal(asked[i].calls, 1);
		assert_int_equal(asked[i].answer,
		    i % 3 ? USER_FOUND : USER_NOBODY);
	}
	free(asked);
}

/* Questions under way when all ends. */
static void
test_end_amid_questions(void **state)
{
	static struct asked a, b;

	(void)state;
	write_file(nsswitch, "passwd: ldap\ngroup: ldap\n");
	assert_true(run_until(1, 20.)); /* the change is told */
	ask(&a, "hang1", false);
	iterate();
	iterate();
	ask(&b, "net1", false);
}

static int
set_up(void **state)
{
	(void)state;
	write_file(passwd, "ann:x:1000:100::/home/ann:/bin/sh\n");
	write_file(group, "adm:x:4:ann\n");
	write_file(nsswitch, "passwd: files\ngroup: files\n");
	changes = 0;
	loop = ev_loop_new(EVFLAG_AUTO);
	children = children_new(loop);
	logger = log_open(&(struct log_target){.ident = "test"});
	users = user_cache_new_from(loop, children, logger, &files);
	user_cache_on_change(users, on_change, NULL);
	return users == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	(void)state;
	user_cache_free(users);
	children_free(children);
	log_close(logger);
	ev_loop_destroy(loop);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return 0;
}

static int
make_dir(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(passwd, sizeof(passwd), "%s/passwd", dir);
	snprintf(group, sizeof(group), "%s/group", dir);
	snprintf(nsswitch, sizeof(nsswitch), "%s/nsswitch.conf", dir);
	snprintf(none, sizeof(none), "%s/none", dir);
	snprintf(late, sizeof(late), "%s/late", dir);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	unlink(passwd);
	unlink(group);
	unlink(nsswitch);
	return rmdir(dir);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_files),
	    TEST(test_userdb),
	    TEST(test_other_sources),
	    TEST(test_cancel),
	    TEST(test_child_dies),
	    TEST(test_child_hangs),
	    TEST(test_many_hang),
	    TEST(test_late_answer),
	    TEST(test_many),
	    TEST(test_end_amid_questions),
	};

	return cmocka_run_group_tests_name("users", tests, make_dir,
	    remove_dir);
}
