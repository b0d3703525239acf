/*
 * The cache of accounts, what nsswitch.conf allows, the sweep, and the lookup
 * child with its records.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/users/account.h"
#include "sys/fd.h"
#include "sys/users/lookup.h"

static char dir[] = "/tmp/test_account.XXXXXX";
static char passwd[64], group[64], nsswitch[64], userdb[64], sockets[64];
static const char *dirs[] = {userdb, NULL};
static const struct account_files files = {
    passwd,
    group,
    nsswitch,
    dirs,
    sockets,
};

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void
test_cache(void **state)
{
	struct accounts *accounts = accounts_new();
	struct account account = {.home = (char[]){"/h"},
	    .shell = (char[]){"/s"}};
	const struct account *found;
	gid_t groups[] = {1, 2, 3};
	int64_t until;
	char name[32];
	int i;

	(void)state;
	assert_non_null(accounts);
	account.name = name;
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		account.uid = (uid_t)i;
		assert_int_equal(accounts_put(accounts, &account, i), 0);
	}
	assert_int_equal(accounts_count(accounts), 2000);
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		found = accounts_find(accounts, name, &until);
		assert_non_null(found);
		assert_int_equal(found->uid, i);
		assert_int_equal(until, i);
		assert_false(found->groups_known);
	}
	assert_null(accounts_find(accounts, "user2000", NULL));
	account.groups = groups;
	account.group_count = 3;
	account.groups_known = true;
	assert_int_equal(accounts_put(accounts, &account, 7), 0);
	assert_int_equal(accounts_count(accounts), 2000);
	found = accounts_find(accounts, name, &until);
	assert_int_equal(until, 7);
	assert_int_equal(found->group_count, 3);
	assert_memory_equal(found->groups, groups, sizeof(groups));
	accounts_drop(accounts);
	assert_int_equal(accounts_count(accounts), 0);
	assert_null(accounts_find(accounts, name, NULL));
	accounts_free(accounts);
}

static void
test_rules(void **state)
{
	static const struct {
		const char *text, *membership, *socket;
		bool sweep, final, groups;
	} cases[] = {
	    {"", NULL, NULL, false, false, false},
	    {"passwd: files\ngroup: files\n", NULL, NULL, true, true, true},
	    {"passwd:\tfiles systemd # x\n group : files systemd\n", NULL,
		"io.systemd.DynamicUser", true, false, true},
	    {"passwd: files systemd\ngroup: files systemd\n", "a:b.membership",
		NULL, true, false, false},
	    {"passwd: files systemd\ngroup: files systemd\n", NULL,
		"io.systemd.Home", true, false, false},
	    {"passwd: files\ngroup: files\n", "a:b.membership", NULL, true,
		true, true},
	    {"passwd: files sss\ngroup: files sss\n", NULL, NULL, true, false,
		false},
	    {"passwd: sss files\ngroup: sss files\n", NULL, NULL, false, false,
		false},
	    {"passwd: compat\ngroup: compat\n", NULL, NULL, false, false,
		false},
	    {"passwd: files\ngroup: files\ninitgroups: files ldap\n", NULL,
		NULL, true, true, false},
	    {"passwd: files\ngroup: ldap\ninitgroups: files\n", NULL, NULL,
		true, true, true},
	    {"passwd: files [SUCCESS=continue] ldap\ngroup: files\n", NULL,
		NULL, false, false, false},
	    {"passwd: files [ SUCCESS = continue ] ldap\ngroup: files\n", NULL,
		NULL, false, false, false},
	    {"passwd: files [!SUCCESS=continue] ldap\ngroup: files\n", NULL,
		NULL, false, false, false},
	    {"passwd: files [NOTFOUND=return] ldap\ngroup: files "
	     "[SUCCESS=merge] ldap\n",
		NULL, NULL, true, false, false},
	    {"# passwd: files\n", NULL, NULL, false, false, false},
	    {"passwd_compat: files\ngroup: files\n", NULL, NULL, false, false,
		false},
	};
	struct account_rules rules;
	char membership[128] = "", socket[128] = "";
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		write_file(nsswitch, cases[i].text);
		if (cases[i].membership != NULL) {
			snprintf(membership, sizeof(membership), "%s/%s",
			    userdb, cases[i].membership);
			write_file(membership, "");
		}
		if (cases[i].socket != NULL) {
			snprintf(socket, sizeof(socket), "%s/%s", sockets,
			    cases[i].socket);
			write_file(socket, "");
		}
		account_rules_read(&files, &rules);
		if (rules.userdb)
			rules.sweep_groups = !account_has_userdb(&files);
		unlink(membership);
		unlink(socket);
		if (rules.sweep != cases[i].sweep ||
		    rules.sweep_final != cases[i].final ||
		    rules.sweep_groups != cases[i].groups)
			fail_msg("case %zu: %d %d %d", i, rules.sweep,
			    rules.sweep_final, rules.sweep_groups);
	}
	unlink(nsswitch);
	account_rules_read(&files, &rules);
	assert_false(rules.sweep);
}

static void
assert_account(const struct accounts *accounts, const char *name, uid_t uid,
    const char *home, size_t count, const gid_t *groups)
{
	const struct account *account = accounts_find(accounts, name, NULL);

	assert_non_null(account);
	assert_int_equal(account->uid, uid);
	assert_string_equal(account->home, home);
	assert_true(account->groups_known);
	assert_int_equal(account->group_count, count);
	assert_memory_equal(account->groups, groups, count * sizeof(gid_t));
}

static void
test_sweep(void **state)
{
	struct account_rules rules = {true, true, true, false};
	struct accounts *accounts = accounts_new();
	struct account there = {.name = (char[]){"there"},
	    .home = (char[]){"/there"},
	    .shell = (char[]){""},
	    .uid = 77};
	const struct account *account;

	(void)state;
	write_file(passwd, "root:x:0:0:root:/root:/bin/bash\n"
			   "ann:x:1000:100:Ann,,:/home/ann:/bin/sh\n"
			   "broken line\n"
			   "ann:x:1:1:second:/second:/bin/sh\n"
			   "there:x:5:5::/x:\n"
			   "+nis::::::\n"
			   "bob:x:1001:1001::/home/bob:\n");
	write_file(group, "root:x:0:\n"
			  "adm:x:4:ann,bob,nobodyknows\n"
			  "users:x:100:ann\n"
			  "again:x:4:ann\n"
			  "+::0:ann\n"
			  "late:x:9:ann,there\n");
	assert_int_equal(accounts_put(accounts, &there, 5), 0);
	assert_int_equal(account_sweep(&files, &rules, accounts, INT64_MAX), 0);
	assert_int_equal(accounts_count(accounts), 4);
	assert_account(accounts, "root", 0, "/root", 1, (gid_t[]){0});
	assert_account(accounts, "ann", 1000, "/home/ann", 3,
	    (gid_t[]){100, 4, 9});
	assert_account(accounts, "bob", 1001, "/home/bob", 2,
	    (gid_t[]){1001, 4});
	account = accounts_find(accounts, "there", NULL);
	assert_int_equal(account->uid, 77);
	assert_false(account->groups_known);
	assert_null(accounts_find(accounts, "+nis", NULL));
	accounts_drop(accounts);

	rules.sweep_groups = false;
	assert_int_equal(account_sweep(&files, &rules, accounts, 1), 0);
	account = accounts_find(accounts, "ann", NULL);
	assert_false(account->groups_known);
	accounts_drop(accounts);

	rules.sweep_groups = true;
	unlink(group);
	assert_int_equal(account_sweep(&files, &rules, accounts, 1), -1);
	account = accounts_find(accounts, "ann", NULL);
	assert_false(account->groups_known);
	accounts_drop(accounts);

	rules.sweep = false;
	assert_int_equal(account_sweep(&files, &rules, accounts, 1), 0);
	assert_int_equal(accounts_count(accounts), 0);
	accounts_free(accounts);
}

/* On this machine's own files the sweep says what NSS says. */
static void
test_sweep_agrees_with_nss(void **state)
{
	struct accounts *accounts = accounts_new();
	const struct account *account;
	struct account_rules rules;
	struct passwd *pw;
	gid_t groups[256];
	size_t checked = 0;
	int i, count;

	(void)state;
	account_rules_read(&account_files, &rules);
	assert_int_equal(account_sweep(&account_files, &rules, accounts, 0), 0);
	setpwent();
	while (rules.sweep_groups && (pw = getpwent()) != NULL) {
		account = accounts_find(accounts, pw->pw_name, NULL);
		if (account == NULL)
			continue; /* not from the files */
		checked++;
		assert_int_equal(account->uid, pw->pw_uid);
		assert_string_equal(account->home, pw->pw_dir);
		count = 256;
		assert_true(getgrouplist(pw->pw_name, pw->pw_gid, groups,
				&count) != -1);
		assert_int_equal(account->group_count, count);
		for (i = 0; i < count; i++)
			assert_int_equal(account->groups[i], groups[i]);
	}
	endpwent();
	if (rules.sweep_groups)
		assert_true(checked > 0);
	accounts_free(accounts);
}

static void
test_lookup(void **state)
{
	static const struct lookup_name names[] = {
	    {"root", true},
	    {"no-such-user-here", true},
	    {"root", false},
	};
	struct lookup_reader reader;
	enum lookup_verdict verdict;
	struct account account;
	struct pollfd pfd = {.events = POLLIN};
	size_t index, seen = 0;
	int fd, more, status;
	pid_t pid;

	(void)state;
	pid = lookup_start(names, 3, &fd);
	assert_true(pid > 0);
	lookup_reader_init(&reader);
	pfd.fd = fd;
	do {
		assert_int_equal(poll(&pfd, 1, 20000), 1);
		more = lookup_read(&reader, fd);
		assert_int_not_equal(more, -1);
		while (lookup_next(&reader, &index, &verdict, &account)) {
			assert_int_equal(index, seen);
			assert_int_equal(verdict,
			    seen == 1 ? LOOKUP_NOBODY : LOOKUP_FOUND);
			if (seen != 1) {
				assert_int_equal(account.uid, 0);
				assert_string_equal(account.home, "/root");
			}
			assert_int_equal(account.groups_known, seen == 0);
			if (seen == 0)
				assert_int_equal(account.groups[0], 0);
			seen++;
		}
	} while (more == 1);
	assert_int_equal(seen, 3);
	lookup_reader_clear(&reader);
	close(fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Whatever a child sends, the reader neither reads past it nor grows without
 * bound. */
static void
test_reader_with_nonsense(void **state)
{
	struct lookup_reader reader;
	enum lookup_verdict verdict;
	struct account account;
	char *junk = malloc(1 << 20);
	int ends[2], result = 1;
	size_t index;
	pid_t pid;

	(void)state;
	assert_non_null(junk);
	memset(junk, 0xee, 1 << 20);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		close(ends[0]);
		(void)!fd_write_whole(ends[1], junk, 1 << 20);
		_exit(0);
	}
	close(ends[1]);
	lookup_reader_init(&reader);
	while (result == 1) {
		result = lookup_read(&reader, ends[0]);
		assert_false(lookup_next(&reader, &index, &verdict, &account));
	}
	assert_int_equal(result, -1);
	assert_int_equal(errno, EMSGSIZE);
	lookup_reader_clear(&reader);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	free(junk);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(passwd, sizeof(passwd), "%s/passwd", dir);
	snprintf(group, sizeof(group), "%s/group", dir);
	snprintf(nsswitch, sizeof(nsswitch), "%s/nsswitch.conf", dir);
	snprintf(userdb, sizeof(userdb), "%s/userdb", dir);
	snprintf(sockets, sizeof(sockets), "%s/sockets", dir);
	return mkdir(userdb, 0700) | mkdir(sockets, 0700);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(passwd);
	unlink(group);
	unlink(nsswitch);
	rmdir(userdb);
	rmdir(sockets);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cache),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_sweep),
	    cmocka_unit_test(test_sweep_agrees_with_nss),
	    cmocka_unit_test(test_lookup),
	    cmocka_unit_test(test_reader_with_nonsense),
	};

	return cmocka_run_group_tests_name("account", tests, set_up, tear_down);
}
