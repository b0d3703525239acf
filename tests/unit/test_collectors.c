/*
 * crond's side of its collectors: those that never answer, die, lie or can't be
 * started, and who takes over from whom. Collectors are
 * tests/lib/fake_collector.c; jobs are real.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "collector_pair.h"
#include "daemon/collectors/collector.h"
#include "daemon/handover/adopt.h"
#include "daemon/run/run.h"
#include "daemon/run/starts.h"
#include "run_world.h"
#include "sys/reexec.h"
#include "sys/seqpacket.h"
#include "sys/spawn/logind_fifo.h"

static char mark[] = "/tmp/test_collectors.XXXXXX", words[64];

/* How many of these words, with the generation before them, were said. */
static int
said(const char *what)
{
	static char text[1 << 20];
	FILE *f = fopen(words, "re");
	const char *at = text;
	size_t n;
	int count = 0;

	if (f == NULL)
		return 0;
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = '\0';
	while ((at = strstr(at, what)) != NULL) {
		count++;
		at++;
	}
	return count;
}

/* The collector may be a little behind. */
static void
wait_said(const char *what, int count)
{
	double until = seconds() + 60;

	while (said(what) < count && seconds() < until)
		run_for(.05);
	assert_int_equal(said(what), count);
}

static void
begin(const char *mode, unsigned answer_ms)
{
	int fd;

	strcpy(mark, "/tmp/test_collectors.XXXXXX");
	fd = mkstemp(mark);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(unlink(mark), 0);
	snprintf(words, sizeof words, "%s.words", mark);
	setenv("FAKE_COLLECTOR", mode, 1);
	setenv("FAKE_COLLECTOR_MARK", mark, 1);
	setenv("FAKE_COLLECTOR_LOG", words, 1);
	world.answer_ms = answer_ms;
	start_world("redhat", 3);
}

static int
end(void **state)
{
	int result = tear_down(state);

	(void)unlink(mark);
	(void)unlink(words);
	unsetenv("FAKE_COLLECTOR");
	return result;
}

static void
run_one(const char *command)
{
	if (world.table != NULL) {
		faults_clear(&world.faults);
		table_unref(world.table);
	}
	load("* * * * * %s %s\n", world.me, command);
	all_due();
}

/* Tests */

/* It stays, for the next run; and goes when there is none. */
static void
test_one_for_all(void **state)
{
	(void)state;
	begin("", 0);
	run_one("echo 1");
	wait_for_the_end();
	run_one("echo 2; exit 2");
	wait_for_the_end();
	assert_int_equal(said("begins"), 1);
	assert_int_equal(said("1 run\t"), 2);
	assert_int_equal(said("1 user\t"), 1);
	assert_int_equal(said("\tknown\t0\n"), 1);
	assert_int_equal(said("\tknown\t512\n"), 1);
	assert_int_equal(collectors_count(world.collectors), 1);
	run_for(6);
	wait_said("1 bye", 1);
	assert_int_equal(collectors_count(world.collectors), 0);
	run_one("echo 3");
	wait_for_the_end();
	assert_int_equal(said("2 begins"), 1);
}

/* Runs of one minute start in the order of their lines, those that waited for
 * the collector and those that come when it is there. */
static void
test_order(void **state)
{
	char table[4096] = "", command[32];
	const char *line;
	size_t len = 0;
	int i;

	(void)state;
	begin("", 0);
	for (i = 0; i < 150; i++)
		len += (size_t)snprintf(table + len, sizeof table - len,
		    "* * * * * %s :%d\n", world.me, i);
	run_one("echo ready");
	wait_for_the_end();
	faults_clear(&world.faults);
	table_unref(world.table);
	load("%s", table);
	all_due();
	wait_for_the_end();
	for (i = 0, line = world.lines; i < 150; i++) {
		snprintf(command, sizeof command, " CMD (:%d)", i);
		line = strstr(line, command);
		assert_non_null(line);
	}
	assert_int_equal(said("begins"), 1);
}

static void
test_never_ready(void **state)
{
	(void)state;
	begin("once:mute", 300);
	run_one("echo on");
	wait_for_the_end();
	assert_int_equal(count_lines("does not answer"), 1);
	assert_int_equal(count_lines("CMDEND (echo on) status 0"), 1);
	assert_int_equal(count_lines(" s, 3 bytes"), 1);
	assert_int_equal(said("2 run\t"), 1);
}

static void
test_quits_once(void **state)
{
	(void)state;
	begin("once:quits", 0);
	run_one("echo on");
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo on) status 0"), 1);
	assert_int_equal(said("2 run\t"), 1);
}

/* A start waits as long as its minute lasts, and no longer. */
static void
test_always_quits(void **state)
{
	(void)state;
	world.patience_secs = 2;
	begin("quits", 0);
	run_one("echo on");
	wait_for_the_end();
	assert_int_equal(count_lines(" ended as soon as it was started"), 1);
	assert_int_equal(count_lines(" MISSED (echo on)"), 1);
	assert_int_equal(count_lines(" CMD ("), 0);
	assert_in_range(said("begins"), 2, 6);
}

/* It has the run, and does not say so: its user's next run goes to another one,
 * which goes on with the first when the deaf one is gone. */
static void
test_deaf(void **state)
{
	const char *line;
	long pid = 0;

	(void)state;
	begin("once:deaf", 300);
	run_one("echo first");
	wait_for("does not answer", 1);
	line = strstr(world.lines, "COLLECTOR (process ");
	assert_non_null(line);
	pid = strtol(line + strlen("COLLECTOR (process "), NULL, 10);
	assert_true(pid > 1);
	run_one("echo second");
	wait_for("CMDEND (echo second) status 0", 1);
	assert_int_equal(count_lines("CMDEND (echo first)"), 0);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo first) status 0"), 1);
	assert_int_equal(said("2 run\t"), 2);
	assert_int_equal(said("3 begins"), 0);
}

/* The job has begun: nothing that it writes is lost. */
static void
test_dies(void **state)
{
	char command[128];

	(void)state;
	begin("once:dies", 0);
	snprintf(command, sizeof command, "sleep 1; echo all of it; exit 3");
	run_one(command);
	wait_for_the_end();
	assert_int_equal(said("2 begins, recovers"), 1);
	assert_int_equal(count_lines("exit 3) status 3, "), 1);
	assert_int_equal(count_lines(" s, 10 bytes"), 1);
	assert_int_equal(count_lines("may be lost"), 0);
}

static void
test_garbage(void **state)
{
	(void)state;
	begin("garbage", 0);
	run_one("echo on");
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo on) status 0"), 1);
	/* Of what nobody knows of, the end is told. */
	assert_int_equal(said("ended\tnone-such\tunknown"), 1);
	assert_int_equal(said("begins"), 1);
}

/* No more than 64 are sent that it does not have. */
static void
test_untaken(void **state)
{
	int i;

	(void)state;
	begin("once:deaf", 10000);
	load("* * * * * %s :\n", world.me);
	for (i = 0; i < 100; i++)
		starts_due(world.starts, &world.table->entries[0],
		    (struct minute){i});
	wait_for(" CMD (:)\n", COLLECTOR_UNTAKEN_MAX);
	run_for(.3);
	assert_int_equal(count_lines(" CMD (:)\n"), COLLECTOR_UNTAKEN_MAX);
	wait_for("does not answer", 1);
	wait_for(" CMD (:)\n", 100);
	wait_said("2 run\t", 100 - COLLECTOR_UNTAKEN_MAX);
}

/* No directory of runs: the child makes the pipe. */
static void
test_nameless(void **state)
{
	(void)state;
	world.nameless = true;
	begin("", 0);
	run_one("echo on; exit 5");
	wait_for_the_end();
	assert_int_equal(said("\trun\t") + said(" run\t"), 2);
	assert_int_equal(count_lines("exit 5) status 5, "), 1);
	assert_int_equal(count_lines(" s, 3 bytes"), 1);
}

/* Somebody tidies up while it runs. */
static void
test_directories_go(void **state)
{
	char command[256];

	(void)state;
	begin("", 0);
	run_one("echo 1");
	wait_for_the_end();
	snprintf(command, sizeof command, "rm -rf %s %s", world.runs_dir,
	    world.collect);
	assert_int_equal(system(command), 0);
	run_one("echo 2");
	wait_for_the_end();
	assert_int_equal(count_lines("CMDEND (echo 2) status 0"), 1);
	assert_int_equal(count_lines(" s, 2 bytes"), 2);
}

static void
next_crond(void)
{
	static const struct run_state_key key = {"boot", 1, 1};
	struct reexec_inherited inherited = {.in_place = false};
	struct logind_fifos keepers = {NULL, 0};
	struct collectors_config config;
	struct runs_config runs = *runs_config(world.runs);
	const struct adopt_config adopting = {.log = world.log,
	    .handover = world.files,
	    .key = &key,
	    .inherited = &inherited,
	    .keepers = &keepers,
	    .runs = NULL};
	struct adopt_config now = adopting;

	config = world.collectors->config;
	starts_free(world.starts);
	runs_free(world.runs);
	collectors_free(world.collectors);
	world.collectors = collectors_new(&config);
	runs.collectors = world.collectors;
	world.runs = runs_new(&runs);
	world.starts = starts_new(world.runs);
	now.runs = world.runs;
	adopt(&now);
	collectors_take_over(world.collectors);
}

/* The collector outlives crond, and goes on with what it has; new runs are
 * another one's, which knows the new crond's options. */
static void
test_next_crond(void **state)
{
	char command[128];
	int i;

	(void)state;
	begin("", 0);
	/* The fake collector takes a FIFO that nobody has opened for one that
	 * nobody has any more. */
	snprintf(command, sizeof command,
	    "echo up >%s.up; sleep 4; echo on; exit 4", mark);
	run_one(command);
	snprintf(command, sizeof command, "%s.up", mark);
	for (i = 0; i < 600 && access(command, F_OK) != 0; i++)
		run_for(.05);
	assert_int_equal(unlink(command), 0);
	next_crond();
	assert_int_equal(runs_count(world.runs), 1);
	wait_for_the_end();
	assert_int_equal(count_lines("took over 1 running job\n") +
			     count_lines("took over 1 running job)"),
	    1);
	assert_int_equal(count_lines("exit 4) status 4, "), 1);
	/* The file has had its begin from the first moment on. */
	assert_in_range(atoi(strstr(world.lines, ") status 4, ") +
			     strlen(") status 4, ")),
	    4, 120);
	assert_int_equal(count_lines(" s, 3 bytes"), 1);
	assert_int_equal(said("begins"), 1);
	run_one("echo new");
	wait_for_the_end();
	assert_int_equal(said("begins"), 2);
	assert_int_equal(said("2 run\t"), 1);
	wait_said("1 bye", 1);
}

/* Letters that wait */

/* Whose letters there are at the start, and what is asked for then. */
static void
test_outbox(void **state)
{
	char path[256];
	FILE *f;

	(void)state;
	begin("", 0);
	snprintf(path, sizeof path, "%s/%lu", world.outbox,
	    (unsigned long)geteuid());
	assert_int_equal(mkdir(world.outbox, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	collectors_look_at_outbox(world.collectors, false);
	run_for(1);
	assert_int_equal(said("begins"), 0); /* there are none */
	strcat(path, "/a-letter");
	f = fopen(path, "we");
	assert_non_null(f);
	fclose(f);
	collectors_look_at_outbox(world.collectors, true);
	wait_said("1 flush", 1);
	assert_int_equal(said("1 begins"), 1);
	assert_true(said("1 user\t") <= 1);
}

/* The bytes of a drop that it was told; 0: none. */
static uint64_t
dropped(int socket)
{
	struct collector_message m;
	char bytes[4096];
	uint64_t sum = 0;
	int attached;
	ssize_t n;

	while ((n = seqpacket_receive(socket, bytes, sizeof bytes - 1,
		    &attached)) > 0)
		if (collector_message_read(&m, bytes, (size_t)n) &&
		    m.word == WORD_DROP)
			sum += m.bytes;
	return sum;
}

/* Over the bound who has most loses, and is told once. */
static void
test_outbox_max(void **state)
{
	struct collector *a, *b;
	int to_a, to_b;

	(void)state;
	begin("", 0); /* the bound is 1 MiB */
	to_a = open_pair(1001, 1, &a);
	to_b = open_pair(1002, 1, &b);
	be_ready(to_a, 1001, 1);
	be_ready(to_b, 1002, 1);
	say(to_a, &(struct collector_message){.word = WORD_KEPT,
		      .number = 3,
		      .bytes = 600000});
	say(to_b, &(struct collector_message){.word = WORD_KEPT,
		      .number = 1,
		      .bytes = 400000});
	run_for(.3);
	assert_int_equal(dropped(to_a) + dropped(to_b), 0);
	say(to_b, &(struct collector_message){.word = WORD_KEPT,
		      .number = 2,
		      .bytes = 500000});
	run_for(.3);
	assert_int_equal(dropped(to_a), 1100000 - (1 << 20));
	assert_int_equal(dropped(to_b), 0);
	say(to_b, &(struct collector_message){.word = WORD_KEPT,
		      .number = 2,
		      .bytes = 500001});
	run_for(.3);
	assert_int_equal(dropped(to_a) + dropped(to_b), 0);
	close(to_a);
	close(to_b);
}

/* One was sent away just when its letter was due: another one is started then,
 * not a minute later. */
static void
test_due_when_leaving(void **state)
{
	struct collector *c;
	int socket, i;

	(void)state;
	begin("", 0);
	socket = open_pair(geteuid(), 1, &c);
	be_ready(socket, geteuid(), 1);
	say(socket, &(struct collector_message){.word = WORD_KEPT,
			.number = 1,
			.bytes = 4096,
			.at = time(NULL) + 1});
	run_for(.3);
	collector_send_away(c);
	close(socket);
	for (i = 0; i < 400 && said("begins") == 0; i++)
		run_for(.05);
	assert_int_equal(said("begins"), 1);
}

/* What was counted for a name is given back to it, though its uid is another
 * name's by then, which inherits none of it. */
static void
test_renamed(void **state)
{
	const struct share_user old = {1001, "somebody"}, now = {1001, "carol"};
	struct shares *shares = NULL;
	struct collector *a;
	int to_a;

	(void)state;
	begin("", 0);
	shares = world.shares;
	to_a = open_pair(1001, 1, &a);
	be_ready(to_a, 1001, 1);
	want(a, 3);
	say(to_a, &(struct collector_message){.word = WORD_KEPT,
		      .number = 1,
		      .bytes = 400000});
	run_for(.1);
	assert_int_equal(share_of(shares, SHARE_OUTBOX, &old), 400000);
	assert_non_null(collector_user_get(world.collectors, 1001, "carol"));
	assert_int_equal(share_of(shares, SHARE_MAILERS, &now), 0);
	grants_free(a, "l0");
	assert_int_equal(share_of(shares, SHARE_MAILERS, &old), 2);
	say(to_a, &(struct collector_message){.word = WORD_KEPT,
		      .number = 1,
		      .bytes = 300000});
	run_for(.1);
	assert_int_equal(share_of(shares, SHARE_OUTBOX, &old), 0);
	assert_int_equal(share_of(shares, SHARE_OUTBOX, &now), 300000);
	collector_close(a);
	assert_int_equal(share_of_all(shares, SHARE_MAILERS), 0);
	close(to_a);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_one_for_all),
	    TEST(test_order),
	    TEST(test_never_ready),
	    TEST(test_quits_once),
	    TEST(test_always_quits),
	    TEST(test_deaf),
	    TEST(test_dies),
	    TEST(test_garbage),
	    TEST(test_untaken),
	    TEST(test_nameless),
	    TEST(test_directories_go),
	    TEST(test_next_crond),
	    TEST(test_outbox),
	    TEST(test_outbox_max),
	    TEST(test_due_when_leaving),
	    TEST(test_renamed),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("collectors", tests, NULL, NULL);
}
