/*
 * A letter at its cap: a mailer that is fed while the job goes on. What it has
 * read is punched out of the letter, so that neither memory nor disk grows,
 * however much the job writes (design.md "Output").
 */
#ifndef EVCRON_DAEMON_MAIL_MAILER_STREAM_H
#define EVCRON_DAEMON_MAIL_MAILER_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/run_record.h"
#include "daemon/mail/mailer.h"
#include "daemon/mail/office.h"

struct stream;

struct stream_hooks {
	/* Some of the letter has gone: there may be room again. */
	void (*moved)(void *context);
	/* The mailer is gone; whole: it read all of it, and stream_close was
	 * called before. The stream is freed when this returns. */
	void (*ended)(void *context, const struct mailer_end *, bool whole);
};

struct stream_letter {    /* where in the file */
	int fd;           /* stays the caller's; open until the end */
	uint64_t from;    /* what to send first: the headers or the body */
	uint64_t body_at; /* nothing before it is punched out */
	uint64_t end;     /* what is there so far */
};

/* References facts. NULL with errno. */
struct stream *stream_start(struct office *, struct facts *,
    const struct stream_letter *, const struct stream_hooks *, void *context);

/* The letter has grown to end. */
void stream_extend(struct stream *, uint64_t end);
/* It will not grow any more: the mailer gets its end of file behind it. */
void stream_close(struct stream *);

/* Bytes of the letter that are not in the mailer's pipe yet. While there are
 * any, moved will be called. */
uint64_t stream_backlog(const struct stream *);
/* Where the first byte is that is still in the file. */
uint64_t stream_first(const struct stream *);

/* Forgets it; the mailer sees an end of file. */
void stream_forget(struct stream *);

#endif
