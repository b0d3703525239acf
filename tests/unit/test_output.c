/* Output of real processes: what becomes of it, when a run is over, and what
 * happens at the cap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mailroom.h"

static struct mailroom room;

static const char *
in(void)
{
	static char path[96];

	snprintf(path, sizeof path, "%s/in", room.dir);
	return path;
}

static int
setup_debian(void **state)
{
	(void)state;
	mailroom_open(&room, "debian");
	mailroom_filer(&room);
	return 0;
}

static int
setup_redhat(void **state)
{
	(void)state;
	mailroom_open(&room, "redhat");
	mailroom_filer(&room);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mailroom_close(&room);
	return 0;
}

/* The one letter there is, and where its body begins. */
static char *
letter(const char **body)
{
	char path[256];
	char *text;

	assert_int_equal(files_in(in(), ".eml", path, sizeof path), 1);
	text = file_text(path, NULL);
	*body = strstr(text, "\n\n");
	assert_non_null(*body);
	*body += 2;
	return text;
}

/* In the directory of what mailers wrote. */
static bool
shell(const char *script)
{
	char command[512];

	snprintf(command, sizeof command, "cd %s && %s", in(), script);
	return system(command) == 0;
}

static size_t
left_over(void)
{
	return files_in(room.outbox, "", NULL, 0) +
	       files_in(room.runs, "", NULL, 0);
}

static void
run_to_end(struct job *job, const char *command, enum mail_rule mail)
{
	mailroom_run(&room, job, command, mail, NULL);
	assert_true(mailroom_until(&room, job_is_over, job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
}

static void
test_plain(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	mailroom_start(&room);
	/* As in a terminal: opened again by its name, \r and NUL kept. */
	run_to_end(&job,
	    "printf 'a\\r\\n\\0b\\n'; echo err >/dev/stderr; exit 3",
	    MAIL_ALWAYS);
	text = letter(&body);
	assert_non_null(strstr(text, "\nX-Cron-Status: exit status 3\n"));
	assert_memory_equal(body, "a\r\n\0b\nerr\n", 11);
	assert_int_equal(job.record->output_bytes, 10);
	assert_int_equal(job.record->lost_bytes, 0);
	assert_int_equal(left_over(), 0);
	free(text);
	job_clear(&job);
}

static void
test_silent(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	run_to_end(&job, "exit 1", MAIL_ALWAYS);
	assert_int_equal(files_in(in(), "", NULL, 0), 0);
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

static void
test_killed(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	mailroom_start(&room);
	run_to_end(&job, "echo last words; kill -9 $$", MAIL_ALWAYS);
	text = letter(&body);
	assert_string_equal(body, "last words\n");
	assert_non_null(strstr(text, "\nX-Cron-Status: killed by signal 9\n"));
	free(text);
	job_clear(&job);
}

/* The end of output comes before the end of the job. */
static void
test_closed_early(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	mailroom_start(&room);
	run_to_end(&job, "echo x; exec >&- 2>&-; sleep .3; exit 7",
	    MAIL_ALWAYS);
	text = letter(&body);
	assert_string_equal(body, "x\n");
	assert_non_null(strstr(text, "exit status 7"));
	free(text);
	job_clear(&job);
}

static void
test_on_failure(void **state)
{
	struct job good, bad;

	(void)state;
	mailroom_start(&room);
	run_to_end(&good, "echo x", MAIL_ON_FAILURE);
	assert_int_equal(files_in(in(), "", NULL, 0), 0);
	assert_int_equal(left_over(), 0);
	run_to_end(&bad, "echo x; exit 1", MAIL_ON_FAILURE);
	assert_int_equal(files_in(in(), ".eml", NULL, 0), 1);
	assert_int_equal(left_over(), 0);
	job_clear(&good);
	job_clear(&bad);
}

static void
test_never(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	run_to_end(&job, "head -c 10000000 /dev/zero", MAIL_NEVER);
	assert_int_equal(job.record->output_bytes, 10000000);
	assert_int_equal(job.record->lost_bytes, 0);
	assert_int_equal(files_in(in(), "", NULL, 0), 0);
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

static bool
one_letter(void *context)
{
	(void)context;
	return files_in(in(), ".eml", NULL, 0) == 1;
}

static bool
two_letters(void *context)
{
	(void)context;
	return files_in(in(), ".eml", NULL, 0) == 2;
}

/* A job whose background child goes on when the test says so; it ends with the
 * test's directory in any case. */
static void
run_with_child(struct job *job, const char *before, const char *after)
{
	char command[512];

	snprintf(command, sizeof command,
	    "echo first; (%s; until [ -e %s/go ]; do sleep .05; [ -d %s ] || "
	    "exit; done; %s) &",
	    before, in(), in(), after);
	mailroom_run(&room, job, command, MAIL_ALWAYS, NULL);
}

/* Debian: over at once; the rest is a letter of its own, and the background
 * child lives. */
static void
test_background_debian(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	mailroom_start(&room);
	run_with_child(&job, ":", "echo second; sleep .1; echo third");
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, one_letter, NULL));
	text = letter(&body);
	assert_string_equal(body, "first\n");
	free(text);
	assert_true(shell("touch go"));
	assert_true(mailroom_until(&room, two_letters, NULL));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(job.record->output_bytes,
	    strlen("first second third "));
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

static void
test_background_silent(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	run_to_end(&job, "echo first; sleep .5 &", MAIL_ALWAYS);
	assert_int_equal(files_in(in(), ".eml", NULL, 0), 1);
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

static bool
job_has_ended(void *context)
{
	return ((struct job *)context)->record->ended;
}

/* RHEL: one letter, if the others end in time. */
static void
test_linger(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	room.personality.linger_secs = 600;
	mailroom_start(&room);
	run_with_child(&job, ":", "echo second");
	assert_true(mailroom_until(&room, job_has_ended, &job));
	mailroom_pass(&room, .3);
	assert_int_equal(job.over, 0);
	assert_true(shell("touch go"));
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	text = letter(&body);
	assert_string_equal(body, "first\nsecond\n");
	free(text);
	job_clear(&job);
}

static void
test_linger_ends(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	room.personality.linger_secs = 3;
	mailroom_start(&room);
	run_with_child(&job, "echo second", "echo third");
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(job.over_after > 2);
	assert_true(mailroom_until(&room, one_letter, NULL));
	text = letter(&body);
	assert_string_equal(body, "first\nsecond\n");
	free(text);
	assert_true(shell("touch go"));
	assert_true(mailroom_until(&room, two_letters, NULL));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	job_clear(&job);
}

#define LATE_MAX 64

static bool
has_lived(void *context)
{
	(void)context;
	return shell("test -e lives");
}

/* Background children that hold output open: the oldest is given up for a new
 * one, with what it wrote, and lives on. */
static void
test_too_many_late(void **state)
{
	static struct job jobs[LATE_MAX + 2];
	size_t i, count = sizeof jobs / sizeof jobs[0];
	const char *lines;
	char after[128];
	int said = 0;

	(void)state;
	snprintf(after, sizeof after, "echo lost; : >%s/lives", in());
	mailroom_start(&room);
	for (i = 0; i < count; i++) {
		run_with_child(&jobs[i], ":", i == 0 ? after : ":");
		assert_true(mailroom_until(&room, job_is_over, &jobs[i]));
	}
	assert_int_equal(files_in(room.runs, "", NULL, 0), LATE_MAX);
	for (lines = mailroom_log(&room);
	     (lines = strstr(lines, "too many of this user's jobs")) != NULL;
	     lines++)
		said++;
	assert_int_equal(said, 2);
	assert_true(shell("touch go"));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(left_over(), 0);
	assert_true(mailroom_until(&room, has_lived, NULL));
	for (i = 0; i < count; i++)
		job_clear(&jobs[i]);
}

/* The daemon goes while something is late: nothing is left in memory. */
static void
test_free_with_late(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	mailroom_run(&room, &job, "echo first; sleep 3 &", MAIL_ALWAYS, NULL);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mail_count(room.mail) >= 1);
	job_clear(&job);
}

/* No directory: the pipe has no name, and does all the same. */
static void
test_nameless(void **state)
{
	struct output *output;
	const char *body;
	struct job job;
	char *text;
	int fd;

	(void)state;
	mailroom_start(&room);
	room.output.runs_dir = NULL;
	run_to_end(&job,
	    "echo one; echo two >/dev/stderr; "
	    "head -c 100000 /dev/zero | tr '\\0' x",
	    MAIL_ALWAYS);
	text = letter(&body);
	assert_memory_equal(body, "one\ntwo\nxxx", 11);
	assert_int_equal(job.record->output_bytes, 100008);
	assert_int_equal(left_over(), 0);
	free(text);
	strcpy(job.record->id, "cancelled");
	output = output_open(&room.output, job.record, NULL, &fd);
	assert_non_null(output);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(left_over(), 0);
	output_cancel(output);
	close(fd);
	job_clear(&job);
}

static void
test_cancel_and_forget(void **state)
{
	struct output *one, *two;
	struct job job;
	int fd, fd2;

	(void)state;
	mailroom_start(&room);
	mailroom_run(&room, &job, "echo x", MAIL_ALWAYS, NULL);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	strcpy(job.record->id, "cancelled");
	one = output_open(&room.output, job.record, NULL, &fd);
	assert_non_null(one);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	/* The same name again: an error, and the first is left alone. */
	assert_null(output_open(&room.output, job.record, NULL, &fd2));
	assert_int_equal(errno, EEXIST);
	output_cancel(one);
	close(fd);
	assert_int_equal(files_in(room.runs, "", NULL, 0), 0);
	strcpy(job.record->id, "forgotten");
	two = output_open(&room.output, job.record, NULL, &fd);
	assert_non_null(two);
	assert_int_equal(write(fd, "word", 4), 4);
	mailroom_pass(&room, .1);
	output_forget(two);
	close(fd);
	assert_int_equal(files_in(room.runs, "forgotten", NULL, 0), 1);
	assert_int_equal(files_in(room.outbox, "forgotten", NULL, 0), 1);
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	job_clear(&job);
}

/* 100 MB through a letter of 1 MB; every byte arrives, the disk is not used. */
static void
test_stream(void **state)
{
	char path[256];
	struct stat st;
	struct job job;

	(void)state;
	room.config.letter_max = 1024 * 1024;
	mailroom_start(&room);
	mailroom_mailer(&room, "sed '1,/^$/d' | md5sum >$IN/sum.eml");
	mailroom_run(&room, &job, "seq 1 12000000", MAIL_ALWAYS, NULL);
	while (job.record->output_bytes < 50000000 && job.over == 0) {
		mailroom_pass(&room, .01);
		if (files_in(room.outbox, "", path, sizeof path) == 1) {
			assert_int_equal(stat(path, &st), 0);
			assert_true(st.st_blocks * 512 < 3 * 1024 * 1024);
		}
	}
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_true(shell("a=$(seq 1 12000000 | md5sum); "
			  "test \"$a\" = \"$(cat sum.eml)\""));
	assert_int_equal(job.record->lost_bytes, 0);
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

/* No more has come for half a second. */
static bool
has_stopped(void *context)
{
	struct job *job = context;
	uint64_t before = job->record->output_bytes;

	mailroom_pass(&room, .5);
	return before > 0 && job->record->output_bytes == before;
}

/* A mailer that takes its time holds up the job, not memory nor disk. */
static void
test_back_pressure(void **state)
{
	uint64_t written;
	struct job job;

	(void)state;
	room.config.letter_max = 256 * 1024;
	mailroom_start(&room);
	mailroom_mailer(&room, "while [ ! -e $IN/go ]; do sleep .05; done\n"
			       "sed '1,/^$/d' | wc -c >$IN/count.eml");
	mailroom_run(&room, &job, "head -c 5000000 /dev/zero", MAIL_ALWAYS,
	    NULL);
	assert_true(mailroom_until(&room, has_stopped, &job));
	written = job.record->output_bytes;
	/* The letter, the mailer's pipe, and what stands in both FIFOs. */
	assert_in_range(written, 256 * 1024, 2 * 1024 * 1024);
	mailroom_pass(&room, 1);
	assert_int_equal(job.record->output_bytes, written);
	assert_int_equal(job.over, 0);
	assert_true(shell("touch go"));
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_true(shell("grep -qx 5000000 count.eml"));
	assert_int_equal(job.record->lost_bytes, 0);
	job_clear(&job);
}

/* Nobody may mail it yet: the rest is counted, and said in letter and log. */
static void
test_full(void **state)
{
	const char *body;
	struct job job;
	char *text;

	(void)state;
	room.config.letter_max = 100000;
	mailroom_start(&room);
	run_to_end(&job, "head -c 300000 /dev/zero | tr '\\0' x; exit 1",
	    MAIL_ON_FAILURE);
	text = letter(&body);
	assert_int_equal(strspn(body, "x"), 100000);
	assert_string_equal(body + 100000,
	    "\n[200000 more bytes of output were discarded: the letter is "
	    "full]\n");
	assert_int_equal(job.record->output_bytes, 300000);
	assert_int_equal(job.record->lost_bytes, 200000);
	assert_non_null(strstr(mailroom_log(&room),
	    "MAIL (200000 bytes of output were discarded: the letter is "
	    "full)"));
	free(text);
	job_clear(&job);
}

/* The stream's mailer dies: the job goes on, what is left is kept. */
static void
test_stream_breaks(void **state)
{
	struct job job;

	(void)state;
	room.config.letter_max = 256 * 1024;
	mailroom_start(&room);
	mailroom_mailer(&room,
	    "head -c 1000000 >/dev/null; echo no >&2; exit 9");
	run_to_end(&job, "head -c 5000000 /dev/zero", MAIL_ALWAYS);
	assert_int_equal(job.record->output_bytes, 5000000);
	assert_in_range(job.record->lost_bytes, 1000000, 4500000);
	assert_non_null(strstr(mailroom_log(&room),
	    "but got status 0x0009 from MTA): no; kept in "));
	assert_non_null(strstr(mailroom_log(&room),
	    "bytes of output were discarded: the mailer failed)"));
	assert_int_equal(files_in(room.outbox, "", NULL, 0), 1);
	job_clear(&job);
}

/* A stream's mailer may wait for a quiet job, but not hang with work there. */
static void
test_stream_stalls(void **state)
{
	struct job job;

	(void)state;
	room.config.letter_max = 128 * 1024;
	room.config.stall_secs = 6; /* enough for a mailer among many */
	mailroom_start(&room);
	mailroom_run(&room, &job, "head -c 200000 /dev/zero; sleep 9; echo x",
	    MAIL_ALWAYS, NULL);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(files_in(in(), ".eml", NULL, 0), 1);
	assert_int_equal(left_over(), 0);
	job_clear(&job);
	mailroom_mailer(&room, "exec sleep 60");
	run_to_end(&job, "head -c 5000000 /dev/zero", MAIL_ALWAYS);
	assert_non_null(strstr(mailroom_log(&room),
	    "MAIL (the mailer did not read for 6 s and was stopped; kept"));
	job_clear(&job);
}

static void
test_syslog(void **state)
{
	char expected[2000];
	const char *log, *found;
	struct job job;
	size_t i;

	(void)state;
	mailroom_start(&room);
	run_to_end(&job,
	    "printf 'one\\n\\ntwo\\033[1m\\r\\n'; head -c 1500 /dev/zero | "
	    "tr '\\0' x; printf 'y\\nlast'",
	    MAIL_SYSLOG);
	log = mailroom_log(&room);
	snprintf(expected, sizeof expected, "(%s) CMDOUT (one)\n",
	    job.record->user);
	found = strstr(log, expected);
	assert_non_null(found);
	found = strstr(found, "CMDOUT ()\n");
	assert_non_null(found);
	found = strstr(found, "CMDOUT (two^[[1m^M)\n");
	assert_non_null(found);
	i = (size_t)snprintf(expected, sizeof expected, "CMDOUT (");
	memset(expected + i, 'x', 1023);
	strcpy(expected + i + 1023, ")\n");
	found = strstr(found, expected);
	assert_non_null(found);
	found = strstr(found, "xxxy)\n");
	assert_non_null(found);
	assert_non_null(strstr(found, "CMDOUT (last)\n"));
	assert_int_equal(files_in(in(), "", NULL, 0), 0);
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

/* That many were logged, one a line, the last with the last number. */
static void
check_lines(unsigned count)
{
	char last[64];
	const char *at = mailroom_log(&room);
	unsigned seen = 0;

	snprintf(last, sizeof last, "CMDOUT (%u)\n", count);
	assert_non_null(strstr(at, last));
	while ((at = strstr(at, "CMDOUT (")) != NULL) {
		at++;
		seen++;
	}
	assert_int_equal(seen, count);
}

/* More lines than syslog takes or the log may queue, of a job that has ended
 * since. */
static void
test_log_is_behind(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	room.deaf = true;
	mailroom_run(&room, &job, "seq 2500", MAIL_SYSLOG, NULL);
	mailroom_pass(&room, .5);
	assert_false(job_is_over(&job));
	room.deaf = false;
	assert_true(mailroom_until(&room, job_is_over, &job));
	check_lines(2500);
	assert_null(strstr(mailroom_log(&room), "were lost"));
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

/* But not for ever. */
static void
test_log_stays_behind(void **state)
{
	struct job job;

	(void)state;
	room.config.stall_secs = 1;
	mailroom_start(&room);
	room.deaf = true;
	mailroom_run(&room, &job, "seq 2500", MAIL_SYSLOG, NULL);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_int_equal(left_over(), 0);
	job_clear(&job);
}

/* RHEL without sendmail: lines, and the letter stays. */
static void
test_lines_and_letter(void **state)
{
	struct job job;
	char path[256];

	(void)state;
	unlink(room.sendmail);
	mailroom_start(&room);
	assert_non_null(strstr(mailroom_log(&room),
	    "(CRON) INFO (Syslog will be used instead of sendmail.)"));
	run_to_end(&job, "echo one; printf two", MAIL_ALWAYS);
	assert_non_null(strstr(mailroom_log(&room), "CMDOUT (one)\n"));
	assert_non_null(strstr(mailroom_log(&room), "CMDOUT (two)\n"));
	assert_non_null(
	    strstr(mailroom_log(&room), "7 bytes of output kept in "));
	assert_int_equal(files_in(room.outbox, "", path, sizeof path), 1);
	job_clear(&job);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_plain, setup_debian, teardown),
	    cmocka_unit_test_setup_teardown(test_silent, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_killed, setup_redhat,
		teardown),
	    cmocka_unit_test_setup_teardown(test_closed_early, setup_redhat,
		teardown),
	    cmocka_unit_test_setup_teardown(test_on_failure, setup_redhat,
		teardown),
	    cmocka_unit_test_setup_teardown(test_never, setup_debian, teardown),
	    cmocka_unit_test_setup_teardown(test_background_debian,
		setup_debian, teardown),
	    cmocka_unit_test_setup_teardown(test_background_silent,
		setup_debian, teardown),
	    cmocka_unit_test_setup_teardown(test_linger, setup_redhat,
		teardown),
	    cmocka_unit_test_setup_teardown(test_linger_ends, setup_redhat,
		teardown),
	    cmocka_unit_test_setup_teardown(test_too_many_late, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_free_with_late, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_nameless, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_cancel_and_forget,
		setup_debian, teardown),
	    cmocka_unit_test_setup_teardown(test_stream, setup_redhat,
		teardown),
	    cmocka_unit_test_setup_teardown(test_back_pressure, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_full, setup_debian, teardown),
	    cmocka_unit_test_setup_teardown(test_stream_breaks, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_stream_stalls, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_log_is_behind, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_log_stays_behind, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_syslog, setup_debian,
		teardown),
	    cmocka_unit_test_setup_teardown(test_lines_and_letter, setup_redhat,
		teardown),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
