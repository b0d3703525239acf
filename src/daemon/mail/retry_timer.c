/*
 * The waiting room of letters: a heap by the time of the next attempt. Owned by
 * daemon/mail/deferred.c. An entry is a name and no more, for there may be as
 * many as an outbox holds; a letter that was dropped meanwhile is missed only
 * when its time comes.
 */
#include "daemon/mail/retry_timer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sys/clock.h"

#define SECOND_NS ((int64_t)1000000000)

struct entry {
	int64_t due_ns; /* monotonic */
	char *name;
	bool asked; /* at once, whatever its time */
};

struct retry_timer {
	struct ev_loop *loop;
	struct retry_timer_hooks hooks;
	ev_timer timer;
	struct entry *heap;
	size_t count, size;
};

static bool
before(const struct entry *a, const struct entry *b)
{
	if (a->asked != b->asked)
		return a->asked;
	return a->due_ns < b->due_ns;
}

static void
swap(struct entry *a, struct entry *b)
{
	struct entry old = *a;

	*a = *b;
	*b = old;
}

static void
sift_up(struct retry_timer *r, size_t i)
{
	while (i > 0 && before(&r->heap[i], &r->heap[(i - 1) / 2])) {
		swap(&r->heap[i], &r->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
}

static void
sift_down(struct retry_timer *r, size_t i)
{
	size_t least, child;

	for (;;) {
		least = i;
		for (child = 2 * i + 1; child <= 2 * i + 2; child++)
			if (child < r->count &&
			    before(&r->heap[child], &r->heap[least]))
				least = child;
		if (least == i)
			return;
		swap(&r->heap[i], &r->heap[least]);
		i = least;
	}
}

static void
rearm(struct retry_timer *r)
{
	int64_t wait_ns = 0;

	ev_timer_stop(r->loop, &r->timer);
	if (r->count == 0)
		return;
	if (!r->heap[0].asked)
		wait_ns = r->heap[0].due_ns - clock_mono_ns();
	/* The loop's own time may be a little behind. */
	ev_now_update(r->loop);
	ev_timer_set(&r->timer,
	    wait_ns > 0 ? (ev_tstamp)wait_ns / (ev_tstamp)SECOND_NS : 0., 0.);
	ev_timer_start(r->loop, &r->timer);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	retry_timer_pump(timer->data);
}

struct retry_timer *
retry_timer_new(struct ev_loop *loop, const struct retry_timer_hooks *hooks)
{
	struct retry_timer *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->loop = loop;
	r->hooks = *hooks;
	ev_init(&r->timer, on_timer);
	r->timer.data = r;
	return r;
}

void
retry_timer_free(struct retry_timer *r)
{
	size_t i;

	if (r == NULL)
		return;
	ev_timer_stop(r->loop, &r->timer);
	for (i = 0; i < r->count; i++)
		free(r->heap[i].name);
	free(r->heap);
	free(r);
}

static int
make_room(struct retry_timer *r)
{
	size_t size = r->size == 0 ? 16 : 2 * r->size;
	struct entry *heap;

	if (r->count < r->size)
		return 0;
	heap = reallocarray(r->heap, size, sizeof *heap);
	if (heap == NULL)
		return -1;
	r->heap = heap;
	r->size = size;
	return 0;
}

int
retry_timer_add(struct retry_timer *r, const char *name, uint64_t secs)
{
	struct entry entry = {.name = strdup(name)};

	if (entry.name == NULL || make_room(r) != 0) {
		free(entry.name);
		return -1;
	}
	entry.due_ns = clock_mono_ns() + (int64_t)secs * SECOND_NS;
	r->heap[r->count++] = entry;
	sift_up(r, r->count - 1);
	rearm(r);
	return 0;
}

/* Their order among each other stays, so it is a heap as before. */
void
retry_timer_flush(struct retry_timer *r)
{
	size_t i;

	for (i = 0; i < r->count; i++)
		r->heap[i].asked = true;
	retry_timer_pump(r);
}

static void
pop(struct retry_timer *r, struct entry *top)
{
	*top = r->heap[0];
	r->heap[0] = r->heap[--r->count];
	sift_down(r, 0);
}

/* The hook may add entries. One that finds no room is put back. */
void
retry_timer_pump(struct retry_timer *r)
{
	struct entry top;
	int64_t early_ns;
	bool took = true;

	while (took && r->count > 0) {
		early_ns = r->heap[0].due_ns - clock_mono_ns();
		if (early_ns > 0 && !r->heap[0].asked)
			break;
		pop(r, &top);
		took = r->hooks.again(r->hooks.context, top.name,
		    early_ns > 0 ? (uint64_t)(early_ns / SECOND_NS) : 0);
		if (took) {
			free(top.name);
			continue;
		}
		/* There is a place: it has just been there. */
		assert(r->count < r->size);
		r->heap[r->count++] = top;
		sift_up(r, r->count - 1);
	}
	/* Without room the end of another letter's way asks again. */
	if (took)
		rearm(r);
	else
		ev_timer_stop(r->loop, &r->timer);
}

size_t
retry_timer_count(const struct retry_timer *r)
{
	return r->count;
}
