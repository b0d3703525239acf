/* The label of a letter: what is written can be read, what is broken can't
 * hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/letter_meta.h"
#include "core/mail_headers.h"

static struct run_record *
some_facts(void)
{
	struct env env;
	struct run_record_source source = {
	    .user = "joe",
	    .command = "echo a\\nb; echo \"c\nd\" \\",
	    .table = "/etc/cron.d/x y",
	    .recipient = "ann@x.org",
	    .home = "/home/joe",
	    .env = &env,
	};
	struct run_record *record;

	env_init(&env);
	env_set(&env, "A=b\nc");
	env_set(&env, "EMPTY=");
	record = run_record_new(&source);
	env_clear(&env);
	assert_non_null(record);
	strcpy(record->id, "4711-a");
	record->uid = 1000;
	record->gid = 4294967294U;
	record->line = 7;
	record->flags = 3;
	record->due = (struct minute){28000000};
	record->mail = MAIL_ON_FAILURE;
	record->ended = record->status_known = true;
	record->status = 256;
	record->output_bytes = 1ULL << 40;
	record->lost_bytes = 5;
	return record;
}

static void
test_round_trip(void **state)
{
	struct run_record *record = some_facts(), *got;
	struct letter_meta label = {.headers_at = 3000,
	    .body_at = 4096,
	    .first = 1ULL << 33,
	    .streamed = true,
	    .cut = true,
	    .mailing = true,
	    .losing = true,
	    .tries = {.count = UINT32_MAX,
		.since_at = -5,
		.next_at = INT64_MAX,
		.waited_secs = INT64_MAX,
		.final = true},
	    .record = record};
	struct letter_meta read;
	size_t len;
	char *text;

	(void)state;
	/* The longest that a complaint can get. */
	memset(label.why, '\n', LETTER_META_WHY_MAX);
	text = letter_meta_write(&label, &len);
	assert_non_null(text);
	assert_true(len <= letter_meta_max(record));
	assert_int_equal(letter_meta_read(&read, text, len), LETTER_META_GOOD);
	got = read.record;
	assert_int_equal(read.headers_at, 3000);
	assert_int_equal(read.body_at, 4096);
	assert_true(read.first == 1ULL << 33);
	assert_true(read.streamed && read.cut && read.tries.final);
	assert_true(read.mailing && read.losing);
	assert_int_equal(read.tries.count, UINT32_MAX);
	assert_int_equal(read.tries.since_at, -5);
	assert_int_equal(read.tries.next_at, INT64_MAX);
	assert_int_equal(read.tries.waited_secs, INT64_MAX);
	assert_string_equal(read.why, label.why);
	assert_string_equal(got->id, "4711-a");
	assert_string_equal(got->user, "joe");
	assert_string_equal(got->command, record->command);
	assert_string_equal(got->table, record->table);
	assert_string_equal(got->recipient, "ann@x.org");
	assert_null(got->sender);
	assert_string_equal(got->home, "/home/joe");
	assert_int_equal(got->env_size, record->env_size);
	assert_memory_equal(got->env, record->env, record->env_size);
	assert_null(got->session_env);
	assert_int_equal(got->uid, 1000);
	assert_int_equal(got->gid, 4294967294U);
	assert_int_equal(got->line, 7);
	assert_int_equal(got->flags, 3);
	assert_int_equal(got->due.n, 28000000);
	assert_int_equal(got->mail, MAIL_ON_FAILURE);
	assert_true(got->ended && got->status_known);
	assert_int_equal(got->status, 256);
	assert_true(got->output_bytes == 1ULL << 40);
	assert_int_equal(got->lost_bytes, 5);
	run_record_unref(got);
	run_record_unref(record);
	free(text);
}

/* PAM's variables, that of no module's making among them. */
static void
test_session(void **state)
{
	static const char block[] = "XDG=/run\0NOTHING\0TWO=a\\\nb\0";
	static const char want[] = "XDG=/run\0TWO=a\\\nb\0";
	struct run_record *record = some_facts();
	struct letter_meta label = {.record = record}, read;
	size_t len;
	char *text;

	(void)state;
	record->session_env = malloc(sizeof block);
	assert_non_null(record->session_env);
	memcpy(record->session_env, block, sizeof block);
	record->session_env_size = sizeof block;
	text = letter_meta_write(&label, &len);
	assert_non_null(text);
	assert_true(len <= letter_meta_max(record));
	assert_int_equal(letter_meta_read(&read, text, len), LETTER_META_GOOD);
	assert_int_equal(read.record->session_env_size, sizeof want);
	assert_memory_equal(read.record->session_env, want, sizeof want);
	assert_int_equal(read.record->env_size, record->env_size);
	run_record_unref(read.record);
	run_record_unref(record);
	free(text);
}

/* Wherever it is cut off: a label without its "end" is none. */
static void
test_cut(void **state)
{
	struct run_record *record = some_facts();
	struct letter_meta label = {.record = record}, read;
	size_t len, n;
	char *text = letter_meta_write(&label, &len);

	(void)state;
	for (n = 0; n < len; n++)
		assert_int_not_equal(letter_meta_read(&read, text, n),
		    LETTER_META_GOOD);
	assert_int_equal(letter_meta_read(&read, text, len), LETTER_META_GOOD);
	run_record_unref(read.record);
	run_record_unref(record);
	free(text);
}

static void
test_broken(void **state)
{
	static const struct {
		const char *text;
		enum letter_meta_verdict verdict;
	} cases[] = {
	    {"", LETTER_META_FOREIGN},
	    {"From: joe\n", LETTER_META_FOREIGN},
	    {"evcron letter 2\nend\n", LETTER_META_FOREIGN},
	    {"evcron letter 1\nend\n", LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\nend\n", LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nend\n",
		LETTER_META_GOOD},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nfuture 1\nend\n",
		LETTER_META_GOOD},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nuid -1\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nuid 4294967296\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nmail 4\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nenv x\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand \\x\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nword\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nheaders 2\nbody 1\n"
	     "end\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nheaders 2\nbody 1\n"
	     "first 1\nend\n",
		LETTER_META_GOOD},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nfinal 2\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\ntries -1\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid a\nuser b\ncommand c\nwaited -1\nend\n",
		LETTER_META_BROKEN},
	    {"evcron letter 1\nid aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	     "user b\ncommand c\nend\n",
		LETTER_META_BROKEN},
	};
	struct letter_meta label;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(letter_meta_read(&label, cases[i].text,
				     strlen(cases[i].text)),
		    cases[i].verdict);
		run_record_unref(label.record);
	}
}

/* A complaint that no version writes. */
static void
test_long_why(void **state)
{
	char text[2 * LETTER_META_WHY_MAX];
	struct letter_meta label;
	int len = snprintf(text, sizeof text,
	    "evcron letter 1\nid a\nuser b\ncommand c\nwhy %0*d\nend\n",
	    LETTER_META_WHY_MAX + 1, 0);

	(void)state;
	assert_int_equal(letter_meta_read(&label, text, (size_t)len),
	    LETTER_META_BROKEN);
}

/* A letter as the first version wrote it: nothing was tried, nothing is
 * streamed. */
static void
test_earlier(void **state)
{
	static const char text[] =
	    "evcron letter 1\nheaders 3700\nbody 4096\nfirst 0\nid 1-0\n"
	    "user joe\ncommand date\ntable /etc/crontab\nrecipient joe\n"
	    "home /home/joe\nuid 1000\ngid 1000\nline 3\nflags 0\n"
	    "due 29000000\nmail 0\nstarted 1740000000000000000\noutput 5\n"
	    "lost 0\nstatus 0\nenv SHELL=/bin/sh\nend\n";
	static const struct letter_tries none;
	struct letter_meta label;

	(void)state;
	assert_int_equal(letter_meta_read(&label, text, sizeof text - 1),
	    LETTER_META_GOOD);
	assert_int_equal(label.headers_at, 3700);
	assert_false(label.streamed || label.cut);
	assert_memory_equal(&label.tries, &none, sizeof none);
	run_record_unref(label.record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_session),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_long_why),
	    cmocka_unit_test(test_earlier),
	};

	return cmocka_run_group_tests_name("label", tests, NULL, NULL);
}
