/*
 * Letters of failed runs that a mailer has taken: kept as sent for some days,
 * since a mailer that accepts a mail has not delivered it yet. By rename, not
 * copy: it costs no room and no time. In the letter's thread.
 */
#ifndef EVCRON_COLLECTOR_ARCHIVE_H
#define EVCRON_COLLECTOR_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/letter.h"

/* Moves the letter there out of the outbox. false: it is still in the outbox,
 * for there is no room or no such directory (logged once). */
bool archive_keep(struct letter *);

/* There is no room left for mail that is still to be sent: drops all that is
 * kept, with a line for each. false: there is nothing. */
bool archive_give_way(struct collector *);

/* Removes those that have had their time, by the clock. When the next one has
 * (seconds since the epoch); 0: there is none. */
int64_t archive_expire(struct collector *);

#endif
