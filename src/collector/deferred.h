/*
 * Letters that no mailer has taken: when they are tried again, put into the
 * user's mailbox, in the end dropped; and what is done with those that were
 * taken (DESIGN.md "Output"). In the letter's thread; main's list of those that
 * wait is collector/waiting.h.
 *
 * An attempt is a mailer's, or a mailbox's where no mailer is to be tried (any
 * more), or both in a row. What the letter has gone through stands in its
 * label, so any collector can go on with it.
 */
#ifndef EVCRON_COLLECTOR_DEFERRED_H
#define EVCRON_COLLECTOR_DEFERRED_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/letter.h"

/* An attempt was in vain (no_mta: there is no mailer to try): counts it; then
 * the letter is in a mailbox, waits, or is dropped, as its fate says. */
void deferred_add(struct letter *, bool no_mta);

/* A mailer has taken it: the file goes. */
void deferred_accepted(struct letter *);

/* For how long it still has to wait, of one that was tried before; 0: it is
 * due. */
uint64_t deferred_left(const struct letter *);

#endif
