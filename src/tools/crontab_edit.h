/* crontab -e: a draft, an editor, an installation. */
#ifndef EVCRON_TOOLS_CRONTAB_EDIT_H
#define EVCRON_TOOLS_CRONTAB_EDIT_H

#include "tools/crontab.h"

/* The exit status. */
int edit_table(const struct crontab *);

#endif
