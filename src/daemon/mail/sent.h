/*
 * Letters of failed runs that a mailer has taken: kept as sent for some days,
 * since a mailer that accepts a mail has not delivered it yet.
 */
#ifndef EVCRON_DAEMON_MAIL_SENT_H
#define EVCRON_DAEMON_MAIL_SENT_H

#include <stdbool.h>

#include "daemon/mail/office.h"

struct sent;

/* By the office's config: sent_dir, sent_max, sent_secs. NULL: no memory. */
struct sent *sent_new(struct office *);
void sent_free(struct sent *);

/* Those of an earlier crond are looked at too, from now on. */
void sent_begin(struct sent *);

/* Moves a letter there out of the outbox. false: it is still in the outbox,
 * for there is no room or no such directory (logged once). */
bool sent_keep(struct sent *, const char *name);

/* There is no room left for mail that is still to be sent: drops all of them,
 * with a line for each. false: there were none. */
bool sent_give_way(struct sent *);

#endif
