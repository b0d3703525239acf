/*
 * Which variables of the daemon's own environment reach its tables.
 */
#ifndef EVCRON_SYS_INHERITED_ENV_H
#define EVCRON_SYS_INHERITED_ENV_H

#include <stdbool.h>

#include "core/personality.h"

/* The daemon's variables that reach every table, for struct table_source: an
 * array to be freed, its strings are environ's. all: not only those that the
 * personality has, but all that don't speak of the daemon itself (-P in a
 * container). NULL: no memory. */
const char **inherited_env(const struct personality *, bool all);

#endif
