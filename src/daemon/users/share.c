/*
 * Shares: what each user has of each resource. Owns one account for each user
 * that has anything, in a hash by uid and name with a random key, and the sums.
 * An account goes with the last thing that it counts or that waits in it,
 * unless it has to remember that a bound was logged.
 */
#include "daemon/users/share.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/log/log.h"

#define MIB         ((uint64_t)1 << 20)
#define BUCKETS_MIN 64

/* A resource, its bounds, and what happens to what goes over them. */
struct share_row {
	const char *what; /* in the log, after a number */
	const char *over;
	uint64_t user, all; /* 0: no bound */
	int priority;
};

/*
 * cron and cronie allow a user's table 10,000 entries, and all of them may be
 * due in one minute: they start and run at once here, too.
 *
 * A start is some 300 bytes until it is made. crond makes up at most five
 * minutes, so five times 10,000 are what honest users can have: 15 MB.
 *
 * A run costs crond its struct and record, 1 KB at most (unit/test_run
 * test_costs); and /run, a tmpfs, a page for its file, two inodes and two
 * names, some 6 KB of the kernel's. 10,000 are 70 MB, and 20,000 inodes of the
 * 800,000 that systemd gives /run. Where there are few
 * descriptors, daemon/run/run.c lowers it to half of the runs that they allow.
 *
 * Settings, up to 128 KiB in force at a line, are in the file and, for each
 * run or shared by some, in the record: 10,000 times that would be 1.3 GB of
 * /run. 64 MiB are 6.5 KB for each of 10,000 runs.
 *
 * The bounds in all of the outbox and of mailers, and one user's of mailers,
 * are options. Letters are not counted one by one: each has a page for its meta
 * and headers, so the outbox's bytes bound their number, too.
 *
 * There are always letters that wait for a mailer in a busy minute, so that is
 * no warning.
 */
static const struct share_row share_table[SHARE_RESOURCES] = {
    [SHARE_STARTS] = {"starts on their way", "more are missed", 50000, 0,
	LOG_WARNING},
    [SHARE_RUNS] = {"running jobs",
	"starts wait, and are missed after a minute", 10000, 0, LOG_WARNING},
    [SHARE_SETTINGS] = {"bytes of settings of running jobs",
	"starts wait, and are missed after a minute", 64 * MIB, 0, LOG_WARNING},
    [SHARE_OUTBOX] = {"bytes of waiting letters", "the oldest are removed", 0,
	1024 * MIB, LOG_WARNING},
    [SHARE_MAILERS] = {"running mailers", "letters wait", 8, 16, LOG_INFO},
};

TAILQ_HEAD(share_waits, share_wait);

struct share_account {
	struct share_account *next; /* in its bucket */
	struct shares *shares;
	struct share_waits waits;
	uint64_t used[SHARE_RESOURCES];
	unsigned logged; /* a bit for each resource */
	uid_t uid;
	char name[];
};

struct shares {
	struct log *log;
	struct hash_key key;
	struct share_account **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	uid_t own_uid;
	struct share_row rows[SHARE_RESOURCES];
	uint64_t all[SHARE_RESOURCES];
	unsigned logged; /* of the bounds in all */
};

/* ---- accounts ---- */

static struct share_account **
bucket_of(const struct shares *s, uid_t uid, const char *name)
{
	uint64_t hash = keyed_hash(&s->key, name, strlen(name)) ^
			uid * UINT64_C(0x9e3779b97f4a7c15) >> 32;

	return &s->buckets[hash & (s->bucket_count - 1)];
}

static struct share_account *
find(const struct shares *s, const struct share_user *user)
{
	struct share_account *a = *bucket_of(s, user->uid, user->name);

	while (a != NULL &&
	       (a->uid != user->uid || strcmp(a->name, user->name) != 0))
		a = a->next;
	return a;
}

/* Without memory for more buckets the old ones serve, slower. */
static void
grow(struct shares *s)
{
	struct share_account **old = s->buckets, *a, **to;
	size_t count = s->bucket_count;
	struct share_account **buckets =
	    calloc(count * 2, sizeof(struct share_account *));

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

static struct share_account *
find_or_make(struct shares *s, const struct share_user *user)
{
	struct share_account *a = find(s, user), **at;
	size_t len = strlen(user->name);

	if (a != NULL)
		return a;
	a = calloc(1, sizeof(*a) + len + 1);
	if (a == NULL)
		return NULL;
	a->shares = s;
	a->uid = user->uid;
	TAILQ_INIT(&a->waits);
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
drop_if_empty(struct share_account *a)
{
	struct shares *s = a->shares;
	struct share_account **at;

	if (a->logged != 0 || !TAILQ_EMPTY(&a->waits))
		return;
	for (int r = 0; r < SHARE_RESOURCES; r++) {
		if (a->used[r] > 0)
			return;
	}
	at = bucket_of(s, a->uid, a->name);
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

/* Root's bounds, and an ordinary user's own crond's, are the machine's. */
static bool
is_own(const struct shares *s, uid_t uid)
{
	return uid == 0 || uid == s->own_uid;
}

static uint64_t
room_of_user(const struct shares *s, enum share_resource r, uid_t uid,
    uint64_t used)
{
	uint64_t bound = s->rows[r].user;

	return bound == 0 || is_own(s, uid) ? UINT64_MAX
					    : room_below(bound, used);
}

static uint64_t
room_of_all(const struct shares *s, enum share_resource r, uid_t uid)
{
	uint64_t bound = s->rows[r].all;

	if (bound == 0)
		return UINT64_MAX;
	return room_below(is_own(s, uid) ? bound : bound - bound / 8,
	    s->all[r]);
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
	log_event(s->log, row->priority, user->name, "LIMIT", 0,
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
	s->buckets = calloc(BUCKETS_MIN, sizeof(struct share_account *));
	if (s->buckets == NULL) {
		free(s);
		return NULL;
	}
	s->bucket_count = BUCKETS_MIN;
	s->log = log;
	s->key = *key;
	s->own_uid = geteuid();
	memcpy(s->rows, share_table, sizeof(s->rows));
	return s;
}

void
shares_free(struct shares *s)
{
	struct share_account *a;

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

void
shares_lower(struct shares *s, enum share_resource r, uint64_t user)
{
	if (s->rows[r].user == 0 || s->rows[r].user > user)
		s->rows[r].user = user;
}

struct share_account *
share_take(struct shares *s, enum share_resource r,
    const struct share_user *user, uint64_t amount)
{
	struct share_account *a = find_or_make(s, user);
	bool of_user, of_all;

	if (a == NULL) {
		errno = ENOMEM;
		return NULL;
	}
	of_user = amount > room_of_user(s, r, user->uid, a->used[r]);
	of_all = amount > room_of_all(s, r, user->uid);
	if (!of_user && !of_all) {
		a->used[r] += amount;
		s->all[r] += amount;
		return a;
	}
	log_reached(s, r, user, !of_user, of_user ? &a->logged : &s->logged);
	drop_if_empty(a);
	errno = EDQUOT;
	return NULL;
}

struct share_account *
share_add(struct shares *s, enum share_resource r,
    const struct share_user *user, uint64_t amount)
{
	struct share_account *a = find_or_make(s, user);

	if (a == NULL)
		return NULL;
	a->used[r] += amount;
	s->all[r] += amount;
	return a;
}

/* Nothing that is called takes or gives, so the account stays. */
static void
wake_first(struct share_account *a)
{
	struct share_wait *wait = TAILQ_FIRST(&a->waits);

	if (wait == NULL)
		return;
	TAILQ_REMOVE(&a->waits, wait, link);
	wait->account = NULL;
	wait->ready(wait->context);
}

void
share_give(struct share_account *a, enum share_resource r, uint64_t amount)
{
	struct shares *s = a->shares;

	assert(a->used[r] >= amount && s->all[r] >= amount);
	a->used[r] -= amount;
	s->all[r] -= amount;
	forget_logged(&a->logged, r, a->used[r], s->rows[r].user);
	forget_logged(&s->logged, r, s->all[r], s->rows[r].all);
	if (r == SHARE_RUNS)
		wake_first(a);
	drop_if_empty(a);
}

bool
share_wait(struct shares *s, const struct share_user *user,
    struct share_wait *wait)
{
	struct share_account *a = find_or_make(s, user);

	if (a == NULL)
		return false;
	wait->account = a;
	TAILQ_INSERT_TAIL(&a->waits, wait, link);
	return true;
}

void
share_wait_cancel(struct share_wait *wait)
{
	struct share_account *a = wait->account;

	if (a == NULL)
		return;
	TAILQ_REMOVE(&a->waits, wait, link);
	wait->account = NULL;
	drop_if_empty(a);
}

uint64_t
share_of(const struct shares *s, enum share_resource r,
    const struct share_user *user)
{
	const struct share_account *a = find(s, user);

	return a == NULL ? 0 : a->used[r];
}

uint64_t
share_of_all(const struct shares *s, enum share_resource r)
{
	return s->all[r];
}

uint64_t
share_over(const struct shares *s, enum share_resource r)
{
	uint64_t bound = s->rows[r].all;

	return bound == 0 || s->all[r] <= bound ? 0 : s->all[r] - bound;
}

bool
share_most(const struct shares *s, enum share_resource r, uid_t *uid)
{
	const struct share_account *a, *most = NULL;

	for (size_t i = 0; i < s->bucket_count; i++)
		for (a = s->buckets[i]; a != NULL; a = a->next)
			if (a->used[r] > 0 &&
			    (most == NULL || a->used[r] > most->used[r]))
				most = a;
	if (most != NULL)
		*uid = most->uid;
	return most != NULL;
}
