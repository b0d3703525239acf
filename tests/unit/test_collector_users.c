/* The collector's program: whom it mails as, and whose a letter is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector_world.h"

static int
setup(void **state)
{
	struct world *w = malloc(sizeof *w);

	world_open(w, geteuid());
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

static size_t
letters(struct world *w)
{
	return world_count(w, "outbox/%lu", (unsigned long)w->uid);
}

static void
test_no_user(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	if (geteuid() != 0)
		skip();
	world_start(w, NULL);
	world_say(w, "user\t%s", w->name);
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear_any(w,
	    "log\t3\t%ld\t%s\tMAIL\tthe user is gone, no mailer can be started",
	    (long)job.pid, w->name);
	world_hear_any(w, "done\t%s\tkept", job.id);
	assert_int_equal(letters(w), 1);
}

/* A grant may come before the account does: it is waited for. */
static void
test_late_user(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	w->says_no_user = true;
	world_start(w, NULL);
	world_run_all(w, &job);
	world_hear(w, "want\t%s", job.id);
	world_say(w, "grant\t%s", job.id);
	world_say(w, "ping\t1");
	world_hear_any(w, "pong\t1");
	world_say(w, "user\t%s\t%lu\t%lu\t/", w->name, (unsigned long)w->uid,
	    (unsigned long)w->uid);
	world_hear_any(w, "done\t%s\tmailed", job.id);
	assert_int_equal(world_count(w, "mail"), 1);
}

/* One kept letter of name; the next collector hears of another one first, and
 * asks for that name when it may mail. */
static void
ask_for_first_name(struct world *w, struct world_job *job, char name[64])
{
	if (geteuid() != 0)
		skip();
	world_mailer(w, 75, "");
	world_start(w, NULL);
	world_run_all(w, job);
	world_grant(w, job->id);
	world_hear_any(w, "done\t%s\tkept", job->id);
	world_say(w, "bye");
	assert_int_equal(world_wait_end(w), 0);
	strcpy(name, w->name);
	strcpy(w->name, "heir");
	world_mailer(w, 0, "");
	world_start(w, NULL);
	world_say(w, "flush");
	world_hear(w, "want\t%s", job->id);
	world_say(w, "grant\t%s", job->id);
	world_hear_any(w, "lookup\t%s", name);
}

/* A uid may have two names. */
static void
test_second_name(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char name[64];

	ask_for_first_name(w, &job, name);
	world_say(w, "user\t%s\t%lu\t%lu\t/", name, (unsigned long)w->uid,
	    (unsigned long)w->uid);
	world_hear_any(w, "done\t%s\tmailed", job.id);
	assert_int_equal(letters(w), 0);
}

/* Nobody says whose it is: it waits. */
static void
test_unknown_name(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char name[64];

	ask_for_first_name(w, &job, name);
	world_hear_any(w, "lookup\t%s", name);
	world_hear_any(w, "log\t3\t0\t%s\tMAIL\tthe user can't be looked up",
	    name);
	world_hear_any(w, "free\t%s", job.id);
	assert_int_equal(letters(w), 1);
}

/* The uid is another name's by now: its mail is nobody's. */
static void
test_other_name(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char name[64];

	ask_for_first_name(w, &job, name);
	world_say(w, "user\t%s", name);
	world_hear_any(w, "log\t4\t0\t%s\tMAIL\tuid 0 is another user's now",
	    name);
	world_await(w, true, "outbox/%lu/.aside.%s", (unsigned long)w->uid,
	    job.id);
	assert_int_equal(letters(w), 0);
	assert_int_equal(world_count(w, "mail"), 1); /* of the first attempt */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_no_user, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_late_user, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_second_name, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unknown_name, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_other_name, setup, teardown),
	};

	return cmocka_run_group_tests_name("collector_users", tests, NULL,
	    NULL);
}
