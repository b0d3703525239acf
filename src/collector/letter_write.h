/*
 * Writing a letter: takes bytes from the run's FIFO to wherever record and
 * limits have them go: a file in the outbox, log lines, nowhere, or by the file
 * to a mailer that is fed while the run goes on (DESIGN.md "Output").
 */
#ifndef EVCRON_COLLECTOR_LETTER_WRITE_H
#define EVCRON_COLLECTOR_LETTER_WRITE_H

#include <stddef.h>

#include "collector/letter.h"

enum letter_took {
	LETTER_TOOK,    /* some; there may be more */
	LETTER_EMPTY,   /* nothing is there now */
	LETTER_EOF,     /* nothing is there, and nobody has it open */
	LETTER_BLOCKED, /* the letter is full until its mailer has read */
	LETTER_LOG,     /* the log is behind: see talk_wait_for_room */
};

enum letter_press {    /* how much bytes are pressed on it */
	LETTER_GENTLY, /* it may say LETTER_BLOCKED and LETTER_LOG */
	LETTER_LAST,   /* what ends a run: it takes it although it is full, if
			  its mailer is just slow */
	LETTER_HURRY,  /* lines too, although the log is behind */
};

/* Moves up to max bytes out of the FIFO; *n: how many. Does not wait for bytes,
 * but may hang in the FIFO's lock. */
enum letter_took letter_take(struct letter *, int fifo, size_t max,
    enum letter_press, size_t *n);
/* Reads and throws away. */
enum letter_took letter_throw_away(int fifo, size_t max, size_t *n);

/* There will be no more. Writes what is missing, headers and label; of a stream
 * the mailer writes on. -1: it can't be sent (logged), the file stays; fate is
 * LETTER_KEPT. */
int letter_complete(struct letter *);

#endif
