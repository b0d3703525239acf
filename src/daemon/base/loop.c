/*
 * A libev loop without any periodic wakes every 59.7 seconds by itself, in case
 * the clock was set. One periodic parked in the far future makes libev watch
 * for that by a timerfd instead, and the loop sleeps for weeks (DESIGN.md
 * "Tick"). The periodic itself never fires and means nothing.
 */
#include "daemon/base/loop.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

/* The year 4000 or so: farther than any clock is set. */
#define PARKED_AT 6.4e10

static void
parked_fired(struct ev_loop *loop, struct ev_periodic *w, int revents)
{
	(void)revents;
	ev_periodic_stop(loop, w); /* a clock beyond the year 4000 */
}

/* libev ends the program when it gets no memory for its own lists. A daemon
 * that waits for some is worth more. */
static void *
allocate(void *at, long size)
{
	const struct timespec moment = {.tv_nsec = 20 * 1000 * 1000};
	void *got;

	if (size <= 0) {
		free(at);
		return NULL;
	}
	while ((got = realloc(at, (size_t)size)) == NULL)
		(void)nanosleep(&moment, NULL);
	return got;
}

int
loop_init(struct loop *loop)
{
	ev_set_allocator(allocate);
	loop->ev = ev_loop_new(EVFLAG_AUTO | EVFLAG_NOENV);
	if (loop->ev == NULL)
		return -1;
	ev_periodic_init(&loop->parked, parked_fired, PARKED_AT, 0.0, NULL);
	ev_periodic_start(loop->ev, &loop->parked);
	return 0;
}

void
loop_clear(struct loop *loop)
{
	if (loop->ev == NULL)
		return;
	ev_periodic_stop(loop->ev, &loop->parked);
	ev_loop_destroy(loop->ev);
	loop->ev = NULL;
}
