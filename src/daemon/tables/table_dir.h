/*
 * A directory of tables: cron.d or the spool. Lists it, by itself or by a child
 * where it may hang, and says which tables are new and gone.
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_DIR_H
#define EVCRON_DAEMON_TABLES_TABLE_DIR_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/tables/reload_config.h"
#include "daemon/tables/table_set.h"
#include "sys/cluster.h"

struct table_dir {
	const struct reload_config *config;
	struct table_set *slots;
	enum table_kind kind;
	char *dir;
	struct path_watch way; /* data is the place */
	struct table_reader *reader;
	int logged_errnum; /* of the listing, last logged */
	int unwatched;     /* errno why, as last logged; 0 */
	unsigned tries;
	bool awaited; /* by the start: it is tried again soon */
	bool again;   /* once the child that lists it is done */
	bool dirty;   /* to be listed at due_at_ms, monotonic */
	bool quiet;   /* may be listed before, by a tick */
	int64_t due_at_ms;
	size_t mounts_below;
	int64_t cleaned_at_ms; /* monotonic; 0: never */
	bool clustered;        /* crond -c: its tables may be another host's */
	bool closed;           /* and they are */
	bool cluster_said;
	struct cluster cluster; /* as last read */
};

/* Watches dir, does not list it yet. -1: no memory. */
int table_dir_init(struct table_dir *, const struct reload_config *,
    struct table_set *, enum table_kind, const char *dir);
void table_dir_clear(struct table_dir *);

/* Lists it and looks at each table; anew: also those that seem unchanged. */
void table_dir_list(struct table_dir *, bool anew);

/* Something happened to it: lists it when it is quiet, or at a tick. */
void table_dir_touch(struct table_dir *);
/* Lists it if its time has come. */
void table_dir_apply(struct table_dir *, bool settle);
int64_t table_dir_wait_ms(const struct table_dir *);
/* Could it change without an event? Then a sweep must list it. */
bool table_dir_needs_sweep(const struct table_dir *);

/* An event for a name in it, or for itself (""). */
void table_dir_name(struct table_dir *, uint32_t mask, const char *name);
/* Removes what killed crontabs left, once an hour at most: a user who kills his
 * again and again must not fill the disk. For when all users are known. */
void table_dir_clean(struct table_dir *);

/* Mounts have changed. */
void table_dir_remounted(struct table_dir *);

#endif
