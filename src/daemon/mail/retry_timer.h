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

struct retry;

struct retry_hooks {
	void *context;
	/* It is time for that letter, or asked for early_secs before. false:
	 * not now, there are too many others; retry_pump will ask again. */
	bool (*again)(void *context, const char *name, uint64_t early_secs);
};

/* NULL: no memory. */
struct retry *retry_new(struct ev_loop *, const struct retry_hooks *);
void retry_free(struct retry *);

/* One more, in so many seconds. Copies name. -1: no memory; it waits for the
 * next start then. */
int retry_add(struct retry *, const char *name, uint64_t secs);

/* All that wait now are tried as soon as there is room. */
void retry_flush(struct retry *);

/* There may be room: asks about those whose time has come. Calls again. */
void retry_pump(struct retry *);

size_t retry_count(const struct retry *);

#endif
