/*
 * What is wrong with a table, line by line. core collects faults and never
 * prints: crond logs them, crond --check and crontab(1) show them all.
 *
 * The same table is judged by two readers. The daemon must go on running what
 * the incumbent ran; crontab(1) and a careful admin want to hear of all that
 * can't have been meant. So a fault has a level, and each reader draws its own
 * line through the levels (DESIGN.md 3.1, 3.2).
 */
#ifndef EVCRON_CORE_FAULT_H
#define EVCRON_CORE_FAULT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum fault_level {
	/* May well be what was meant, but is often a slip: each minute of an
	 * hour, a step that does not go into its field. Shown to who looks at a
	 * table, never logged. */
	FAULT_HINT,
	/* Runs as written and is accepted by crontab(1), but worth a word: a
	 * step larger than its field, a feature that Debian's cron ignored. */
	FAULT_NOTICE,
	/* The daemon runs the line as the incumbent does; crontab(1) refuses
	 * it: junk after a number and a command beginning with an unknown
	 * option, under Debian; a MAILTO or MAILFROM that can't be used. */
	FAULT_LENIENT,
	/* The personality's incumbent accepts the line, evcron doesn't: the
	 * daemon leaves out this line only, crontab(1) refuses the table. */
	FAULT_LINE,
	/* The incumbent refuses it too: RHEL leaves out the line, Debian the
	 * table; crontab(1) refuses the table. */
	FAULT_ERROR,
	/* The whole table is refused by everybody: too many entries, ... */
	FAULT_TABLE,
};

struct fault {
	enum fault_level level;
	unsigned line;    /* from 1; 0: the table as a whole */
	unsigned column;  /* from 1, in bytes; 0: the line as a whole */
	const char *word; /* the incumbents' words ("bad minute"), static */
	char *text;       /* what is wrong */
	/* What would be right, in the words of a table, so that a test can read
	 * it as one; NULL: nobody knows. It takes the place of the line's bytes
	 * from the column advice_column on; a newline in it makes two lines. */
	char *advice;
	unsigned advice_column, advice_len;
};

struct faults {
	struct fault *list; /* in line order; owned */
	size_t count;
	size_t size;    /* allocated; for fault.c alone */
	size_t dropped; /* beyond FAULTS_MAX or for want of memory: counted */
	enum fault_level worst; /* meaningful if count + dropped > 0 */
};

/* A table of a million bad lines must not cost a million faults. Of more the
 * first are kept, and the one of FAULT_TABLE that ended the parse. */
#define FAULTS_MAX 1000
/* No longer advice is given, and none that a terminal would not show as it is:
 * who copies it must have what was judged. */
#define FAULT_ADVICE_MAX 200
/* Room for all that fault_says() says. */
#define FAULT_SAYS_MAX 800

void faults_init(struct faults *);
void faults_clear(struct faults *);

/* Adds a fault; word is static text. The text is formatted, cut at 400 bytes
 * and freed by faults_clear. Never fails: what can't be kept is counted. */
void faults_add(struct faults *, enum fault_level, unsigned line,
    unsigned column, const char *word, const char *format, ...)
    __attribute__((format(printf, 6, 7)));
/* Likewise, for functions that pass their own arguments on. */
void faults_vadd(struct faults *, enum fault_level, unsigned line,
    unsigned column, const char *word, const char *format, va_list)
    __attribute__((format(printf, 6, 0)));

/* Adds what would be right to the fault that was added last, which was kept.
 * Advice that is too long, or not plain ASCII, is none. */
void faults_advise(struct faults *, unsigned column, size_t len,
    const char *advice);

/* Text and advice as one sentence, as it is shown and logged. Returns out, of
 * FAULT_SAYS_MAX bytes. */
const char *fault_says(const struct fault *, char *out);

/* Any fault of this level or a worse one? */
bool faults_reach(const struct faults *, enum fault_level);

#endif
