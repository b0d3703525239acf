/*
 * When does an entry run next? The zone's list of offsets cuts time into spans
 * in which the clock on the wall runs evenly; within one span the search is
 * for the next *listed* local minute, by month, day, hour and minute bits.
 *
 * What happens at the seams between spans is one rule. Fixed-time entries
 * follow not the clock, but the latest time it has ever shown: each listed
 * time runs in the minute in which that mark reaches or passes it. So
 *
 * - over a gap (02:00 -> 03:00) the mark moves from 01:59 to 03:00 at once, and
 *   all that is listed from 02:00 to 03:00 is one run at 03:00;
 * - in a repeated hour the mark stands still, and nothing listed runs twice;
 * - several changes close together need no rule of their own;
 * - at a jump the mark starts again from what the clock shows.
 *
 * Wildcard entries follow the clock itself and need no rule at all.
 *
 * Pure.
 */
#include "core/next_fire.h"

#include <assert.h>

enum { MINUTES_A_DAY = 1440 };

/* No local minute: the search has come to its limit. */
#define NONE INT64_MAX

/* First listed minute of the day at or after the given one, -1 if none. */
static int
next_of_day(const struct schedule *s, int from)
{
	uint64_t minutes;
	uint32_t hours;
	int hour = from / 60;

	if (s->minutes == 0)
		return -1;
	if (s->hours >> hour & 1) {
		minutes = s->minutes >> (from % 60);
		if (minutes != 0)
			return from + __builtin_ctzll(minutes);
	}
	hours = s->hours & ~((UINT32_C(2) << hour) - 1);
	if (hours == 0)
		return -1;
	return __builtin_ctz(hours) * 60 + __builtin_ctzll(s->minutes);
}

/* First listed local minute from the given one on, but before limit; NONE. */
static int64_t
next_listed(const struct schedule *s, int64_t from, int64_t limit)
{
	struct calendar_month month;
	uint32_t days;
	int64_t day, first;
	int of_day, found;

	day = from >= 0 ? from / MINUTES_A_DAY
			: -((MINUTES_A_DAY - 1 - from) / MINUTES_A_DAY);
	of_day = (int)(from - day * MINUTES_A_DAY);
	first = next_of_day(s, 0);
	if (first < 0)
		return NONE;
	calendar_month_of(day, &month);
	days = schedule_days(s, &month);
	found = next_of_day(s, of_day);
	if (days >> (day - month.first_day + 1) & 1 && found >= 0) {
		from = day * MINUTES_A_DAY + found;
		return from < limit ? from : NONE;
	}
	/* not on that day any more: the next one listed, at its first time */
	days &= (uint32_t) ~((UINT64_C(4) << (day - month.first_day)) - 1);
	while (days == 0) {
		calendar_month_next(&month);
		if (month.first_day * MINUTES_A_DAY >= limit)
			return NONE;
		days = schedule_days(s, &month);
	}
	day = month.first_day - 1 + __builtin_ctz(days);
	from = day * MINUTES_A_DAY + first;
	return from < limit ? from : NONE;
}

/* A span in minutes: UTC from its first minute to before its end. */
struct stretch {
	int64_t from, end;
	int64_t offset;
	int64_t shown; /* see zone_span */
};

static struct stretch
stretch_of(const struct zone *z, size_t i)
{
	int64_t end = i + 1 < z->count ? z->spans[i + 1].from_at : z->until_at;

	return (struct stretch){
	    .from = minute_of(z->spans[i].from_at + 59).n,
	    .end = minute_of(end + 59).n,
	    .offset = z->spans[i].offset_secs / 60,
	    .shown = z->spans[i].shown,
	};
}

/* The first minute of the stretch from at on in which it fires; NONE. */
static int64_t
fire_in(const struct schedule *s, const struct stretch *t, int64_t at)
{
	int64_t listed_from = at + t->offset, listed;

	/* right at a seam also what the clock left out, later only what it
	 * has not shown yet */
	if (!schedule_is_wildcard(s) && t->shown != INT64_MIN &&
	    (at == t->from || t->shown >= listed_from))
		listed_from = t->shown + 1;
	listed = next_listed(s, listed_from, t->end + t->offset);
	if (listed == NONE)
		return NONE;
	/* what was listed in a gap is due as soon as the gap is over */
	return listed - t->offset > at ? listed - t->offset : at;
}

static int64_t
next_base(const struct schedule *s, const struct zone *z, int64_t from)
{
	struct stretch t;
	int64_t fire;
	size_t i;

	/* a span that begins within a minute counts from the next one, so the
	 * minute's first second decides */
	for (i = zone_span_at(z, from * 60); i < z->count; i++) {
		t = stretch_of(z, i);
		if (i > 0 && from < t.from)
			from = t.from;
		if (from >= t.end)
			continue;
		fire = fire_in(s, &t, from);
		if (fire != NONE)
			return fire;
	}
	return NONE;
}

struct minute
next_fire(const struct schedule *s, const struct zone *z, struct minute after)
{
	int64_t fire;

	if ((s->flags & SCHEDULE_REBOOT) || minute_is_never(after))
		return MINUTE_NEVER;
	fire = next_base(s, z, after.n - s->delay_mins + 1);
	if (fire == NONE)
		return MINUTE_NEVER;
	return (struct minute){fire + s->delay_mins};
}
