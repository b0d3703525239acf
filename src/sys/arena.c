/*
 * The memory of the daemon's tables. main makes one arena and gives it to
 * reload; nothing else lives there.
 *
 * Blocks of some 100 bytes up to LARGE are cut from chunks and, once put back,
 * kept for the next of about the same size: a table that is read again and
 * again finds its old place. Larger ones have mappings of their own, which go
 * back to the system at once.
 */
#include "sys/arena.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define CHUNK ((size_t)1 << 20)
#define LARGE ((size_t)1 << 16)

/* 32 sizes to each doubling from 128 bytes up, as far as alignment lets: at
 * most a thirty-second is lost, or 15 bytes. */
#define SMALL_BITS 7
#define STEPS      32
#define ALIGNMENT  _Alignof(max_align_t)
#define CLASSES    ((16 - SMALL_BITS) * STEPS + 1)

struct spare {
	struct spare *next;
};

struct chunk {
	struct chunk *next;
	_Alignas(max_align_t) char bytes[];
};

struct arena {
	struct memory memory; /* the first member: the callbacks cast */
	struct spare *spares[CLASSES];
	struct chunk *chunks;
	char *room; /* of the newest chunk: what is left */
	size_t left;
	size_t mapped;
	size_t blocks; /* out there */
};

static void *
arena_map(struct arena *arena, size_t size)
{
	void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes == MAP_FAILED)
		return NULL;
	if (madvise(bytes, size, MADV_DONTFORK) == -1) {
		munmap(bytes, size);
		return NULL;
	}
	arena->mapped += size;
	return bytes;
}

/* A large block's size in whole pages; 0 if there can be none. */
static size_t
large_size(size_t size)
{
	const size_t page = 4096;

	return size > SIZE_MAX - page ? 0 : (size + page - 1) / page * page;
}

/* The class of a small size, which grows to that of its blocks. */
static size_t
size_class(size_t *size)
{
	unsigned bits = SMALL_BITS;

	if (*size <= (size_t)1 << SMALL_BITS) {
		*size = (size_t)1 << SMALL_BITS;
		return 0;
	}
	while (*size > (size_t)2 << bits)
		bits++;
	size_t base = (size_t)1 << bits;
	size_t step = base / STEPS > ALIGNMENT ? base / STEPS : ALIGNMENT;
	size_t steps = (*size - base + step - 1) / step;
	*size = base + steps * step;
	return (bits - SMALL_BITS) * STEPS + steps;
}

static int
arena_add_chunk(struct arena *arena)
{
	struct chunk *chunk = arena_map(arena, CHUNK);

	if (chunk == NULL)
		return -1;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->room = chunk->bytes;
	arena->left = CHUNK - offsetof(struct chunk, bytes);
	return 0;
}

static void *
arena_get(struct memory *memory, size_t size)
{
	struct arena *arena = (struct arena *)memory;
	void *block;

	if (size > LARGE) {
		size = large_size(size);
		block = size > 0 ? arena_map(arena, size) : NULL;
		arena->blocks += block != NULL;
		return block;
	}
	struct spare **spares = &arena->spares[size_class(&size)];
	if (*spares != NULL) {
		block = *spares;
		*spares = (*spares)->next;
	} else {
		if (size > arena->left && arena_add_chunk(arena) == -1)
			return NULL;
		block = arena->room;
		arena->room += size;
		arena->left -= size;
	}
	arena->blocks++;
	return block;
}

static void
arena_put(struct memory *memory, void *block, size_t size)
{
	struct arena *arena = (struct arena *)memory;

	assert(arena->blocks > 0);
	arena->blocks--;
	if (size > LARGE) {
		size = large_size(size);
		arena->mapped -= size;
		munmap(block, size);
		return;
	}
	struct spare *spare = block;
	struct spare **spares = &arena->spares[size_class(&size)];
	spare->next = *spares;
	*spares = spare;
}

struct memory *
arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return NULL;
	arena->memory.get = arena_get;
	arena->memory.put = arena_put;
	return &arena->memory;
}

void
arena_free(struct memory *memory)
{
	struct arena *arena = (struct arena *)memory;

	if (arena == NULL)
		return;
	assert(arena->blocks == 0);
	while (arena->chunks != NULL) {
		struct chunk *next = arena->chunks->next;
		munmap(arena->chunks, CHUNK);
		arena->chunks = next;
	}
	free(arena);
}

size_t
arena_mapped(const struct memory *memory)
{
	return ((const struct arena *)memory)->mapped;
}
