/*
 * A minute of the epoch: the unit in which cron thinks. A struct, so that a
 * count of seconds can't be taken for one. All minutes are UTC; a zone turns
 * them into what a clock on the wall shows.
 */
#ifndef EVCRON_CORE_MINUTE_H
#define EVCRON_CORE_MINUTE_H

#include <stdbool.h>
#include <stdint.h>

struct minute {
	int64_t n;
};

/* Later than any minute: "does not fire". */
#define MINUTE_NEVER ((struct minute){INT64_MAX})

/* The minute that holds the instant at (seconds of the epoch). */
static inline struct minute
minute_of(int64_t at)
{
	return (struct minute){at >= 0 ? at / 60 : -((59 - at) / 60)};
}

/* The first second of a minute; m is not MINUTE_NEVER. */
static inline int64_t
minute_at(struct minute m)
{
	return m.n * 60;
}

static inline bool
minute_is_never(struct minute m)
{
	return m.n == INT64_MAX;
}

static inline struct minute
minute_plus(struct minute m, int64_t minutes)
{
	return (struct minute){m.n + minutes};
}

#endif
