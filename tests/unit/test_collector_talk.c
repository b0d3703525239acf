/*
 * What crond hears from its collectors and answers, the test being those:
 * mailers in turns, lines while the log is full, ends of runs, names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "collector_pair.h"
#include "daemon/collectors/collectors.h"
#include "run_world.h"
#include "sys/seqpacket.h"

/* Mailers */

static void
test_mailers(void **state)
{
	struct collector *a, *b, *root;
	int to_a, to_b, to_root;

	(void)state;
	start_world("redhat", 3);
	to_a = open_pair(1001, 1, &a);
	to_b = open_pair(1002, 1, &b);
	to_root = open_pair(0, 1, &root);
	/* Of 16 a user has half, and two are root's. */
	want(a, 20);
	assert_int_equal(grants(to_a), 8);
	want(b, 20);
	assert_int_equal(grants(to_b), 6);
	want(root, 20);
	assert_int_equal(grants(to_root), 2);
	/* What becomes free goes round. */
	grants_free(a, "l19");
	assert_int_equal(grants(to_a) + grants(to_b) + grants(to_root), 1);
	grants_free(a, "nothing");
	assert_int_equal(grants(to_a) + grants(to_b) + grants(to_root), 0);
	/* Those of one that is gone are free. */
	collector_close(a);
	assert_in_range(grants(to_b), 1, 2);
	assert_true(grants(to_root) >= 4);
	assert_true(share_of_all(world.shares, SHARE_MAILERS) <= 16);
	collector_close(b);
	collector_close(root);
	assert_int_equal(share_of_all(world.shares, SHARE_MAILERS), 0);
	close(to_a);
	close(to_b);
	close(to_root);
}

/* Lines */

/* While the log takes none, lines wait, and nothing else does. */
static void
test_log_full(void **state)
{
	const struct collector_message line = {.word = WORD_LOG,
	    .priority = LOG_INFO,
	    .who = "somebody",
	    .event = "TOLD",
	    .text = "so"};
	struct collector *c;
	int socket, i;

	(void)state;
	start_world("redhat", 3);
	socket = open_pair(1001, 1, &c);
	be_ready(socket, 1001, 1);
	while (!log_is_behind(world.log))
		log_event(world.log, LOG_INFO, "x", "FILL", 0, "the log");
	for (i = 0; i < 20; i++)
		say(socket, &line);
	say(socket, &(struct collector_message){.word = WORD_WANT, .id = "l"});
	for (i = 0; i < 20; i++)
		ev_run(world.loop, EVRUN_NOWAIT);
	assert_int_equal(grants(socket), 1);
	assert_true(c->line_bytes > 0);
	wait_for("(somebody) TOLD (so)", 20);
	assert_true(c->line_bytes == 0);
	/* What an end leaves is logged, too. */
	while (!log_is_behind(world.log))
		log_event(world.log, LOG_INFO, "x", "FILL", 0, "the log");
	say(socket, &line);
	for (i = 0; i < 20; i++)
		ev_run(world.loop, EVRUN_NOWAIT);
	close(socket);
	wait_for("(somebody) TOLD (so)", 21);
}

/* Who writes more than the log takes has one line in the log for each of
 * another's. */
static void
test_lines_in_turns(void **state)
{
	struct collector_message line = {.word = WORD_LOG,
	    .priority = LOG_INFO,
	    .who = "much",
	    .event = "TOLD",
	    .text = "so"};
	struct collector *a, *b;
	const char *last;
	int to_a, to_b, i, count = 0;

	(void)state;
	start_world("redhat", 3);
	to_a = open_pair(1001, 1, &a);
	to_b = open_pair(1002, 1, &b);
	be_ready(to_a, 1001, 1);
	be_ready(to_b, 1002, 1);
	while (!log_is_behind(world.log))
		log_event(world.log, LOG_INFO, "x", "FILL", 0, "the log");
	for (i = 0; i < 60; i++)
		say(to_a, &line);
	for (i = 0; i < 5; i++)
		ev_run(world.loop, EVRUN_NOWAIT);
	line.who = "little";
	for (i = 0; i < 3; i++)
		say(to_b, &line);
	for (i = 0; i < 5; i++)
		ev_run(world.loop, EVRUN_NOWAIT);
	wait_for("(much) TOLD (so)", 60);
	last = world.lines;
	for (i = 0; i < 3; i++) {
		last = strstr(last, "(little) TOLD (so)");
		assert_non_null(last);
		last++;
	}
	while ((last = strstr(last, "(much) TOLD (so)")) != NULL) {
		count++;
		last++;
	}
	assert_in_range(count, 50, 60);
	close(to_a);
	close(to_b);
}

/* A child that takes the log's lines, slowly: 0 if these are among them. */
static pid_t
read_slowly(const char *what, int count)
{
	const struct timespec pause = {.tv_nsec = 10000000};
	char line[16384];
	pid_t pid = fork();
	ssize_t n;
	int i;

	for (i = 0; pid == 0 && i < 1000 && count > 0; i++) {
		nanosleep(&pause, NULL);
		n = recv(world.sink, line, sizeof line - 1, MSG_DONTWAIT);
		if (n > 0)
			line[n] = '\0';
		count -= n > 0 && strstr(line, what) != NULL;
	}
	if (pid == 0)
		_exit(count > 0);
	return pid;
}

/* Lines that wait go with crond: before it does, the log has a moment for
 * them. */
static void
test_drain(void **state)
{
	const struct collector_message line = {.word = WORD_LOG,
	    .priority = LOG_INFO,
	    .who = "somebody",
	    .event = "TOLD",
	    .text = "so"};
	struct collector *c;
	int socket, i, status;
	pid_t pid;

	(void)state;
	start_world("redhat", 3);
	socket = open_pair(1001, 1, &c);
	be_ready(socket, 1001, 1);
	while (!log_is_behind(world.log))
		log_event(world.log, LOG_INFO, "x", "FILL", 0, "the log");
	for (i = 0; i < 20; i++)
		say(socket, &line);
	pid = read_slowly("(somebody) TOLD (so)", 20);
	assert_true(pid > 0);
	collectors_drain(world.collectors);
	log_drain(world.log);
	assert_int_equal(c->line_bytes, 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(socket);
}

struct ending {
	struct collector_run run;
	struct run_record record;
	bool over;
};

static void
on_over(void *context, uint64_t bytes, uint64_t discarded, bool lost)
{
	struct ending *e = context;

	(void)discarded;
	e->over = !lost && bytes == 7;
	log_event(world.log, LOG_INFO, "somebody", "OVER", 0, "r");
}

/* How often the log has the line of a run's output, up to the last end. */
static int
count_before_over(void)
{
	char *at = world.lines, *last = at;
	int count;

	while ((at = strstr(at, "(somebody) OVER (r)")) != NULL)
		last = at++;
	*last = '\0';
	count = count_lines("(somebody) TOLD (so)");
	*last = '(';
	return count;
}

static void
enlist_ending(struct ending *e, struct collector *c)
{
	*e = (struct ending){.record = {.id = "r"}};
	e->run = (struct collector_run){
	    .collector = c,
	    .record = &e->record,
	    .over = on_over,
	    .context = e,
	};
	collector_run_enlist(c->user, &e->run);
}

/* A run is over, in the log, behind the lines of what it wrote; also where its
 * collector ends before they are logged. */
static void
test_over_behind_lines(void **state)
{
	const struct collector_message line = {.word = WORD_LOG,
	    .priority = LOG_INFO,
	    .who = "somebody",
	    .event = "TOLD",
	    .text = "so"};
	const struct collector_message over = {.word = WORD_OVER,
	    .id = "r",
	    .bytes = 7};
	struct ending e;
	struct collector *c;
	int socket, i, round;

	(void)state;
	start_world("redhat", 3);
	for (round = 1; round <= 2; round++) {
		socket = open_pair(1001, (uint64_t)round, &c);
		be_ready(socket, 1001, (uint64_t)round);
		enlist_ending(&e, c);
		while (!log_is_behind(world.log))
			log_event(world.log, LOG_INFO, "x", "FILL", 0,
			    "the log");
		for (i = 0; i < 20; i++)
			say(socket, &line);
		say(socket, &over);
		if (round == 2)
			close(socket);
		for (i = 0; i < 5; i++)
			ev_run(world.loop, EVRUN_NOWAIT);
		assert_false(e.over);
		wait_for("(somebody) OVER (r)", round);
		assert_true(e.over);
		assert_int_equal(count_before_over(), 20 * round);
		if (round == 1) {
			collector_close(c);
			close(socket);
		}
	}
	/* Where nothing waits it is heard at once. */
	socket = open_pair(1001, 3, &c);
	be_ready(socket, 1001, 3);
	enlist_ending(&e, c);
	while (!log_is_behind(world.log))
		log_event(world.log, LOG_INFO, "x", "FILL", 0, "the log");
	say(socket, &over);
	for (i = 0; i < 5; i++)
		ev_run(world.loop, EVRUN_NOWAIT);
	assert_true(e.over);
	close(socket);
}

/* Names */

/* Hears the word "user" that answers: what, and more only if that is open. */
static void
hear_user(int socket, const char *what, bool open)
{
	char bytes[512] = "";
	int attached, i;
	ssize_t n;

	for (i = 0; i < 200; i++) {
		n = seqpacket_receive(socket, bytes, sizeof bytes - 1,
		    &attached);
		if (n > 0 && strncmp(bytes, what, strlen(what)) == 0 &&
		    (open || bytes[strlen(what)] == '\0'))
			return;
		if (n < 0)
			run_for(.05);
		memset(bytes, 0, sizeof bytes);
	}
	fail_msg("%s was not said", what);
}

/* A collector asks for a name of its uid; another one's is nobody's. */
static void
test_lookup(void **state)
{
	char mine[128];
	struct collector *c;
	int socket;

	(void)state;
	start_world("redhat", 3);
	snprintf(mine, sizeof mine, "user\t%s\t%lu\t", world.me,
	    (unsigned long)getegid());
	socket = open_pair(geteuid(), 1, &c);
	be_ready(socket, geteuid(), 1);
	say(socket,
	    &(struct collector_message){.word = WORD_LOOKUP, .name = world.me});
	hear_user(socket, mine, true);
	say(socket,
	    &(struct collector_message){.word = WORD_LOOKUP, .name = "no-one"});
	hear_user(socket, "user\tno-one", false);
	close(socket);
	socket = open_pair(geteuid() + 1, 1, &c);
	be_ready(socket, geteuid() + 1, 1);
	say(socket,
	    &(struct collector_message){.word = WORD_LOOKUP, .name = world.me});
	snprintf(mine, sizeof mine, "user\t%s", world.me);
	hear_user(socket, mine, false);
	/* It goes with its question. */
	say(socket,
	    &(struct collector_message){.word = WORD_LOOKUP, .name = "late"});
	close(socket);
	run_for(.3);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_mailers),
	    TEST(test_log_full),
	    TEST(test_lines_in_turns),
	    TEST(test_drain),
	    TEST(test_over_behind_lines),
	    TEST(test_lookup),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("collector_talk", tests, NULL, NULL);
}
