/*
 * Letters that no mailer has taken yet: tried again, put into mailboxes, in the
 * end dropped; and those of an earlier crond, which nobody looks after. Also
 * what is done with letters that were taken (design.md "Output").
 */
#ifndef EVCRON_DAEMON_MAIL_DEFERRED_H
#define EVCRON_DAEMON_MAIL_DEFERRED_H

#include "daemon/mail/office.h"
#include "daemon/mail/post.h"

struct kept;

struct kept_hooks {
	void *context;
	/* Has a letter of that name a post? */
	bool (*busy)(void *context, const char *name);
	/* May one more letter that is tried again become a post? */
	bool (*room)(void *context);
	/* One that is ready for its mailer; taken over. */
	void (*send)(void *context, struct post *);
	/* A post that was handed over by kept_take, or one of an earlier crond,
	 * is wanted no more; its file stays or has gone already. */
	void (*gone)(void *context, struct post *);
	/* One of an earlier crond comes into being. */
	void (*here)(void *context, struct post *);
};

/* NULL: no memory. */
struct kept *kept_new(struct office *, const struct kept_hooks *);
void kept_free(struct kept *);

/* A letter whose attempt failed, or (with no_mta) that has nobody to try. true:
 * it goes to a mailbox first, and hooks.gone will be called from the loop;
 * false: all is said and done, the post can be forgotten. */
bool kept_take(struct kept *, struct post *, bool no_mta);

/* A post that was kept has been forgotten: are there too many now? The oldest
 * are dropped, each with a line. */
void kept_bound(struct kept *);

/* A mailer took it: the file goes, or stays as sent. */
void kept_taken(struct kept *, struct post *);

/* A mailer or mailbox is free: there may be room for those whose time has
 * come. */
void kept_pump(struct kept *);

/* At the start: all letters without a post; in slices, from the loop. */
void kept_recover(struct kept *);

/* Was a mark left that says so? Then all letters are tried now. */
void kept_flush_if_marked(struct kept *);

#endif
