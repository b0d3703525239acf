/*
 * The grammar's set of strings: users of a system table, lines with '~'. Open
 * addressing, at most half full.
 */
#include "core/string_set.h"

#include <string.h>

void
string_set_init(struct string_set *words, struct memory *memory,
    const struct hash_key *key)
{
	*words = (struct string_set){.memory = memory, .key = *key};
}

void
string_set_clear(struct string_set *words)
{
	if (words->list != NULL)
		words->memory->put(words->memory, words->list,
		    words->size * sizeof(*words->list));
	words->list = NULL;
	words->count = words->size = 0;
}

/* Where the string is, or would be. There is a free place. */
static struct string_set_item *
words_place(const struct string_set *words, struct slice string)
{
	size_t mask = words->size - 1;
	size_t at = (size_t)keyed_hash(&words->key, string.bytes, string.len);

	for (;; at++) {
		struct string_set_item *word = &words->list[at & mask];
		if (word->bytes == NULL ||
		    (word->len == string.len &&
			memcmp(word->bytes, string.bytes, string.len) == 0))
			return word;
	}
}

static int
words_grow(struct string_set *words)
{
	struct string_set bigger = *words;

	bigger.size = words->size > 0 ? words->size * 2 : 16;
	bigger.list = words->memory->get(words->memory,
	    bigger.size * sizeof(*bigger.list));
	if (bigger.list == NULL)
		return -1;
	memset(bigger.list, 0, bigger.size * sizeof(*bigger.list));
	for (size_t i = 0; i < words->size; i++) {
		const struct string_set_item *word = &words->list[i];
		if (word->bytes != NULL)
			*words_place(&bigger,
			    (struct slice){word->bytes, word->len}) = *word;
	}
	string_set_clear(words);
	*words = bigger;
	return 0;
}

uint32_t *
string_set_find(struct string_set *words, struct slice string)
{
	if (words->count * 2 >= words->size && words_grow(words) == -1)
		return NULL;
	struct string_set_item *word = words_place(words, string);
	if (word->bytes == NULL) {
		*word = (struct string_set_item){string.bytes,
		    (uint32_t)string.len, 0};
		words->count++;
	}
	return &word->value;
}
