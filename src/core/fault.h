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
	char *text;       /* what is wrong, and what would be right */
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

/* Any fault of this level or a worse one? */
bool faults_reach(const struct faults *, enum fault_level);

#endif
