/* The collector's program, driven as crond does: runs, and what they write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
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

static size_t
letters(struct world *w)
{
	return world_count(w, "outbox/%lu", (unsigned long)w->uid);
}

static void
test_quiet(void **state)
{
	struct world_job job = {.script = "exit 3", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_start(w, NULL);
	world_run_all(w, &job);
	world_hear(w, "done\t%s\tnone\t", job.id);
	world_hear(w, "idle");
	assert_true(world_heard(w, "over\t%s\t0\t0\n", job.id));
	assert_int_equal(world_count(w, "mail"), 0);
	assert_int_equal(letters(w), 0);
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
	world_run_all(w, &job);
	world_hear(w, "want\t%s", job.id);
	assert_int_equal(world_count(w, "mail"), 0);
	world_say(w, "grant\t%s", job.id);
	world_hear(w, "free\t%s", job.id);
	world_hear(w, "done\t%s\tmailed\t", job.id);
	world_hear(w, "idle");
	assert_true(world_heard(w, "over\t%s\t11\t0\n", job.id));
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\nTo: "));
	assert_non_null(strstr(mail, "Subject: Cron <"));
	assert_non_null(strstr(mail, "@host> the command"));
	assert_non_null(strstr(mail, "X-Cron-Status: exit status 3"));
	assert_non_null(strstr(mail, "\n\nhello\nmore\n"));
	free(mail);
	assert_int_equal(letters(w), 0);
}

/* Mail on failure alone. */
static void
test_on_failure(void **state)
{
	struct world_job good = {.script = "echo fine",
			     .mail = MAIL_ON_FAILURE},
			 bad = {.script = "echo bad; kill -9 $$",
			     .mail = MAIL_ON_FAILURE};
	struct world *w = *state;
	char *mail;

	world_start(w, NULL);
	world_run_all(w, &good);
	world_hear(w, "done\t%s\tnone\t", good.id);
	world_run_all(w, &bad);
	world_grant(w, bad.id);
	world_hear(w, "done\t%s\tmailed\t", bad.id);
	mail = world_mail(w);
	assert_null(strstr(mail, "fine"));
	assert_non_null(strstr(mail, "\n\nbad\n"));
	assert_non_null(strstr(mail, "X-Cron-Status: killed by signal 9"));
	free(mail);
	assert_int_equal(letters(w), 0);
}

/* Nobody wants it, or the log has it. */
static void
test_not_mailed(void **state)
{
	struct world_job never = {.script = "echo x", .mail = MAIL_NEVER},
			 lines = {.script = "echo one; printf 't\\001wo\\nend'",
			     .mail = MAIL_SYSLOG};
	struct world *w = *state;

	world_start(w, NULL);
	world_run_all(w, &never);
	world_hear(w, "done\t%s\tnone\t", never.id);
	assert_true(world_heard(w, "over\t%s\t2\t0\n", never.id));
	world_run_all(w, &lines);
	world_hear(w, "done\t%s\tnone\t", lines.id);
	assert_true(world_heard(w, "log\t6\t%ld\t%s\tCMDOUT\tone\n",
	    (long)lines.pid, w->name));
	assert_true(world_heard(w, "log\t6\t%ld\t%s\tCMDOUT\tt\001wo\n",
	    (long)lines.pid, w->name));
	assert_true(world_heard(w, "log\t6\t%ld\t%s\tCMDOUT\tend\n",
	    (long)lines.pid, w->name));
}

/* Both: lines, and the same as mail. */
static void
test_both(void **state)
{
	static const char *const more[] = {"--output=both", NULL};
	struct world_job job = {.script = "echo one", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;

	world_start(w, more);
	world_run_all(w, &job);
	world_grant(w, job.id);
	assert_true(world_heard(w, "log\t6\t%ld\t%s\tCMDOUT\tone\n",
	    (long)job.pid, w->name));
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\n\none\n"));
	free(mail);
}

/* More lines than the log takes: the job waits, none is lost. */
static void
test_many_lines(void **state)
{
	struct world_job job = {.script = "seq 1 5000", .mail = MAIL_SYSLOG};
	struct world *w = *state;

	world_start(w, NULL);
	world_run_all(w, &job);
	for (int i = 1; i <= 5000; i += 499)
		assert_true(world_heard(w, "log\t6\t%ld\t%s\tCMDOUT\t%d\n",
		    (long)job.pid, w->name, i));
}

static void
test_no_job(void **state)
{
	struct world_job job = {.mail = MAIL_ALWAYS, .no_job = true};
	struct world *w = *state;

	world_start(w, NULL);
	world_run(w, &job);
	world_hear(w, "have\t%s", job.id);
	world_hear(w, "idle");
	assert_false(world_heard(w, "over"));
	world_await(w, false, "runs/%lu/%s", (unsigned long)w->uid, job.id);
	assert_int_equal(letters(w), 0);
}

static void
check_numbers(const char *mail, int last)
{
	const char *at = strstr(mail, "\n\n1\n");
	char line[16];

	assert_non_null(at);
	at += 2;
	for (int i = 1; i <= last; i++) {
		int n = snprintf(line, sizeof line, "%d\n", i);

		assert_memory_equal(at, line, (size_t)n);
		at += n;
	}
	assert_int_equal(*at, '\0');
}

static void
test_big(void **state)
{
	struct world_job job = {.script = "seq 1 700000", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;

	world_start(w, NULL);
	world_run_all(w, &job);
	world_grant(w, job.id);
	mail = world_mail(w);
	check_numbers(mail, 700000);
	free(mail);
}

/* At the cap its mailer is fed while the job goes on. */
static void
test_streamed(void **state)
{
	static const char *const more[] = {"--letter-max=300000", NULL};
	struct world_job job = {.script = "seq 1 700000", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;

	world_mailer(w, 0, "sleep 0.3");
	world_start(w, more);
	world_run_all(w, &job);
	world_hear(w, "done\t%s\tmailed\t", job.id);
	assert_false(world_heard(w, "want"));
	assert_true(world_heard(w, "over\t%s\t4788895\t0\n", job.id));
	mail = world_mail(w);
	check_numbers(mail, 700000);
	free(mail);
	assert_int_equal(letters(w), 0);
}

/* Where no mailer can be fed, the rest is counted, and the letter says so. */
static void
test_full(void **state)
{
	static const char *const more[] = {"--letter-max=100000", NULL};
	struct world_job job = {.script = "seq 1 100000; exit 1",
	    .mail = MAIL_ON_FAILURE};
	struct world *w = *state;
	char *mail;

	world_start(w, more);
	world_run_all(w, &job);
	world_grant(w, job.id);
	assert_true(world_heard(w, "over\t%s\t588895\t488895\n", job.id));
	mail = world_mail(w);
	assert_non_null(strstr(mail,
	    "\n[488895 more bytes of output were discarded: the letter is "
	    "full]\n"));
	free(mail);
	assert_true(world_heard(w,
	    "log\t3\t%ld\t%s\tMAIL\t488895 bytes of output were discarded: the "
	    "letter is full",
	    (long)job.pid, w->name));
}

/* What background children write later is a letter of its own. */
static void
test_late(void **state)
{
	struct world_job job = {.script =
				    "echo first; (read x <go; echo later) &",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char path[100], script[400], *mail;
	FILE *go;

	world_start(w, NULL);
	snprintf(path, sizeof path, "%s/go", w->dir);
	snprintf(script, sizeof script,
	    "mkfifo -m 666 %s; echo first; (read x <%s; echo later) &", path,
	    path);
	job.script = script;
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tmailed\t", job.id);
	go = fopen(path, "w");
	assert_non_null(go);
	fputs("go\n", go);
	fclose(go);
	snprintf(path, sizeof path, "%s-2", job.id);
	world_grant(w, path);
	world_hear(w, "done\t%s\tmailed\t", path);
	world_hear(w, "idle");
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\n\nfirst\n"));
	assert_non_null(strstr(mail, "\n\nlater\n"));
	free(mail);
	assert_true(world_heard(w, "over\t%s\t6\t0\n", job.id));
}

/* Past 64 of them the oldest is read on, and nothing of it is kept. */
static void
test_late_share(void **state)
{
	struct world_job jobs[66];
	struct world *w = *state;
	char path[100], script[400];
	FILE *go;
	int i;

	world_start(w, NULL);
	snprintf(path, sizeof path, "%s/go", w->dir);
	for (i = 0; i < 66; i++) {
		jobs[i] = (struct world_job){.mail = MAIL_ALWAYS};
		snprintf(script, sizeof script,
		    "[ -p %s.%d ] || mkfifo %s.%d; "
		    "(read x <%s.%d; seq 1 100000) &",
		    path, i, path, i, path, i);
		jobs[i].script = script;
		world_run_all(w, &jobs[i]);
	}
	world_hear_any(w,
	    "log\t4\t%ld\t%s\tMAIL\ttoo many of this user's jobs have left",
	    (long)jobs[0].pid, w->name);
	snprintf(script, sizeof script, "%s.0", path);
	go = fopen(script, "w");
	assert_non_null(go);
	fclose(go);
	world_hear(w,
	    "log\t4\t0\t%s\tMAIL\t588895 bytes of later output of job %ld (%s) "
	    "were discarded",
	    w->name, (long)jobs[0].pid, jobs[0].id);
	for (i = 1; i < 66; i++) {
		snprintf(script, sizeof script, "%s.%d", path, i);
		go = fopen(script, "w");
		assert_non_null(go);
		fclose(go);
	}
	/* The others are mailed. */
	for (i = 0; i < 64; i++) {
		const char *line = world_hear(w, "want\t") + 5;

		world_say(w, "grant\t%.*s", (int)strcspn(line, "\n"), line);
	}
	for (i = 2; i < 66; i++)
		world_hear_any(w, "done\t%s-2\tmailed", jobs[i].id);
}

/* Threads are root's: past the bound runs wait for one. */
static void
test_threads(void **state)
{
	static const char *const two[] = {"--threads=2", NULL};
	struct world *w = *state;
	struct world_job jobs[3] = {{.mail = MAIL_ALWAYS},
	    {.mail = MAIL_ALWAYS}, {.mail = MAIL_ALWAYS, .script = "echo 3"}};
	char scripts[2][400], go[300];
	FILE *f;
	size_t i;

	snprintf(go, sizeof go, "%s/go", w->dir);
	for (i = 0; i < 2; i++) {
		snprintf(scripts[i], sizeof scripts[i],
		    "echo x; until [ -e %s%zu ]; do sleep 0.02; done", go, i);
		jobs[i].script = scripts[i];
	}
	world_start(w, two);
	for (i = 0; i < 2; i++) {
		world_run(w, &jobs[i]);
		world_await(w, true, "outbox/%lu/%s", (unsigned long)w->uid,
		    jobs[i].id);
	}
	world_run(w, &jobs[2]);
	world_job_ends(w, &jobs[2]);
	world_say(w, "ping\t1");
	world_hear_any(w, "pong\t1");
	assert_false(world_heard(w, "over\t%s", jobs[2].id));
	snprintf(go, sizeof go, "%s/go0", w->dir);
	f = fopen(go, "we");
	assert_non_null(f);
	fclose(f);
	world_job_ends(w, &jobs[0]);
	world_hear_any(w, "over\t%s\t2\t0", jobs[0].id);
	world_grant(w, jobs[0].id);
	world_hear_any(w, "over\t%s\t2\t0", jobs[2].id);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_mailed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_on_failure, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_not_mailed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_both, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_many_lines, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_job, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_big, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_streamed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_late, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_late_share, setup, teardown),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
