/* The collector's program: what becomes of mail that is not taken, and of what
 * other collectors and cronds have left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector_world.h"
#include "sys/fd.h"
#include "sys/seqpacket.h"

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

/* One that its mailer does not take waits; crond is told; it goes when crond
 * asks for it. */
static void
test_kept(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;

	world_mailer(w, 75, "echo no way");
	world_start(w, NULL);
	world_hear(w, "kept\t0\t0\t0");
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tkept\t%s/outbox/%lu/%s\n", job.id, w->dir,
	    (unsigned long)w->uid, job.id);
	world_hear_any(w,
	    "log\t6\t%ld\t%s\t\tMAIL (mailed 6 bytes of output but got status "
	    "0x004b from MTA): no way; kept in %s/outbox/%lu/%s\n",
	    (long)job.pid, w->name, w->dir, (unsigned long)w->uid, job.id);
	world_hear_any(w, "kept\t1\t");
	assert_int_equal(letters(w), 1);
	world_mailer(w, 0, "");
	world_say(w, "flush");
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tmailed\t", job.id);
	world_hear_any(w, "log\t6\t0\t%s\tMAIL\tsent letter %s at attempt 2",
	    w->name, job.id);
	assert_int_equal(letters(w), 0);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\nDate: "));
	assert_non_null(strstr(mail, "\n\nhello\n"));
	free(mail);
}

/* One whose attempt began before, and fails, is tried again. */
static void
test_flush_meanwhile(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char before[600];

	snprintf(before, sizeof before,
	    "echo >%s/up; while [ -e %s/up ]; do sleep 0.02; done", w->dir,
	    w->dir);
	world_mailer(w, 75, before);
	world_start(w, NULL);
	world_run_all(w, &job);
	world_hear(w, "want\t%s", job.id);
	world_say(w, "grant\t%s", job.id);
	world_await(w, true, "up");
	world_mailer(w, 0, "");
	world_say(w, "flush");
	world_say(w, "ping\t1");
	world_hear_any(w, "pong\t1");
	snprintf(before, sizeof before, "%s/up", w->dir);
	assert_int_equal(unlink(before), 0);
	world_hear(w, "free\t%s", job.id);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tmailed", job.id);
	assert_int_equal(letters(w), 0);
}

/* The next collector finds what waits, and when it is due. */
static void
test_next_collector(void **state)
{
	static const char *const soon[] = {"--retry=1", NULL};
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_mailer(w, 75, "");
	world_start(w, NULL);
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tkept", job.id);
	world_hear_any(w, "kept\t1\t");
	world_say(w, "bye");
	assert_int_equal(world_wait_end(w), 0);
	/* Not due yet, by the old collector's plan. */
	world_start(w, NULL);
	world_hear_any(w, "kept\t1\t");
	world_hear(w, "idle");
	assert_false(world_heard(w, "want\t%s-", job.id));
	world_say(w, "bye");
	assert_int_equal(world_wait_end(w), 0);
	world_mailer(w, 0, "");
	world_start(w, soon);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tmailed\t", job.id);
}

/* A mailer's last word: into the mailbox. */
static void
test_mailbox(void **state)
{
	char box[128];
	const char *more[] = {box, NULL};
	struct world_job job = {.script = "echo hello; echo From me",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *text;

	snprintf(box, sizeof box, "--mailbox=%s/box", w->dir);
	world_mailer(w, 67, "echo who");
	world_start(w, more);
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tboxed\t%s/box/%s\n", job.id, w->dir, w->name);
	assert_int_equal(letters(w), 0);
	text = world_file(w, "box/%s", w->name);
	assert_non_null(strstr(text, "[Not sent, but put here by the cron"));
	assert_non_null(strstr(text, ": exit status 67: who]\n\nhello\n>From"));
	free(text);
}

/* Who gets it instead stands in the line about an unsafe address; nobody does
 * where nothing is mailed. */
static void
test_unsafe(void **state)
{
	struct world_job mailed = {.script = "echo x",
			     .mail = MAIL_ALWAYS,
			     .mailto = "a, b"},
			 logged = {.script = "echo x",
			     .mail = MAIL_SYSLOG,
			     .mailto = "a, b"};
	struct world *w = *state;

	world_start(w, NULL);
	world_run_all(w, &mailed);
	world_grant(w, mailed.id);
	world_hear(w, "done\t%s\tmailed\t", mailed.id);
	world_hear_any(w,
	    "log\t4\t%ld\t%s\t\tUNSAFE MAIL (a, b): mail goes to %s\n",
	    (long)mailed.pid, w->name, w->name);
	world_run_all(w, &logged);
	world_hear_any(w, "log\t4\t%ld\t%s\t\tUNSAFE MAIL (a, b)\n",
	    (long)logged.pid, w->name);
}

/* No mailer is given the name of a user that is not safe: the mailbox has the
 * letter, and where it can't have it, the letter waits. */
static void
test_odd_name(void **state)
{
	char box[128];
	const char *more[] = {box, NULL};
	struct world_job job = {.script = "echo hello",
	    .mail = MAIL_ALWAYS,
	    .recipient = "DOM\\joe"};
	struct world *w = *state;
	char *text;

	world_start(w, NULL);
	world_run_all(w, &job);
	world_hear(w, "done\t%s\tkept\t", job.id);
	world_hear_any(w, "kept\t1\t");
	assert_false(world_heard(w, "want\t%s", job.id));
	assert_int_equal(letters(w), 1);
	world_say(w, "bye");
	assert_int_equal(world_wait_end(w), 0);
	snprintf(box, sizeof box, "--mailbox=%s/box", w->dir);
	world_start(w, more);
	world_say(w, "flush");
	world_hear(w, "done\t%s\tboxed\t%s/box/%s\n", job.id, w->dir, w->name);
	assert_false(world_heard(w, "want\t%s", job.id));
	assert_int_equal(letters(w), 0);
	text = world_file(w, "box/%s", w->name);
	assert_non_null(strstr(text, ": no mailer can be given the name"));
	assert_non_null(strstr(text, "\nTo: DOM\\joe\n"));
	assert_non_null(strstr(text, "]\n\nhello\n"));
	free(text);
}

/* Letters of failed runs stay as sent. */
static void
test_archive(void **state)
{
	char sent[128];
	const char *more[] = {sent, NULL};
	struct world_job good = {.script = "echo x", .mail = MAIL_ALWAYS},
			 bad = {.script = "echo x; exit 1",
			     .mail = MAIL_ALWAYS};
	struct world *w = *state;

	snprintf(sent, sizeof sent, "--sent=%s/sent", w->dir);
	world_start(w, more);
	world_run_all(w, &good);
	world_grant(w, good.id);
	world_hear(w, "done\t%s\tmailed", good.id);
	assert_int_equal(world_count(w, "sent/%lu", (unsigned long)w->uid), 0);
	world_run_all(w, &bad);
	world_grant(w, bad.id);
	world_hear(w, "done\t%s\tmailed", bad.id);
	assert_int_equal(world_count(w, "sent/%lu", (unsigned long)w->uid), 1);
	assert_int_equal(letters(w), 0);
}

/* One that reads nothing is ended; TERM is enough for this one. */
static void
test_stalled(void **state)
{
	static const char *const more[] = {"--stall=1", NULL};
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_mailer(w, 0, "sleep 60");
	world_start(w, more);
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear_any(w,
	    "log\t3\t%ld\t%s\tMAIL\tthe mailer did not read for 1 s and was "
	    "stopped; kept in",
	    (long)job.pid, w->name);
}

/* crond wants room. */
static void
test_drop(void **state)
{
	struct world_job first = {.script = "echo 1", .mail = MAIL_ALWAYS},
			 second = {.script = "echo 2", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_mailer(w, 75, "");
	world_start(w, NULL);
	world_run_all(w, &first);
	world_grant(w, first.id);
	world_hear(w, "done\t%s\tkept", first.id);
	world_run_all(w, &second);
	world_grant(w, second.id);
	world_hear(w, "done\t%s\tkept", second.id);
	world_hear_any(w, "kept\t2\t");
	world_say(w, "drop\t1");
	world_hear_any(w,
	    "log\t3\t0\tCRON\tMAIL\tthe outbox is full: dropped its oldest "
	    "letter %s,",
	    first.id);
	world_await(w, false, "outbox/%lu/%s", (unsigned long)w->uid, first.id);
	assert_int_equal(letters(w), 1);
}

/* Said once when no mail could be sent for so long, and once when it can. */
static void
test_alert(void **state)
{
	static const char *const more[] = {"--warn-after=1", NULL};
	struct world_job job = {.script = "echo x", .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_mailer(w, 75, "");
	world_start(w, more);
	world_run_all(w, &job);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tkept", job.id);
	world_hear_any(w,
	    "log\t4\t0\tCRON\tMAIL\tno mail could be sent for 1 s; letters "
	    "wait in");
	world_say(w, "bye");
	assert_int_equal(world_wait_end(w), 0);
	world_mailer(w, 0, "");
	world_start(w, more);
	world_say(w, "flush");
	world_grant(w, job.id);
	world_hear_any(w, "log\t4\t0\tCRON\tMAIL\tmail can be sent again");
}

/* A collector that is killed while a mailer runs: mailed again, with a note. */
static void
test_killed_mailing(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail, path[128];

	snprintf(path, sizeof path, "echo >%s/began; sleep 1", w->dir);
	world_mailer(w, 0, path);
	world_start(w, NULL);
	world_run_all(w, &job);
	world_hear(w, "want\t%s", job.id);
	world_say(w, "grant\t%s", job.id);
	world_await(w, true, "began");
	world_kill(w);
	world_mailer(w, 0, "");
	world_start(w, NULL);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tmailed", job.id);
	mail = world_mail(w);
	assert_non_null(strstr(mail,
	    "[cron ended while this was being mailed: it may have been mailed "
	    "before.]\n\nhello\n"));
	free(mail);
}

/* A letter of a run that nobody saw the end of: the machine went down. */
static void
test_cut_off(void **state)
{
	struct world_job job = {.script = "echo hello; sleep 60",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail, path[256];

	world_start(w, NULL);
	world_run(w, &job);
	world_await(w, true, "outbox/%lu/%s", (unsigned long)w->uid, job.id);
	world_kill(w);
	assert_int_equal(kill(job.pid, SIGKILL), 0);
	snprintf(path, sizeof path, "%s/runs/%lu/%s.state", w->dir,
	    (unsigned long)w->uid, job.id);
	assert_int_equal(unlink(path), 0);
	world_start(w, NULL);
	world_grant(w, job.id);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "[The end of this run is not known: "));
	assert_non_null(strstr(mail, "\n\nhello\n"));
	free(mail);
}

/* Killed again and again while a job writes: the next ones go on by the FIFO's
 * name, and nothing is lost or doubled. */
static void
test_recover(void **state)
{
	static const char *const more[] = {"--recover", NULL};
	struct world_job job = {.script =
				    "for i in 1 2 3 4 5 6 7 8; do "
				    "seq 1 20000; sleep 0.05; done; exit 1",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	const char *at;
	char *mail;
	int i, n;

	world_start(w, NULL);
	world_run(w, &job);
	for (i = 0; i < 6; i++) {
		struct stat st;
		char path[256];
		off_t before;

		snprintf(path, sizeof path, "%s/outbox/%lu/%s", w->dir,
		    (unsigned long)w->uid, job.id);
		world_await(w, true, "outbox/%lu/%s", (unsigned long)w->uid,
		    job.id);
		before = stat(path, &st) == 0 ? st.st_size : 0;
		/* Some more of it. */
		for (n = 0;
		     n < 30 && stat(path, &st) == 0 && st.st_size == before;
		     n++)
			usleep(1000);
		world_kill(w);
		world_start(w, more);
		assert_true(world_heard(w, "holds\t%s", job.id));
	}
	world_job_ends(w, &job);
	world_hear(w, "over\t%s\t", job.id);
	world_grant(w, job.id);
	mail = world_mail(w);
	at = strstr(mail, "\n\n1\n2\n");
	assert_non_null(at);
	at += 2;
	for (i = 0; i < 8; i++)
		for (n = 1; n <= 20000; n++) {
			char line[16];
			int len = snprintf(line, sizeof line, "%d\n", n);

			assert_memory_equal(at, line, (size_t)len);
			at += len;
		}
	assert_int_equal(*at, '\0');
	free(mail);
}

/* Opened by name before its job has opened it: a read of 0 is not the end. */
static void
test_recover_before_open(void **state)
{
	static const char *const more[] = {"--recover", NULL};
	struct world_job job = {.script = "echo hello",
	    .mail = MAIL_SYSLOG,
	    .slow = true};
	struct world *w = *state;
	char path[100];
	int fd, i;

	world_start(w, NULL);
	world_run(w, &job);
	world_hear(w, "have\t%s", job.id);
	world_kill(w);
	world_start(w, more);
	/* By the time it answers these, its thread has looked. */
	for (i = 0; i < 20; i++) {
		world_say(w, "ping\t%d", i);
		world_hear(w, "pong\t%d", i);
	}
	snprintf(path, sizeof path, "%s/open", w->dir);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	close(fd);
	world_job_ends(w, &job);
	world_hear(w, "over\t%s\t6\t0", job.id);
	world_hear_any(w, "log\t6\t%ld\t%s\tCMDOUT\thello\n", (long)job.pid,
	    w->name);
}

/* A job that wrote something and goes on, and the collector is gone. */
static void
lose_collector(struct world *w, struct world_job *job)
{
	world_start(w, NULL);
	world_run(w, job);
	world_await(w, true, "outbox/%lu/%s", (unsigned long)w->uid, job->id);
	world_kill(w);
}

/* The next one was not told to recover, for the other seemed to live: it does
 * not send the letter of a run that is not over, and goes on with it when crond
 * says so. */
static void
test_growing(void **state)
{
	struct world_job job = {.script = "echo hello; sleep 2; echo more",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;

	lose_collector(w, &job);
	world_start(w, NULL);
	world_say(w, "flush");
	world_hear_any(w, "kept\t1\t");
	world_say(w, "run\t%s", job.id);
	world_hear(w, "have\t%s", job.id);
	assert_false(world_heard(w, "want\t%s", job.id));
	world_job_ends(w, &job);
	world_hear(w, "over\t%s\t11\t0", job.id);
	world_grant(w, job.id);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\n\nhello\nmore\n"));
	assert_null(strstr(mail, "is not known"));
	free(mail);
	assert_int_equal(world_count(w, "mail"), 1);
}

/* The lock of a letter that was begun; its file. */
static int
hold_letter(const struct world *w, const struct world_job *job)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[256];
	int fd;

	snprintf(path, sizeof path, "%s/outbox/%lu/%s", w->dir,
	    (unsigned long)w->uid, job->id);
	fd = open(path, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	return fd;
}

/* A thread of the collector that was killed may be there a little longer. */
static void
test_dying_thread(void **state)
{
	static const char *const more[] = {"--recover", NULL};
	struct world_job job = {.script = "echo hello; sleep 1; echo more",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char *mail;
	int fd;

	lose_collector(w, &job);
	fd = hold_letter(w, &job);
	world_start(w, more);
	world_say(w, "ping\t1");
	world_hear(w, "pong\t1");
	close(fd);
	world_job_ends(w, &job);
	world_hear(w, "over\t%s\t11\t0", job.id);
	world_grant(w, job.id);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\n\nhello\nmore\n"));
	free(mail);
}

/* A letter that somebody else holds is neither written to nor sent. */
static void
test_held_letter(void **state)
{
	static const char *const more[] = {"--recover", NULL};
	struct world_job job = {.script = "echo hello; sleep 1; echo more",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;
	int fd;

	lose_collector(w, &job);
	fd = hold_letter(w, &job);
	world_start(w, more);
	world_job_ends(w, &job);
	world_hear(w, "over\t%s\t", job.id);
	world_hear_any(w, "done\t%s\tnone", job.id);
	assert_false(world_heard(w, "want\t%s", job.id));
	assert_int_equal(world_count(w, "mail"), 0);
	close(fd);
}

/* A job that wrote nothing, and ended before the next collector opened its
 * FIFO: nobody can write there any more, so nothing is waited for. */
static void
test_silent_end(void **state)
{
	static const char *const more[] = {"--recover", "--personality=redhat",
	    NULL};
	struct world_job job = {.script = "exit 3", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	siginfo_t info;

	world_start(w, NULL);
	world_run(w, &job);
	world_hear(w, "have\t%s", job.id);
	assert_int_equal(waitid(P_PID, (id_t)job.pid, &info, WEXITED | WNOWAIT),
	    0);
	world_kill(w);
	world_start(w, more);
	assert_true(world_heard(w, "holds\t%s", job.id));
	world_job_ends(w, &job);
	world_hear(w, "over\t%s\t0\t0", job.id);
}

/* One that is left alone and lives keeps its runs and its letters. */
static void
test_two_generations(void **state)
{
	static const char *const more[] = {"--recover", NULL};
	struct world_job held = {.script = "sleep 60", .mail = MAIL_ALWAYS},
			 mailed = {.script = "echo hello", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char path[128];
	int socket;
	pid_t first;

	snprintf(path, sizeof path, "echo >%s/began; sleep 2", w->dir);
	world_mailer(w, 0, path);
	world_start(w, NULL);
	world_run(w, &held);
	world_run_all(w, &mailed);
	world_hear(w, "want\t%s", mailed.id);
	world_say(w, "grant\t%s", mailed.id);
	world_await(w, true, "began");
	first = w->collector;
	socket = w->socket;
	world_start(w, more);
	world_hear_any(w, "kept\t1\t");
	world_hear(w, "idle");
	assert_false(world_heard(w, "holds\t%s", held.id));
	world_kill(w);
	w->collector = first;
	w->socket = socket;
	world_hear(w, "done\t%s\tmailed", mailed.id);
	assert_int_equal(world_count(w, "mail"), 1);
}

static void
open_and_close(struct world *w, int which)
{
	char path[100];
	FILE *go;

	snprintf(path, sizeof path, "%s/go%d", w->dir, which);
	go = fopen(path, "w");
	assert_non_null(go);
	fclose(go);
}

/* Late output goes on when its collector is killed: into the letter that was
 * begun, and in any case nobody waits for ever. */
static void
test_late_recovered(void **state)
{
	char script[400], path[100];
	struct world_job job = {.script = script, .mail = MAIL_ALWAYS},
			 silent = job;
	struct world *w = *state;
	char *mail;
	int i;

	for (i = 1; i <= 2; i++) {
		snprintf(path, sizeof path, "%s/go%d", w->dir, i);
		assert_int_equal(mkfifo(path, 0666), 0);
	}
	world_start(w, NULL);
	snprintf(script, sizeof script,
	    "(read x <%s/go1; echo before; read x <%s/go1; echo after) &",
	    w->dir, w->dir);
	world_run_all(w, &job);
	open_and_close(w, 1);
	world_await(w, true, "outbox/%lu/%s-2", (unsigned long)w->uid, job.id);
	snprintf(script, sizeof script,
	    "(read x <%s/go2; seq 1 50000; echo x >%s/end) &", w->dir, w->dir);
	world_run_all(w, &silent);
	world_hear_any(w, "done\t%s\tnone", silent.id);
	world_kill(w);
	world_start(w, NULL);
	assert_false(world_heard(w, "holds"));
	open_and_close(w, 2);
	open_and_close(w, 1);
	world_await(w, true, "end");
	world_hear_any(w,
	    "log\t4\t0\t%s\tMAIL\t288894 bytes of later output of job 0 (%s)",
	    w->name, silent.id);
	snprintf(path, sizeof path, "%s-2", job.id);
	world_grant(w, path);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\n\nbefore\nafter\n"));
	free(mail);
	world_await(w, false, "runs/%lu/.late.2.%s", (unsigned long)w->uid,
	    job.id);
}

/* crond is gone: the collector goes on, tells the next one, and mails. */
static void
test_outlives(void **state)
{
	struct world_job job = {.script = "echo hello; sleep 0.3; echo more",
			     .mail = MAIL_ALWAYS},
			 other = {.script = "echo x", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	int status;
	char *mail;

	world_start(w, NULL);
	world_run(w, &job);
	world_run(w, &other);
	world_hear(w, "have\t%s", other.id);
	world_job_ends(w, &other);
	world_hear(w, "want\t%s", other.id);
	world_disconnect(w);
	/* Without a crond nobody has to be asked. */
	world_await(w, false, "outbox/%lu/%s", (unsigned long)w->uid, other.id);
	assert_int_equal(waitpid(job.pid, &status, 0), job.pid);
	world_connect(w);
	world_hear(w, "holds\t%s", job.id);
	world_hear(w, "ready");
	world_say(w, "ended\t%s\tknown\t%d", job.id, status);
	world_hear(w, "over\t%s\t11\t0", job.id);
	world_grant(w, job.id);
	world_hear(w, "done\t%s\tmailed", job.id);
	mail = world_mail(w);
	assert_non_null(strstr(mail, "\n\nhello\nmore\n"));
	assert_non_null(strstr(mail, "\n\nx\n"));
	free(mail);
	/* With nothing left it does not wait for another crond. */
	world_disconnect(w);
	assert_int_equal(world_wait_end(w), 0);
	assert_int_equal(world_count(w, "collect"), 0);
}

/* A signal does not end it while there is a crond, and soon when there is none.
 */
static void
test_stopped(void **state)
{
	struct world_job job = {.script = "echo hello; sleep 60",
	    .mail = MAIL_ALWAYS};
	struct world *w = *state;

	world_start(w, NULL);
	world_run(w, &job);
	world_await(w, true, "outbox/%lu/%s", (unsigned long)w->uid, job.id);
	assert_int_equal(kill(w->collector, SIGTERM), 0);
	world_say(w, "ping\t1");
	world_hear(w, "pong\t1");
	world_disconnect(w);
	assert_int_equal(world_wait_end(w), 0);
	assert_int_equal(letters(w), 1);
}

/* What is over while there is no crond the next one hears. */
static void
test_over_later(void **state)
{
	struct world_job job = {.script = "echo hello", .mail = MAIL_ALWAYS},
			 holds = {.script = "sleep 60", .mail = MAIL_ALWAYS};
	struct world *w = *state;
	char bytes[64];
	int n, status;

	world_start(w, NULL);
	world_run(w, &holds);
	world_run(w, &job);
	world_hear(w, "have\t%s", job.id);
	assert_int_equal(waitpid(job.pid, &status, 0), job.pid);
	n = snprintf(bytes, sizeof bytes, "ended\t%s\tknown\t0", job.id);
	/* The old crond's last word. */
	assert_int_equal(seqpacket_send(w->socket, bytes, (size_t)n, -1), 0);
	world_disconnect(w);
	world_await(w, false, "runs/%lu/%s", (unsigned long)w->uid, job.id);
	world_connect(w);
	world_hear(w, "holds\t%s", holds.id);
	world_hear(w, "ready");
	world_hear(w, "over\t%s\t6\t0", job.id);
	assert_false(world_heard(w, "holds\t%s", job.id));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_flush_meanwhile, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_next_collector, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_mailbox, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_unsafe, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_odd_name, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_archive, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stalled, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_drop, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_alert, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_killed_mailing, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_cut_off, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_recover, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_recover_before_open, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_silent_end, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_growing, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_dying_thread, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_held_letter, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_two_generations, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_late_recovered, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_outlives, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_stopped, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_over_later, setup, teardown),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
