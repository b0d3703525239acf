/*
 * A time zone as a list of (instant, offset): what glibc knows of it from now
 * to 40 years ahead, taken once (sys/zoneinfo.h). Asking the list costs
 * nothing and no TZ leaks into other rooms.
 */
#ifndef EVCRON_CORE_ZONE_H
#define EVCRON_CORE_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/minute.h"

struct zone_span {
	int64_t
	    from_at; /* first instant of this offset, seconds of the epoch */
	int64_t offset_secs; /* east of Greenwich, a whole number of minutes */
	/* Set by zone_new. The latest local minute that the clock had shown
	 * before this span began: fixed-time entries listed up to it have run.
	 * After a jump (next_fire.h): the minute before the span's first; of a
	 * list's first span: INT64_MIN. */
	int64_t shown;
};

/* A change of offset by this much or more is a jump (DESIGN.md "Time"). */
#define ZONE_JUMP_SECS (3 * 3600)

struct zone {
	char *name;              /* as in CRON_TZ; "" is the system's zone */
	size_t count;            /* >= 1 */
	struct zone_span *spans; /* ascending; spans[0] also counts before */
	int64_t until_at;        /* the list is only good before this instant */
};

/* A zone of the given spans, which are copied, as is name. count >= 1. Offsets
 * that are no whole minutes are rounded down; spans that don't begin with a
 * minute count from the next one. NULL: no memory. */
struct zone *zone_new(const char *name, const struct zone_span *, size_t count,
    int64_t until_at);
void zone_free(struct zone *);

/* Index of the span that holds the instant, O(log count). */
size_t zone_span_at(const struct zone *, int64_t at);

/* Local minutes (see schedule.h) that the clock shows at m. */
int64_t zone_local(const struct zone *, struct minute m);

/* Do both lists say the same over the instants that both know? */
bool zone_agrees(const struct zone *, const struct zone *);

#endif
