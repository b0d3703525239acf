/*
 * What is due next. Entries are grouped by distinct (schedule, zone): a few
 * hundred groups on a real machine. A heap of groups by next fire says which
 * minute is next and what is due then. Tables are added and removed as they
 * load; the agenda holds a reference to each.
 */
#ifndef EVCRON_CORE_AGENDA_H
#define EVCRON_CORE_AGENDA_H

#include <stddef.h>

#include "core/clock_step.h"
#include "core/keyed_hash.h"
#include "core/minute.h"
#include "core/table.h"
#include "core/zone.h"

struct agenda;

/* Tells the zone of a name ("" is the system's), good until the next
 * agenda_rebase, or until the name is told to be unused. NULL: it can't be had
 * now; entries with it are not due until an agenda_rebase has it. */
typedef const struct zone *(*agenda_zone_of)(void *context, const char *name);

/* done: nothing at or before these minutes will be due. The key is that of the
 * hashes (keyed_hash.h). NULL: no memory. */
struct agenda *agenda_new(const struct clock_step_done *done, agenda_zone_of,
    void *zone_context, const struct hash_key *);
void agenda_free(struct agenda *);

/* Called before a table is put on the agenda, so that what is done can be
 * brought up to date first (agenda_pass): whoever sleeps over empty minutes
 * knows only then which these are. */
typedef void (*agenda_before_add)(void *context);
void agenda_on_add(struct agenda *, agenda_before_add, void *context);

/* Called when no entry has this zone any longer. */
typedef void (*agenda_zone_unused)(void *context, const char *name);
void agenda_on_zone_unused(struct agenda *, agenda_zone_unused, void *context);

/* Puts a table's entries on the agenda, from the minute after what is done.
 * -1: no memory, nothing was added. A table is added at most once. */
int agenda_add(struct agenda *, struct table *);
/* Takes them off again; runs in progress don't care. Can't fail. */
void agenda_remove(struct agenda *, struct table *);

/* The next minute in which something is due; MINUTE_NEVER. */
struct minute agenda_next(const struct agenda *);

/* Takes what is due at agenda_next() if that is no later than through, in the
 * order of DESIGN.md 3.5. Returns how many; *due is the minute; *list is good
 * until the next call on this agenda. 0: nothing is due through there, and
 * what is done has moved to there. */
size_t agenda_pop(struct agenda *, struct minute through, struct minute *due,
    struct entry *const **list);

/* Of a table on this agenda: what was due in the first minute after *since in
 * which anything was, through what is done here; *since moves to that minute.
 * *due and *list as agenda_pop; 0: nothing more. For a table that should have
 * been there before. */
size_t agenda_owed(struct agenda *, struct table *,
    struct clock_step_done *since, struct minute *due,
    struct entry *const **list);

/* Nothing was due for some time: moves what is done to through, but never past
 * what is still due. */
void agenda_pass(struct agenda *, struct minute through);

/* The @reboot entries of all tables, in order. *list as above. */
size_t agenda_reboots(struct agenda *, struct entry *const **list);

/* What is done now; after a clock step or a change of zones the caller sets it
 * and all groups look for their next fire anew (zones are asked again). */
struct clock_step_done agenda_done(const struct agenda *);
void agenda_rebase(struct agenda *, const struct clock_step_done *);

/* For logs and tests. */
size_t agenda_entries(const struct agenda *);
size_t agenda_groups(const struct agenda *);

#endif
