/*
 * The cluster file (sys/cluster.h), with cronie's words. It is replaced as a
 * table is: a daemon on another host must never see a part of a name.
 */
#include "tools/crontab_cluster.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/cluster.h"
#include "tools/crontab_spool.h"

/* This host's name, which must fit. 0, or -1 with errno. */
static int
own_name(char host[CLUSTER_HOST_SIZE])
{
	if (gethostname(host, CLUSTER_HOST_SIZE) != 0)
		return -1;
	if (memchr(host, '\0', CLUSTER_HOST_SIZE) != NULL)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
cluster_set(const struct crontab *c)
{
	char own[CLUSTER_HOST_SIZE], line[CLUSTER_HOST_SIZE + 1];
	const char *host = c->options.host;
	struct newcomer new;
	bool taken;
	int status = -1;

	if (host == NULL) {
		if (own_name(own) != 0) {
			crontab_complain("gethostname");
			return EXIT_FAILURE;
		}
		host = own;
	}
	(void)snprintf(line, sizeof line, "%s\n", host);
	if (newcomer_write_cluster(c, &new, line) != 0)
		return EXIT_FAILURE;
	status = newcomer_place(c, &new, false, -1, &taken);
	newcomer_clear(c, &new);
	if (status != 0)
		return EXIT_FAILURE;
	log_event(c->log, LOG_INFO, c->options.caller, "SET HOST", 0, "%s",
	    host);
	return EXIT_SUCCESS;
}

int
cluster_get(const struct crontab *c)
{
	const char *dir = c->paths.spool_dir;
	struct cluster cluster;

	crontab_raise(c);
	cluster_read(dir, &cluster);
	crontab_drop(c);
	/* What a link leads to is not for our rights to tell. */
	if (cluster.is_link && cluster.errnum == 0 && !c->options.is_root)
		cluster.errnum = ELOOP;
	switch (cluster.errnum) {
	case 0:
		break;
	case ENOENT:
		(void)fprintf(stderr, "File %s/%s not found\n", dir,
		    CLUSTER_FILE);
		return EXIT_FAILURE;
	case ENODATA:
		(void)fprintf(stderr, "Error reading from %s/%s\n", dir,
		    CLUSTER_FILE);
		return EXIT_FAILURE;
	default:
		(void)fprintf(stderr, "%s/%s: %s\n", dir, CLUSTER_FILE,
		    strerror(cluster.errnum));
		return EXIT_FAILURE;
	}
	(void)puts(cluster.host);
	log_event(c->log, LOG_INFO, c->options.caller, "GET HOST", 0, "%s",
	    cluster.host);
	return EXIT_SUCCESS;
}
