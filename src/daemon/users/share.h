/*
 * Shares: whatever a user can make grow in crond is counted for that user here,
 * and bounded here, so that no user's tables, jobs or letters take what others
 * need. The room that owns a thing takes from the share before the thing grows,
 * and gives back what it took when the thing is gone:
 *
 *	mine = share_take(shares, SHARE_MAILERS, &user, 1);
 *	if (mine == NULL)
 *		wait;	the user's own work, nobody else's
 *	...
 *	share_give(mine, SHARE_MAILERS, 1);
 *
 * A user is a uid *and* a name: what is counted for alice, uid 1000, is not
 * inherited by bob, who got uid 1000 later.
 *
 * Each resource has a bound for one user and a bound for all users together;
 * either may be 0: none. The table of resources is in share.c. uid 0, and our
 *own uid where crond is an ordinary user's, have no bound of their own, and the
 *last eighth of the common bound is theirs alone.
 *
 * A user's bound that is reached is logged once for each user and resource, the
 * common one once for each resource, both with the user's name; again only
 * after the use fell to three quarters of the bound.
 *
 * In one thread; no call blocks. share_give alone calls back, where somebody
 * waits (share_wait).
 */
#ifndef EVCRON_DAEMON_USERS_SHARE_H
#define EVCRON_DAEMON_USERS_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "core/keyed_hash.h"

struct log;
struct shares;

enum share_resource {
	SHARE_STARTS,    /* starts that are due and not yet made */
	SHARE_RUNS,      /* jobs that run, or whose output is not over */
	SHARE_SETTINGS,  /* bytes of settings that these runs have */
	SHARE_OUTBOX,    /* bytes of letters that wait */
	SHARE_MAILERS,   /* mailers that run */
	SHARE_RESOURCES, /* how many there are */
};

struct share_user {
	uid_t uid;        /* SHARE_NO_UID: not known */
	const char *name; /* copied where it is kept */
};

#define SHARE_NO_UID ((uid_t)-1)

/* What one user has. It stays as long as anything is counted in it. */
struct share_account;

/* Who waits for a run of the user to end; embedded there, zero before it is
 * used first. */
struct share_wait {
	TAILQ_ENTRY(share_wait) link;
	struct share_account *account; /* NULL: does not wait */
	void (*ready)(void *context);
	void *context;
};

/* key: of the hash by user (sys/random_key.h). log NULL: nothing is logged.
 * NULL: no memory. */
struct shares *shares_new(struct log *, const struct hash_key *);
/* What was taken need not have been given back, but may not be given back
 * later; nobody waits any more. */
void shares_free(struct shares *);

/* Sets the bounds of a resource where an option decides; else those of the
 * table in share.c hold. What is in use stays. */
void shares_bound(struct shares *, enum share_resource, uint64_t user,
    uint64_t all);
/* Lowers the bound of one user to that, where it is higher. */
void shares_lower(struct shares *, enum share_resource, uint64_t user);

/* Takes amount (not 0) for a user: the account to which it is to be given back.
 * NULL with errno, nothing is taken: EDQUOT, that would be more than the user,
 * or all users together, may have, and it is logged unless it has been; ENOMEM,
 * no memory. */
struct share_account *share_take(struct shares *, enum share_resource,
    const struct share_user *, uint64_t amount);

/* Counts without a bound what is there already: what an earlier crond left, or
 * what others tell of. NULL: no memory, it is not counted. */
struct share_account *share_add(struct shares *, enum share_resource,
    const struct share_user *, uint64_t amount);

/* Gives back what was taken or added, in parts or whole. Where it is
 * SHARE_RUNS, the first that waits for this user is called. The account may be
 * gone then. */
void share_give(struct share_account *, enum share_resource, uint64_t amount);

/* Waits until the user gives back a run: ready is then called once, from
 * share_give, with nothing taken; it must not take or give anything itself.
 * First come, first served. false: no memory. */
bool share_wait(struct shares *, const struct share_user *,
    struct share_wait *);
/* Also good where it does not wait. */
void share_wait_cancel(struct share_wait *);

/* What is in use by a user; by all. */
uint64_t share_of(const struct shares *, enum share_resource,
    const struct share_user *);
uint64_t share_of_all(const struct shares *, enum share_resource);

/* By how much all users together are over their bound; 0: they are not. */
uint64_t share_over(const struct shares *, enum share_resource);
/* The uid with most of a resource. false: nobody has any. Looks at all
 * accounts. */
bool share_most(const struct shares *, enum share_resource, uid_t *);

#endif
