/*
 * A set of strings, each with a number: finds equal ones among a million in
 * linear time. The strings stay where they are, in the table's bytes.
 */
#ifndef EVCRON_CORE_STRING_SET_H
#define EVCRON_CORE_STRING_SET_H

#include <stddef.h>
#include <stdint.h>

#include "core/keyed_hash.h"
#include "core/line.h"
#include "core/memory.h"

struct string_set_item {
	const char *bytes; /* NULL: a free place */
	uint32_t len;
	uint32_t value;
};

struct string_set {
	struct memory *memory;
	struct hash_key key; /* so that nobody can make all strings collide */
	struct string_set_item *list;
	size_t count;
	size_t size; /* a power of two, or 0 */
};

/* The key is copied. */
void string_set_init(struct string_set *, struct memory *,
    const struct hash_key *);
void string_set_clear(struct string_set *);

/* The number of this string, 0 for one not seen before; NULL: no memory. Good
 * until the next call. */
uint32_t *string_set_find(struct string_set *, struct slice);

#endif
