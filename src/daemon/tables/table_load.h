/*
 * One table, from its file to the agenda: looks its user up, opens, checks,
 * reads, parses, and puts the new version in the place of the old, or keeps the
 * old, or drops it (DESIGN.md "Reload", 3.2; COMPAT.md 4).
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_LOAD_H
#define EVCRON_DAEMON_TABLES_TABLE_LOAD_H

#include <stdbool.h>

#include "daemon/tables/table_slot.h"

void loader_init(struct loader *, const struct reload_config *,
    const struct loader_hooks *);

/* After all slots were dropped. */
void loader_clear(struct loader *);

/* Looks at the slot's file: at once, but where a user must be asked or the file
 * may hang. anew: even if the file seems unchanged. listed: right after a
 * listing, which has shown that it is there. */
void loader_look_at(struct loader *, struct table_slot *, bool anew,
    bool listed);

static inline void
loader_look(struct loader *loader, struct table_slot *slot, bool anew)
{
	loader_look_at(loader, slot, anew, false);
}

/* Judges what a table_reader of the whole directory read of its file. bytes
 * NULL: file->problem says why, or there was nothing to read. */
void loader_accept_file(struct loader *, struct table_slot *,
    struct spool_file *, const char *bytes, size_t len);

/* What is known of users may have changed. */
void loader_users_changed(struct loader *, struct table_slot *);

/* The first load is over: copies of tables that are no more go. */
void loader_keep_only(struct loader *, struct table_slot *first);

/* The daemon ends: copies stay, whatever is dropped from now on. */
void loader_keep_close(struct loader *);

/* Takes its table off the agenda, ends what is under way. */
void loader_drop(struct loader *, struct table_slot *);

#endif
