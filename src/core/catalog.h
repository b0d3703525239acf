/*
 * All tables that there are, good or bad: which files are known, what each
 * looked like when it was read, and the good table it gave. Finds a slot by
 * kind and name, and tells in two phases what a fresh listing of a directory
 * keeps, adds and drops.
 *
 * A slot is a member of its user's own struct; the catalog only links it.
 */
#ifndef EVCRON_CORE_CATALOG_H
#define EVCRON_CORE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/keyed_hash.h"
#include "core/table.h"

/* What a file looked like. Equal marks: the same file, unchanged, unless it was
 * written in the very moment it was read (mark_is_young). */
struct catalog_mark {
	uint64_t dev, ino, size;
	int64_t mtime_ns, ctime_ns;
	uint64_t hash; /* of its bytes */
};

struct catalog_slot {
	enum table_kind kind;
	bool read;                /* mark is set */
	bool young;               /* changed so shortly before it was read that
				     an equal mark proves nothing */
	bool seen;                /* for catalog.c alone */
	const char *name;         /* the user's */
	struct table *table;      /* the good one that counts; NULL: none */
	struct catalog_mark mark; /* of the bytes last read */
	/* for catalog.c alone */
	struct catalog_slot *next_in_bucket;
	struct catalog_slot *next, **prev;
};

struct catalog;

/* key: of its hash (keyed_hash.h). NULL: no memory. */
struct catalog *catalog_new(const struct hash_key *key);
/* Slots must have been removed. */
void catalog_free(struct catalog *);

/* Zeroes the slot and links it. The name must last as long as that. */
void catalog_add(struct catalog *, struct catalog_slot *, enum table_kind,
    const char *name);
/* Unlinks the slot; its table is the caller's. */
void catalog_remove(struct catalog *, struct catalog_slot *);

struct catalog_slot *catalog_find(const struct catalog *, enum table_kind,
    const char *name);
size_t catalog_count(const struct catalog *);
/* All slots: the first, then slot->next. */
struct catalog_slot *catalog_first(const struct catalog *);

/* A fresh listing. Begin: no slot of this kind is seen. See: the slot of a
 * listed name is kept and returned; NULL: it is new, add it (which makes it
 * seen). Then catalog_unseen gives the dropped ones, one after the other, for
 * the caller to remove; NULL: no more. */
void catalog_list_begin(struct catalog *, enum table_kind);
struct catalog_slot *catalog_list_see(struct catalog *, enum table_kind,
    const char *name);
struct catalog_slot *catalog_unseen(struct catalog *, enum table_kind);

/* Do the marks differ in anything a stat can tell (all but the hash)? */
bool catalog_mark_differs(const struct catalog_mark *,
    const struct catalog_mark *);

/* Could a file with this mark, read at now_ns (wall clock), change again
 * without its mark telling? Time stamps of files have the grain of the
 * kernel's tick, of some file systems two seconds. */
bool catalog_mark_is_young(const struct catalog_mark *, int64_t now_ns);

#endif
