/*
 * What is said of tables in the log, in the incumbents' words and shapes, so
 * that logwatch, logcheck and people go on understanding them (COMPAT.md 3.7,
 * 4, 8); what evcron knows beyond that follows behind.
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_LOG_H
#define EVCRON_DAEMON_TABLES_TABLE_LOG_H

#include <stdbool.h>
#include <time.h>

#include "core/fault.h"
#include "core/table.h"
#include "sys/log/log.h"
#include "sys/files/spool.h"

/* Lines in the log for the faults of one load of one table. */
#define TABLE_LOG_FAULTS_MAX 20

struct table_log { /* one for all tables */
	struct log *log;
	const struct personality *personality;
	const char *spool_dir; /* with the root before it */
};

struct table_id { /* which table is spoken of */
	enum table_kind kind;
	const char *name; /* in its directory; the user's for TABLE_USER */
	const char *path;
};

/* A changed table counts from now on. */
void table_log_loaded(const struct table_log *, const struct table_id *);
/* No user of its name. */
void table_log_orphan(const struct table_log *, const struct table_id *);
/* The file was refused, or can't be read now; kept: its last good version
 * stays in force. */
void table_log_problem(const struct table_log *, const struct table_id *,
    const struct spool_rules *, const struct spool_file *, bool kept);
/* SELinux has something against it, but it counts. */
void table_log_context(const struct table_log *, const struct table_id *,
    const struct context_finding *);
/* There is no memory for what is in it; kept as above. */
void table_log_no_room(const struct table_log *, const struct table_id *,
    bool kept);
/* Faults of its text; refused: none of it counts. standing: a good version was
 * there before, so it is no news that the table uses new features, and it stays
 * in force if this one is refused. */
void table_log_faults(const struct table_log *, const struct table_id *,
    const struct faults *, bool refused, bool standing);
/* After a restart the last good version is in force, from a copy; written_at:
 * its file's mtime. */
void table_log_revived(const struct table_log *, const struct table_id *,
    time_t written_at);
/* A copy could not be read or written. */
void table_log_copy_problem(const struct table_log *, const char *path,
    int errnum);
/* An entry's user is unknown, and so the table is refused. */
void table_log_bad_user(const struct table_log *, const struct table_id *,
    const struct table *, const struct entry *, bool kept);
/* The user of a table could not be looked up. */
void table_log_unasked(const struct table_log *, const struct table_id *);
/* A file that should be there is not. */
void table_log_absent(const struct table_log *, const char *path);
/* A directory of tables can't be listed, or not be watched. */
void table_log_unlisted(const struct table_log *, const char *dir, int errnum,
    bool kept);
void table_log_unwatched(const struct table_log *, const char *path,
    int errnum);

#endif
