/*
 * The installed tables: reading, replacing and removing one. The only room of
 * crontab(1) that takes up the program's rights, and only while it does that;
 * signals wait meanwhile, so that nothing but SIGKILL leaves a temporary file.
 *
 * Who changes a table holds a lock on the file that is it (flock), so that
 * looking at it and putting another in its place are one step. Nobody but
 * crontab(1) can open such a file but its owner through crontab(1), and root.
 */
#ifndef EVCRON_TOOLS_CRONTAB_SPOOL_H
#define EVCRON_TOOLS_CRONTAB_SPOOL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "tools/crontab.h"

/* A table as it is in the spool. */
struct stored {
	bool exists;
	char *bytes; /* NULL unless it exists */
	size_t len;
	int fd; /* the lock, or -1 */
};

/* Sees to it that there is a spool; makes it where the caller may. 0, or -1: a
 * message was printed. */
int spool_ensure(const struct crontab *);

/* Reads the user's table. 0 (look at exists), or -1: a message was printed. */
int stored_read(const struct crontab *, struct stored *);
/* Likewise, and nobody else changes it until stored_clear. */
int stored_lock(const struct crontab *, struct stored *);
void stored_clear(struct stored *);

/* Where the text of a user begins: behind the header that Debian stores. */
size_t stored_header_len(const struct crontab *, const char *bytes, size_t len);

/* A table on its way into the spool. */
struct newcomer {
	char *temp; /* path; NULL once it is in place or gone */
	char *path; /* of the table */
	int fd;
	sigset_t signals; /* as they were */
};

/* Writes a new table (the user's bytes, below a header that names the file)
 * beside the old one, safe on disk. 0, or -1: a message was printed, and
 * nothing is left. Signals wait from here until newcomer_clear. */
int newcomer_write(const struct crontab *, struct newcomer *, const char *file,
    const char *bytes, size_t len);
/* Likewise the line that names a cluster's host. */
int newcomer_write_cluster(const struct crontab *, struct newcomer *,
    const char *line);
/* Puts it in place. only_new: unless a table is there (-1, *taken). locked: the
 * old table's descriptor or -1; its lock goes with it. Messages as above. */
int newcomer_place(const struct crontab *, struct newcomer *, bool only_new,
    int locked, bool *taken);
/* Removes what was not put in place. */
void newcomer_clear(const struct crontab *, struct newcomer *);

/* Removes the user's table, which the caller has locked and open as fd, from
 * disk too. 0, or -1: a message was printed. */
int stored_remove(const struct crontab *, int fd);

#endif
