/*
 * What the rooms of this wing need from outside: the loop, the log, the rooms
 * beside, and which tables are whose.
 */
#ifndef EVCRON_DAEMON_TABLES_RELOAD_CONFIG_H
#define EVCRON_DAEMON_TABLES_RELOAD_CONFIG_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/agenda.h"
#include "core/table.h"
#include "sys/log/log.h"

struct children;
struct mounts;
struct user_cache;

struct reload_config {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	struct user_cache *users;
	struct mounts *mounts;
	struct agenda *agenda;
	struct memory *memory;             /* for tables */
	const struct table_source *source; /* personality, seed, inherited:
					      the rest is filled for each */
	const char *keep_dir;     /* for last good versions of bad tables,
				     whole path; NULL: only in memory */
	const char *root;         /* --root, "" for none; before every path */
	char *const *operands;    /* an ordinary user's own tables (DESIGN.md
				     3.13), NULL at the end; NULL: the system's */
	const char *operand_user; /* whose these are */
	bool lsb_names;           /* cron -l */
	bool permit_all;          /* crond -p: no checks of files */
	bool sweep_always;        /* crond -i: a stat sweep each minute, no
				     inotify */
	bool cluster;             /* crond -c: the spool's tables only if its
				     cluster file names this host */
	double sweep_secs;        /* between sweeps; 0: a minute */
	/* The agenda has changed, or the first load is over; called from the
	 * loop, once a batch. */
	void (*changed)(void *context);
	/* A table that was there at reload_start is on the agenda only now: its
	 * user could not be looked up, or its file not be read. Also called
	 * within reload_start. changed_ns: the file's ctime. May be NULL. */
	void (*late)(void *context, struct table *, int64_t changed_ns);
	void *context;
};

#endif
