/*
 * A letter's way out of the outbox: a mailer once its run is over, or one that
 * is fed while the run goes on; and the log lines about how that ended. What no
 * mailer took goes on in collector/deferred.h.
 */
#ifndef EVCRON_COLLECTOR_DELIVERY_H
#define EVCRON_COLLECTOR_DELIVERY_H

#include <stdbool.h>

#include "collector/letter.h"
#include "collector/mailer.h"

/* The thread of a letter that waited, or that a run has handed on. */
void delivery(struct worker *, int fifo, int record_fd);

/* A letter that letter_complete has been called for: its whole way, until it is
 * gone or waits; then crond is told. The letter stays the caller's. */
void delivery_run(struct letter *);

/* The letter is full and its run goes on: starts to stream it. -1: it can't
 * be. */
int delivery_stream(struct letter *);
/* Its mailer has ended. false: the letter is kept, and broken if its run goes
 * on. */
bool delivery_stream_ended(struct letter *, const struct mailer_end *,
    bool whole, uint64_t first);

/* The letter is to be kept, with what as the reason; "(USER) MAIL (WHAT; kept
 * in PATH)" in the log, unless that was the reason the last time too. */
void delivery_keep(struct letter *, int priority, const char *what);

#endif
