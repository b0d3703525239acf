/*
 * The agenda: a heap of groups, each a distinct schedule in a zone with the
 * entries that share it, and a hash to find the group of a new entry. Entries
 * are threaded into their group by links that take the place of their own
 * schedule, so that a table costs no memory here but for its groups and its
 * places in the list of due entries, which is as long as there are entries:
 * taking what is due needs no memory and can't fail.
 *
 * Owns groups, names of zones, and a reference to each table that has entries.
 * Zones belong to whoever tells them and are asked for again at each rebase.
 */
#include "core/agenda.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/next_fire.h"

enum {
	ZONE_BUCKETS_MIN = 64,
	BUCKETS_MIN = 256, /* a power of two, as are all later sizes */
	ROOM_MIN = 256,
};

/* A zone's name, shared by the groups in it. */
struct agenda_zone {
	struct agenda_zone *next; /* in its bucket */
	const struct zone *zone;  /* as told last; NULL: can't be had */
	size_t groups;
	char name[];
};

struct agenda_group {
	struct schedule when; /* first: entry_when() looks here */
	struct agenda_zone *zone;
	struct minute next;
	struct entry *entries;
	struct agenda_group *chain; /* in its bucket */
	size_t place;               /* in the heap */
};

struct agenda {
	struct clock_step_done done;
	agenda_zone_of zone_of;
	void *zone_context;
	agenda_zone_unused zone_unused; /* or NULL */
	void *unused_context;
	agenda_before_add before_add; /* or NULL */
	void *add_context;

	struct agenda_group **heap;
	size_t groups, heap_room;
	struct agenda_group **buckets;
	size_t bucket_count;
	struct agenda_zone **zones;
	size_t zone_count, zone_buckets;
	struct hash_key key;
	struct agenda_group reboots; /* never due, so not on the heap */

	struct entry **due; /* room for all entries */
	size_t entries, due_room;
};

/* ---- the heap ---- */

static void
heap_put(struct agenda *a, size_t place, struct agenda_group *g)
{
	a->heap[place] = g;
	g->place = place;
}

static void
heap_up(struct agenda *a, struct agenda_group *g)
{
	size_t place = g->place, parent;

	while (place > 0) {
		parent = (place - 1) / 2;
		if (a->heap[parent]->next.n <= g->next.n)
			break;
		heap_put(a, place, a->heap[parent]);
		place = parent;
	}
	heap_put(a, place, g);
}

static void
heap_down(struct agenda *a, struct agenda_group *g)
{
	size_t place = g->place, child;

	while ((child = 2 * place + 1) < a->groups) {
		if (child + 1 < a->groups &&
		    a->heap[child + 1]->next.n < a->heap[child]->next.n)
			child++;
		if (a->heap[child]->next.n >= g->next.n)
			break;
		heap_put(a, place, a->heap[child]);
		place = child;
	}
	heap_put(a, place, g);
}

static void
heap_add(struct agenda *a, struct agenda_group *g)
{
	assert(a->groups < a->heap_room);
	g->place = a->groups++;
	heap_up(a, g);
}

static void
heap_remove(struct agenda *a, struct agenda_group *g)
{
	struct agenda_group *last = a->heap[--a->groups];

	if (last == g)
		return;
	last->place = g->place;
	heap_up(a, last);
	heap_down(a, last);
}

/* Makes room for one more; -1: no memory. */
static int
heap_reserve(struct agenda *a)
{
	size_t room = a->heap_room == 0 ? ROOM_MIN : a->heap_room * 2;
	struct agenda_group **heap;

	if (a->groups < a->heap_room)
		return 0;
	heap = reallocarray(a->heap, room, sizeof(struct agenda_group *));
	if (heap == NULL)
		return -1;
	a->heap = heap;
	a->heap_room = room;
	return 0;
}

/* ---- names of zones ---- */

static struct agenda_zone **
zone_bucket(struct agenda *a, const char *name)
{
	uint64_t hash = keyed_hash(&a->key, name, strlen(name));

	return &a->zones[hash & (a->zone_buckets - 1)];
}

/* Doubles the buckets; without memory the chains just get longer. */
static void
rehash_zones(struct agenda *a)
{
	struct agenda_zone **old = a->zones, **bucket, *z;
	size_t count = a->zone_buckets, i;

	a->zones = calloc(count * 2, sizeof(struct agenda_zone *));
	if (a->zones == NULL) {
		a->zones = old;
		return;
	}
	a->zone_buckets = count * 2;
	for (i = 0; i < count; i++) {
		while ((z = old[i]) != NULL) {
			old[i] = z->next;
			bucket = zone_bucket(a, z->name);
			z->next = *bucket;
			*bucket = z;
		}
	}
	free(old);
}

/* NULL: no memory. */
static struct agenda_zone *
zone_take(struct agenda *a, const char *name)
{
	struct agenda_zone **bucket = zone_bucket(a, name), *z;
	size_t size = strlen(name) + 1;

	for (z = *bucket; z != NULL; z = z->next)
		if (strcmp(z->name, name) == 0)
			return z;
	z = malloc(sizeof *z + size);
	if (z == NULL)
		return NULL;
	memcpy(z->name, name, size);
	z->zone = a->zone_of(a->zone_context, z->name);
	z->groups = 0;
	if (a->zone_count++ >= a->zone_buckets) {
		rehash_zones(a);
		bucket = zone_bucket(a, name);
	}
	z->next = *bucket;
	*bucket = z;
	return z;
}

/* A zone that no group is in any more is forgotten. */
static void
zone_release(struct agenda *a, struct agenda_zone *z)
{
	struct agenda_zone **link = zone_bucket(a, z->name);

	if (z->groups > 0)
		return;
	while (*link != z)
		link = &(*link)->next;
	*link = z->next;
	a->zone_count--;
	if (a->zone_unused != NULL)
		a->zone_unused(a->unused_context, z->name);
	free(z);
}

/* ---- groups ---- */

static size_t
hash_of(const struct agenda *a, const struct schedule *when,
    const struct agenda_zone *zone)
{
	return (size_t)keyed_hash(&a->key, when, sizeof *when) +
	       (uintptr_t)zone / 16 * 0x9e3779b1U;
}

/* Doubles the buckets; without memory the chains just get longer. */
static void
rehash(struct agenda *a)
{
	size_t count = a->bucket_count * 2, i, at;
	struct agenda_group **buckets, *g;

	buckets = calloc(count, sizeof(struct agenda_group *));
	if (buckets == NULL)
		return;
	for (i = 0; i < a->groups; i++) {
		g = a->heap[i];
		at = hash_of(a, &g->when, g->zone) & (count - 1);
		g->chain = buckets[at];
		buckets[at] = g;
	}
	free(a->buckets);
	a->buckets = buckets;
	a->bucket_count = count;
}

static struct minute
group_next(const struct agenda *a, const struct agenda_group *g)
{
	if (g->zone->zone == NULL)
		return MINUTE_NEVER;
	return next_fire(&g->when, g->zone->zone,
	    schedule_is_wildcard(&g->when) ? a->done.wild : a->done.fixed);
}

static struct agenda_group *
group_find(struct agenda *a, const struct schedule *when,
    struct agenda_zone *zone)
{
	struct agenda_group *g;

	g = a->buckets[hash_of(a, when, zone) & (a->bucket_count - 1)];
	while (g != NULL &&
	       (g->zone != zone || memcmp(&g->when, when, sizeof *when) != 0))
		g = g->chain;
	return g;
}

/* An empty group, on the heap; NULL: no memory. */
static struct agenda_group *
group_make(struct agenda *a, const struct schedule *when,
    struct agenda_zone *zone)
{
	struct agenda_group *g, **bucket;

	if (heap_reserve(a) != 0 || (g = calloc(1, sizeof *g)) == NULL)
		return NULL;
	if (a->groups >= a->bucket_count)
		rehash(a);
	g->when = *when;
	g->zone = zone;
	zone->groups++;
	bucket = &a->buckets[hash_of(a, when, zone) & (a->bucket_count - 1)];
	g->chain = *bucket;
	*bucket = g;
	g->next = group_next(a, g);
	heap_add(a, g);
	return g;
}

static void
group_free(struct agenda *a, struct agenda_group *g)
{
	struct agenda_group **link;

	link =
	    &a->buckets[hash_of(a, &g->when, g->zone) & (a->bucket_count - 1)];
	while (*link != g)
		link = &(*link)->chain;
	*link = g->chain;
	heap_remove(a, g);
	g->zone->groups--;
	zone_release(a, g->zone);
	free(g);
}

/* ---- entries ---- */

static void
thread(struct entry **head, struct entry *e)
{
	e->next = *head;
	if (e->next != NULL)
		e->next->prev = &e->next;
	e->prev = head;
	*head = e;
}

/* The group for an entry of this schedule; NULL: no memory. */
static struct agenda_group *
group_take(struct agenda *a, const struct schedule *when, const char *zone_name)
{
	struct agenda_zone *zone;
	struct agenda_group *g;

	if (when->flags & SCHEDULE_REBOOT)
		return &a->reboots;
	zone = zone_take(a, zone_name);
	if (zone == NULL)
		return NULL;
	g = group_find(a, when, zone);
	if (g == NULL)
		g = group_make(a, when, zone);
	if (g == NULL)
		zone_release(a, zone);
	return g;
}

/* Its links take the place of its schedule, which the group has. */
static int
entry_add(struct agenda *a, const struct table *t, struct entry *e)
{
	struct agenda_group *g = group_take(a, &e->when, entry_zone(t, e));

	if (g == NULL)
		return -1;
	e->group = g;
	thread(&g->entries, e);
	a->entries++;
	return 0;
}

static void
entry_remove(struct agenda *a, struct entry *e)
{
	struct agenda_group *g = e->group;

	*e->prev = e->next;
	if (e->next != NULL)
		e->next->prev = e->prev;
	e->when = g->when;
	a->entries--;
	if (g != &a->reboots && g->entries == NULL)
		group_free(a, g);
}

static int
due_reserve(struct agenda *a, size_t more)
{
	size_t room = a->due_room == 0 ? ROOM_MIN : a->due_room;
	struct entry **due;

	while (room < a->entries + more)
		room *= 2;
	if (room == a->due_room)
		return 0;
	due = reallocarray(a->due, room, sizeof(struct entry *));
	if (due == NULL)
		return -1;
	a->due = due;
	a->due_room = room;
	return 0;
}

/* Order of start: tables in theirs, entries in that of their lines. */
static int
compare_entries(const void *left, const void *right)
{
	struct entry *x = *(struct entry *const *)left;
	struct entry *y = *(struct entry *const *)right;
	const struct table *t = entry_table(x), *u = entry_table(y);
	int order = t == u ? 0 : table_compare(t, u);

	if (order != 0)
		return order;
	return x->index < y->index ? -1 : x->index > y->index;
}

/* Adds a thread of entries to the first count of the list of what is due. */
static size_t
collect(struct agenda *a, struct entry *e, size_t count)
{
	for (; e != NULL; e = e->next)
		a->due[count++] = e;
	return count;
}

static void
sort_due(struct agenda *a, size_t count)
{
	if (count > 1)
		qsort(a->due, count, sizeof(struct entry *), compare_entries);
}

static void
done_through(struct agenda *a, struct minute m)
{
	if (a->done.wild.n < m.n)
		a->done.wild = m;
	if (a->done.fixed.n < m.n)
		a->done.fixed = m;
}

/* ---- for others ---- */

struct agenda *
agenda_new(const struct clock_step_done *done, agenda_zone_of zone_of,
    void *zone_context, const struct hash_key *key)
{
	struct agenda *a;

	a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->done = *done;
	a->zone_of = zone_of;
	a->zone_context = zone_context;
	a->key = *key;
	a->reboots.when = schedule_reboot;
	a->bucket_count = BUCKETS_MIN;
	a->buckets = calloc(a->bucket_count, sizeof(struct agenda_group *));
	a->zone_buckets = ZONE_BUCKETS_MIN;
	a->zones = calloc(a->zone_buckets, sizeof(struct agenda_zone *));
	if (a->buckets == NULL || a->zones == NULL) {
		free(a->buckets);
		free(a->zones);
		free(a);
		return NULL;
	}
	return a;
}

void
agenda_free(struct agenda *a)
{
	if (a == NULL)
		return;
	while (a->reboots.entries != NULL)
		agenda_remove(a, entry_table(a->reboots.entries));
	while (a->groups > 0)
		agenda_remove(a, entry_table(a->heap[a->groups - 1]->entries));
	free(a->heap);
	free(a->buckets);
	free(a->zones);
	free(a->due);
	free(a);
}

void
agenda_on_zone_unused(struct agenda *a, agenda_zone_unused unused,
    void *context)
{
	a->zone_unused = unused;
	a->unused_context = context;
}

void
agenda_on_add(struct agenda *a, agenda_before_add before_add, void *context)
{
	a->before_add = before_add;
	a->add_context = context;
}

int
agenda_add(struct agenda *a, struct table *t)
{
	uint32_t i;

	if (t->entry_count == 0)
		return 0;
	if (a->before_add != NULL)
		a->before_add(a->add_context);
	if (due_reserve(a, t->entry_count) != 0)
		return -1;
	for (i = 0; i < t->entry_count; i++)
		if (entry_add(a, t, &t->entries[i]) != 0)
			break;
	if (i < t->entry_count) {
		while (i > 0)
			entry_remove(a, &t->entries[--i]);
		return -1;
	}
	t->on_agenda = true;
	table_ref(t);
	return 0;
}

void
agenda_remove(struct agenda *a, struct table *t)
{
	uint32_t i;

	if (t->entry_count == 0)
		return;
	for (i = 0; i < t->entry_count; i++)
		entry_remove(a, &t->entries[i]);
	t->on_agenda = false;
	table_unref(t);
}

struct minute
agenda_next(const struct agenda *a)
{
	return a->groups == 0 ? MINUTE_NEVER : a->heap[0]->next;
}

size_t
agenda_pop(struct agenda *a, struct minute through, struct minute *due,
    struct entry *const **list)
{
	struct minute now = agenda_next(a);
	struct agenda_group *g;
	size_t count = 0;

	*list = a->due;
	if (minute_is_never(now) || now.n > through.n) {
		done_through(a, through);
		return 0;
	}
	*due = now;
	done_through(a, now);
	while ((g = a->heap[0])->next.n == now.n) {
		count = collect(a, g->entries, count);
		g->next = next_fire(&g->when, g->zone->zone, now);
		assert(g->next.n > now.n);
		heap_down(a, g);
	}
	sort_due(a, count);
	return count;
}

static struct minute
done_of(const struct clock_step_done *done, const struct schedule *when)
{
	return schedule_is_wildcard(when) ? done->wild : done->fixed;
}

static struct minute
entry_owed(const struct agenda *a, const struct entry *e,
    const struct clock_step_done *since)
{
	const struct agenda_group *g = e->group;
	struct minute next;

	if (g == &a->reboots || g->zone->zone == NULL)
		return MINUTE_NEVER;
	next = next_fire(&g->when, g->zone->zone, done_of(since, &g->when));
	return next.n <= done_of(&a->done, &g->when).n ? next : MINUTE_NEVER;
}

size_t
agenda_owed(struct agenda *a, struct table *t, struct clock_step_done *since,
    struct minute *due, struct entry *const **list)
{
	struct minute first = MINUTE_NEVER, m;
	size_t count = 0;
	uint32_t i;

	for (i = 0; i < t->entry_count; i++) {
		m = entry_owed(a, &t->entries[i], since);
		if (m.n < first.n) {
			first = m;
			count = 0;
		}
		if (!minute_is_never(m) && m.n == first.n)
			a->due[count++] = &t->entries[i];
	}
	*list = a->due;
	*due = first;
	if (count > 0 && since->wild.n < first.n)
		since->wild = first;
	if (count > 0 && since->fixed.n < first.n)
		since->fixed = first;
	return count;
}

void
agenda_pass(struct agenda *a, struct minute through)
{
	struct minute next = agenda_next(a);

	if (next.n <= through.n)
		through = minute_plus(next, -1);
	done_through(a, through);
}

size_t
agenda_reboots(struct agenda *a, struct entry *const **list)
{
	size_t count = collect(a, a->reboots.entries, 0);

	*list = a->due;
	sort_due(a, count);
	return count;
}

struct clock_step_done
agenda_done(const struct agenda *a)
{
	return a->done;
}

void
agenda_rebase(struct agenda *a, const struct clock_step_done *done)
{
	struct agenda_zone *z;
	size_t i;

	a->done = *done;
	for (i = 0; i < a->zone_buckets; i++)
		for (z = a->zones[i]; z != NULL; z = z->next)
			z->zone = a->zone_of(a->zone_context, z->name);
	for (i = 0; i < a->groups; i++)
		a->heap[i]->next = group_next(a, a->heap[i]);
	for (i = a->groups / 2; i-- > 0;)
		heap_down(a, a->heap[i]);
}

size_t
agenda_entries(const struct agenda *a)
{
	return a->entries;
}

size_t
agenda_groups(const struct agenda *a)
{
	return a->groups;
}
