/*
 * An installation: judge, write beside, lock, compare, keep a copy, rename, say
 * so. What is compared is what the user sees: Debian's header has the time of
 * its installation in it.
 */
#include "tools/crontab_install.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/printable.h"
#include "sys/clock.h"
#include "tools/crontab_backup.h"
#include "tools/crontab_judge.h"
#include "tools/crontab_next.h"

#define CLASH_LINES 10
#define CLASH_BYTES 100

/* What a user calls his table. */
struct strbuf {
	const char *bytes;
	size_t len;
};

static struct strbuf
text_of(const struct crontab *c, const struct stored *stored)
{
	size_t header = stored_header_len(c, stored->bytes, stored->len);

	if (!stored->exists)
		return (struct strbuf){"", 0};
	return (struct strbuf){stored->bytes + header, stored->len - header};
}

static bool
same_table(const struct crontab *c, const struct stored *a,
    const struct stored *b)
{
	struct strbuf one = text_of(c, a), other = text_of(c, b);

	return a->exists == b->exists && one.len == other.len &&
	       memcmp(one.bytes, other.bytes, one.len) == 0;
}

/* ---- a clash ---- */

static size_t
line_len(struct strbuf text)
{
	const char *newline =
	    text.len > 0 ? memchr(text.bytes, '\n', text.len) : NULL;

	return newline != NULL ? (size_t)(newline - text.bytes) + 1 : text.len;
}

/* Takes off the lines that both begin with. */
static void
skip_common(struct strbuf *a, struct strbuf *b)
{
	size_t len;

	while ((len = line_len(*a)) > 0 && len == line_len(*b) &&
	       memcmp(a->bytes, b->bytes, len) == 0) {
		a->bytes += len;
		a->len -= len;
		b->bytes += len;
		b->len -= len;
	}
}

/* And those that both end with. */
static void
trim_common(struct strbuf *a, struct strbuf *b)
{
	size_t same = 0, at = 0;

	while (same < a->len && same < b->len &&
	       a->bytes[a->len - 1 - same] == b->bytes[b->len - 1 - same]) {
		same++;
		if (same == a->len || a->bytes[a->len - 1 - same] == '\n')
			at = same;
	}
	/* whole lines of both */
	if (at == b->len || b->bytes[b->len - 1 - at] == '\n') {
		a->len -= at;
		b->len -= at;
	}
}

static void
fault_print_lines(char mark, struct strbuf text)
{
	char safe[4 * CLASH_BYTES + 1];
	size_t len, shown;
	int lines = 0;

	for (; (len = line_len(text)) > 0; lines++) {
		shown = text.bytes[len - 1] == '\n' ? len - 1 : len;
		if (shown > CLASH_BYTES)
			shown = CLASH_BYTES;
		if (lines < CLASH_LINES)
			(void)fprintf(stderr, "    %c %s\n", mark,
			    printable(safe, sizeof safe, text.bytes, shown));
		text.bytes += len;
		text.len -= len;
	}
	if (lines > CLASH_LINES)
		(void)fprintf(stderr, "    %c ... and %d more lines\n", mark,
		    lines - CLASH_LINES);
}

static void
show_clash(const struct crontab *c, const struct stored *expected,
    const struct stored *current)
{
	struct strbuf old = text_of(c, expected), new = text_of(c, current);

	(void)fprintf(stderr,
	    "crontab: %s's crontab was %s by somebody else meanwhile; it is "
	    "left as it is now\n",
	    c->options.user,
	    !current->exists    ? "removed"
	    : !expected->exists ? "made"
				: "changed");
	skip_common(&old, &new);
	trim_common(&old, &new);
	fault_print_lines('-', old);
	fault_print_lines('+', new);
}

/* ---- installing ---- */

static void
show_next(const struct crontab *c, const char *bytes, size_t len,
    const struct stored *replaced)
{
	struct strbuf before = text_of(c, replaced);
	struct table *table, *old = NULL;

	if (!isatty(STDOUT_FILENO))
		return;
	table = judge_quietly(c, bytes, len);
	if (replaced->exists)
		old = judge_quietly(c, before.bytes, before.len);
	if (table != NULL)
		next_show(stdout, table, bytes, len, old,
		    clock_wall_ns() / 1000000000);
	table_unref(old);
	table_unref(table);
}

/* With the new table written and the old one locked. */
static enum crontab_outcome
replace(const struct crontab *c, struct newcomer *new,
    const struct stored *current, const struct stored *expected)
{
	struct stored other;
	bool taken;

	if (expected != NULL && !same_table(c, expected, current)) {
		show_clash(c, expected, current);
		return OUTCOME_CLASH;
	}
	if (c->options.personality->keeps_backup && !c->options.no_backup &&
	    current->exists)
		(void)backup_keep(c, current->bytes, current->len);
	/* Where there was no table there was nothing to lock. */
	if (newcomer_place(c, new, expected != NULL && !current->exists,
		current->fd, &taken) == 0) {
		crontab_log(c, "REPLACE");
		return OUTCOME_DONE;
	}
	if (!taken)
		return OUTCOME_FAILED;
	assert(expected != NULL); /* else nobody could have been first */
	if (stored_read(c, &other) == 0) {
		show_clash(c, expected, &other);
		stored_clear(&other);
	}
	return OUTCOME_CLASH;
}

enum crontab_outcome
install_table(const struct crontab *c, const char *file, const char *bytes,
    size_t len, const struct stored *expected, unsigned *line)
{
	enum crontab_outcome outcome = OUTCOME_FAILED;
	struct newcomer new;
	struct stored current;

	switch (judge_table(c, file, bytes, len, false, line)) {
	case JUDGED_GOOD:
		break;
	case JUDGED_FAULTY:
		return OUTCOME_FAULTY;
	default:
		return OUTCOME_FAILED;
	}
	if (newcomer_write(c, &new, file, bytes, len) != 0)
		return OUTCOME_FAILED;
	if (stored_lock(c, &current) == 0) {
		outcome = replace(c, &new, &current, expected);
		newcomer_clear(c, &new);
		if (outcome == OUTCOME_DONE)
			show_next(c, bytes, len, &current);
		stored_clear(&current);
	} else {
		newcomer_clear(c, &new);
	}
	return outcome;
}
