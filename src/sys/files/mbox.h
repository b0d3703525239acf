/*
 * Appending a letter to its user's mailbox, for what no mailer takes: as that
 * user with group mail, never through a link, locked as mail readers lock.
 * It blocks, and it is the user's file: only ever called in a child that may be
 * killed.
 */
#ifndef EVCRON_SYS_FILES_MBOX_H
#define EVCRON_SYS_FILES_MBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mbox_letter {
	const char *dir;  /* of mailboxes */
	const char *user; /* whose: the file's name */
	uid_t uid;        /* of that user when the job ran */
	bool as_root;     /* take on the user's ids; else they are ours */
	int fd;           /* the letter; read by offset, from any description */
	uint64_t from;    /* headers, with the empty line behind them */
	uint64_t text_at; /* the text to the file's end */
	const char *note; /* goes between them; its last byte is a newline */
	uint64_t max;     /* bytes: a mailbox gets no larger by this */
};

/* What came of it, as an exit status: MBOX_DONE, an errno below MBOX_LOCKED, or
 * one of these. */
enum {
	MBOX_DONE = 0,
	MBOX_LOCKED = 200, /* in vain waited for the lock */
	MBOX_CAPPED,       /* it would be larger than max */
	MBOX_STRANGE,      /* no regular file of the user's with one name */
	MBOX_NO_USER,      /* not on this machine, or of another uid now */
	MBOX_NO_RIGHTS,    /* can't become the user */
};

/* Takes some 20 seconds at most for a lock. What was appended in part is taken
 * back. */
int mbox_append(const struct mbox_letter *);

/* Why it was not done, for logs. */
const char *mbox_problem(int outcome);

#endif
