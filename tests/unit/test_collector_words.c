/* Words between crond and a collector: there and back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/collector_words.h"

static const struct {
	struct collector_message message;
	const char *bytes;
} good[] = {
    {{.word = WORD_USER,
	 .name = "joe",
	 .account = true,
	 .gid = 100,
	 .groups = "100,4",
	 .text = "/home/joe"},
	"user\tjoe\t100\t100,4\t/home/joe"},
    {{.word = WORD_USER,
	 .name = "joe",
	 .account = true,
	 .gid = 0,
	 .groups = "",
	 .text = "/"},
	"user\tjoe\t0\t\t/"},
    {{.word = WORD_USER, .name = "joe"}, "user\tjoe"},
    {{.word = WORD_RUN, .id = "ab-12_3.4"}, "run\tab-12_3.4"},
    {{.word = WORD_ENDED, .id = "a", .end = END_KNOWN, .status = 256},
	"ended\ta\tknown\t256"},
    {{.word = WORD_ENDED, .id = "a", .end = END_UNKNOWN}, "ended\ta\tunknown"},
    {{.word = WORD_ENDED, .id = "a", .end = END_NONE}, "ended\ta\tnone"},
    {{.word = WORD_GRANT, .id = "a"}, "grant\ta"},
    {{.word = WORD_DROP, .bytes = UINT64_MAX}, "drop\t18446744073709551615"},
    {{.word = WORD_FLUSH}, "flush"},
    {{.word = WORD_PING, .number = 7}, "ping\t7"},
    {{.word = WORD_BYE}, "bye"},
    {{.word = WORD_HELLO,
	 .number = 1,
	 .uid = 1000,
	 .generation = 3,
	 .pid = 4711},
	"hello\t1\t1000\t3\t4711"},
    {{.word = WORD_HOLDS, .id = "a"}, "holds\ta"},
    {{.word = WORD_READY}, "ready"},
    {{.word = WORD_HAVE, .id = "a"}, "have\ta"},
    {{.word = WORD_OVER, .id = "a", .bytes = 12, .lost = 3}, "over\ta\t12\t3"},
    {{.word = WORD_DONE,
	 .id = "a",
	 .mail = COLLECTOR_KEPT,
	 .text = "/var/spool/x y/a"},
	"done\ta\tkept\t/var/spool/x y/a"},
    {{.word = WORD_DONE, .id = "a", .mail = COLLECTOR_MAIL_NONE, .text = ""},
	"done\ta\tnone\t"},
    {{.word = WORD_LOOKUP, .name = "joe"}, "lookup\tjoe"},
    {{.word = WORD_WANT, .id = "a"}, "want\ta"},
    {{.word = WORD_FREE, .id = "a"}, "free\ta"},
    {{.word = WORD_KEPT, .number = 2, .bytes = 8192, .at = 1740000000},
	"kept\t2\t8192\t1740000000"},
    {{.word = WORD_IDLE}, "idle"},
    {{.word = WORD_LOG,
	 .priority = 6,
	 .pid = 4711,
	 .who = "joe",
	 .event = "CMDOUT",
	 .text = "hello (x)"},
	"log\t6\t4711\tjoe\tCMDOUT\thello (x)"},
    {{.word = WORD_LOG, .priority = 3, .text = "x"}, "log\t3\t0\t\t\tx"},
    {{.word = WORD_PONG, .number = 7}, "pong\t7"},
};

static void
same_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		assert_ptr_equal(a, b);
	else
		assert_string_equal(a, b);
}

static void
test_there_and_back(void **unused)
{
	char bytes[256];
	struct collector_message got;

	(void)unused;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		const struct collector_message *m = &good[i].message;
		ssize_t n = collector_message_write(m, bytes, sizeof bytes);

		assert_int_equal(n, strlen(good[i].bytes));
		assert_memory_equal(bytes, good[i].bytes, (size_t)n);
		assert_int_equal(collector_message_word(bytes, (size_t)n),
		    m->word);
		assert_true(collector_message_read(&got, bytes, (size_t)n));
		assert_int_equal(got.word, m->word);
		same_text(got.id, m->id);
		assert_int_equal(got.end, m->end);
		assert_int_equal(got.status, m->status);
		assert_int_equal(got.mail, m->mail);
		assert_int_equal(got.number, m->number);
		assert_true(got.bytes == m->bytes);
		assert_int_equal(got.lost, m->lost);
		assert_int_equal(got.at, m->at);
		assert_int_equal(got.generation, m->generation);
		assert_int_equal(got.uid, m->uid);
		assert_int_equal(got.pid, m->pid);
		assert_int_equal(got.priority, m->priority);
		same_text(got.who, m->who);
		same_text(got.event, m->event);
		same_text(got.text, m->text);
		same_text(got.name, m->name);
		same_text(got.groups, m->groups);
		assert_int_equal(got.account, m->account);
		assert_int_equal(got.gid, m->gid);
	}
}

static const char *const bad[] = {
    "",
    "run",
    "run\t",
    "run\t../x",
    "run\t.hidden",
    "run\ta/b",
    "run\ta b",
    "run\t0123456789012345678901234567890123456789012345678901234567890123x",
    "user",
    "user\t",
    "user\tjoe\tx",
    "user\tjoe\t100",
    "user\tjoe\t100\t1,a\t/",
    "user\tjoe\t100\t1,2",
    "user\tjoe\t4294967295\t\t/",
    "ended\ta",
    "ended\ta\tperhaps",
    "ended\ta\tknown",
    "ended\ta\tknown\tx",
    "ended\ta\tknown\t99999999999",
    "drop",
    "drop\t-1",
    "drop\t18446744073709551616",
    "ping",
    "ping\t",
    "hello\t1\t0\t1",
    "hello\t1\t4294967295\t1\t1",
    "over\ta\t1",
    "done\ta\tlost\t",
    "done\ta\tkept",
    "kept\t1\t2",
    "kept\t1\t2\t-3",
    "log\t8\t0\t\t\tx",
    "log\t6\t0\t\t",
    "log\t6\t-1\t\t\tx",
};

static void
test_refused(void **unused)
{
	struct collector_message got;
	char bytes[256];

	(void)unused;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		strcpy(bytes, bad[i]);
		assert_false(
		    collector_message_read(&got, bytes, strlen(bad[i])));
	}
	memcpy(bytes, "bye\0x", 5);
	assert_false(collector_message_read(&got, bytes, 5));
}

/* A later version may have more words, and more fields in those we know. */
static void
test_later_version(void **unused)
{
	struct collector_message got;
	char other[] = "sing\tsong", more[] = "over\ta\t1\t2\t3";

	(void)unused;
	assert_true(collector_message_read(&got, other, strlen(other)));
	assert_int_equal(got.word, WORD_UNKNOWN);
	assert_true(collector_message_read(&got, more, strlen(more)));
	assert_int_equal(got.bytes, 1);
	assert_int_equal(got.lost, 2);
}

static void
test_texts(void **unused)
{
	const struct collector_message line = {
	    .word = WORD_LOG,
	    .priority = 6,
	    .who = "a\tb",
	    .text = "one\ttwo\nthree and more",
	};
	const struct collector_message run = {.word = WORD_RUN,
	    .id = "0123456789"};
	char bytes[64];
	ssize_t n;

	(void)unused;
	n = collector_message_write(&line, bytes, sizeof bytes);
	assert_int_equal(n, 35);
	assert_memory_equal(bytes, "log\t6\t0\ta b\t\tone two three and more",
	    35);
	/* Of a log the text is cut; of others nothing is. */
	assert_int_equal(collector_message_write(&line, bytes, 20), 20);
	assert_memory_equal(bytes, "log\t6\t0\ta b\t\tone two", 20);
	assert_int_equal(collector_message_write(&run, bytes, 10), -1);
	assert_int_equal(collector_message_write(&run, bytes, 0), -1);
	assert_int_equal(collector_message_write(&(struct collector_message){0},
			     bytes, 64),
	    -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_there_and_back),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_later_version),
	    cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
