/*
 * An environment: an ordered set of NAME=value. A later setting of a name
 * takes the place of the earlier one (COMPAT.md 3.1).
 */
#ifndef EVCRON_CORE_ENV_H
#define EVCRON_CORE_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/keyed_hash.h"

struct env {
	char **vars; /* "NAME=value", owned; NULL-terminated: usable as envp
			after at least one set */
	size_t count;
	size_t size;
	char *block; /* env_pack: where vars are; else NULL */
	size_t block_size;
	/* names to variables; for env.c alone */
	uint32_t *slots;
	size_t slot_count;
	struct hash_key key;
};

void env_init(struct env *);
/* Likewise with a key for its hash (keyed_hash.h), which the daemon needs where
 * a user's settings go in. */
void env_init_keyed(struct env *, const struct hash_key *);
void env_clear(struct env *);

/* Makes room for so many more variables, with their slots: what is only saved
 * is the time that growing takes. -1: no memory. */
int env_reserve(struct env *, size_t count);
/* Sets from "NAME=value" (name up to the first '='); copied. -1: no memory. */
int env_set(struct env *, const char *setting);
/* Likewise from parts. */
int env_set_pair(struct env *, const char *name, const char *value);
/* Moves all variables, in order, into one block, which is env's: each
 * NUL-terminated, and an empty one at the end. Nothing can be set from then on.
 * -1: no memory, nothing has changed. */
int env_pack(struct env *);
/* The value, or NULL. */
const char *env_get(const struct env *, const char *name);

#endif
