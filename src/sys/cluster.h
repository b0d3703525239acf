/*
 * cronie's cluster file, SPOOL/.cron.hostname: its first line names the host
 * that runs the users' tables of a spool that several share (crond -c). No
 * file, no whole line, another name: they are not run here; running twice would
 * be worse than not at all.
 */
#ifndef EVCRON_SYS_CLUSTER_H
#define EVCRON_SYS_CLUSTER_H

#include <stdbool.h>
#include <stddef.h>

#define CLUSTER_FILE ".cron.hostname"
/* Longest name with the NUL behind it, as cronie's MAXHOSTNAMELEN. */
#define CLUSTER_HOST_SIZE 64

struct cluster {
	char host[CLUSTER_HOST_SIZE]; /* cut, as cronie cuts it */
	int errnum;   /* 0: it has a line; ENODATA: it has none, host is "" */
	bool is_link; /* so it can change where nobody looks */
};

/* Reads the file of a spool, through a link too. Never hangs on a FIFO; on a
 * dead network file system it does. */
void cluster_read(const char *spool_dir, struct cluster *);

/* Is it this host that is named? As gethostname(2) has it, now. */
bool cluster_is_here(const struct cluster *);

/* Do both say the same? */
bool cluster_equal(const struct cluster *, const struct cluster *);

#endif
