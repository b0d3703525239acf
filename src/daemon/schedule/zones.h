/*
 * Zones by name, for the agenda: each is taken from the C library once
 * (sys/zoneinfo.h) and kept, until /etc/localtime, what it points to, or a
 * zone's file changes, or the clock leaves the years that a list knows. Then
 * all are taken anew, and if any differs the agenda must ask for them again.
 *
 * A name that no zone answers to is UTC, as cronie has it; that is told with
 * its table (core/table.h). How many zones one table may name is bounded there;
 * there is no bound for all tables: one user's zones take no place of
 * another's.
 */
#ifndef EVCRON_DAEMON_SCHEDULE_ZONES_H
#define EVCRON_DAEMON_SCHEDULE_ZONES_H

#include <ev.h>

#include "core/keyed_hash.h"
#include "core/zone.h"
#include "sys/log/log.h"

struct zones;

/* Zones have changed. The callee asks for all it uses (agenda_rebase) before it
 * returns: what zones_of gave earlier is gone then. */
typedef void (*zones_changed_cb)(void *context);

/* Takes the system's zone and watches its files. The key is that of the hash by
 * name. NULL: no memory, or it can't be read. */
struct zones *zones_new(struct ev_loop *, struct log *, const struct hash_key *,
    zones_changed_cb, void *context);
void zones_free(struct zones *);

/* An agenda_zone_of; context is the struct zones. NULL: it can't be had for
 * want of memory or descriptors, which is logged; it is tried again each
 * minute. */
const struct zone *zones_of(void *context, const char *name);

/* An agenda_zone_unused: no entry has this zone now. */
void zones_unused(void *context, const char *name);

/* Before a tick's work: takes zones anew if the clock was set to where the
 * lists end. Costs a look at the clock. */
void zones_check(struct zones *);

/* HUP: takes all anew in any case, as if a file had changed. */
void zones_refresh(struct zones *);

#endif
