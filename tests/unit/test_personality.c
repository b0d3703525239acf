/* The constants that must never change by accident: COMPAT.md 1, 13. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/personality.h"

static void
test_found_by_name(void **state)
{
	const struct personality *const *all = personality_all();
	size_t count = 0;

	(void)state;
	assert_ptr_equal(all[0], personality_find(NULL));
	assert_string_equal(all[0]->name, EVCRON_PERSONALITY);
	for (; all[count] != NULL; count++)
		assert_ptr_equal(all[count],
		    personality_find(all[count]->name));
	assert_int_equal(count, 3);
	assert_null(personality_find("plan9"));
	assert_null(personality_find(""));
}

/* Nothing that others use without asking may be missing. */
static void
test_complete(void **state)
{
	const struct personality *const *all = personality_all();

	(void)state;
	for (; *all != NULL; all++) {
		const struct personality *p = *all;
		assert_non_null(p->daemon);
		assert_non_null(p->job_ident);
		assert_string_equal(p->system_table, "/etc/crontab");
		assert_string_equal(p->dropin_dir, "/etc/cron.d");
		assert_non_null(p->spool_dir);
		assert_string_equal(p->pid_file, "/run/crond.pid");
		assert_non_null(p->reboot_marker);
		assert_non_null(p->sendmail);
		assert_non_null(p->pam_service);
		assert_non_null(p->path);
		assert_non_null(p->safe_mail);
		assert_true(p->spool_mode != 0);
		assert_true(p->line_max > 0 && p->command_max > 0);
	}
}

static void
test_where_they_differ(void **state)
{
	const struct personality *debian = personality_find("debian");
	const struct personality *redhat = personality_find("redhat");
	const struct personality *suse = personality_find("suse");

	(void)state;
	assert_string_equal(debian->spool_dir, "/var/spool/cron/crontabs");
	assert_string_equal(redhat->spool_dir, "/var/spool/cron");
	assert_string_equal(suse->spool_dir, "/var/spool/cron/tabs");
	assert_string_equal(debian->reboot_marker, "/run/crond.reboot");
	assert_string_equal(redhat->reboot_marker, "/run/cron.reboot");
	assert_string_equal(debian->daemon, "cron");
	assert_string_equal(redhat->daemon, "crond");
	assert_string_equal(suse->daemon, "cron");
	assert_string_equal(debian->path, "/usr/bin:/bin");
	assert_string_equal(redhat->path, "/usr/bin:/bin:/usr/sbin:/sbin");
	assert_int_equal(debian->spool_mode, 01730);
	assert_int_equal(redhat->spool_mode, 0700);
	assert_true(debian->table_all_or_nothing);
	assert_false(redhat->table_all_or_nothing);
	assert_true(redhat->sets_user && suse->sets_user);
	assert_false(debian->sets_user);
	assert_true(redhat->logs_end);
	assert_false(debian->logs_end);
	assert_int_equal(redhat->linger_secs, 60);
	assert_int_equal(debian->linger_secs, 0);
}

static void
test_inherited(void **state)
{
	static const struct {
		const char *variable;
		bool inherited;
	} samples[] = {
	    {"LANG=C", true},
	    {"LC_ALL=", true},
	    {"LC_IDENTIFICATION=x", true},
	    {"LANGUAGE=de:en", true},
	    {"RANDOM_DELAY=5", true},
	    {"MAILFROM=me", true},
	    {"LANG", false},
	    {"LAN=C", false},
	    {"LC_FOO=x", false},
	    {"PATH=/bin", false},
	    {"LD_PRELOAD=x", false},
	    {"=", false},
	    {"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		assert_int_equal(personality_inherits(personality_find(
							  "redhat"),
				     samples[i].variable),
		    samples[i].inherited);
		assert_false(personality_inherits(personality_find("debian"),
		    samples[i].variable));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_found_by_name),
	    cmocka_unit_test(test_complete),
	    cmocka_unit_test(test_where_they_differ),
	    cmocka_unit_test(test_inherited),
	};

	return cmocka_run_group_tests_name("personality", tests, NULL, NULL);
}
