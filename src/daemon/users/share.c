/*
 * Shares: what each user has of each resource. Owns one account for each user
 * that has anything, in a hash by uid and name with a random key, and the sums.
 * An account goes with the last thing it counts, unless it has to remember
 * that a bound was logged.
 */
#include "daemon/users/share.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sys/log/log.h"

#define MIB         ((uint64_t)1 << 20)
#define BUCKETS_MIN 64

/* A resource, its bounds, and what happens to what goes over them. */
struct share_row {
	const char *what; /* in the log, after a number */
	const char *over;
	uint64_t user, all; /* 0: no bound */
};

static const struct share_row share_table[SHARE_RESOURCES] = {
    [SHARE_SETTINGS] = {"bytes of settings", "starts wait", 16 * MIB,
	256 * MIB},
    /* None in all: another user's zone must never be without room. */
    [SHARE_ZONES] = {"time zones", "entries with other zones do not run", 256,
	0},
    [SHARE_STARTS] = {"starts on their way", "starts are left out", 20000, 0},
    [SHARE_RUNS] = {"running jobs", "starts wait", 5000, 0},
    [SHARE_LETTERS] = {"waiting letters", "the oldest are removed", 10000, 0},
    [SHARE_OUTBOX] = {"bytes of waiting letters", "the oldest are removed", 0,
	1024 * MIB},
    [SHARE_MAILERS] = {"running mailers", "letters wait", 8, 16},
    [SHARE_LATE] = {"outputs of ended jobs", "the oldest is thrown away", 64,
	0},
    [SHARE_CONNECTIONS] = {"connections", "connections are closed", 8, 64},
};

struct account_share {
	struct account_share *next; /* in its bucket */
	uint64_t used[SHARE_RESOURCES];
	unsigned logged; /* a bit for each resource */
	uid_t uid;
	char name[];
};

struct shares {
	struct log *log;
	struct hash_key key;
	struct account_share **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	struct share_row rows[SHARE_RESOURCES];
	uint64_t all[SHARE_RESOURCES];
	unsigned logged; /* of the bounds in all */
};

/* ---- accounts ---- */

static struct account_share **
bucket_of(const struct shares *s, uid_t uid, const char *name)
{
	uint64_t hash = keyed_hash(&s->key, name, strlen(name)) ^
			uid * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	return &s->buckets[hash & (s->bucket_count - 1)];
}

static struct account_share *
find(const struct shares *s, const struct share_user *user)
{
	struct account_share *a = *bucket_of(s, user->uid, user->name);

	while (a != NULL &&
	       (a->uid != user->uid || strcmp(a->name, user->name) != 0))
		a = a->next;
	return a;
}

/* Without memory for more buckets the old ones serve, slower. */
static void
grow(struct shares *s)
{
	struct account_share **old = s->buckets, *a, **to;
	size_t count = s->bucket_count;
	struct account_share **buckets =
	    calloc(count * 2, sizeof(struct account_share *));

	if (buckets == NULL)
		return;
	s->buckets = buckets;
	s->bucket_count = count * 2;
	for (size_t i = 0; i < count; i++) {
		while ((a = old[i]) != NULL) {
			old[i] = a->next;
			to = bucket_of(s, a->uid, a->name);
			a->next = *to;
			*to = a;
		}
	}
	free(old);
}

static struct account_share *
find_or_make(struct shares *s, const struct share_user *user)
{
	struct account_share *a = find(s, user), **at;
	size_t len = strlen(user->name);

	if (a != NULL)
		return a;
	a = calloc(1, sizeof(*a) + len + 1);
	if (a == NULL)
		return NULL;
	a->uid = user->uid;
	memcpy(a->name, user->name, len + 1);
	if (s->count >= s->bucket_count)
		grow(s);
	at = bucket_of(s, a->uid, a->name);
	a->next = *at;
	*at = a;
	s->count++;
	return a;
}

static void
drop_if_empty(struct shares *s, struct account_share *a)
{
	struct account_share **at = bucket_of(s, a->uid, a->name);

	if (a->logged != 0)
		return;
	for (int r = 0; r < SHARE_RESOURCES; r++) {
		if (a->used[r] > 0)
			return;
	}
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	s->count--;
	free(a);
}

/* ---- bounds ---- */

static uint64_t
room_below(uint64_t bound, uint64_t used)
{
	return used < bound ? bound - used : 0;
}

static uint64_t
room_of_user(const struct shares *s, enum share_resource r, uid_t uid,
    uint64_t used)
{
	uint64_t bound = s->rows[r].user;

	return bound == 0 || uid == 0 ? UINT64_MAX : room_below(bound, used);
}

static uint64_t
room_of_all(const struct shares *s, enum share_resource r, uid_t uid)
{
	uint64_t bound = s->rows[r].all;

	if (bound == 0)
		return UINT64_MAX;
	return room_below(uid == 0 ? bound : bound - bound / 8, s->all[r]);
}

/* Logs a bound that is reached, unless logged, a bit a resource, says that it
 * has been. */
static void
log_reached(const struct shares *s, enum share_resource r,
    const struct share_user *user, bool of_all, unsigned *logged)
{
	const struct share_row *row = &s->rows[r];
	bool first = (*logged & 1U << r) == 0;

	*logged |= 1U << r;
	if (s->log == NULL || !first)
		return;
	log_event(s->log, LOG_WARNING, user->name, "LIMIT", 0,
	    "%" PRIu64 " %s are the limit for %s: %s",
	    of_all ? row->all : row->user, row->what,
	    of_all ? "all users together" : "one user", row->over);
}

/* What was logged is logged again once the use has fallen so far. */
static void
forget_logged(unsigned *logged, enum share_resource r, uint64_t used,
    uint64_t bound)
{
	if (used <= bound - bound / 4)
		*logged &= ~(1U << r);
}

/* ---- for others ---- */

struct shares *
shares_new(struct log *log, const struct hash_key *key)
{
	struct shares *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->buckets = calloc(BUCKETS_MIN, sizeof(struct account_share *));
	if (s->buckets == NULL) {
		free(s);
		return NULL;
	}
	s->bucket_count = BUCKETS_MIN;
	s->log = log;
	s->key = *key;
	memcpy(s->rows, share_table, sizeof(s->rows));
	return s;
}

void
shares_free(struct shares *s)
{
	struct account_share *a;

	if (s == NULL)
		return;
	for (size_t i = 0; i < s->bucket_count; i++) {
		while ((a = s->buckets[i]) != NULL) {
			s->buckets[i] = a->next;
			free(a);
		}
	}
	free(s->buckets);
	free(s);
}

void
shares_bound(struct shares *s, enum share_resource r, uint64_t user,
    uint64_t all)
{
	s->rows[r].user = user;
	s->rows[r].all = all;
}

bool
share_take(struct shares *s, enum share_resource r,
    const struct share_user *user, uint64_t amount)
{
	struct account_share *a;
	bool of_user, of_all;

	if (amount == 0)
		return true;
	a = find_or_make(s, user);
	if (a == NULL)
		return false;
	of_user = amount > room_of_user(s, r, user->uid, a->used[r]);
	of_all = amount > room_of_all(s, r, user->uid);
	if (!of_user && !of_all) {
		a->used[r] += amount;
		s->all[r] += amount;
		return true;
	}
	log_reached(s, r, user, !of_user, of_user ? &a->logged : &s->logged);
	drop_if_empty(s, a);
	return false;
}

int
share_add(struct shares *s, enum share_resource r,
    const struct share_user *user, uint64_t amount)
{
	struct account_share *a;

	if (amount == 0)
		return 0;
	a = find_or_make(s, user);
	if (a == NULL)
		return -1;
	a->used[r] += amount;
	s->all[r] += amount;
	return 0;
}

void
share_give(struct shares *s, enum share_resource r,
    const struct share_user *user, uint64_t amount)
{
	struct account_share *a;

	if (amount == 0)
		return;
	a = find(s, user);
	assert(a != NULL && a->used[r] >= amount && s->all[r] >= amount);
	a->used[r] -= amount;
	s->all[r] -= amount;
	forget_logged(&a->logged, r, a->used[r], s->rows[r].user);
	forget_logged(&s->logged, r, s->all[r], s->rows[r].all);
	drop_if_empty(s, a);
}

uint64_t
share_of(const struct shares *s, enum share_resource r,
    const struct share_user *user)
{
	const struct account_share *a = find(s, user);

	return a == NULL ? 0 : a->used[r];
}

uint64_t
share_of_all(const struct shares *s, enum share_resource r)
{
	return s->all[r];
}

uint64_t
share_left(const struct shares *s, enum share_resource r,
    const struct share_user *user)
{
	uint64_t mine = room_of_user(s, r, user->uid, share_of(s, r, user));
	uint64_t all = room_of_all(s, r, user->uid);

	return mine < all ? mine : all;
}
