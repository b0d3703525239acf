/*
 * The last good versions of tables that have gone bad, where the personality
 * keeps these in force (DESIGN.md 3.2): a copy on disk, so that a restart of
 * the daemon does not lose what only its memory knows.
 */
#ifndef EVCRON_DAEMON_TABLES_LAST_GOOD_H
#define EVCRON_DAEMON_TABLES_LAST_GOOD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/table.h"
#include "core/table_copy.h"
#include "daemon/base/say_once.h"
#include "daemon/tables/table_log.h"

struct table_store;

struct last_good {
	struct table_store *copies; /* NULL: nothing is kept on disk */
	const struct table_log *report;
	struct memory *memory;
	struct say_once said; /* that a copy could not be written */
};

/* dir NULL: keeps nothing. wanted false (the personality): only removes what
 * is there. */
void last_good_init(struct last_good *, const char *dir, bool wanted,
    const struct table_log *, struct memory *);
void last_good_clear(struct last_good *);

/* The table stays in force though its file is bad now. */
void last_good_put(struct last_good *, const struct table_id *,
    const struct table *, const struct table_copy *);
/* The last good version, for the caller to own; NULL: there is none of a table
 * of this copy->uid. */
struct table *last_good_get(struct last_good *, const struct table_id *,
    struct table_copy *);
/* Its file is good again, gone, or nothing that may run. */
void last_good_drop(struct last_good *, const struct table_id *);

/* Once all tables are known: each is claimed, copies of others go. */
void last_good_claim(struct last_good *, const struct table_id *);
void last_good_remove_unclaimed(struct last_good *);

#endif
