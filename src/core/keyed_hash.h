/*
 * The hash of tables that users fill. Whoever knows a hash's seed can make up
 * names that all share one slot, and a search among n of them takes n steps. So
 * the daemon draws a key at its start (sys/random_key.h) and hands it down as a
 * plain value; a program that serves one user may leave it at zero.
 *
 * random.h is not for this, with any key: its values must stay the same for
 * years, and two of its inputs that collide do so under every seed.
 */
#ifndef EVCRON_CORE_KEYED_HASH_H
#define EVCRON_CORE_KEYED_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t words[2];
};

/* SipHash-1-3 of these bytes. All 64 bits are equally good. */
uint64_t keyed_hash(const struct hash_key *, const void *bytes, size_t len);

#endif
