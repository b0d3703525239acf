/*
 * A letter at its cap: a mailer that is fed while the job goes on. What it has
 * read is punched out of the letter, so that neither memory nor disk grows,
 * however much the job writes (DESIGN.md "Mail").
 */
#ifndef EVCRON_DAEMON_MAIL_MAILER_STREAM_H
#define EVCRON_DAEMON_MAIL_MAILER_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/run_record.h"
#include "daemon/mail/mailer.h"
#include "daemon/mail/office.h"

struct mailer_stream;

struct mailer_stream_hooks {
	/* Some of the letter has gone: there may be room again. */
	void (*moved)(void *context);
	/* The mailer is gone; whole: it read all of it, and mailer_stream_close
	 * was called before. The stream is freed when this returns. */
	void (*ended)(void *context, const struct mailer_end *, bool whole);
};

struct mailer_stream_letter { /* where in the file */
	int fd;               /* stays the caller's; open until the end */
	uint64_t from;        /* what to send first: the headers or the body */
	uint64_t body_at;     /* nothing before it is punched out */
	uint64_t end;         /* what is there so far */
};

/* References the record. NULL with errno. */
struct mailer_stream *mailer_stream_start(struct office *, struct run_record *,
    const struct mailer_stream_letter *, const struct mailer_stream_hooks *,
    void *context);

/* The letter has grown to end. */
void mailer_stream_extend(struct mailer_stream *, uint64_t end);
/* It will not grow any more: the mailer gets its end of file behind it. */
void mailer_stream_close(struct mailer_stream *);

/* Bytes of the letter that are not in the mailer's pipe yet. While there are
 * any, moved will be called. */
uint64_t mailer_stream_backlog(const struct mailer_stream *);
/* Where the first byte is that is still in the file. */
uint64_t mailer_stream_first(const struct mailer_stream *);

/* Forgets it; the mailer sees an end of file. */
void mailer_stream_forget(struct mailer_stream *);

#endif
