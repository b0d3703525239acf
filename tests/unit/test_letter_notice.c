/* Notes on top of letters: what is said when, and that all of it fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/letter_notice.h"

static const struct {
	struct letter_notice top;
	const char *note;
} cases[] = {
    {{.doubtful = false}, ""},
    {{.doubtful = true},
	"[cron ended while this was being mailed: it may have been mailed "
	"before.]\n\n"},
    {{.streamed = true},
	"[This was being mailed while the job ran, and that broke off: a part "
	"of it may\nhave been mailed before.]\n\n"},
    {{.streamed = true, .first = 4711},
	"[This was being mailed while the job ran, and that broke off: a part "
	"of it may\nhave been mailed before.]\n"
	"[The first 4711 bytes of output are not in it: a mailer had taken "
	"them.]\n\n"},
    {{.discarded = 1},
	"[1 bytes at the end of the output were discarded.]\n\n"},
    /* One end, one sentence. */
    {{.cut = true, .unseen = true, .unknown = true},
	"[The end of this run is not known: the machine or the cron daemon "
	"went down before.]\n\n"},
    {{.unseen = true, .unknown = true},
	"[The job ended while no cron ran: how is not known, and the last of "
	"its output\nmay be missing.]\n\n"},
    {{.unseen = true},
	"[The job ended before cron did, which may not have read all: the last "
	"of its\noutput may be missing.]\n\n"},
    {{.unknown = true},
	"[How the job ended is not known: it ended while it was no child of "
	"cron's.]\n\n"},
};

static void
test_notes(void **unused)
{
	char note[MAIL_NOTE_MAX + 1];

	(void)unused;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(letter_notice_write(&cases[i].top, note),
		    strlen(cases[i].note));
		assert_string_equal(note, cases[i].note);
	}
}

/* The writer asserts that there is room. */
static void
test_longest(void **unused)
{
	const struct letter_notice all = {true, true, UINT64_MAX, UINT64_MAX,
	    true, true, true};
	const struct letter_notice unseen = {true, true, UINT64_MAX, UINT64_MAX,
	    false, true, true};
	char note[MAIL_NOTE_MAX + 1];

	(void)unused;
	assert_in_range(letter_notice_write(&all, note), 1, MAIL_NOTE_MAX);
	assert_in_range(letter_notice_write(&unseen, note), 1, MAIL_NOTE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_notes),
	    cmocka_unit_test(test_longest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
