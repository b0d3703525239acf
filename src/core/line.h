/*
 * A table as lines: where the next one begins, whether it is blank or a
 * comment, and whether it is a setting NAME=value (COMPAT.md 3.1). The reader
 * also is who every other room of the grammar tells its faults to, for it
 * knows the line and so the column.
 */
#ifndef EVCRON_CORE_LINE_H
#define EVCRON_CORE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/fault.h"
#include "core/personality.h"

/* Bytes of the table; not NUL-terminated. */
struct slice {
	const char *bytes;
	size_t len;
};

enum line_kind {
	LINE_BLANK,   /* nothing but blanks, or a comment */
	LINE_CONTENT, /* a setting or an entry */
	LINE_CUT,     /* likewise, but without a newline: the last one */
};

struct reader {
	const struct personality *personality;
	struct faults *faults; /* NULL: nobody listens */
	bool faulty;           /* any fault so far, and the worst of them */
	enum fault_level worst;
	bool last_kept; /* the last fault is at the end of faults */
	/* the table */
	const char *next, *end;
	/* the line last read, without its newline */
	struct slice line;
	unsigned number;
	size_t indent;                    /* blanks before its first byte */
	bool told_extension, told_return; /* once a table */
	bool without_notes;               /* all has been noted before */
	struct slice
	    guarded;    /* bytes of the line, and is there anything from */
	bool guard_hit; /* a notice up to tell of them? */
};

/* Starts over at the first line. */
void reader_init(struct reader *, const struct personality *, struct faults *,
    const char *bytes, size_t len);

/* The next line; false at the end of the table. */
bool reader_next(struct reader *, enum line_kind *);

/* A fault at a byte of the line; at NULL: the line as a whole. */
void reader_fault(struct reader *, enum fault_level, const char *at,
    const char *word, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* What would be right, for the fault told last: text that takes the place of
 * len bytes of the line from at on (fault.h). Whoever gives it has read it as a
 * table would. */
void reader_advise(struct reader *, const char *at, size_t len,
    const char *advice);
/* Would advice for the fault told last be heard? To look for some costs time.
 */
static inline bool
reader_takes_advice(const struct reader *reader)
{
	return reader->faults != NULL && reader->last_kept;
}

/* Notes the first use, in this table, of what the personality's incumbent
 * ignores (DESIGN.md 3.1): "RANDOM_DELAY", "'~'". */
void reader_extension(struct reader *, const char *at, const char *what);

/* What the table says at a place, for a fault's text: printable, and cut. */
struct quote {
	char text[48];
};
struct quote quote_of(const char *bytes, size_t len);

struct setting {
	struct slice name;
	struct slice value;
	bool cut; /* the line is longer than the personality reads */
};

/* Is the line a setting? If not, *why (and *at, in the line) tell what keeps
 * it from being one; NULL if it doesn't look like one at all. An entry may
 * look like a setting gone wrong, but then doesn't begin with a letter or a
 * quote. */
bool reader_setting(const struct reader *, struct setting *, const char **why,
    const char **at);

/* A blank, as between fields. */
static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* In the C locale, whatever the daemon's is. */
static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
is_alnum(char c)
{
	char lower = (char)(c | 0x20);

	return is_digit(c) || (lower >= 'a' && lower <= 'z');
}

#endif
