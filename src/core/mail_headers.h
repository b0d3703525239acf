/*
 * The text of a mail: the headers before a run's output, byte for byte as the
 * personality's incumbent writes them (COMPAT.md 5, 7; DESIGN.md 3.7). Pure:
 * host name and charset come in.
 *
 * Users' bytes meet mail here. A control character in a header is a blank,
 * whoever set it, so that nobody adds a header of his own.
 */
#ifndef EVCRON_CORE_MAIL_HEADERS_H
#define EVCRON_CORE_MAIL_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/run_record.h"
#include "core/personality.h"

/* Longest Subject, without "Subject: "; longer is cut. */
#define MAIL_SUBJECT_MAX 900
/* More environment than that is not shown: nothing could be run with it. */
#define MAIL_ENV_MAX (2 * 1024 * 1024)
/* So many bytes of it are shown by X-Cron-Env lines; X-Cron-Env-Left-Out says
 * how many settings are not. */
#define MAIL_ENV_SHOWN ((size_t)64 * 1024)

/* Longest note on top of a letter that is sent late. */
#define MAIL_NOTE_MAX 600

struct mail_headers_style { /* what all letters of one daemon share */
	const struct personality *personality;
	const char *host;    /* as gethostname tells it */
	bool full_host;      /* shown with its domain: cron -n */
	const char *charset; /* as nl_langinfo tells it */
	bool mark_failed;    /* Debian's -L 4: " (failed)" */
};

/* The Subject's text, malloced; NULL: no memory. */
char *mail_headers_subject(const struct mail_headers_style *,
    const struct run_record *);

/* All headers and the empty line behind them; malloced, NULL: no memory. */
char *mail_headers_write(const struct mail_headers_style *,
    const struct run_record *, size_t *len);

/* Likewise for a letter that is sent late: with a Date, which no first delivery
 * has (the incumbents leave that to the mailer), and with note (its last byte a
 * newline, at most MAIL_NOTE_MAX bytes) behind them, the body's top. Either
 * may be NULL. *note_at: where the note begins. */
char *letter_late(const struct mail_headers_style *, const struct run_record *,
    const char *date, const char *note, size_t *len, size_t *note_at);

/* No headers of this record are longer, however the run ends, with Date and
 * note. */
size_t mail_headers_max(const struct mail_headers_style *,
    const struct run_record *);

#endif
