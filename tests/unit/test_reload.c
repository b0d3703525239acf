/*
 * Reload with real file system events: each way of changing a table, below a
 * root of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reload_world.h"
#include "sys/clock.h"
#include "sys/files/mounts.h"

static void
test_start(void **state)
{
	(void)state;
	put("/etc/crontab", "system");
	put("/etc/cron.d/a", "a");
	put("/etc/cron.d/b.rpmsave", "b");
	put_user("/var/spool/cron/joe", "joe");
	start();
	assert_true(counts("", "system"));
	assert_true(counts("a", "a"));
	assert_true(counts("joe", "joe"));
	assert_int_equal(agenda_size, 3);
	assert_int_equal(said("RELOAD"), 0);
	assert_int_equal(said("running with inotify support"), 1);
	/* nothing is read or said again without a cause */
	world.changed = 0;
	run_for(200);
	reload_all(world.reload);
	settle();
	apply_now();
	assert_int_equal(said(""), 1);
	assert_int_equal(world.changed, 0);
	assert_int_equal(agenda_adds, 3);
}

/* A file that is being written is left alone for a second. When so much has
 * gone by, on a busy machine, the test proves nothing. */
static void
skip_if_late(int64_t began_ns)
{
	if (clock_mono_ns() - began_ns > INT64_C(900000000)) {
		print_message("too slow here\n");
		skip_test();
	}
}

static void
test_in_place(void **state)
{
	int64_t began;
	int fd;

	(void)state;
	put("/etc/cron.d/a", "old");
	start();
	world.changed = 0;
	began = clock_mono_ns();
	fd = create("/etc/cron.d/a");
	say(fd, "1 1 1 1 * ro");
	run_for(150);
	apply_now();
	skip_if_late(began);
	assert_true(counts("a", "old"));
	say(fd, "ot new\n");
	run_for(150);
	skip_if_late(began);
	assert_true(counts("a", "old"));
	close(fd);
	WAIT_FOR("a", "new");
	settle();
	assert_int_equal(said("(*system*) RELOAD ("), 1);
	assert_int_equal(world.changed, 1);
	assert_int_equal(agenda_adds, 2);
}

static void
test_new_in_pieces(void **state)
{
	int64_t began;
	int fd;

	(void)state;
	start();
	began = clock_mono_ns();
	fd = create("/etc/cron.d/a");
	say(fd, "1 1 1 1 * root half");
	fchmod(fd, 0644);
	run_for(300);
	apply_now();
	skip_if_late(began);
	assert_int_equal(agenda_adds, 0);
	assert_int_equal(said("bad"), 0);
	assert_int_equal(said("missing newline"), 0);
	say(fd, " whole\n");
	close(fd);
	apply_now(); /* without the quiet time */
	assert_true(counts("a", "half whole"));
}

static void
test_never_closed(void **state)
{
	int64_t began;
	int fd;

	(void)state;
	start();
	began = clock_mono_ns();
	fd = create("/etc/cron.d/a");
	say(fd, "1 1 1 1 * root x\n");
	run_for(500);
	skip_if_late(began);
	assert_true(counts("a", NULL));
	WAIT_FOR("a", "x"); /* a second at most */
	close(fd);
}

static void
test_rename(void **state)
{
	(void)state;
	put("/etc/crontab", "old");
	put("/etc/cron.d/a", "old");
	start();
	put("/etc/cron.d/.new", "new");
	shell("mv etc/cron.d/.new etc/cron.d/a");
	WAIT_FOR("a", "new");
	put("/etc/new", "system");
	shell("mv etc/new etc/crontab");
	WAIT_FOR("", "system");
	shell("mv etc/cron.d/a etc/cron.d/b");
	WAIT_FOR("a", NULL);
	WAIT_FOR("b", "new");
	shell("mv etc/cron.d/b etc/b");
	WAIT_FOR("b", NULL);
}

static void
test_sed(void **state)
{
	(void)state;
	put("/etc/cron.d/a", "old");
	put_user("/var/spool/cron/joe", "old");
	start();
	shell("sed -i s/old/new/ etc/cron.d/a var/spool/cron/joe");
	WAIT_FOR("a", "new");
	WAIT_FOR("joe", "new");
	run_for(100);
	assert_int_equal(fake.strangers, 0); /* sed's own file, gone again */
	assert_int_equal(agenda_size, 2);
}

static void
test_editor(void **state)
{
	(void)state;
	put("/etc/cron.d/a", "old");
	start();
	/* vim: the old file becomes a backup, a new one is written */
	shell("touch etc/cron.d/4913; rm etc/cron.d/4913; "
	      "touch etc/cron.d/.a.swp; mv etc/cron.d/a etc/cron.d/a~");
	put("/etc/cron.d/a", "vim");
	shell("rm etc/cron.d/a~ etc/cron.d/.a.swp");
	WAIT_FOR("a", "vim");
	/* emacs, nano: a copy is the backup, the file is written in place */
	shell("cp etc/cron.d/a etc/cron.d/a~");
	put("/etc/cron.d/a", "nano");
	WAIT_FOR("a", "nano");
	run_for(200);
	assert_int_equal(agenda_size, 1);
}

static void
test_unlink(void **state)
{
	(void)state;
	put("/etc/crontab", "x");
	put("/etc/cron.d/a", "x");
	put_user("/var/spool/cron/joe", "x");
	start();
	shell("rm etc/crontab etc/cron.d/a var/spool/cron/joe");
	WAIT_FOR("", NULL);
	WAIT_FOR("a", NULL);
	WAIT_FOR("joe", NULL);
	put("/etc/crontab", "again");
	WAIT_FOR("", "again");
}

static void
test_chmod(void **state)
{
	(void)state;
	put("/etc/cron.d/a", "x");
	start();
	shell("chmod 0664 etc/cron.d/a");
	WAIT_FOR("a", NULL);
	assert_int_equal(said("(root) BAD FILE MODE ("), 1);
	assert_int_equal(said("its mode is 0664, must be"), 1);
	reload_all(world.reload);
	settle();
	reload_all(world.reload);
	settle();
	assert_int_equal(said("BAD FILE MODE"), 1); /* not again */
	shell("chmod 0644 etc/cron.d/a");
	WAIT_FOR("a", "x");
	shell("chmod 0640 etc/cron.d/a"); /* changes nothing */
	run_for(200);
	assert_int_equal(said("RELOAD"), 1);
}

static void
test_chown(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_test();
	put("/etc/cron.d/a", "x");
	put_user("/var/spool/cron/joe", "x");
	fake.joe.uid = 4711;
	start();
	shell("chown 4711 etc/cron.d/a var/spool/cron/joe");
	WAIT_FOR("a", NULL);
	assert_int_equal(said("(root) WRONG FILE OWNER ("), 1);
	run_for(100);
	assert_true(counts("joe", "x"));
	shell("chown 4712 var/spool/cron/joe");
	WAIT_FOR("joe", NULL);
	assert_int_equal(said("(joe) WRONG FILE OWNER ("), 1);
	assert_int_equal(said("must belong to uid 4711 or root"), 1);
	shell("chown 0 etc/cron.d/a");
	WAIT_FOR("a", "x");
}

static void
test_links(void **state)
{
	(void)state;
	shell("mkdir -p opt/app opt/other");
	put("/opt/app/table", "one");
	put("/opt/other/table", "other");
	shell("ln -s ../../opt/app/table etc/cron.d/a");
	start();
	assert_true(counts("a", "one"));
	put("/opt/app/table", "two"); /* in place */
	WAIT_FOR("a", "two");
	put("/opt/app/new", "three");
	shell("mv opt/app/new opt/app/table");
	WAIT_FOR("a", "three");
	shell("rm opt/app/table");
	WAIT_FOR("a", NULL);
	put("/opt/app/table", "four");
	WAIT_FOR("a", "four");
	shell("ln -sfn ../../opt/other/table etc/cron.d/a");
	WAIT_FOR("a", "other");
	put("/opt/other/table", "more");
	WAIT_FOR("a", "more");
	/* the directory of the target goes and comes */
	shell("mv opt/other opt/away");
	WAIT_FOR("a", NULL);
	shell("mv opt/away opt/other");
	WAIT_FOR("a", "more");
	/* a link made while we run */
	shell("ln -s %s/opt/app/table etc/cron.d/b", world.root);
	WAIT_FOR("b", "four");
	put("/opt/app/table", "five");
	WAIT_FOR("b", "five");
	shell("rm etc/cron.d/b");
	WAIT_FOR("b", NULL);
}

static void
test_hard_link(void **state)
{
	(void)state;
	world.config.sweep_secs = 0.2;
	put("/etc/cron.d/a", "one");
	shell("mkdir opt; ln etc/cron.d/a opt/a");
	start();
	put("/opt/a", "two"); /* no event tells */
	WAIT_FOR("a", "two");
	shell("ln opt/a etc/cron.d/b");
	WAIT_FOR("b", "two");
}

static void
test_directory_replaced(void **state)
{
	(void)state;
	put("/etc/cron.d/a", "a");
	put_user("/var/spool/cron/joe", "joe");
	start();
	shell("mkdir etc/fresh");
	put("/etc/fresh/b", "b");
	shell("mv etc/cron.d etc/cron.old; mv etc/fresh etc/cron.d");
	WAIT_FOR("b", "b");
	WAIT_FOR("a", NULL);
	put("/etc/cron.old/a", "nobody looks here");
	put("/etc/cron.d/c", "c");
	WAIT_FOR("c", "c");
	assert_true(counts("a", NULL));
	shell("mv var/spool/cron var/spool/away");
	WAIT_FOR("joe", NULL);
	shell("mv var/spool/away var/spool/cron");
	WAIT_FOR("joe", "joe");
	put_user("/var/spool/cron/joe", "more");
	WAIT_FOR("joe", "more");
	shell("rm -r etc/cron.d");
	WAIT_FOR("b", NULL);
	shell("mkdir etc/cron.d");
	put("/etc/cron.d/d", "d");
	WAIT_FOR("d", "d");
	shell("rm -r etc; mkdir -p etc/cron.d");
	WAIT_FOR("d", NULL);
	put("/etc/cron.d/e", "e");
	WAIT_FOR("e", "e");
}

static void
test_directory_is_link(void **state)
{
	(void)state;
	shell("mkdir one two; rmdir etc/cron.d; ln -s ../one etc/cron.d");
	put("/one/a", "one");
	put("/two/a", "two");
	start();
	assert_true(counts("a", "one"));
	shell("ln -sfn ../two etc/cron.d");
	WAIT_FOR("a", "two");
	put("/two/b", "b");
	WAIT_FOR("b", "b");
}

static void
test_missing_at_start(void **state)
{
	(void)state;
	shell("rm -r etc var");
	start();
	shell("mkdir etc");
	put("/etc/crontab", "system");
	WAIT_FOR("", "system");
	shell("mkdir etc/cron.d");
	put("/etc/cron.d/a", "a");
	WAIT_FOR("a", "a");
	shell("mkdir var");
	run_for(100);
	shell("mkdir -p var/spool/cron");
	put_user("/var/spool/cron/joe", "joe");
	WAIT_FOR("joe", "joe");
}

static void
test_mount(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		print_message("no mounts of our own here: %s\n",
		    strerror(errno));
		skip_test();
	}
	/* mountinfo of the new namespace */
	mounts_free(world.mounts);
	world.mounts = world.config.mounts = mounts_new();
	put("/etc/cron.d/a", "below");
	put("/etc/crontab", "below");
	start();
	run_for(50);
	assert_int_equal(mount("tmpfs", at("/etc/cron.d"), "tmpfs", 0, ""), 0);
	WAIT_FOR("a", NULL);
	put("/etc/cron.d/a", "above");
	WAIT_FOR("a", "above");
	assert_int_equal(umount2(at("/etc/cron.d"), MNT_DETACH), 0);
	WAIT_FOR("a", "below");
	put("/etc/cron.d/a", "more");
	WAIT_FOR("a", "more");
	/* one file over another */
	put("/etc/other", "bound");
	assert_int_equal(mount(at("/etc/other"), at("/etc/crontab"), NULL,
			     MS_BIND, NULL),
	    0);
	WAIT_FOR("", "bound");
	assert_int_equal(umount(at("/etc/crontab")), 0);
	WAIT_FOR("", "below");
	assert_int_equal(mount(at("/etc/other"), at("/etc/cron.d/a"), NULL,
			     MS_BIND, NULL),
	    0);
	WAIT_FOR("a", "bound");
	assert_int_equal(umount(at("/etc/cron.d/a")), 0);
	WAIT_FOR("a", "more");
}

static void
test_two_edits(void **state)
{
	char name[8];

	(void)state;
	put("/etc/cron.d/a", "00");
	start();
	for (int i = 1; i <= 10; i++) {
		snprintf(name, sizeof(name), "%02d", i);
		put("/etc/cron.d/a", name);
		if (i % 2 == 0)
			apply_now();
		else
			run_for(60);
	}
	WAIT_FOR("a", "10");
}

/* Without inotify: same size, same second, and a stat that tells nothing. */
static void
test_sweep(void **state)
{
	struct timespec times[2] = {{1000, 0}, {1000, 0}};

	(void)state;
	world.config.sweep_always = true;
	world.config.sweep_secs = 0.1;
	put("/etc/crontab", "one");
	put("/etc/cron.d/a", "one");
	start();
	assert_int_equal(said("No inotify - daemon runs with -i"), 1);
	put("/etc/cron.d/a", "two");
	put("/etc/crontab", "two");
	WAIT_FOR("a", "two");
	WAIT_FOR("", "two");
	put("/etc/cron.d/a", "tri");
	utimensat(AT_FDCWD, at("/etc/cron.d/a"), times, 0);
	WAIT_FOR("a", "tri");
	put("/etc/cron.d/b", "new");
	WAIT_FOR("b", "new");
	shell("rm etc/cron.d/b etc/crontab");
	WAIT_FOR("b", NULL);
	WAIT_FOR("", NULL);
}

static void
test_overflow(void **state)
{
	char name[64], command[16];

	(void)state;
	start();
	/* create, close, chmod: three events a file, 30,000 in all */
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "/etc/cron.d/t%d", i % 500);
		snprintf(command, sizeof(command), "c%d", i);
		if (i % 2 == 0)
			unlink(at(name));
		put(name, command);
	}
	WAIT_FOR("t499", "c9999");
	WAIT_FOR("t0", "c9500");
	WAIT_FOR("t250", "c9750");
	settle();
	assert_int_equal(agenda_size, 500);
	put("/etc/cron.d/t7", "after");
	WAIT_FOR("t7", "after");
}

#define ON(test, who) cmocka_unit_test_setup_teardown(test, who, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ON(test_start, redhat), ON(test_in_place, redhat),
	    ON(test_new_in_pieces, redhat), ON(test_never_closed, redhat),
	    ON(test_rename, redhat), ON(test_sed, redhat),
	    ON(test_editor, redhat), ON(test_unlink, redhat),
	    ON(test_chmod, redhat), ON(test_chown, redhat),
	    ON(test_links, redhat), ON(test_hard_link, redhat),
	    ON(test_directory_replaced, redhat),
	    ON(test_directory_is_link, redhat),
	    ON(test_missing_at_start, redhat), ON(test_two_edits, redhat),
	    ON(test_sweep, redhat), ON(test_overflow, redhat),
	    ON(test_mount, redhat), /* last: leaves the namespace */
	};

	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
