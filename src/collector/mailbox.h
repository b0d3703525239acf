/*
 * A letter into its user's mailbox, where no mailer takes it: by a child of
 * ours that becomes the user (sys/files/mbox.h), a minute at most. The child is
 * this program executed afresh: a forked one of many threads may call little.
 */
#ifndef EVCRON_COLLECTOR_MAILBOX_H
#define EVCRON_COLLECTOR_MAILBOX_H

#include "collector/letter.h"

/* A letter that letter_open_prepare made ready, with a line for its top that
 * says why it is there. NULL: it is there; else why not. */
const char *mailbox_put(struct letter *, const char *why);

/* That child: evcron-collect mailbox ARGUMENTS..., the letter on stdin. Its
 * exit status. */
#define MAILBOX_WORD "mailbox"
int mailbox_main(int argc, char **argv);

#endif
