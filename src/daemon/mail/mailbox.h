/*
 * Letters into their users' mailboxes, where no mailer takes them: each by a
 * short-lived child (sys/files/mbox.h), some at once, one of a user, a minute
 * each.
 */
#ifndef EVCRON_DAEMON_MAIL_MAILBOX_H
#define EVCRON_DAEMON_MAIL_MAILBOX_H

#include "daemon/mail/office.h"
#include "daemon/mail/post.h"

struct mailboxes;

struct mailboxes_hooks {
	void *context;
	/* problem NULL: it is there. Else why not; good for the call. */
	void (*done)(void *context, struct post *, const char *problem);
};

/* NULL: no memory. */
struct mailboxes *mailboxes_new(struct office *,
    const struct mailboxes_hooks *);
/* Forgets what is under way; children go on by themselves. */
void mailboxes_free(struct mailboxes *);

/* A letter that letter_open_prepare made ready, with a line for its top that
 * says why it is there. The post stays the caller's, and must stay until done
 * is called, from the loop. NULL, or why it can't be put there now: then done
 * is not called. */
const char *mailboxes_put(struct mailboxes *, struct post *, const char *why);

#endif
