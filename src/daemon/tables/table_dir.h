/*
 * A directory of tables: cron.d or the spool. Lists it, by itself or by a child
 * where it may hang, and says which tables are new and gone.
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_DIR_H
#define EVCRON_DAEMON_TABLES_TABLE_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/tables/reload.h"
#include "daemon/tables/table_set.h"
#include "sys/cluster.h"

struct table_place {
	const struct reload_config *config;
	struct slots *slots;
	enum table_kind kind;
	char *dir;
	struct way way; /* data is the place */
	struct table_reader *reader;
	int said_errnum; /* of the listing, last logged */
	int unwatched;   /* errno why, as last logged; 0 */
	unsigned tries;
	bool again; /* once the child that lists it is done */
	bool dirty; /* to be listed at due_at_ms, monotonic */
	bool quiet; /* may be listed before, by a tick */
	int64_t due_at_ms;
	size_t mounts_below;
	int64_t cleaned_at_ms; /* monotonic; 0: never */
	bool clustered;        /* crond -c: its tables may be another host's */
	bool closed;           /* and they are */
	bool cluster_said;
	struct cluster cluster; /* as last read */
};

/* Watches dir, does not list it yet. -1: no memory. */
int place_init(struct table_place *, const struct reload_config *,
    struct slots *, enum table_kind, const char *dir);
void place_clear(struct table_place *);

/* Lists it and looks at each table; anew: also those that seem unchanged. */
void place_list(struct table_place *, bool anew);

/* Something happened to it: lists it when it is quiet, or at a tick. */
void place_touch(struct table_place *);
/* Lists it if its time has come. */
void place_apply(struct table_place *, bool settle);
int64_t place_wait_ms(const struct table_place *);
/* Could it change without an event? Then a sweep must list it. */
bool place_needs_sweep(const struct table_place *);

/* An event for a name in it, or for itself (""). */
void place_name(struct table_place *, uint32_t mask, const char *name);
/* Removes what killed crontabs left, once an hour at most: a user who kills his
 * again and again must not fill the disk. For when all users are known. */
void place_clean(struct table_place *);

/* Mounts have changed. */
void place_remounted(struct table_place *);

#endif
