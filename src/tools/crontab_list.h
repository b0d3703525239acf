/* crontab -l: the table as its user wrote it. */
#ifndef EVCRON_TOOLS_CRONTAB_LIST_H
#define EVCRON_TOOLS_CRONTAB_LIST_H

#include "tools/crontab.h"

/* The exit status. */
int list_table(const struct crontab *);

#endif
