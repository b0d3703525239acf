/*
 * Where tables live. core asks for memory through this interface, so that the
 * daemon can put tables into arenas that a forked child does not copy
 * (sys/arena.h) while tools and tests use the heap.
 */
#ifndef EVCRON_CORE_MEMORY_H
#define EVCRON_CORE_MEMORY_H

#include <stddef.h>

struct memory {
	/* size bytes, aligned for any type, not zeroed; NULL when there are
	 * none. */
	void *(*get)(struct memory *, size_t size);
	/* Gives back what get returned; size is that of the get. */
	void (*put)(struct memory *, void *block, size_t size);
};

/* The heap (malloc and free) as a struct memory. Never fails to be given. */
struct memory *memory_heap(void);

#endif
