/*
 * A set of strings, each with a number: finds equal ones among a million in
 * linear time. The strings stay where they are, in the table's bytes.
 */
#ifndef EVCRON_CORE_STRING_SET_H
#define EVCRON_CORE_STRING_SET_H

#include <stddef.h>
#include <stdint.h>

#include "core/line.h"
#include "core/memory.h"

struct word {
	const char *bytes; /* NULL: a free place */
	uint32_t len;
	uint32_t value;
};

struct words {
	struct memory *memory;
	uint64_t seed; /* so that nobody can make all strings collide */
	struct word *list;
	size_t count;
	size_t size; /* a power of two, or 0 */
};

void words_init(struct words *, struct memory *, uint64_t seed);
void words_clear(struct words *);

/* The number of this string, 0 for one not seen before; NULL: no memory. Good
 * until the next call. */
uint32_t *words_find(struct words *, struct slice);

#endif
