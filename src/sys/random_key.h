/* The key of hash tables that users fill (core/keyed_hash.h). */
#ifndef EVCRON_SYS_RANDOM_KEY_H
#define EVCRON_SYS_RANDOM_KEY_H

#include "core/keyed_hash.h"

/* A key that nobody can guess, drawn by getrandom. Does not wait: early in a
 * boot, before the kernel has enough entropy, the key is made of the time and
 * of where this process lies in memory. */
struct hash_key random_key(void);

#endif
