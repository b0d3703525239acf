/* Letters in the outbox that no post has: of earlier versions, of daemons that
 * went down, of any bytes; and letters that are tried again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/letter_meta.h"
#include "core/run_state.h"
#include "mailroom.h"

static struct mailroom room;

static int
setup(void **state)
{
	(void)state;
	mailroom_open(&room, "redhat");
	mailroom_filer(&room);
	assert_int_equal(mkdir(room.outbox, 0700), 0);
	/* Seconds instead of minutes. */
	room.config.backoff = (struct backoff){
	    .waits = {1},
	    .count = 1,
	    .limit_secs = 3600,
	};
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
write_letter(const char *name, const char *bytes, size_t len)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", room.outbox, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* A letter of the first version: headers that end at 4096, body behind. */
static void
write_earlier(const char *name, const char *more, const char *body)
{
	static const char headers[] = "From: x\nTo: x\n\n";
	char bytes[8192] = {0};
	struct job who;
	int len;

	/* As the user that this room's jobs are. */
	mailroom_run(&room, &who, "true", MAIL_NEVER, NULL);
	assert_true(mailroom_until(&room, job_is_over, &who));
	len = snprintf(bytes, 4096,
	    "evcron letter 1\nheaders %zu\nbody 4096\nfirst 0\nid %s\n"
	    "user %s\ncommand date\ntable /etc/crontab\nrecipient ann@x.org\n"
	    "home /tmp\nuid %lu\ngid %lu\nline 3\nflags 0\ndue 29000000\n"
	    "mail 0\nstarted 1740000000000000000\noutput 5\nlost 0\n%s"
	    "env SHELL=/bin/sh\nend\n",
	    4096 - strlen(headers), name, who.record->user,
	    (unsigned long)who.record->uid, (unsigned long)who.record->gid,
	    more);
	assert_in_range(len, 1, 3000);
	memcpy(bytes + 4096 - strlen(headers), headers, strlen(headers));
	memcpy(bytes + 4096, body, strlen(body));
	write_letter(name, bytes, 4096 + strlen(body));
	job_clear(&who);
}

static size_t
kept(void)
{
	return files_in(room.outbox, "", NULL, 0);
}

static size_t
delivered(void)
{
	char in[96];

	snprintf(in, sizeof in, "%s/in", room.dir);
	return files_in(in, ".eml", NULL, 0);
}

static bool
all_gone(void *context)
{
	(void)context;
	return kept() == 0;
}

static char *
letter(void)
{
	char in[96], path[256];

	snprintf(in, sizeof in, "%s/in", room.dir);
	assert_int_equal(files_in(in, ".eml", path, sizeof path), 1);
	return file_text(path, NULL);
}

static void
must_have(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void
test_earlier(void **state)
{
	char *text;

	(void)state;
	mailroom_start(&room);
	write_earlier("a-0", "status 0\n", "hello\n");
	mail_recover(room.mail);
	assert_true(mailroom_until(&room, all_gone, NULL));
	text = letter();
	must_have(text, "To: ann@x.org\n");
	must_have(text, "\nDate: ");
	must_have(text, "2025 ");
	must_have(text, "\n\nhello\n");
	assert_null(strstr(text, "["));
	must_have(mailroom_log(&room), "sent letter a-0, left by an earlier");
	free(text);
}

/* Headers before the run's end: a stream's, and nobody saw the end. */
static void
test_cut(void **state)
{
	char *text;

	(void)state;
	mailroom_start(&room);
	write_earlier("a-0", "", "hello\n");
	mail_recover(room.mail);
	assert_true(mailroom_until(&room, all_gone, NULL));
	text = letter();
	must_have(text, "X-Cron-Status: unknown\n");
	must_have(text, "\n\n[This was being mailed while the job ran");
	must_have(text, "\n[The end of this run is not known");
	must_have(text, "went down before.]\n\nhello\n");
	free(text);
}

/* Its mailer is no more, and nobody saw how that ended. */
static void
test_doubtful(void **unused)
{
	struct run_state state = {.part = 1, .over = true, .fifo = -1};
	char path[256], *text;
	struct letter_meta label;
	size_t len;

	(void)unused;
	mailroom_start(&room);
	write_earlier("a-0", "status 0\n", "hello\n");
	assert_int_equal(files_in(room.outbox, "", path, sizeof path), 1);
	text = file_text(path, &len);
	assert_int_equal(letter_meta_read(&label, text, len), LETTER_META_GOOD);
	free(text);
	state.record = label.record;
	state.mailer = getpid();
	state.mailer_start = 1; /* another process had that pid */
	mail_adopt_sent(room.mail, &state);
	run_record_unref(label.record);
	mail_recover(room.mail);
	assert_true(mailroom_until(&room, all_gone, NULL));
	text = letter();
	must_have(text, "\nDate: ");
	must_have(text, "\n\n[cron ended while this was being mailed: it may "
			"have been mailed before.]\n\nhello\n");
	must_have(mailroom_log(&room), "the letter is mailed again");
	free(text);
}

/* Nothing was written yet, and nobody wants it. */
static void
test_nothing_to_send(void **state)
{
	(void)state;
	mailroom_start(&room);
	write_earlier("a-0", "", "");
	write_earlier("a-1", "mail 1\nstatus 0\n", "good\n");
	mail_recover(room.mail);
	assert_true(mailroom_until(&room, all_gone, NULL));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(delivered(), 0);
}

/* Whatever lies there: said, left alone, and no harm done. */
static void
test_strange(void **state)
{
	static const char *const texts[] = {
	    "",
	    "From: x\n\n",
	    "evcron letter 2\nend\n",
	    "evcron letter 1\nid x\nuser root\ncommand x\n",
	    "evcron letter 1\nid x\nuser root\ncommand x\nbody "
	    "9223372036854775807\nfirst 9223372036854775807\nrecipient x\n"
	    "end\n",
	    "evcron letter 1\nid x\nuser root\ncommand x\nbody 100\nfirst 1\n"
	    "recipient x\nend\n",
	    "evcron letter 1\nid x\nuser root\ncommand x\nheaders 9\nbody 0\n"
	    "recipient x\nend\n",
	};
	char name[32], path[256];
	size_t i;

	(void)state;
	mailroom_start(&room);
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		snprintf(name, sizeof name, "strange-%zu", i);
		write_letter(name, texts[i], strlen(texts[i]));
	}
	snprintf(path, sizeof path, "%s/link", room.outbox);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof path, "%s/directory", room.outbox);
	assert_int_equal(mkdir(path, 0700), 0);
	write_earlier("a-0", "status 0\n", "hello\n");
	mail_recover(room.mail);
	mailroom_pass(&room, 0.5);
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(delivered(), 1);
	assert_int_equal(kept(), i + 2);
	must_have(mailroom_log(&room), "strange-3 is no letter that can be");
}

/* Numbers that no version writes: nothing overflows. */
static void
test_extremes(void **state)
{
	static const char *const more[] = {
	    "due 9223372036854775807\nstarted -1\nstatus 256\ntries 1\n"
	    "since -9223372036854775808\nnext 9223372036854775807\n"
	    "waited 9223372036854775807\n",
	    "due -9223372036854775808\nstarted 0\nstatus 2147483647\n"
	    "tries 4294967295\nsince 9223372036854775807\n"
	    "next -9223372036854775808\nwaited 0\n",
	    "started 9223372036854775807\nstatus 0\ntries 0\nfinal 1\n"
	    "output 9223372036854775807\nlost 9223372036854775807\n"
	    "streamed 1\n",
	};
	char name[16];
	size_t i;

	(void)state;
	mailroom_start(&room);
	for (i = 0; i < sizeof more / sizeof more[0]; i++) {
		snprintf(name, sizeof name, "a-%zu", i);
		write_earlier(name, more[i], "hello\n");
	}
	mail_recover(room.mail);
	mailroom_pass(&room, 2.5);
	/* The third goes to no mailer any more. */
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	must_have(mailroom_log(&room), "letter a-1 at attempt 4294967296");
	assert_int_equal(delivered(), 2);
}

/* A label without room: body at the very front of the file. The letter can't be
 * sent with headers of its own, and is kept without being harmed. */
static void
test_no_room(void **state)
{
	static const char text[] =
	    "evcron letter 1\nid x\nuser nobody\ncommand x\nbody 90\n"
	    "recipient x\nstatus 0\nend\n----------------------------hello\n";
	char path[256], *now;

	(void)state;
	mailroom_start(&room);
	write_letter("x", text, sizeof text - 1);
	mail_recover(room.mail);
	mailroom_pass(&room, 1.5);
	assert_int_equal(delivered(), 0);
	snprintf(path, sizeof path, "%s/x", room.outbox);
	now = file_text(path, NULL);
	assert_string_equal(now, text);
	free(now);
	must_have(mailroom_log(&room), "the letter can't be completed");
}

/* Of very many no more than half of the mailers are kept busy, and all go. */
static void
test_many(void **state)
{
	char name[32], path[96], *text, *line;
	long running, most = 0;
	unsigned i;

	(void)state;
	room.config.mailers_max = 8;
	mailroom_start(&room);
	mailroom_mailer(&room,
	    "mkdir $IN/run.$$; ls -d $IN/run.* | wc -l >>$IN/at-once\n"
	    "cat >/dev/null; sleep .1; echo >$IN/$$.eml; rmdir $IN/run.$$");
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "a-%u", i);
		write_earlier(name, "status 0\n", "hello\n");
	}
	mail_recover(room.mail);
	assert_true(mailroom_until(&room, all_gone, NULL));
	assert_int_equal(delivered(), 100);
	snprintf(path, sizeof path, "%s/in/at-once", room.dir);
	text = file_text(path, NULL);
	for (line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
		running = strtol(line, NULL, 10);
		most = running > most ? running : most;
	}
	free(text);
	assert_in_range(most, 2, 4);
}

static bool
was_tried_thrice(void *context)
{
	(void)context;
	return strstr(mailroom_log(&room), "attempt 3") != NULL;
}

/* Attempts stand in the label; bytes kept are counted once. */
static void
test_again(void **state)
{
	char path[256], *text;
	struct letter_meta label;
	struct job job;
	size_t len;

	(void)state;
	room.config.backoff.waits[0] = 2;
	room.config.outbox_max = 300 * 1024;
	mailroom_start(&room);
	mailroom_mailer(&room, "n=$(ls $IN/*.try | wc -l); : >$IN/$$.try; "
			       "[ $n -ge 2 ] || exit 75; cat >$IN/$$.eml");
	mailroom_run(&room, &job, "head -c 200000 /dev/zero; exit 1",
	    MAIL_ALWAYS, NULL);
	assert_true(mailroom_until(&room, job_is_over, &job));
	assert_true(mailroom_until(&room, mail_is_idle, &room));
	assert_int_equal(files_in(room.outbox, "", path, sizeof path), 1);
	text = file_text(path, &len);
	assert_int_equal(letter_meta_read(&label, text, len), LETTER_META_GOOD);
	assert_int_equal(label.tries.count, 1);
	assert_int_equal(label.tries.waited_secs, 0);
	assert_int_equal(label.tries.next_at, label.tries.since_at + 2);
	must_have(label.why, "exit status 75");
	run_record_unref(label.record);
	free(text);
	assert_true(mailroom_until(&room, was_tried_thrice, NULL));
	assert_int_equal(kept(), 0);
	assert_int_equal(delivered(), 1);
	assert_null(strstr(mailroom_log(&room), "dropped"));
	job_clear(&job);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_earlier),
	    WITH(test_cut),
	    WITH(test_doubtful),
	    WITH(test_nothing_to_send),
	    WITH(test_strange),
	    WITH(test_extremes),
	    WITH(test_no_room),
	    WITH(test_many),
	    WITH(test_again),
	};

	return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
