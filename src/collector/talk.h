/*
 * The way from the threads to the main thread: one queue, in order, of words
 * for crond and of notices for main itself. Log lines are counted: a job that
 * writes lines faster than the log takes them waits, so that none is lost.
 */
#ifndef EVCRON_COLLECTOR_TALK_H
#define EVCRON_COLLECTOR_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/collector_words.h"

struct letter;
struct talk;
struct worker;

enum talk_kind {
	TALK_WORD,   /* bytes, for crond */
	TALK_LINE,   /* likewise, and a line of the log */
	TALK_OVER,   /* likewise; the worker's run is over */
	TALK_LATE,   /* the worker's run has late output */
	TALK_WANT,   /* the worker wants a mailer for a letter: name */
	TALK_FREE,   /* it has ended, or is no longer wanted */
	TALK_LETTER, /* letter is to be delivered by a thread of its own */
	TALK_WAITS,  /* the letter name waits for secs, and takes bytes */
	TALK_FAILED, /* a mailer failed, and why; secs: since when */
	TALK_TAKEN,  /* a mailer took a letter */
	TALK_GONE,   /* the worker's thread has ended */
};

struct talk_item {
	TAILQ_ENTRY(talk_item) link;
	enum talk_kind kind;
	struct worker *worker;
	struct letter *letter;
	uint64_t secs, number;
	size_t len;
	char bytes[]; /* a word, or a text with a NUL */
};

TAILQ_HEAD(talk_items, talk_item);

/* NULL: no memory, no descriptor. */
struct talk *talk_new(void);
/* Readable when there is something; for main's poll. */
int talk_fd(const struct talk *);

/* Any thread. Without memory a word is lost, a notice is waited for. */
void talk_word(struct talk *, const struct collector_message *);
void talk_over(struct talk *, struct worker *,
    const struct collector_message *);
void talk_notice(struct talk *, enum talk_kind, struct worker *,
    const char *text);
void talk_letter(struct talk *, struct worker *, struct letter *);
void talk_waits(struct talk *, struct worker *, const char *name, uint64_t secs,
    uint64_t bytes);
void talk_failed(struct talk *, const char *why, uint64_t since_secs);

/* Do too many lines wait? Waits until they don't, at most so long. */
bool talk_is_behind(struct talk *);
void talk_wait_for_room(struct talk *, unsigned ms);

/* Main: all items, in order; they are the caller's. A line is counted until
 * talk_line_gone. */
void talk_take(struct talk *, struct talk_items *);
void talk_line_gone(struct talk *);

#endif
