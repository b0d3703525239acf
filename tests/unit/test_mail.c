/* Mail: who gets it, by which mailer, how many at once, and what becomes of
 * letters that nobody takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/letter_meta.h"
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

static void
run_to_end(struct job *job, const char *command)
{
	mailroom_run(&room, job, command, MAIL_ALWAYS, NULL);
	assert_true(mailroom_until(&room, job_is_over, job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
}

/* The only file there is of that kind, as text. */
static char *
only(const char *suffix)
{
	char path[256];

	assert_int_equal(files_in(in(), suffix, path, sizeof path), 1);
	return file_text(path, NULL);
}

static void
check_only(const char *suffix, const char *expected)
{
	char *text = only(suffix);

	assert_string_equal(text, expected);
	free(text);
}

static void
check_log(const char *expected)
{
	if (strstr(mailroom_log(&room), expected) == NULL)
		fail_msg("no \"%s\" in:\n%s", expected, mailroom_log(&room));
}

static size_t
kept(void)
{
	return files_in(room.outbox, "", NULL, 0);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *setting;
		enum mail_rule what;
		const char *recipient, *sender;
	} cases[] = {
	    {"X=1", MAIL_ALWAYS, "joe", NULL},
	    {"MAILTO=ann@x.org,b", MAIL_ALWAYS, "ann@x.org,b", NULL},
	    {"MAILTO=", MAIL_NEVER, NULL, NULL},
	    {"MAILTO=-oQ/tmp", MAIL_NEVER, NULL, NULL},
	    {"MAILTO=a b", MAIL_NEVER, NULL, NULL},
	    {"MAILTO=a\nb", MAIL_NEVER, NULL, NULL},
	    {"MAILTO=ann@$EVCRON_TEST", MAIL_ALWAYS, "ann@h.org", NULL},
	    {"MAILTO=$EVCRON_NONE", MAIL_NEVER, NULL, NULL},
	    {"MAILFROM=me@x.org", MAIL_ALWAYS, "joe", "me@x.org"},
	    {"MAILFROM=", MAIL_ALWAYS, "joe", NULL},
	    {"MAILFROM=a b", MAIL_ALWAYS, "joe", NULL},
	};
	enum mail_rule what;
	char *recipient, *sender;
	struct env env;
	size_t i;

	(void)state;
	setenv("EVCRON_TEST", "h.org", 1);
	mailroom_start(&room);
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		env_init(&env);
		env_set(&env, cases[i].setting);
		assert_int_equal(mail_address(room.mail, &env, "joe", false,
				     &what, &recipient, &sender),
		    0);
		assert_int_equal(what, cases[i].what);
		if (cases[i].recipient == NULL)
			assert_null(recipient);
		else
			assert_string_equal(recipient, cases[i].recipient);
		if (cases[i].sender == NULL)
			assert_null(sender);
		else
			assert_string_equal(sender, cases[i].sender);
		free(recipient);
		free(sender);
		env_clear(&env);
	}
	assert_string_equal(mailroom_log(&room), "");
}

/* What is unsafe is said when there is output, as the incumbents do: cronie of
 * the sender first, Debian's cron of him only where somebody gets the mail. */
static void
check_unsafe(const char *command, const char *const *settings,
    const char *expected)
{
	struct job job;
	const char *line;
	char *said = calloc(1, sizeof room.lines);

	assert_non_null(said);
	room.lines_len = 0;
	room.lines[0] = '\0';
	mailroom_run(&room, &job, command, MAIL_NEVER, settings);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	for (line = mailroom_log(&room); (line = strstr(line, "UNSAFE"));
	     line++)
		strncat(said, line, strcspn(line, "\n") + 1);
	assert_string_equal(said, expected);
	free(said);
	job_clear(&job);
}

static const char *const both_unsafe[] = {"MAILTO=a\nb", "MAILFROM=c d", NULL};
static const char *const nobody[] = {"MAILTO=", "MAILFROM=c d", NULL};
static const char *const bad_sender[] = {"MAILFROM=c d", NULL};

static void
test_unsafe(void **state)
{
	(void)state;
	mailroom_start(&room);
	check_unsafe("echo 1; echo 2", both_unsafe,
	    "UNSAFE (c d)\nUNSAFE (a^Jb)\n");
	check_unsafe("true", both_unsafe, "");
	check_unsafe("echo 1", nobody, "UNSAFE (c d)\n");
	check_unsafe("echo 1", bad_sender, "UNSAFE (c d)\n");
}

static void
test_debian_unsafe(void **state)
{
	(void)state;
	mailroom_start(&room);
	check_unsafe("echo 1; echo 2", both_unsafe, "UNSAFE MAIL (a^Jb)\n");
	check_unsafe("true", both_unsafe, "");
	check_unsafe("echo 1", nobody, "");
	check_unsafe("echo 1", bad_sender, "UNSAFE MAIL (c d)\n");
}

static void
check_what(bool on_failure, const char *setting, enum mail_rule expected)
{
	enum mail_rule what;
	char *recipient, *sender;
	struct env env;

	env_init(&env);
	env_set(&env, setting);
	assert_int_equal(mail_address(room.mail, &env, "joe", on_failure, &what,
			     &recipient, &sender),
	    0);
	assert_int_equal(what, expected);
	free(recipient);
	free(sender);
	env_clear(&env);
}

static void
test_debian_address(void **state)
{
	(void)state;
	mailroom_start(&room);
	check_what(false, "MAILTO=a=b/c", MAIL_ALWAYS);
	check_what(true, "MAILTO=a", MAIL_ON_FAILURE);
	check_what(false, "MAILTO=$HOME", MAIL_NEVER);
}

static void
test_off(void **state)
{
	(void)state;
	room.config.command = "off";
	mailroom_start(&room);
	check_what(false, "MAILTO=a", MAIL_NEVER);
}

static void
test_syslog(void **state)
{
	(void)state;
	room.config.output = OUTPUT_LOGGED;
	mailroom_start(&room);
	check_what(false, "MAILTO=a", MAIL_SYSLOG);
	check_what(true, "MAILTO=", MAIL_SYSLOG);
}

static void
test_both(void **state)
{
	(void)state;
	room.config.output = OUTPUT_BOTH;
	mailroom_start(&room);
	check_what(false, "MAILTO=a", MAIL_ALWAYS);
	check_what(true, "MAILTO=a", MAIL_ON_FAILURE);
	check_what(false, "MAILTO=", MAIL_SYSLOG);
}

static void
test_bad_command(void **state)
{
	(void)state;
	room.config.command = "msmtp 't";
	assert_null(mail_new(&room.config));
	assert_int_equal(errno, EINVAL);
}

/* The incumbent's command line, environment, directory, ids, descriptors. */
static const char *const surroundings =
    "for a; do echo \"$a\"; done >$IN/x.args\n"
    "env | grep -v -e ^PWD= -e ^_= -e ^OLDPWD= -e ^SHLVL= | sort "
    ">$IN/x.env\n"
    "pwd >$IN/x.pwd; id -u >$IN/x.id\n"
    /* Without a pipe or redirection: for these the shell opens more. */
    "find /proc/$$/fd -mindepth 1 -fprintf $IN/x.fds '%f '\n"
    "cat >/dev/null";

static void
check_surroundings(const struct job *job)
{
	char id[32];

	snprintf(id, sizeof id, "%lu\n", (unsigned long)job->record->uid);
	check_only(".id", id);
	check_only(".pwd", "/tmp\n");
	check_only(".fds", "0 1 2 10 "); /* 10: sh's own, of the script */
}

static void
test_redhat_mailer(void **state)
{
	struct job job;
	char args[256];

	(void)state;
	mailroom_start(&room);
	mailroom_mailer(&room, surroundings);
	setenv("EVCRON_TEST", "daemon", 1);
	run_to_end(&job, "echo x");
	snprintf(args, sizeof args,
	    "-FCronDaemon\n-i\n-odi\n-oem\n-oi\n-t\n-f\n%s\n",
	    job.record->user);
	check_only(".args", args);
	check_only(".env", "PATH=/usr/bin:/bin\n");
	check_surroundings(&job);
	assert_int_equal(kept(), 0);
	job_clear(&job);
}

static void
test_debian_mailer(void **state)
{
	struct job job;
	char *text;

	(void)state;
	mailroom_start(&room);
	mailroom_mailer(&room, surroundings);
	setenv("EVCRON_TEST", "daemon", 1);
	run_to_end(&job, "echo x");
	check_only(".args", "-FCronDaemon\n-i\n-B8BITMIME\n-oem\nann@x.org\n");
	text = only(".env");
	assert_non_null(strstr(text, "EVCRON_TEST=daemon\n"));
	free(text);
	check_surroundings(&job);
	job_clear(&job);
}

static void
test_placeholders(void **state)
{
	char command[256];
	struct job job;

	(void)state;
	snprintf(command, sizeof command, "%s -s %%s 'to %%t' %%t",
	    room.sendmail);
	room.config.command = command;
	mailroom_start(&room);
	run_to_end(&job, "echo 'a  b'");
	check_only(".eml", "a  b\n");
	job_clear(&job);
}

/* The program is looked for in the job's PATH under RHEL. */
static void
test_path_search(void **state)
{
	char setting[128];
	const char *settings[] = {setting, NULL};
	struct job job;

	(void)state;
	snprintf(setting, sizeof setting, "PATH=/nowhere:%s:/usr/bin:/bin",
	    room.dir);
	room.config.command = "sendmail -x";
	mailroom_start(&room);
	mailroom_run(&room, &job, "echo x", MAIL_ALWAYS, settings);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	check_only(".args", "-x\n");
	job_clear(&job);
}

static void
test_failing_redhat(void **state)
{
	char path[256], *text;
	struct letter_meta label;
	struct job job;
	size_t len;

	(void)state;
	mailroom_start(&room);
	mailroom_mailer(&room, "cat >/dev/null\necho 'no route' >&2\n"
			       "echo more\nexit 75");
	run_to_end(&job, "echo hello; exit 2");
	check_log(" MAIL (mailed 6 bytes of output but got status 0x004b): no "
		  "route more; kept in ");
	assert_int_equal(files_in(room.outbox, "", path, sizeof path), 1);
	check_log(path);
	text = file_text(path, &len);
	assert_int_equal(letter_meta_read(&label, text, len), LETTER_META_GOOD);
	assert_string_equal(label.record->id, job.record->id);
	assert_true(label.record->ended);
	assert_int_equal(label.record->status, 2 << 8);
	assert_int_equal(label.body_at % 4096, 0);
	assert_memory_equal(text + label.body_at, "hello\n", 6);
	assert_int_equal(len, label.body_at + 6);
	assert_memory_equal(text + label.headers_at, "From: ", 6);
	assert_memory_equal(text + label.body_at - 2, "\n\n", 2);
	run_record_unref(label.record);
	free(text);
	job_clear(&job);
}

static void
test_failing_debian(void **state)
{
	struct job one, two;

	(void)state;
	mailroom_start(&room);
	mailroom_mailer(&room, "exit 1");
	run_to_end(&one, "printf x");
	check_log(
	    " MAIL (mailed 1 byte of output but got status 0x0001 from MTA);");
	mailroom_mailer(&room, "kill -9 $$");
	run_to_end(&two, "echo x");
	check_log("but got status 0xffffffff from MTA); kept in ");
	assert_int_equal(kept(), 2);
	job_clear(&one);
	job_clear(&two);
}

/* A mailer that has read enough is content, and so are we. */
static void
test_closes_stdin(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	mailroom_mailer(&room, "exec <&-; exit 0");
	run_to_end(&job, "head -c 1000000 /dev/zero");
	assert_int_equal(kept(), 0);
	job_clear(&job);
}

static void
test_no_mta(void **state)
{
	struct job job;

	(void)state;
	mailroom_start(&room);
	unlink(room.sendmail);
	run_to_end(&job, "echo x");
	check_log("(CRON) info (No MTA installed, keeping output in ");
	assert_int_equal(kept(), 1);
	job_clear(&job);
}

static void
test_cannot_exec(void **state)
{
	struct job job;

	(void)state;
	room.config.command = "/nowhere/mailer -t";
	mailroom_start(&room);
	run_to_end(&job, "echo x");
	check_log("(CRON) EXEC FAILED (/nowhere/mailer): No such file");
	check_log("mailed 2 bytes of output but got status 0x0001); kept in ");
	assert_int_equal(kept(), 1);
	job_clear(&job);
}

static void
test_hanging(void **state)
{
	struct job job;

	(void)state;
	room.config.stall_secs = 1;
	mailroom_start(&room);
	mailroom_mailer(&room, "sleep 60 & wait");
	run_to_end(&job, "echo x");
	check_log(
	    "MAIL (the mailer did not read for 1 s and was stopped; kept in ");
	assert_int_equal(kept(), 1);
	job_clear(&job);
}

/* Slow, but it reads: left alone, though it takes longer in all. A busy machine
 * may make four seconds of a read's one. */
static void
test_slow(void **state)
{
	struct job job;

	(void)state;
	room.config.stall_secs = 5;
	mailroom_start(&room);
	mailroom_mailer(&room,
	    "for i in 1 2 3 4 5 6 7 8 9; do head -c 100 >/dev/null; sleep .8; "
	    "done; echo >$IN/done.eml");
	run_to_end(&job, "head -c 2000000 /dev/zero");
	assert_int_equal(files_in(in(), ".eml", NULL, 0), 1);
	assert_int_equal(kept(), 0);
	job_clear(&job);
}

/* It reads for ever; a mailer's time in all is limited. */
static void
test_overdue(void **state)
{
	struct job job;

	(void)state;
	room.config.stall_secs = 10;
	room.config.limit_secs = 2;
	mailroom_start(&room);
	mailroom_mailer(&room, "while read x; do sleep .2; done");
	run_to_end(&job, "seq 1 1000");
	check_log(
	    "MAIL (the mailer took more than 2 s and was stopped; kept in ");
	assert_int_equal(kept(), 1);
	job_clear(&job);
}

static bool
all_over(void *context)
{
	struct job *jobs = context;
	size_t i;

	for (i = 0; i < 100; i++)
		if (jobs[i].over == 0)
			return false;
	return true;
}

/* 100 letters, at most 16 mailers at once, none lost, all descriptors back. */
static void
test_many(void **state)
{
	static struct job jobs[100];
	char *text, *line;
	long running, most = 0;
	size_t i, fds = files_in("/proc/self/fd", "", NULL, 0);

	(void)state;
	mailroom_start(&room);
	fds = files_in("/proc/self/fd", "", NULL, 0);
	mailroom_mailer(&room,
	    "mkdir $IN/run.$$; ls -d $IN/run.* | wc -l >>$IN/at-once\n"
	    "cat >/dev/null; sleep .2; echo >$IN/$$.eml; rmdir $IN/run.$$");
	for (i = 0; i < 100; i++)
		mailroom_run(&room, &jobs[i], "echo x", MAIL_ALWAYS, NULL);
	assert_true(mailroom_until(&room, all_over, jobs));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(files_in(in(), ".eml", NULL, 0), 100);
	text = only("at-once");
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		running = strtol(line, NULL, 10);
		most = running > most ? running : most;
	}
	free(text);
	assert_in_range(most, 2, 16);
	assert_int_equal(kept(), 0);
	assert_int_equal(files_in("/proc/self/fd", "", NULL, 0), fds);
	for (i = 0; i < 100; i++)
		job_clear(&jobs[i]);
}

/* Oldest letters go when the outbox is full, each with a line. */
static void
test_outbox_bound(void **state)
{
	struct job jobs[5];
	size_t i;

	(void)state;
	room.config.outbox_max = 1024 * 1024;
	mailroom_start(&room);
	mailroom_mailer(&room, "exit 1");
	for (i = 0; i < 5; i++)
		run_to_end(&jobs[i], "head -c 300000 /dev/zero");
	assert_in_range(kept(), 2, 3);
	check_log("MAIL (the outbox is full: dropped its oldest letter run-");
	check_log(jobs[0].record->id);
	for (i = 0; i < 5; i++)
		job_clear(&jobs[i]);
}

/* Freed with a mailer at work and letters waiting: all stay in the outbox. */
static void
test_free_at_work(void **state)
{
	struct job jobs[3];
	size_t i;

	(void)state;
	room.config.mailers_max = 1;
	mailroom_start(&room);
	mailroom_mailer(&room, "sleep 2");
	for (i = 0; i < 3; i++) {
		mailroom_run(&room, &jobs[i], "echo x", MAIL_ALWAYS, NULL);
		assert_true(mailroom_until(&room, job_is_over, &jobs[i]));
	}
	assert_int_equal(mail_count(room.mail), 3);
	assert_int_equal(kept(), 3);
	for (i = 0; i < 3; i++)
		job_clear(&jobs[i]);
}

#define WITH(test, setup) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_addresses, setup_redhat),
	    WITH(test_unsafe, setup_redhat),
	    WITH(test_debian_unsafe, setup_debian),
	    WITH(test_debian_address, setup_debian),
	    WITH(test_off, setup_redhat),
	    WITH(test_syslog, setup_redhat),
	    WITH(test_both, setup_redhat),
	    WITH(test_bad_command, setup_redhat),
	    WITH(test_redhat_mailer, setup_redhat),
	    WITH(test_debian_mailer, setup_debian),
	    WITH(test_placeholders, setup_redhat),
	    WITH(test_path_search, setup_redhat),
	    WITH(test_failing_redhat, setup_redhat),
	    WITH(test_failing_debian, setup_debian),
	    WITH(test_closes_stdin, setup_redhat),
	    WITH(test_no_mta, setup_debian),
	    WITH(test_cannot_exec, setup_redhat),
	    WITH(test_hanging, setup_redhat),
	    WITH(test_slow, setup_redhat),
	    WITH(test_overdue, setup_redhat),
	    WITH(test_many, setup_debian),
	    WITH(test_outbox_bound, setup_debian),
	    WITH(test_free_at_work, setup_debian),
	};

	return cmocka_run_group_tests_name("mail", tests, NULL, NULL);
}
