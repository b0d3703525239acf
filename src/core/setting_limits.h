/*
 * What settings of one table may cost. Settings are copied into each run's file
 * and into each letter, and a zone is a list of 40 years of
 * offsets: so a table has a limit for both, far above what anybody uses, at
 * which crond, crontab(1) and crond --check refuse it (crontab(5)).
 */
#ifndef EVCRON_CORE_SETTING_LIMITS_H
#define EVCRON_CORE_SETTING_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "core/line.h"
#include "core/string_set.h"

/* Bytes of the settings in force at a line: names, '=', values and a NUL for
 * each. It is what the kernel lets a program have as one string, and so what
 * one setting could have before. */
#define SETTINGS_BYTES_MAX ((size_t)128 * 1024)
/* Different values of CRON_TZ in a table. */
#define TABLE_ZONES_MAX 32

struct setting_limits {
	struct string_set names; /* to the bytes that each has now */
	struct string_set zones;
	size_t bytes;
};

enum setting_verdict {
	SETTING_FITS,
	SETTING_TOO_MANY_BYTES,
	SETTING_TOO_MANY_ZONES,
	SETTING_NO_MEMORY,
};

/* The key is that of string_set_init. */
void setting_limits_init(struct setting_limits *, struct memory *,
    const struct hash_key *);
/* Begins anew; frees what it holds. */
void setting_limits_clear(struct setting_limits *);

/* Counts a setting; one of a name that was set before takes its place. */
enum setting_verdict setting_limits_add(struct setting_limits *,
    const struct setting *);

/* Counts a value of CRON_TZ. On SETTING_FITS *known is where the caller keeps
 * what it finds out about this zone, 0 at first; good until the next call. */
enum setting_verdict setting_limits_zone(struct setting_limits *,
    struct slice value, uint32_t **known);

#endif
