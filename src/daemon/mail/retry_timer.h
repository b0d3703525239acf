/*
 * Letters that wait in the outbox for another attempt: their names, each with
 * the time of it, by one timer for all. Nothing waits, nothing wakes. Times are
 * monotonic; what survives a restart stands in the letters' labels.
 */
#ifndef EVCRON_DAEMON_MAIL_RETRY_TIMER_H
#define EVCRON_DAEMON_MAIL_RETRY_TIMER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retry_timer;

struct retry_timer_hooks {
	void *context;
	/* It is time for that letter, or asked for early_secs before. false:
	 * not now, there are too many others; retry_timer_pump will ask again.
	 */
	bool (*again)(void *context, const char *name, uint64_t early_secs);
};

/* NULL: no memory. */
struct retry_timer *retry_timer_new(struct ev_loop *,
    const struct retry_timer_hooks *);
void retry_timer_free(struct retry_timer *);

/* One more, in so many seconds. Copies name. -1: no memory; it waits for the
 * next start then. */
int retry_timer_add(struct retry_timer *, const char *name, uint64_t secs);

/* All that wait now are tried as soon as there is room. */
void retry_timer_flush(struct retry_timer *);

/* There may be room: asks about those whose time has come. Calls again. */
void retry_timer_pump(struct retry_timer *);

size_t retry_timer_count(const struct retry_timer *);

#endif
