/*
 * Shares: whatever a user can make grow in crond is counted for that user here,
 * and bounded here, so that no user's tables, jobs or letters take what others
 * need. The room that owns a thing takes from the share before the thing grows,
 * and gives back what it took when the thing is gone:
 *
 *	if (!share_take(shares, SHARE_MAILERS, &user, 1))
 *		wait;	the user's own work, nobody else's
 *	...
 *	share_give(shares, SHARE_MAILERS, &user, 1);
 *
 * A user is a uid *and* a name: what is counted for alice, uid 1000, is not
 * inherited by bob, who got uid 1000 later.
 *
 * Each resource has a bound for one user and a bound for all users together;
 * either may be 0: none. uid 0 has no bound of its own, and the last eighth of
 * the common bound is for uid 0 alone. The table of resources is in share.c.
 *
 * A user's bound that is reached is logged once for each user and resource, the
 * common one once for each resource, both with the user's name; again only
 * after the use fell to three quarters of the bound.
 *
 * In one thread; no call blocks, none calls back.
 */
#ifndef EVCRON_DAEMON_USERS_SHARE_H
#define EVCRON_DAEMON_USERS_SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/keyed_hash.h"

struct log;
struct shares;

enum share_resource {
	SHARE_SETTINGS,    /* bytes of settings that runs and letters hold */
	SHARE_ZONES,       /* time zones that tables name */
	SHARE_STARTS,      /* starts that are due and not yet made */
	SHARE_RUNS,        /* running jobs, with their descriptors */
	SHARE_LETTERS,     /* letters that wait to be mailed */
	SHARE_OUTBOX,      /* bytes of letters on disk */
	SHARE_MAILERS,     /* mailers that run */
	SHARE_LATE,        /* outputs that outlive their run */
	SHARE_CONNECTIONS, /* to the control socket */
	SHARE_RESOURCES,   /* how many there are */
};

struct share_user {
	uid_t uid;
	const char *name; /* copied where it is kept */
};

/* key: of the hash by user (sys/random_key.h). log NULL: nothing is logged.
 * NULL: no memory. */
struct shares *shares_new(struct log *, const struct hash_key *);
/* What was taken need not have been given back. */
void shares_free(struct shares *);

/* Sets the bounds of a resource where an option, or the limit of descriptors,
 * decides; else those of the table in share.c hold. What is in use stays. */
void shares_bound(struct shares *, enum share_resource, uint64_t user,
    uint64_t all);

/* Takes amount for a user. false: that would be more than the user, or all
 * users together, may have, or no memory; nothing is taken, and it is logged
 * unless it has been. An amount of 0 is always given. */
bool share_take(struct shares *, enum share_resource, const struct share_user *,
    uint64_t amount);

/* Counts without a bound what is there already: a run, letter or collector that
 * an earlier crond left. -1: no memory, it is not counted. */
int share_add(struct shares *, enum share_resource, const struct share_user *,
    uint64_t amount);

/* Gives back what was taken or added, in parts or whole. */
void share_give(struct shares *, enum share_resource, const struct share_user *,
    uint64_t amount);

/* What is in use by a user; by all. */
uint64_t share_of(const struct shares *, enum share_resource,
    const struct share_user *);
uint64_t share_of_all(const struct shares *, enum share_resource);

/* What the user could take now; UINT64_MAX: no bound. */
uint64_t share_left(const struct shares *, enum share_resource,
    const struct share_user *);

#endif
