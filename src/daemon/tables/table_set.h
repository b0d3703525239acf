/*
 * The tables that are known and which of them have to be looked at, and when:
 * after 50 ms of quiet, when the writer of a new file closes it, or when a
 * failed read is due again (design.md "Reload").
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_SET_H
#define EVCRON_DAEMON_TABLES_TABLE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "daemon/tables/table_load.h"
#include "daemon/tables/path_watch.h"

#define SLOTS_QUIET_MS   50
#define SLOTS_CREATED_MS 1000 /* also how long a noisy file can wait */

struct slots {
	struct catalog *catalog;
	struct loader loader;
	struct ways *ways; /* set by the owner before the first slot */
	struct slot *pending;
	/* Something was done outside a call of the owner's: a user was looked
	 * up, a child has read a file. Set by the owner. */
	void (*stirred)(void *context);
	void *context;
	bool starting;  /* slots made now are not logged as RELOAD */
	bool no_memory; /* a table could not be noted: list all again */
};

/* -1: no memory. config must outlive. */
int slots_init(struct slots *, const struct reload_config *);
/* Frees all slots, with their tables. */
void slots_clear(struct slots *);

/* Makes a slot that no one knows yet; path ends with name. A permanent one
 * watches its own path and stays known when its file is absent. NULL: no memory
 * (noted). */
struct slot *slots_add(struct slots *, enum table_kind, const char *name,
    const char *path, bool permanent);
void slots_remove(struct slots *, struct slot *);
struct slot *slots_find(struct slots *, enum table_kind, const char *name);
struct slot *slots_first(const struct slots *);
struct slot *slot_next(const struct slot *);

/* An event (inotify's mask; 0: whatever) for its file. */
void slots_touch(struct slots *, struct slot *, uint32_t mask);

/* Looks at those whose time has come; settle: at all that wait for quiet. */
void slots_apply(struct slots *, bool settle);
/* Milliseconds until the next one's time comes, -1: none waits. */
int64_t slots_wait_ms(const struct slots *);

/* Could its file change without an event? Then a sweep must look. */
bool slot_needs_sweep(const struct slots *, const struct slot *);

#endif
