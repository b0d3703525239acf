/*
 * Memory for tables that a forked child does not copy: chunks marked
 * MADV_DONTFORK, cut into blocks. At 200 MB of tables that takes a fork from
 * 10.2 ms to 1.2 ms of CPU. A child must not touch such a block: it is not
 * mapped there.
 */
#ifndef EVCRON_SYS_ARENA_H
#define EVCRON_SYS_ARENA_H

#include "core/memory.h"

/* NULL: no memory. Freed after all blocks were put back, or not at all. */
struct memory *arena_new(void);
void arena_free(struct memory *);
/* Bytes mapped, for logs and tests. */
size_t arena_mapped(const struct memory *);

#endif
