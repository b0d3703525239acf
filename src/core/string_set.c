/*
 * The grammar's set of strings: users of a system table, lines with '~'. Open
 * addressing, at most half full.
 */
#include "core/string_set.h"

#include <string.h>

#include "core/random.h"

void
words_init(struct words *words, struct memory *memory, uint64_t seed)
{
	*words = (struct words){.memory = memory, .seed = seed};
}

void
words_clear(struct words *words)
{
	if (words->list != NULL)
		words->memory->put(words->memory, words->list,
		    words->size * sizeof(*words->list));
	words_init(words, words->memory, words->seed);
}

/* Where the string is, or would be. There is a free place. */
static struct word *
words_place(const struct words *words, struct slice string)
{
	size_t mask = words->size - 1;
	size_t at = (size_t)random_mix(words->seed, string.bytes, string.len);

	for (;; at++) {
		struct word *word = &words->list[at & mask];
		if (word->bytes == NULL ||
		    (word->len == string.len &&
			memcmp(word->bytes, string.bytes, string.len) == 0))
			return word;
	}
}

static int
words_grow(struct words *words)
{
	struct words bigger = *words;

	bigger.size = words->size > 0 ? words->size * 2 : 16;
	bigger.list = words->memory->get(words->memory,
	    bigger.size * sizeof(*bigger.list));
	if (bigger.list == NULL)
		return -1;
	memset(bigger.list, 0, bigger.size * sizeof(*bigger.list));
	for (size_t i = 0; i < words->size; i++) {
		const struct word *word = &words->list[i];
		if (word->bytes != NULL)
			*words_place(&bigger,
			    (struct slice){word->bytes, word->len}) = *word;
	}
	words_clear(words);
	*words = bigger;
	return 0;
}

uint32_t *
words_find(struct words *words, struct slice string)
{
	if (words->count * 2 >= words->size && words_grow(words) == -1)
		return NULL;
	struct word *word = words_place(words, string);
	if (word->bytes == NULL) {
		*word = (struct word){string.bytes, (uint32_t)string.len, 0};
		words->count++;
	}
	return &word->value;
}
