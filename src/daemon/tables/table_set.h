/*
 * The tables that are known and which of them have to be looked at, and when:
 * after 50 ms of quiet, when the writer of a new file closes it, or when a
 * failed read is due again (DESIGN.md "Reload").
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_SET_H
#define EVCRON_DAEMON_TABLES_TABLE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "daemon/tables/table_load.h"
#include "daemon/tables/path_watch.h"

#define TABLE_SET_QUIET_MS   50
#define TABLE_SET_CREATED_MS 1000 /* also how long a noisy file can wait */

struct table_set {
	struct catalog *catalog;
	struct loader loader;
	struct path_watches *ways; /* set by the owner before the first slot */
	struct table_slot *pending;
	/* Something was done outside a call of the owner's: a user was looked
	 * up, a child has read a file. Set by the owner. */
	void (*stirred)(void *context);
	void *context;
	bool starting;  /* slots made now are not logged as RELOAD */
	bool no_memory; /* a table could not be noted: list all again */
};

/* -1: no memory. config must outlive. */
int table_set_init(struct table_set *, const struct reload_config *);
/* Frees all slots, with their tables. */
void table_set_clear(struct table_set *);

/* Makes a slot that no one knows yet; path ends with name. A permanent one
 * watches its own path and stays known when its file is absent. NULL: no memory
 * (noted). */
struct table_slot *table_set_add(struct table_set *, enum table_kind,
    const char *name, const char *path, bool permanent);
void table_set_remove(struct table_set *, struct table_slot *);
struct table_slot *table_set_find(struct table_set *, enum table_kind,
    const char *name);
struct table_slot *table_set_first(const struct table_set *);
struct table_slot *table_slot_next(const struct table_slot *);

/* An event (inotify's mask; 0: whatever) for its file. */
void table_set_touch(struct table_set *, struct table_slot *, uint32_t mask);

/* Looks at those whose time has come; settle: at all that wait for quiet. */
void table_set_apply(struct table_set *, bool settle);
/* Milliseconds until the next one's time comes, -1: none waits. */
int64_t table_set_wait_ms(const struct table_set *);

/* Could its file change without an event? Then a sweep must look. */
bool table_slot_needs_sweep(const struct table_set *,
    const struct table_slot *);

#endif
