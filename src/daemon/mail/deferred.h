/*
 * Letters that no mailer has taken yet: tried again, put into mailboxes, in the
 * end dropped; and those of an earlier crond, which nobody looks after. Also
 * what is done with letters that were taken (DESIGN.md "Mail").
 */
#ifndef EVCRON_DAEMON_MAIL_DEFERRED_H
#define EVCRON_DAEMON_MAIL_DEFERRED_H

#include "daemon/mail/office.h"
#include "daemon/mail/post.h"

struct deferred;

struct deferred_hooks {
	void *context;
	/* Has a letter of that name a post? */
	bool (*busy)(void *context, const char *name);
	/* May one more letter that is tried again become a post? */
	bool (*room)(void *context);
	/* One that is ready for its mailer; taken over. */
	void (*send)(void *context, struct post *);
	/* A post that was handed over by deferred_add, or one of an earlier
	 * crond, is wanted no more; its file stays or has gone already. */
	void (*gone)(void *context, struct post *);
	/* One of an earlier crond comes into being. */
	void (*here)(void *context, struct post *);
};

/* NULL: no memory. */
struct deferred *deferred_new(struct office *, const struct deferred_hooks *);
void deferred_free(struct deferred *);

/* A letter whose attempt failed, or (with no_mta) that has nobody to try. true:
 * it goes to a mailbox first, and hooks.gone will be called from the loop;
 * false: all is said and done, the post can be forgotten. */
bool deferred_add(struct deferred *, struct post *, bool no_mta);

/* A post that was kept has been forgotten: are there too many now? The oldest
 * are dropped, each with a line. */
void deferred_bound(struct deferred *);

/* A mailer took it: the file goes, or stays as sent. */
void deferred_letter_accepted(struct deferred *, struct post *);

/* A mailer or mailbox is free: there may be room for those whose time has
 * come. */
void deferred_run_due(struct deferred *);

/* At the start: all letters without a post; in slices, from the loop. */
void deferred_recover(struct deferred *);

/* Was a mark left that says so? Then all letters are tried now. */
void deferred_flush_if_marked(struct deferred *);

#endif
