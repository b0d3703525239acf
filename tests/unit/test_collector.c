/* The collector's program, driven as crond does: runs, and what they write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static void
run(struct world *w, struct world_job *job)
{
	world_run(w, job);
	world_hear(w, "have\t%s", job->id);
	world_job_ends(w, job);
}

static void
test_quiet(void **state)
{
	struct world_job job = {.script = "exit 3", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_start(w, NULL);
	run(w, &job);
	world_hear(w, "over\t%s\t0\t0", job.id);
	world_hear(w, "done\t%s\tnone\t", job.id);
	world_hear(w, "idle");
	assert_int_equal(world_count(w, "mail"), 0);
	assert_int_equal(world_count(w, "outbox/%lu", (unsigned long)w->uid),
	    0);
	world_await(w, false, "runs/%lu/%s", (unsigned long)w->uid, job.id);
	world_say(w, "bye");
	assert_int_equal(world_wait_end(w), 0);
	assert_int_equal(world_count(w, "collect"), 0);
}

static void
test_mailed(void **state)
{
	struct world_job job = {.script = "echo hello; echo more >&2; exit 3",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;

	world_start(w, NULL);
	run(w, &job);
	world_hear(w, "over\t%s\t11\t0", job.id);
	world_hear(w, "want\t%s", job.id);
	assert_int_equal(world_count(w, "mail"), 0);
	world_say(w, "grant\t%s", job.id);
	world_hear(w, "free\t%s", job.id);
	world_hear(w, "done\t%s\tmailed\t", job.id);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "To: joe\n"));
	assert_non_null(strstr(mail, "Subject: Cron <joe@host> the command"));
	assert_non_null(strstr(mail, "X-Cron-Status: "));
	assert_non_null(strstr(mail, "\n\nhello\nmore\n"));
	free(mail);
	assert_int_equal(world_count(w, "outbox/%lu", (unsigned long)w->uid),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mailed, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
