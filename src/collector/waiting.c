/* A binary heap. */
#include "collector/waiting.h"

#include <stdlib.h>
#include <string.h>

#include "sys/clock.h"

#define SECOND_NS ((int64_t)1000000000)

static bool
is_before(const struct waiting_letter *a, const struct waiting_letter *b)
{
	if (a->asked != b->asked)
		return a->asked;
	return a->due_ns < b->due_ns;
}

static void
swap(struct waiting_letter *a, struct waiting_letter *b)
{
	struct waiting_letter old = *a;

	*a = *b;
	*b = old;
}

static void
sift_up(struct waiting *w, size_t i)
{
	while (i > 0 && is_before(&w->heap[i], &w->heap[(i - 1) / 2])) {
		swap(&w->heap[i], &w->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void
sift_down(struct waiting *w, size_t i)
{
	size_t least, child;

	for (;;) {
		least = i;
		for (child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < w->count &&
			    is_before(&w->heap[child], &w->heap[least]))
				least = child;
		if (least == i)
			return;
		swap(&w->heap[i], &w->heap[least]);
		i = least;
	}
}

int
waiting_add(struct waiting *w, const char *name, uint64_t secs, uint64_t bytes,
    bool unread)
{
	size_t size = w->size == 0 ? 16 : 2 * w->size;
	struct waiting_letter letter = {
	    .name = strdup(name),
	    .due_ns = clock_mono_ns() + (int64_t)secs * SECOND_NS,
	    .bytes = bytes,
	    .unread = unread,
	};
	struct waiting_letter *grown;

	if (letter.name == NULL)
		return -1;
	if (w->count == w->size) {
		grown = reallocarray(w->heap, size, sizeof *grown);
		if (grown == NULL) {
			free(letter.name);
			return -1;
		}
		w->heap = grown;
		w->size = size;
	}
	w->heap[w->count++] = letter;
	w->bytes += bytes;
	sift_up(w, w->count - 1);
	return 0;
}

static void
take_out(struct waiting *w, size_t i, struct waiting_letter *out)
{
	*out = w->heap[i];
	w->bytes -= out->bytes;
	w->heap[i] = w->heap[--w->count];
	if (i == w->count)
		return;
	sift_up(w, i);
	sift_down(w, i);
}

bool
waiting_pop(struct waiting *w, struct waiting_letter *out)
{
	if (w->count == 0 ||
	    (!w->heap[0].asked && w->heap[0].due_ns > clock_mono_ns()))
		return false;
	take_out(w, 0, out);
	return true;
}

bool
waiting_remove(struct waiting *w, const char *name)
{
	struct waiting_letter out;
	size_t i;

	for (i = 0; i < w->count; i++)
		if (strcmp(w->heap[i].name, name) == 0) {
			take_out(w, i, &out);
			free(out.name);
			return true;
		}
	return false;
}

/* Where all are asked, their order stays: nothing moves. */
void
waiting_ask(struct waiting *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		if (name == NULL || strcmp(w->heap[i].name, name) == 0) {
			w->heap[i].asked = true;
			sift_up(w, i);
		}
}

int64_t
waiting_due_ns(const struct waiting *w)
{
	if (w->count == 0)
		return INT64_MAX;
	return w->heap[0].asked ? 0 : w->heap[0].due_ns;
}

void
waiting_clear(struct waiting *w)
{
	while (w->count > 0)
		free(w->heap[--w->count].name);
	free(w->heap);
	*w = (struct waiting){0};
}
