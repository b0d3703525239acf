/*
 * The last good versions of tables that have gone bad, where the personality
 * keeps these in force (design.md 3.2): a copy on disk, so that a restart of
 * the daemon does not lose what only its memory knows.
 */
#ifndef EVCRON_DAEMON_TABLES_LAST_GOOD_H
#define EVCRON_DAEMON_TABLES_LAST_GOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/table.h"
#include "core/table_copy.h"
#include "daemon/tables/table_log.h"

struct copies;

struct table_keep {
	struct copies *copies; /* NULL: nothing is kept on disk */
	const struct table_report *report;
	struct memory *memory;
	bool said; /* that a copy could not be written */
};

/* dir NULL: keeps nothing. wanted false (the personality): only removes what
 * is there. */
void table_keep_init(struct table_keep *, const char *dir, bool wanted,
    const struct table_report *, struct memory *);
void table_keep_clear(struct table_keep *);

/* The table stays in force though its file is bad now. */
void table_keep_put(struct table_keep *, const struct table_id *,
    const struct table *, const struct table_copy *);
/* The last good version, for the caller to own; NULL: there is none of a table
 * of this copy->uid. */
struct table *table_keep_get(struct table_keep *, const struct table_id *,
    struct table_copy *);
/* Its file is good again, gone, or nothing that may run. */
void table_keep_drop(struct table_keep *, const struct table_id *);

/* Once all tables are known: each is claimed, copies of others go. */
void table_keep_claim(struct table_keep *, const struct table_id *);
void table_keep_settle(struct table_keep *);

#endif
