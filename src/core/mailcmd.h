/*
 * A mailer's command line, as -m has it, made into argv: words split on
 * blanks, quotes group, no shell, placeholders for the letter's record
 * (DESIGN.md 3.7).
 */
#ifndef EVCRON_CORE_MAILCMD_H
#define EVCRON_CORE_MAILCMD_H

#include <stdbool.h>
#include <stddef.h>

/* More words than that are refused (COMPAT.md 11, the mailer's arguments). */
#define MAILCMD_MAX 1024

enum mailcmd_verdict {
	MAILCMD_GOOD,
	MAILCMD_NONE,     /* no word, or an empty first one */
	MAILCMD_QUOTE,    /* a quote has no end */
	MAILCMD_TOO_MANY, /* more than MAILCMD_MAX */
	MAILCMD_NO_MEMORY,
};

struct mailcmd_values {        /* what placeholders stand for; NULL is "" */
	const char *recipient; /* %t; one or more, comma between them */
	const char *subject;   /* %s */
	const char *sender;    /* %f */
};

struct mailcmd {
	char **argv; /* owned with its words, NULL at the end */
	size_t count;
	bool placeholders; /* %t, %s or %f was there: stdin is the body */
};

/* A word that is just %t becomes one word for each recipient; %% is a percent
 * sign, and any other % is itself. On MAILCMD_GOOD the caller clears it; else
 * there is nothing to clear. */
enum mailcmd_verdict mailcmd_split(struct mailcmd *, const char *command,
    const struct mailcmd_values *);
void mailcmd_clear(struct mailcmd *);

/* What is wrong, in words for a message; "" for MAILCMD_GOOD. */
const char *mailcmd_fault(enum mailcmd_verdict);

#endif
