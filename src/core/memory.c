/*
 * The heap as a struct memory: what tools, tests and an ordinary crond without
 * an arena give to table_parse().
 */
#include "core/memory.h"

#include <stdlib.h>

static void *
heap_get(struct memory *memory, size_t size)
{
	(void)memory;
	return malloc(size);
}

static void
heap_put(struct memory *memory, void *block, size_t size)
{
	(void)memory;
	(void)size;
	free(block);
}

struct memory *
memory_heap(void)
{
	/* Never written to; not const, for a struct memory may have a state. */
	static struct memory heap = {heap_get, heap_put};

	return &heap;
}
