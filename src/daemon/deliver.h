/*
 * A letter's way out of the outbox: a mailer once its run is over, or one that
 * is fed while the run goes on; and the log lines about how that ended.
 */
#ifndef EVCRON_DAEMON_DELIVER_H
#define EVCRON_DAEMON_DELIVER_H

#include "daemon/post.h"

/* Starts the mailer of a complete letter, whose end comes by post->done. -1:
 * can't; logged, and the letter is to be kept. */
int deliver_start(struct post *);

/* The letter is full and its run goes on: starts to stream it. -1: it can't
 * be. */
int deliver_stream(struct post *);

/* "(USER) MAIL (WHAT; kept in PATH)". */
void deliver_log_kept(struct post *, int priority, const char *what);

#endif
