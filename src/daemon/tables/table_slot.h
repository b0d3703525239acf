/*
 * What is known of one table and of its file, and the loader that looks after
 * all of them: data, without a function.
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_SLOT_H
#define EVCRON_DAEMON_TABLES_TABLE_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "daemon/tables/reload_config.h"
#include "daemon/tables/last_good.h"
#include "daemon/tables/table_reader.h"
#include "daemon/tables/table_log.h"
#include "daemon/users/user_cache.h"
#include "daemon/tables/path_watch.h"

struct loader;
struct table_slot;

struct loader_hooks {
	void *context;
	/* The slot wants to be looked at again in so many milliseconds. */
	void (*again)(void *context, struct table_slot *, int64_t ms);
	/* Its file was looked at: is_link and so on are known. */
	void (*looked)(void *context, struct table_slot *);
	/* An answer from outside has been dealt with; after looked. */
	void (*stirred)(void *context);
};

struct loader {
	const struct reload_config *config;
	struct loader_hooks hooks;
	struct table_log report;
	struct table_readers readers;
	struct last_good keep;
	uid_t root_uid;
	bool spool_open; /* others can list the spool */
	bool changed;    /* the agenda has changed since this was cleared */
	size_t waiting;  /* slots with a question or a reader under way */
};

enum table_slot_pending {
	TABLE_SLOT_IDLE,
	TABLE_SLOT_QUIET, /* changed: to be looked at when nothing more happens
			   */
	TABLE_SLOT_CREATED, /* just created: waits for its writer to close it */
	TABLE_SLOT_RETRY,   /* could not be read; also at a tick not before its
			       time*/
};

/* One table that is known, good or bad. Made and freed by reload.c. */
struct table_slot {
	struct catalog_slot base; /* first: a catalog_slot is a slot */
	struct loader *loader;
	/* by reload.c */
	struct table_slot *next_pending, **prev_pending;
	int64_t pending_since_ms, due_at_ms; /* monotonic */
	int64_t rest_until_ms; /* not looked at before, for an event */
	struct path_watch
	    *way; /* of a system table, an operand, a link; or NULL */
	/* A word of bits; there may be ten thousand slots. */
	enum table_slot_pending pending : 4;
	enum spool_problem said : 8; /* last logged: not to be said again */
	unsigned tries : 7;          /* failed ones in a row */
	bool at_start : 1;  /* its first load is not logged as RELOAD */
	bool missed : 1;    /* there at the start, and not in force since */
	bool permanent : 1; /* stays known while its file is absent */
	/* by table_load.c */
	bool exists : 1;
	bool hangs : 1;     /* its file may hang: read by a child */
	bool copied : 1;    /* its last good version is on disk */
	bool unwatched : 1; /* a change of its file may come without an event */
	bool is_link : 1;
	bool uid_known : 1;
	bool orphan : 1;       /* nobody of that name */
	bool user_missing : 1; /* an entry's user is unknown: table refused */
	bool logged_unasked : 1;
	bool logged_no_memory : 1;
	uid_t uid; /* of the table's user */
	int logged_errnum;
	uint32_t logged_of; /* of a file that looked so: a hash */
	int64_t good_at_ns; /* the mtime of what is in force */
	char *context;      /* SELinux's, of what the file has; or NULL */
	uint64_t
	    logged_context; /* the finding last taken over: its hash, or 0 */
	struct user_question *question; /* under way; or NULL */
	struct table *candidate; /* parsed, waits for its users to be known */
	struct table_reader *reader;
	uint32_t candidate_next; /* entries before this one are known */
	char path[];             /* ends with the name */
};

#endif
