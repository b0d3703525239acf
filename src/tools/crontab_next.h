/*
 * What an installation means: when each new or changed entry will run next,
 * from the daemon's own next_fire. For people at a terminal.
 */
#ifndef EVCRON_TOOLS_CRONTAB_NEXT_H
#define EVCRON_TOOLS_CRONTAB_NEXT_H

#include <stdint.h>
#include <stdio.h>

#include "core/table.h"

/* Prints a line for each entry of the table that is not in the old one (NULL:
 * there was none). bytes are the new table's; now_at seconds of the epoch. */
void next_show(FILE *, const struct table *, const char *bytes, size_t len,
    const struct table *old, int64_t now_at);

#endif
