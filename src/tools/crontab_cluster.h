/* Which host of a cluster runs the users' tables: cronie's -n and -c. */
#ifndef EVCRON_TOOLS_CRONTAB_CLUSTER_H
#define EVCRON_TOOLS_CRONTAB_CLUSTER_H

#include "tools/crontab.h"

/* Names options->host, or without one this host. The exit status. */
int cluster_set(const struct crontab *);
/* Prints the host that is named. The exit status. */
int cluster_get(const struct crontab *);

#endif
