/*
 * A letter from the outbox made a post again: one that is tried another time,
 * or that an earlier crond left behind. Its front is written anew
 * (daemon/mail/letter_front.h).
 */
#ifndef EVCRON_DAEMON_MAIL_LETTER_OPEN_H
#define EVCRON_DAEMON_MAIL_LETTER_OPEN_H

#include "daemon/mail/post.h"

enum letter_open_verdict {
	LETTER_OPEN_GOOD,
	LETTER_OPEN_GONE,    /* there is no such letter any more */
	LETTER_OPEN_EMPTY,   /* nothing in it: there is nothing to send */
	LETTER_OPEN_STRANGE, /* no letter that this version can read */
	LETTER_OPEN_NOT_NOW, /* no memory, no descriptors, an I/O error */
};

/* What the file by that name says of itself, in a post without a descriptor,
 * with its attempts. It is in no list yet. NULL unless GOOD. */
struct post *letter_open(struct office *, const char *name,
    enum letter_open_verdict *);

/* Makes it ready to be sent, or to go to a mailbox. 0, or -1 with errno;
 * EMSGSIZE: there is no room for headers, it is as it was. */
int letter_open_prepare(struct post *);

/* The label of a letter that waits, written over the one that is there. */
int letter_open_write_label(struct post *);

#endif
