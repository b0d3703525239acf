/*
 * What becomes of tables that reload finds: users who come and go, bad lines,
 * many tables, file systems that may hang, tables named on the command line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "reload_world.h"
#include "sys/clock.h"
#include "sys/files/mounts.h"

static void
test_thousand(void **state)
{
	char name[64];
	clock_t before;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "/var/spool/cron/u%d", i);
		put_user(name, "x");
	}
	before = clock(); /* of the processor: others may be busy too */
	start();
	assert_int_equal(agenda_size, 1000);
	assert_true(clock() - before < 2 * CLOCKS_PER_SEC);
	agenda_adds = 0;
	put_user("/var/spool/cron/u500", "y");
	WAIT_FOR("u500", "y");
	assert_int_equal(agenda_adds, 1); /* only what changed */
}

/* Debian's crontab(1) sets the spool's times: no table is opened for that. */
static void
test_times_of_spool(void **state)
{
	char events[4096];
	int fd = inotify_init1(IN_NONBLOCK);

	(void)state;
	put_user("/var/spool/cron/u1", "x");
	start();
	run_for(300); /* mounts are read again after the start */
	assert_true(
	    inotify_add_watch(fd, at("/var/spool/cron/u1"), IN_OPEN) >= 0);
	put_user("/var/spool/cron/u2", "y");
	assert_int_equal(utimensat(AT_FDCWD, at("/var/spool/cron"), NULL, 0),
	    0);
	WAIT_FOR("u2", "y");
	run_for(300); /* more than the quiet time before a listing */
	assert_int_equal(read(fd, events, sizeof(events)), -1);
	close(fd);
}

static void
test_orphan(void **state)
{
	(void)state;
	fake.joe_exists = false;
	put_user("/var/spool/cron/joe", "x");
	start();
	reload_all(world.reload);
	settle();
	fake.changed(fake.context);
	assert_int_equal(said("(joe) ORPHAN (no passwd entry)"), 1);
	assert_true(counts("joe", NULL));
	fake.joe_exists = true;
	fake.changed(fake.context);
	WAIT_FOR("joe", "x");
	/* another owner under the old name */
	fake.joe.uid = geteuid() + 1;
	fake.changed(fake.context);
	run_for(50);
	assert_true(counts("joe", "x")); /* it is root's, as far as we know */
	fake.joe_exists = false;
	fake.changed(fake.context);
	WAIT_FOR("joe", NULL);
	shell("rm var/spool/cron/joe");
	run_for(100);
	assert_int_equal(said("ORPHAN"), 2);
}

static void
test_slow_user(void **state)
{
	(void)state;
	fake.joe_slow = true;
	put_user("/var/spool/cron/joe", "x");
	world.reload = reload_new(&world.config);
	assert_non_null(world.reload);
	reload_start(world.reload);
	assert_true(reload_is_loading(world.reload));
	assert_true(counts("joe", NULL));
	WAIT_FOR("joe", "x");
	settle();
	run_for(20);
	assert_false(reload_is_loading(world.reload));
	assert_in_range(world.changed, 1, 2); /* cron.d comes by itself */
	assert_int_equal(said("RELOAD"), 0);  /* still the first load */
}

static void
test_no_descriptors(void **state)
{
	struct rlimit limit, none;
	char line[128];

	(void)state;
	put("/etc/cron.d/a", "old");
	start();
	put("/etc/cron.d/a", "new");
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	run_for(300);
	setrlimit(RLIMIT_NOFILE, &limit);
	assert_true(counts("a", "old"));
	snprintf(line, sizeof line, "/etc/cron.d/a): %s", strerror(EMFILE));
	assert_int_equal(said(line), 1);
	assert_int_equal(said("its last good version stays in force"), 1);
	WAIT_FOR("a", "new");
}

static void
test_odd_files(void **state)
{
	(void)state;
	put("/etc/cron.d/huge", "x");
	shell("mkfifo -m 600 etc/cron.d/fifo; mkdir etc/cron.d/dir; "
	      "truncate -s 1T etc/cron.d/huge; ln -s nowhere etc/cron.d/link; "
	      "ln -s /dev/zero etc/cron.d/zero");
	start();
	assert_int_equal(agenda_size, 0);
	assert_int_equal(said("(root) NOT REGULAR ("), 3);
	assert_int_equal(said("(root) FILE TOO LARGE ("), 1);
	assert_int_equal(said("(root) CAN'T OPEN ("), 1);
	put("/etc/cron.d/nowhere", "found");
	WAIT_FOR("link", "found");
}

static void
test_bad_line_redhat(void **state)
{
	int fd;

	(void)state;
	start();
	fd = create("/etc/cron.d/a");
	say(fd, "1 1 1 1 * root good\n70 * * * * root bad\n");
	close(fd);
	WAIT_FOR("a", "good");
	assert_int_equal(said("(CRON) bad minute ("), 1);
	assert_int_equal(said("/etc/cron.d/a:2:1: "), 1);
	fd = create("/etc/cron.d/b");
	for (int i = 0; i < 100; i++)
		say(fd, "70 * * * * root bad\n");
	close(fd);
	WAIT_FOR("b", NULL);
	run_for(300);
	settle();
	assert_in_range(said("bad minute"), 20, 22);
	assert_int_equal(said("and 80 more faults"), 1);
}

static void
test_bad_debian(void **state)
{
	int fd;

	(void)state;
	put("/etc/cron.d/a", "good");
	start();
	fd = create("/etc/cron.d/a");
	say(fd, "1 1 1 1 * root new\n70 * * * * root bad\n");
	close(fd);
	run_for(300);
	assert_true(counts("a", "good"));
	assert_int_equal(said("Error: bad minute; while reading "), 1);
	assert_int_equal(said("/etc/cron.d/a:2:1: "), 1);
	assert_int_equal(said("(*system*a) ERROR (Syntax error, this crontab "
			      "file will be ignored)"),
	    1);
	reload_all(world.reload);
	settle();
	assert_int_equal(said("ERROR"), 1);
	put("/etc/cron.d/a", "good");
	run_for(300);
	assert_true(counts("a", "good"));
	assert_int_equal(said("(*system*a) RELOAD ("), 1);
	fd = create("/etc/cron.d/b");
	say(fd, "1 1 1 1 * root cut");
	close(fd);
	run_for(300);
	assert_true(counts("b", NULL));
	assert_int_equal(said("(*system*b) ERROR (Missing newline before EOF, "
			      "this crontab file will be ignored)"),
	    1);
}

static void
test_new_feature_debian(void **state)
{
	int fd;

	(void)state;
	fd = create("/etc/cron.d/a");
	say(fd, "1~1 1 1 1 * root one\n");
	close(fd);
	start();
	assert_true(counts("a", "one"));
	assert_int_equal(said("Debian's cron does not know"), 1);
	fd = create("/etc/cron.d/a");
	say(fd, "1~1 1 1 1 * root two\n");
	close(fd);
	WAIT_FOR("a", "two");
	assert_int_equal(said("Debian's cron does not know"), 1);
}

static void
test_unknown_user_debian(void **state)
{
	int fd;

	(void)state;
	fake.joe_exists = false;
	fd = create("/etc/cron.d/a");
	say(fd, "1 1 1 1 * joe x\n");
	close(fd);
	start();
	assert_true(counts("a", NULL));
	assert_int_equal(said("Error: bad username; while reading "), 1);
	reload_all(world.reload);
	settle();
	fake.changed(fake.context);
	assert_int_equal(said("bad username"), 1);
	fake.joe_exists = true;
	fake.joe_slow = true;
	fake.changed(fake.context);
	WAIT_FOR("a", "x");
}

static void
test_debian_spool(void **state)
{
	(void)state;
	put("/etc/crontab", "system");
	put_user("/var/spool/cron/crontabs/joe", "x");
	put_user("/var/spool/cron/crontabs/tmp.1", "x");
	start();
	assert_true(counts("joe", "x"));
	assert_int_equal(said("ORPHAN"), 0);
	shell("chmod 640 var/spool/cron/crontabs/joe");
	WAIT_FOR("joe", NULL);
	assert_int_equal(said("(joe) INSECURE MODE (mode 0600 expected) "
			      "(crontabs/joe)"),
	    1);
	shell("chmod 600 var/spool/cron/crontabs/joe");
	WAIT_FOR("joe", "x");
	assert_int_equal(said("(joe) RELOAD (crontabs/joe)"), 1);
	shell("rm etc/crontab");
	WAIT_FOR("", NULL);
	reload_all(world.reload);
	settle();
	assert_int_equal(said("(CRON) STAT FAILED ("), 1);
}

/* What killed crontabs left goes, once nobody can be at it any more. */
static void
test_left_debian(void **state)
{
	static char name[] = "tmp.joexyz";

	(void)state;
	fake.joe.name = name;
	put_user("/var/spool/cron/crontabs/tmp.joexyz", "x");
	shell(
	    "cd var/spool/cron/crontabs && touch tmp.aB3dEf tmp.abc tmp.new123 "
	    "&& mkdir tmp.direct && ln -s /none tmp.alink1 && "
	    "touch -h -d '2 hours ago' tmp.aB3dEf tmp.abc tmp.joexyz "
	    "tmp.direct tmp.alink1");
	start();
	assert_true(counts(name, "x"));
	shell("cd var/spool/cron/crontabs && test -e tmp.abc -a -e tmp.new123 "
	      "-a -d tmp.direct -a -h tmp.alink1 -a ! -e tmp.aB3dEf");
	assert_int_equal(said("1 files that killed crontabs left in"), 1);
	/* no more than once an hour */
	shell("cd var/spool/cron/crontabs && touch -d '2 hours ago' "
	      "tmp.aB3dEf");
	reload_all(world.reload);
	settle();
	shell("test -e var/spool/cron/crontabs/tmp.aB3dEf");
}

static void
test_left_redhat(void **state)
{
	(void)state;
	put_user("/var/spool/cron/joe", "x");
	shell(
	    "cd var/spool/cron && touch '#tmp.host.aB3dEf' '#tmp.host.n' '#x' "
	    "'tmp.aB3dEf' && touch -d '2 hours ago' joe '#tmp.host.aB3dEf' "
	    "'#x' tmp.aB3dEf");
	start();
	shell("cd var/spool/cron && test -e joe -a -e '#x' -a -e tmp.aB3dEf -a "
	      "-e '#tmp.host.n' -a ! -e '#tmp.host.aB3dEf'");
	assert_true(counts("joe", "x"));
}

/* The link is no event of the table's own. */
static void
test_second_link_debian(void **state)
{
	static const char *const links[] = {"b", ".b", "b.c"};

	(void)state;
	world.config.sweep_secs = 0.5;
	put("/etc/cron.d/a", "one");
	start();
	for (size_t i = 0; i < 3; i++) {
		assert_true(counts("a", "one"));
		shell("ln etc/cron.d/a etc/cron.d/%s", links[i]);
		WAIT_FOR("a", NULL);
		shell("rm etc/cron.d/%s", links[i]);
		WAIT_FOR("a", "one"); /* by the sweep */
	}
}

static void
restart(void)
{
	reload_free(world.reload);
	world.reload = NULL;
	assert_int_equal(agenda_size, 0);
	start();
}

static void
keep_in_run(void)
{
	static char dir[128];

	snprintf(dir, sizeof(dir), "%s", at("/run/tables"));
	world.config.keep_dir = dir;
}

/* a in cron.d and joe's: good, then bad. */
static void
go_bad(void)
{
	keep_in_run();
	put("/etc/cron.d/a", "one");
	put_user("/var/spool/cron/crontabs/joe", "two");
	start();
	shell("echo '99 * * * * root x' > etc/cron.d/a");
	shell("printf '1 1 1 1 * x' > var/spool/cron/crontabs/joe");
	reload_all(world.reload);
	settle();
	assert_true(counts("a", "one"));
	assert_true(counts("joe", "two"));
	shell("test \"$(ls -A run/tables | tr '\\n' ' ')\" = "
	      "'dropin.a user.joe '");
}

static void
test_last_good(void **state)
{
	(void)state;
	go_bad();
	shell("echo '98 * * * * root x' > etc/cron.d/a"); /* bad again */
	reload_all(world.reload);
	settle();
	assert_int_equal(said("from a copy"), 0);
	for (unsigned i = 1; i <= 2; i++) {
		restart();
		assert_true(counts("a", "one"));
		assert_true(counts("joe", "two"));
		assert_int_equal(said("from a copy"), 2 * i);
		assert_int_equal(said("bad minute"), 2 + i);
	}
	put("/etc/cron.d/a", "three");
	WAIT_FOR("a", "three");
	shell("test ! -e run/tables/dropin.a");
	shell("rm var/spool/cron/crontabs/joe");
	WAIT_FOR("joe", NULL);
	shell("test ! -e run/tables/user.joe");
	restart();
	assert_true(counts("a", "three"));
	assert_true(counts("joe", NULL));
}

/* What happened while no daemon was there. */
static void
test_last_good_not(void **state)
{
	static const struct {
		const char *meanwhile;
		bool kept;
	} cases[] = {
	    {":", true},
	    {"chmod 666 var/spool/cron/crontabs/joe", false},
	    {"rm var/spool/cron/crontabs/joe", false},
	    {"rm -r var/spool/cron/crontabs", false},
	    {"echo '1 1 1 1 * good' > var/spool/cron/crontabs/joe", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		shell("mkdir -p var/spool/cron/crontabs; rm -f "
		      "var/spool/cron/crontabs/joe");
		go_bad();
		reload_free(world.reload);
		world.reload = NULL;
		shell("%s", cases[i].meanwhile);
		start();
		if (counts("joe", "two") != cases[i].kept)
			fail_msg("%s", cases[i].meanwhile);
		if ((access(at("/run/tables/user.joe"), F_OK) == 0) !=
		    cases[i].kept)
			fail_msg("copy: %s", cases[i].meanwhile);
		reload_free(world.reload);
		world.reload = NULL;
	}
	start();
}

/* The bytes of others, of another account, of nobody. */
static void
test_last_good_hostile(void **state)
{
	static const char *const cases[] = {
	    "chmod 644 run/tables/user.joe",
	    "cp --preserve=mode run/tables/dropin.a run/tables/user.joe",
	    "head -c 60 run/tables/user.joe > x && cat x > run/tables/user.joe",
	    "printf x >> run/tables/user.joe",
	    "cp -a run/tables/user.joe . && ln -sf ../../user.joe run/tables",
	    "chmod 755 run/tables",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		shell("rm -rf run user.joe x");
		go_bad();
		reload_free(world.reload);
		world.reload = NULL;
		shell("%s", cases[i]);
		start();
		if (!counts("joe", NULL))
			fail_msg("taken: %s", cases[i]);
		reload_free(world.reload);
		world.reload = NULL;
	}
	assert_true(said("CAN'T KEEP") >= 4);
	start();
}

static void
test_last_good_redhat(void **state)
{
	(void)state;
	keep_in_run();
	shell("mkdir -p -m 700 run/tables; touch run/tables/user.joe");
	put_user("/var/spool/cron/joe", "x");
	start();
	shell("test -z \"$(ls -A run/tables)\"");
	shell("echo '99 * * * * x' > var/spool/cron/joe");
	reload_all(world.reload);
	settle();
	assert_false(counts("joe", "x"));
	shell("test -z \"$(ls -A run/tables)\"");
}

/* Told that cron.d and the target of a link are on NFS: a child reads. */
static void
test_may_hang(void **state)
{
	char text[512];

	(void)state;
	snprintf(text, sizeof(text),
	    "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	    "2 1 0:40 / %s/etc/cron.d rw - nfs4 server:/ rw\n",
	    world.root);
	mounts_free(world.mounts);
	world.mounts = world.config.mounts = mounts_of_text(text);
	world.config.sweep_secs = 0.2;
	put("/etc/cron.d/a", "one");
	put("/etc/cron.d/b", "b");
	shell("ln -s cron.d/b etc/crontab");
	start();
	WAIT_FOR("a", "one");
	WAIT_FOR("b", "b");
	WAIT_FOR("", "b");
	put("/etc/cron.d/a", "two"); /* the sweep sees it */
	WAIT_FOR("a", "two");
	shell("rm etc/cron.d/a etc/cron.d/b");
	WAIT_FOR("a", NULL);
	WAIT_FOR("b", NULL);
	WAIT_FOR("", NULL);
	assert_int_equal(said("RELOAD"), 1);
}

/* A table that is a link into a user's directory, who may mount there what
 * hangs: not entered by the loop, read by the child, seen by the sweep. */
static void
test_users_directory(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip_test();
	world.config.sweep_secs = 0.2;
	shell("mkdir home; chmod 755 .; echo '1 1 1 1 * root one' >home/t; "
	      "ln -s ../../home/t etc/cron.d/t; ln -s ../../../home/t "
	      "var/spool/cron/u1; chown -R 4711 home; chown 0 home/t; "
	      "chmod 600 home/t");
	start();
	assert_int_equal(mounts_walk(world.mounts, at("/home/t"), NULL, NULL),
	    MOUNTS_HANGS);
	assert_true(counts("t", "one"));
	assert_true(counts("u1", "root one"));
	shell("echo '1 1 1 1 * root two' >home/t");
	WAIT_FOR("t", "two");
	WAIT_FOR("u1", "root two");
}

/* 10,000 long lines: so much that a change right after is not read at once, and
 * all the same it is read. */
static void
put_large(const char *command)
{
	static char line[6000];
	char end[64];
	int fd = create("/var/spool/cron/.new");

	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "1 1 1 1 * ", 10);
	snprintf(end, sizeof(end), "\n");
	for (int i = 0; i < 9999; i++) {
		say(fd, line);
		say(fd, end);
	}
	snprintf(end, sizeof(end), "1 1 1 1 * %s\n", command);
	say(fd, end);
	close(fd);
	shell("mv var/spool/cron/.new var/spool/cron/u1");
}

static void
test_large_again(void **state)
{
	int64_t began;
	unsigned adds;

	(void)state;
	start();
	put_large("one");
	for (int i = 0; agenda_size == 0 && i < LIMIT_MS / 50; i++)
		run_for(50);
	assert_int_equal(agenda_size, 1);
	began = clock_mono_ns();
	adds = agenda_adds;
	put_user("/var/spool/cron/u1", "two");
	apply_now();
	/* ten times of what 60 MB cost */
	if (clock_mono_ns() - began < INT64_C(50000000))
		assert_int_equal(agenda_adds, adds);
	WAIT_FOR("u1", "two");
}

/* The child of this process that is asleep, writing what nobody reads; 0: none.
 */
static pid_t
sleeping_child(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *item;
	char path[300], text[512];
	pid_t found = 0;
	int parent;
	char state;

	assert_non_null(proc);
	while (found == 0 && (item = readdir(proc)) != NULL) {
		FILE *f;

		if (atoi(item->d_name) <= 0)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", item->d_name);
		if ((f = fopen(path, "re")) == NULL)
			continue;
		if (fgets(text, sizeof(text), f) != NULL &&
		    strrchr(text, ')') != NULL &&
		    sscanf(strrchr(text, ')'), ") %c %d", &state, &parent) ==
			2 &&
		    parent == getpid() && state == 'S')
			found = (pid_t)atoi(item->d_name);
		fclose(f);
	}
	closedir(proc);
	return found;
}

/* While it hangs the reader holds no lock of its parent's: another crond can
 * start. */
static void
test_reader_keeps_nothing(void **state)
{
	char dir[64], path[PATH_MAX], target[PATH_MAX];
	struct dirent *item;
	ssize_t len;
	pid_t pid = 0;
	int lock, fd, looks;
	DIR *fds;

	(void)state;
	lock = open(at("/lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(lock > 2);
	fd = create("/etc/cron.d/large");
	for (int i = 0; i < 20000; i++)
		say(fd, "# a line that fills a pipe\n");
	say(fd, "1 1 1 1 * root x\n");
	close(fd);
	world.reload = reload_new(&world.config);
	assert_non_null(world.reload);
	reload_start(world.reload);
	for (looks = 0; pid == 0 && looks < 3000; looks++) {
		poll(NULL, 0, 10);
		pid = sleeping_child();
	}
	assert_int_not_equal(pid, 0);
	snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)pid);
	fds = opendir(dir);
	assert_non_null(fds);
	while ((item = readdir(fds)) != NULL) {
		len = readlinkat(dirfd(fds), item->d_name, target,
		    sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		snprintf(path, sizeof(path), "%s/lock", world.root);
		assert_string_not_equal(target, path);
		if (strncmp(target, "anon_inode:", 11) == 0)
			fail_msg("the reader has %s", target);
	}
	closedir(fds);
	close(lock);
	WAIT_FOR("large", "x");
}

static void
name_host(const char *name)
{
	shell("echo '%s' > .new && mv .new var/spool/cron/.cron.hostname",
	    name);
}

/* A cluster's spool on NFS: the child reads the file that names the host. */
static void
test_cluster(void **state)
{
	char text[512], name[256];

	(void)state;
	assert_int_equal(gethostname(name, sizeof(name)), 0);
	snprintf(text, sizeof(text),
	    "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
	    "2 1 0:40 / %s/var/spool/cron rw - nfs4 server:/ rw\n",
	    world.root);
	mounts_free(world.mounts);
	world.mounts = world.config.mounts = mounts_of_text(text);
	world.config.sweep_secs = 0.2;
	world.config.cluster = true;
	put("/etc/cron.d/own", "own");
	put_user("/var/spool/cron/joe", "one");
	start();
	WAIT_FOR("own", "own");
	run_for(1000);
	assert_true(counts("joe", NULL));
	assert_int_equal(said("not run here: .cron.hostname): No such"), 1);
	name_host(name);
	WAIT_FOR("joe", "one");
	assert_int_equal(said("are run here"), 1);
	put_user("/var/spool/cron/joe", "two");
	WAIT_FOR("joe", "two");
	name_host("other");
	WAIT_FOR("joe", NULL);
	assert_int_equal(said("names other"), 1);
	run_for(1000);
	assert_int_equal(said("cluster: "), 3);
	assert_true(counts("own", "own"));
}

static void
test_operands(void **state)
{
	char *operands[] = {NULL, NULL};

	(void)state;
	operands[0] = strdup(at("/mine"));
	world.config.operands = operands;
	world.config.operand_user = "joe";
	world.config.root = "";
	start();
	put_user("/mine", "x");
	WAIT_FOR(operands[0], "x");
	put_user("/mine", "y");
	WAIT_FOR(operands[0], "y");
	reload_free(world.reload);
	world.reload = NULL;
	free(operands[0]);
	world.reload = NULL;
	world.config.operands = NULL;
	world.config.root = world.root;
	start();
}

#define ON(test, who) cmocka_unit_test_setup_teardown(test, who, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ON(test_thousand, redhat),
	    ON(test_times_of_spool, redhat),
	    ON(test_orphan, redhat),
	    ON(test_slow_user, redhat),
	    ON(test_no_descriptors, redhat),
	    ON(test_odd_files, redhat),
	    ON(test_bad_line_redhat, redhat),
	    ON(test_bad_debian, debian),
	    ON(test_new_feature_debian, debian),
	    ON(test_unknown_user_debian, debian),
	    ON(test_debian_spool, debian),
	    ON(test_second_link_debian, debian),
	    ON(test_left_debian, debian),
	    ON(test_left_redhat, redhat),
	    ON(test_last_good, debian),
	    ON(test_last_good_not, debian),
	    ON(test_last_good_hostile, debian),
	    ON(test_last_good_redhat, redhat),
	    ON(test_cluster, redhat),
	    ON(test_may_hang, redhat),
	    ON(test_users_directory, redhat),
	    ON(test_reader_keeps_nothing, redhat),
	    ON(test_large_again, redhat),
	    ON(test_operands, redhat),
	};

	return cmocka_run_group_tests_name("reload_tables", tests, NULL, NULL);
}
