/* The text of a mail, byte for byte: headers, Subject, addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mail_headers.h"

static struct run_record *
facts_of(const char *user, const char *command, const char *recipient,
    const char *sender, const char *const *settings)
{
	struct env env;
	struct run_record_source source = {
	    .user = user,
	    .command = command,
	    .table = "/etc/crontab",
	    .recipient = recipient,
	    .sender = sender,
	    .home = "/",
	    .env = &env,
	};
	struct run_record *record;

	env_init(&env);
	for (; settings != NULL && *settings != NULL; settings++)
		assert_int_equal(env_set(&env, *settings), 0);
	record = run_record_new(&source);
	assert_non_null(record);
	env_clear(&env);
	return record;
}

static struct mail_headers_style
style_of(const char *personality)
{
	return (struct mail_headers_style){
	    .personality = personality_find(personality),
	    .host = "box.example.org",
	    .charset = "ANSI_X3.4-1968",
	};
}

/* Takes record over. */
static void
check_headers(const struct mail_headers_style *style, struct run_record *record,
    const char *expected)
{
	size_t len;
	char *text = mail_headers_write(style, record, &len);

	assert_non_null(text);
	assert_string_equal(text, expected);
	assert_int_equal(len, strlen(expected));
	assert_true(len <= mail_headers_max(style, record));
	free(text);
	run_record_unref(record);
}

static const char *const settings[] = {"MAILTO=joe,ann@x.org", "A=b c",
    "SHELL=/bin/sh", "HOME=/home/joe", "PATH=/usr/bin:/bin", "LOGNAME=joe",
    NULL};

static void
test_debian(void **state)
{
	struct mail_headers_style style = style_of("debian");

	(void)state;
	check_headers(&style,
	    facts_of("joe", "echo hi", "joe,ann@x.org", NULL, settings),
	    "From: root (Cron Daemon)\n"
	    "To: joe,ann@x.org\n"
	    "Subject: Cron <joe@box> echo hi\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=US-ASCII\n"
	    "Content-Transfer-Encoding: 8bit\n"
	    "X-Cron-Env: <MAILTO=joe,ann@x.org>\n"
	    "X-Cron-Env: <A=b c>\n"
	    "X-Cron-Env: <SHELL=/bin/sh>\n"
	    "X-Cron-Env: <HOME=/home/joe>\n"
	    "X-Cron-Env: <PATH=/usr/bin:/bin>\n"
	    "X-Cron-Env: <LOGNAME=joe>\n"
	    "\n");
	style.full_host = true;
	style.charset = "UTF-8";
	check_headers(&style,
	    facts_of("joe", "echo hi", "joe", "me@x.org", NULL),
	    "From: me@x.org\n"
	    "To: joe\n"
	    "Subject: Cron <joe@box.example.org> echo hi\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=UTF-8\n"
	    "Content-Transfer-Encoding: 8bit\n"
	    "\n");
}

static void
test_redhat(void **state)
{
	struct mail_headers_style style = style_of("redhat");

	(void)state;
	check_headers(&style,
	    facts_of("joe", "echo hi", "joe,ann@x.org", NULL, settings),
	    "From: \"(Cron Daemon)\" <joe>\n"
	    "To: joe,ann@x.org\n"
	    "Subject: Cron <joe@box> echo hi\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/plain; charset=ANSI_X3.4-1968\n"
	    "Content-Transfer-Encoding: 8bit\n"
	    "Auto-Submitted: auto-generated\n"
	    "Precedence: bulk\n"
	    "X-Cron-Env: <MAILTO=joe,ann@x.org>\n"
	    "X-Cron-Env: <A=b c>\n"
	    "X-Cron-Env: <SHELL=/bin/sh>\n"
	    "X-Cron-Env: <HOME=/home/joe>\n"
	    "X-Cron-Env: <PATH=/usr/bin:/bin>\n"
	    "X-Cron-Env: <LOGNAME=joe>\n"
	    "\n");
	check_headers(&style,
	    facts_of("joe", "x", "joe", "me@x.org",
		(const char *[]){"CONTENT_TYPE=text/html\nBcc: all@x.org",
		    "CONTENT_TRANSFER_ENCODING=7bit\rX: y", NULL}),
	    "From: \"(Cron Daemon)\" <me@x.org>\n"
	    "To: joe\n"
	    "Subject: Cron <joe@box> x\n"
	    "MIME-Version: 1.0\n"
	    "Content-Type: text/html Bcc: all@x.org\n"
	    "Content-Transfer-Encoding: 7bit X: y\n"
	    "Auto-Submitted: auto-generated\n"
	    "Precedence: bulk\n"
	    "X-Cron-Env: <CONTENT_TYPE=text/html Bcc: all@x.org>\n"
	    "X-Cron-Env: <CONTENT_TRANSFER_ENCODING=7bit X: y>\n"
	    "\n");
}

static void
test_status(void **state)
{
	static const struct {
		bool ended, known;
		int status;
		const char *line, *subject; /* of -L 4 under Debian */
	} cases[] = {
	    {false, false, 0, NULL, "Cron <joe@box> x"},
	    {true, true, 0, NULL, "Cron <joe@box> x"},
	    {true, true, 3 << 8, "X-Cron-Status: exit status 3\n",
		"Cron <joe@box> x (failed)"},
	    {true, true, 9, "X-Cron-Status: killed by signal 9\n",
		"Cron <joe@box> x (failed)"},
	    {true, false, 0, "X-Cron-Status: unknown\n",
		"Cron <joe@box> x (failed)"},
	};
	struct mail_headers_style style = style_of("debian");
	struct run_record *record = facts_of("joe", "x", "joe", NULL, NULL);
	char *text, *found, *subject;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		record->ended = cases[i].ended;
		record->status_known = cases[i].known;
		record->status = cases[i].status;
		style.mark_failed = false;
		text = mail_headers_write(&style, record, &len);
		found = strstr(text, "X-Cron-Status");
		if (cases[i].line == NULL)
			assert_null(found);
		else
			assert_true(
			    found != NULL && strncmp(found, cases[i].line,
						 strlen(cases[i].line)) == 0);
		assert_null(strstr(text, "(failed)"));
		free(text);
		style.mark_failed = true;
		subject = mail_headers_subject(&style, record);
		assert_string_equal(subject, cases[i].subject);
		free(subject);
	}
	run_record_unref(record);
}

static void
test_subject(void **state)
{
	struct mail_headers_style style = style_of("debian");
	char command[2000];
	struct run_record *record;
	char *subject;

	(void)state;
	record = facts_of("joe", "a\nBcc: x\r\t\033[1m\177b", "j", NULL, NULL);
	subject = mail_headers_subject(&style, record);
	assert_string_equal(subject, "Cron <joe@box> a Bcc: x   [1m b");
	free(subject);
	run_record_unref(record);

	/* 900 bytes would end within the two bytes of a character. */
	memset(command, 'x', sizeof command - 1);
	command[sizeof command - 1] = '\0';
	memcpy(command + 899 - strlen("Cron <joe@box> "), "\303\244", 2);
	record = facts_of("joe", command, "j", NULL, NULL);
	subject = mail_headers_subject(&style, record);
	assert_int_equal(strlen(subject), 899);
	free(subject);
	record->ended = record->status_known = true;
	record->status = 256;
	style.mark_failed = true;
	subject = mail_headers_subject(&style, record);
	assert_int_equal(strlen(subject), MAIL_SUBJECT_MAX);
	assert_string_equal(subject + MAIL_SUBJECT_MAX - 9, " (failed)");
	free(subject);
	run_record_unref(record);
}

static void
test_no_host(void **state)
{
	struct mail_headers_style style = style_of("debian");
	struct run_record *record = facts_of("joe", "x", "joe", NULL, NULL);
	char *subject;

	(void)state;
	style.host = "";
	subject = mail_headers_subject(&style, record);
	assert_string_equal(subject, "Cron <joe@> x");
	free(subject);
	run_record_unref(record);
}

/* A name that is sender and recipient, longer than any constant makes up for.
 */
static void
test_long_user(void **state)
{
	struct mail_headers_style style = style_of("redhat");
	struct run_record *record;
	char user[5000], *text;
	size_t len;

	(void)state;
	memset(user, 'u', sizeof user - 1);
	user[sizeof user - 1] = '\0';
	record = facts_of(user, "true", NULL, NULL, NULL);
	text = mail_headers_write(&style, record, &len);
	assert_non_null(text);
	assert_true(len <= mail_headers_max(&style, record));
	free(text);
	run_record_unref(record);
}

static void
test_much_environment(void **state)
{
	struct mail_headers_style style = style_of("redhat");
	char *value = malloc(MAIL_ENV_MAX + 10);
	const char *list[] = {value, NULL};
	struct run_record *record;
	char *text;
	size_t len;

	(void)state;
	assert_non_null(value);
	memset(value, 'x', MAIL_ENV_MAX + 9);
	memcpy(value, "A=", 2);
	value[MAIL_ENV_MAX + 9] = '\0';
	record = facts_of("joe", "x", "joe", NULL, list);
	text = mail_headers_write(&style, record, &len);
	assert_non_null(text);
	assert_null(strstr(text, "X-Cron-Env"));
	free(text);
	run_record_unref(record);
	free(value);
}

/* Of what a table may have, 128 KiB, half is shown. */
static void
test_left_out(void **state)
{
	static char texts[120][1024];
	static const char *list[121];
	struct mail_headers_style style = style_of("redhat");
	struct run_record *record;
	char *text, *at;
	size_t len, shown = 0;

	(void)state;
	for (size_t i = 0; i < 120; i++) {
		snprintf(texts[i], sizeof texts[i], "V%zu=%0980d", i, 0);
		list[i] = texts[i];
	}
	record = facts_of("joe", "x", "joe", NULL, list);
	text = mail_headers_write(&style, record, &len);
	assert_non_null(text);
	for (at = text; (at = strstr(at, "X-Cron-Env: <")) != NULL; at++)
		shown++;
	assert_in_range(shown, 60, 67);
	at = strstr(text, "X-Cron-Env-Left-Out: ");
	assert_non_null(at);
	assert_int_equal(strtoul(strchr(at, ' '), NULL, 10), 120 - shown);
	assert_true(len < 70 * 1024);
	free(text);
	run_record_unref(record);
}

/* Sent late: the same headers and a Date; the note begins the body. */
static void
test_late(void **state)
{
	static const char *const list[] = {"A=b", NULL};
	const struct mail_headers_style style = style_of("redhat");
	struct run_record *record = facts_of("joe", "date", "joe", NULL, list);
	char note[MAIL_NOTE_MAX + 1], *first, *late, *date;
	size_t len, note_at;

	(void)state;
	first = mail_headers_write(&style, record, &len);
	assert_null(strstr(first, "Date: "));
	late = letter_late(&style, record, "Tue, 1 Jan\n 2030", NULL, &len,
	    &note_at);
	assert_int_equal(len, note_at);
	date = strstr(late, "\nDate: Tue, 1 Jan  2030\n");
	assert_non_null(date);
	memmove(date, strchr(date + 1, '\n'),
	    strlen(strchr(date + 1, '\n')) + 1);
	assert_string_equal(first, late);
	free(late);
	memset(note, 'x', sizeof note);
	note[sizeof note - 1] = '\0';
	late = letter_late(&style, record, "x", note, &len, &note_at);
	assert_string_equal(late + note_at, note);
	assert_memory_equal(late + note_at - 2, "\n\n", 2);
	assert_true(len <= mail_headers_max(&style, record));
	free(first);
	free(late);
	run_record_unref(record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_debian),
	    cmocka_unit_test(test_redhat),
	    cmocka_unit_test(test_status),
	    cmocka_unit_test(test_subject),
	    cmocka_unit_test(test_no_host),
	    cmocka_unit_test(test_long_user),
	    cmocka_unit_test(test_much_environment),
	    cmocka_unit_test(test_left_out),
	    cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests_name("letter", tests, NULL, NULL);
}
