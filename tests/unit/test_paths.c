/* Paths of each personality, below a root, and of an ordinary user. */
#include "sys/paths.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
test_system(void **state)
{
	static const struct {
		const char *personality, *spool, *spool_parent, *marker;
	} cases[] = {
	    {"debian", "/var/spool/cron/crontabs", "/var/spool/cron",
		"/run/crond.reboot"},
	    {"redhat", "/var/spool/cron", NULL, "/run/cron.reboot"},
	    {"suse", "/var/spool/cron/tabs", NULL, "/run/cron.reboot"},
	};
	struct paths p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(paths_init(&p,
				     personality_find(cases[i].personality),
				     NULL, false),
		    0);
		assert_string_equal(p.root, "");
		assert_string_equal(p.system_table, "/etc/crontab");
		assert_string_equal(p.dropin_dir, "/etc/cron.d");
		assert_string_equal(p.spool_dir, cases[i].spool);
		if (cases[i].spool_parent == NULL)
			assert_null(p.spool_parent);
		else
			assert_string_equal(p.spool_parent,
			    cases[i].spool_parent);
		assert_string_equal(p.reboot_marker, cases[i].marker);
		assert_string_equal(p.pid_file, "/run/crond.pid");
		assert_string_equal(p.log_socket, "/dev/log");
		assert_string_equal(p.runs_dir, "/run/evcron/runs");
		assert_string_equal(p.tables_dir, "/run/evcron/tables");
		assert_string_equal(p.outbox_dir, "/var/spool/evcron/outbox");
		assert_string_equal(p.sent_dir, "/var/spool/evcron/sent");
		assert_string_equal(p.mailbox_dir,
		    i == 0 ? "/var/mail" : "/var/spool/mail");
		paths_clear(&p);
	}
}

static void
test_root(void **state)
{
	static const struct {
		const char *root, *want;
	} cases[] = {
	    {"/srv/tree", "/srv/tree"},
	    {"/srv/tree///", "/srv/tree"},
	    {"/", ""},
	    {"", ""},
	};
	const struct personality *debian = personality_find("debian");
	char want[4096];
	struct paths p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(paths_init(&p, debian, cases[i].root, false),
		    0);
		assert_string_equal(p.root, cases[i].want);
		(void)snprintf(want, sizeof want, "%s/usr/sbin/sendmail",
		    cases[i].want);
		assert_string_equal(p.sendmail, want);
		(void)snprintf(want, sizeof want, "%s/var/spool/cron",
		    cases[i].want);
		assert_string_equal(p.work_dir, want);
		(void)snprintf(want, sizeof want, "%s/dev/log", cases[i].want);
		assert_string_equal(p.log_socket, want);
		paths_clear(&p);
	}
	/* A relative root does not change its meaning by a chdir. */
	assert_int_equal(chdir("/tmp"), 0);
	assert_int_equal(paths_init(&p, debian, "tree", false), 0);
	assert_string_equal(p.system_table, "/tmp/tree/etc/crontab");
	paths_clear(&p);
}

static void
test_user(void **state)
{
	const struct personality *redhat = personality_find("redhat");
	struct paths p;

	(void)state;
	assert_int_equal(setenv("HOME", "/home/joe", 1), 0);
	assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/user/7", 1), 0);
	assert_int_equal(paths_init(&p, redhat, NULL, true), 0);
	assert_string_equal(p.pid_file, "/run/user/7/evcron/crond.pid");
	assert_string_equal(p.runs_dir, "/run/user/7/evcron/runs");
	assert_string_equal(p.outbox_dir,
	    "/home/joe/.local/state/evcron/outbox");
	assert_string_equal(p.sent_dir, "/home/joe/.local/state/evcron/sent");
	assert_string_equal(p.mailbox_dir, "/var/spool/mail");
	assert_null(p.work_dir);
	assert_null(p.spool_parent);
	paths_clear(&p);

	assert_int_equal(setenv("XDG_RUNTIME_DIR", "relative", 1), 0);
	assert_int_equal(paths_init(&p, redhat, NULL, true), 0);
	assert_string_equal(p.pid_file,
	    "/home/joe/.local/state/evcron/run/crond.pid");
	paths_clear(&p);

	assert_int_equal(unsetenv("HOME"), 0);
	assert_int_equal(paths_init(&p, redhat, NULL, true), -1);
	assert_int_equal(errno, ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_system),
	    cmocka_unit_test(test_root),
	    cmocka_unit_test(test_user),
	};

	return cmocka_run_group_tests_name("paths", tests, NULL, NULL);
}
