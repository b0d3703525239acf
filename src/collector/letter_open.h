/*
 * A letter from the outbox, taken up again: one that is tried another time, or
 * that an earlier collector left behind. Its front is written anew
 * (collector/letter_front.h).
 */
#ifndef EVCRON_COLLECTOR_LETTER_OPEN_H
#define EVCRON_COLLECTOR_LETTER_OPEN_H

#include "collector/letter.h"

enum letter_open_verdict {
	LETTER_OPEN_GOOD,
	LETTER_OPEN_GONE,    /* there is no such letter any more */
	LETTER_OPEN_EMPTY,   /* nothing in it: there is nothing to send */
	LETTER_OPEN_STRANGE, /* no letter that this version can read */
	LETTER_OPEN_BUSY,    /* another collector has it */
	LETTER_OPEN_NOT_NOW, /* no memory, no descriptors, an I/O error */
};

/* The letter of that name, of a run that is over, with its attempts. NULL
 * unless GOOD. */
struct letter *letter_open(struct worker *, struct outbox *, const char *name,
    enum letter_open_verdict *);
/* A letter that another thread has begun, in this one. -1 with errno. */
int letter_reopen(struct letter *, struct worker *, struct outbox *);

/* A letter of a run that goes on, which an earlier collector began: goes on
 * with its file, or begins it where there is none. */
void letter_adopt(struct letter *);

/* Likewise of late output, whose run is over. NULL: there is none. */
struct letter *letter_open_late(struct worker *, struct outbox *,
    const char *name);

/* Makes it ready to be sent, or to go to a mailbox. 0, or -1 with errno;
 * EMSGSIZE: there is no room for headers, it is as it was. */
int letter_open_prepare(struct letter *);

/* The label of a letter that waits, written over the one that is there. */
int letter_open_write_label(const struct letter *);

#endif
