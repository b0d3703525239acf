/*
 * Reading tables where it may take long: on file systems that may hang, and
 * where SELinux has a say, which asks the user database. A short-lived child
 * opens, checks what must be checked where it is, reads, and sends all through
 * a pipe. If nothing is heard of it for some seconds it is given up. So too are
 * read files that others can open and directories that others can list, for who
 * does so can hold a lock (src/SECURITY.md).
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_READER_H
#define EVCRON_DAEMON_TABLES_TABLE_READER_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/cluster.h"
#include "sys/files/spool.h"

/* For how long nothing may be heard of a child where the file system may hang,
 * and where it should not. */
#define READER_SECS      5.0
#define READER_SECS_LONG 60.0

struct children;
struct table_reader;
struct table_reader_child;

/* What all readers share: children that were given up but have not ended. */
struct table_readers {
	struct ev_loop *loop;
	struct children *children;
	struct table_reader_child *first;
};

void table_readers_init(struct table_readers *, struct ev_loop *,
    struct children *);
/* Readers must have been cancelled or ended. */
void table_readers_clear(struct table_readers *);

struct table_reader_hooks {
	void *context;
	/* One file, opened unchecked (spool_check is the caller's); file->fd is
	 * -1. bytes are good during the call, NULL if there is a problem. */
	void (*file)(void *context, const char *name, struct spool_file *file,
	    const char *bytes, size_t len);
	/* What the cluster file says, before the first file. Only if the job
	 * asked for it. */
	void (*cluster)(void *context, const struct cluster *);
	/* All is there, or nothing more will come (answered false). The listing
	 * failed: errnum. The reader is freed after this call. */
	void (*end)(void *context, bool answered, int errnum);
};

struct table_reader_job {
	const struct spool_rules *rules;
	const char *dir;
	const char *name; /* of one file in dir; NULL: lists dir */
	const char *user; /* whose that one is; NULL: files' names tell */
	bool lsb;
	bool patient; /* READER_SECS_LONG */
	bool cluster; /* no file if the cluster file doesn't name this host */
};

/* Starts a child. NULL with errno: no memory, no process, no descriptor. */
struct table_reader *table_reader_start(struct table_readers *,
    const struct table_reader_job *, const struct table_reader_hooks *);

/* No hook will be called any more; the child is killed. */
void table_reader_cancel(struct table_reader *);

#endif
