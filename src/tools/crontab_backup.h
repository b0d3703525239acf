/*
 * The copy of a table that is replaced or removed, as cronie keeps it since
 * 1.7.0: ${XDG_CACHE_HOME:-$HOME/.cache}/crontab/crontab[.USER].bak
 */
#ifndef EVCRON_TOOLS_CRONTAB_BACKUP_H
#define EVCRON_TOOLS_CRONTAB_BACKUP_H

#include <stddef.h>

#include "tools/crontab.h"

/* Keeps the bytes and says where. With the caller's own rights, in his own
 * directory; what fails is told on stderr, and stops nobody [COMPAT.md 10.2].
 * 0 or -1. */
int backup_keep(const struct crontab *, const char *bytes, size_t len);

#endif
