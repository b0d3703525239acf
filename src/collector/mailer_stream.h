/*
 * A letter at its cap: a mailer that is fed while the job goes on. What it has
 * read is punched out of the letter, so that neither memory nor disk grows,
 * however much the job writes (DESIGN.md "Output").
 */
#ifndef EVCRON_COLLECTOR_MAILER_STREAM_H
#define EVCRON_COLLECTOR_MAILER_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "collector/mailer.h"

struct mailer_stream;

struct mailer_stream_letter { /* where in the file */
	int fd;               /* stays the caller's; open until the end */
	uint64_t from;        /* what to send first: the headers or the body */
	uint64_t body_at;     /* nothing before it is punched out */
	uint64_t end;         /* what is there so far */
};

/* NULL: *end tells, or no memory. */
struct mailer_stream *mailer_stream_start(struct worker *, struct run_record *,
    const struct mailer_stream_letter *);

/* The letter has grown to end. */
void mailer_stream_extend(struct mailer_stream *, uint64_t end);
/* It will not grow any more: the mailer gets its end of file behind it. */
void mailer_stream_close(struct mailer_stream *);

/* Bytes of the letter that are not in the mailer's pipe yet. */
uint64_t mailer_stream_backlog(const struct mailer_stream *);
/* Where the first byte is that is still in the file. */
uint64_t mailer_stream_first(const struct mailer_stream *);

/* What to poll for (two entries), and for how long at most (-1: for ever). */
int mailer_stream_wants(const struct mailer_stream *, struct pollfd wants[2]);
/* After that: sends what the pipe takes, looks at the mailer. false: that is
 * gone, *end tells how; *whole: it read all of it, and mailer_stream_close was
 * called before. The stream is freed then; *first: as mailer_stream_first. */
bool mailer_stream_go_on(struct mailer_stream *, struct mailer_end *end,
    bool *whole, uint64_t *first);

#endif
