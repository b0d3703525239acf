/*
 * All tables that there are. A list for going through all of them and a hash
 * for finding one by kind and name: an event of the file system names one
 * table among perhaps 10,000. Owned by daemon/tables/reload.c.
 */
#include "core/catalog.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 64
/* File systems that keep whole seconds round the time of the last change down,
 * FAT to two. */
#define YOUNG_NS INT64_C(2000000000)

struct catalog {
	struct catalog_slot *first;
	struct catalog_slot **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	struct hash_key key;
	/* where the search for unseen slots goes on */
	struct catalog_slot *unseen_from;
};

struct catalog *
catalog_new(const struct hash_key *key)
{
	struct catalog *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->key = *key;
	c->bucket_count = BUCKETS_MIN;
	c->buckets = calloc(c->bucket_count, sizeof(struct catalog_slot *));
	if (c->buckets == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
catalog_free(struct catalog *c)
{
	if (c == NULL)
		return;
	assert(c->count == 0);
	free(c->buckets);
	free(c);
}

static size_t
bucket_of(const struct catalog *c, enum table_kind kind, const char *name)
{
	uint64_t hash =
	    keyed_hash(&c->key, name, strlen(name)) + (uint64_t)kind;

	return (size_t)hash & (c->bucket_count - 1);
}

/* Without memory for more buckets the old ones serve, slower. */
static void
grow(struct catalog *c)
{
	size_t count = c->bucket_count * 2;
	struct catalog_slot **buckets, *slot;

	buckets = calloc(count, sizeof(struct catalog_slot *));
	if (buckets == NULL)
		return;
	free(c->buckets);
	c->buckets = buckets;
	c->bucket_count = count;
	for (slot = c->first; slot != NULL; slot = slot->next) {
		size_t b = bucket_of(c, slot->kind, slot->name);

		slot->next_in_bucket = buckets[b];
		buckets[b] = slot;
	}
}

void
catalog_add(struct catalog *c, struct catalog_slot *slot, enum table_kind kind,
    const char *name)
{
	size_t b;

	assert(catalog_find(c, kind, name) == NULL);
	memset(slot, 0, sizeof(*slot));
	slot->kind = kind;
	slot->seen = true;
	slot->name = name;
	b = bucket_of(c, kind, name);
	slot->next_in_bucket = c->buckets[b];
	c->buckets[b] = slot;
	slot->next = c->first;
	slot->prev = &c->first;
	if (c->first != NULL)
		c->first->prev = &slot->next;
	c->first = slot;
	if (++c->count > 2 * c->bucket_count)
		grow(c);
}

void
catalog_remove(struct catalog *c, struct catalog_slot *slot)
{
	struct catalog_slot **at;

	if (c->unseen_from == slot)
		c->unseen_from = slot->next;
	at = &c->buckets[bucket_of(c, slot->kind, slot->name)];
	while (*at != slot)
		at = &(*at)->next_in_bucket;
	*at = slot->next_in_bucket;
	*slot->prev = slot->next;
	if (slot->next != NULL)
		slot->next->prev = slot->prev;
	c->count--;
}

struct catalog_slot *
catalog_find(const struct catalog *c, enum table_kind kind, const char *name)
{
	struct catalog_slot *slot = c->buckets[bucket_of(c, kind, name)];

	while (slot != NULL &&
	       (slot->kind != kind || strcmp(slot->name, name) != 0))
		slot = slot->next_in_bucket;
	return slot;
}

size_t
catalog_count(const struct catalog *c)
{
	return c->count;
}

struct catalog_slot *
catalog_first(const struct catalog *c)
{
	return c->first;
}

void
catalog_list_begin(struct catalog *c, enum table_kind kind)
{
	struct catalog_slot *slot;

	for (slot = c->first; slot != NULL; slot = slot->next)
		if (slot->kind == kind)
			slot->seen = false;
	c->unseen_from = NULL;
}

struct catalog_slot *
catalog_list_see(struct catalog *c, enum table_kind kind, const char *name)
{
	struct catalog_slot *slot = catalog_find(c, kind, name);

	if (slot != NULL)
		slot->seen = true;
	return slot;
}

struct catalog_slot *
catalog_unseen(struct catalog *c, enum table_kind kind)
{
	struct catalog_slot *slot =
	    c->unseen_from != NULL ? c->unseen_from : c->first;

	while (slot != NULL && (slot->kind != kind || slot->seen))
		slot = slot->next;
	c->unseen_from = slot;
	return slot;
}

bool
catalog_mark_differs(const struct catalog_mark *a, const struct catalog_mark *b)
{
	return a->dev != b->dev || a->ino != b->ino || a->size != b->size ||
	       a->mtime_ns != b->mtime_ns || a->ctime_ns != b->ctime_ns;
}

bool
catalog_mark_is_young(const struct catalog_mark *m, int64_t now_ns)
{
	int64_t last = m->mtime_ns > m->ctime_ns ? m->mtime_ns : m->ctime_ns;

	return last > now_ns - YOUNG_NS;
}
