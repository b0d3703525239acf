/*
 * glibc's view of a zone, taken once as a list of offsets for core's zone.
 *
 * A name comes from a user's table and glibc would open whatever file it
 * spells as root; so only names below the zoneinfo directory ("Europe/Berlin":
 * no leading '/' or ':', no "..") and POSIX TZ strings reach glibc.
 */
#ifndef EVCRON_SYS_ZONEINFO_H
#define EVCRON_SYS_ZONEINFO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/zone.h"

/* The zone of a CRON_TZ value, or of the system for "", from from_at to 40
 * years later. An unknown or unsafe name gives UTC and *known false (known may
 * be NULL), as cronie has it (COMPAT.md 9.4). The process's own TZ is as before
 * on return. The list begins some days before from_at, so that a repeated hour
 * that is under way is known as one. NULL with errno: no memory, or its file is
 * there and can't be read now (no descriptors, I/O). The caller frees by
 * zone_free. */
struct zone *zoneinfo_take(const char *name, int64_t from_at, bool *known);

/* Is it a zone, or does zoneinfo_take give UTC for it? */
bool zoneinfo_known(const char *name);

/* Where zone files are: TZDIR, or the system's place. */
const char *zoneinfo_dir(void);

/* Is this the name of a zone file below that directory? */
bool zoneinfo_is_file(const char *name);

#endif
