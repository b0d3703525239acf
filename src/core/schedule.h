/*
 * When an entry is due, packed into 24 bytes: a bit for each minute, hour, day
 * of month, month and day of week, plus what can't be seen from the bits.
 * Equal schedules are equal bytes (no padding is left unset), so they can be
 * hashed and compared by memcmp and entries grouped by them.
 *
 * The day rule of cron, explained here once (COMPAT.md 3.3): if the day-of-
 * month or the day-of-week field *begins* with '*', both must match; otherwise
 * either will do. So "0 0 13 * 5" is every Friday and every 13th, while
 * "0 0 1-31/2 * 5" is every Friday and every odd day, and "0 0 * /2 * 5"
 * (without the blank) only the Fridays that are odd days.
 */
#ifndef EVCRON_CORE_SCHEDULE_H
#define EVCRON_CORE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/minute.h"

enum schedule_flags {
	/* cronnext's bits (COMPAT.md 2.3) */
	SCHEDULE_MIN_STAR = 0x01,
	SCHEDULE_HOUR_STAR = 0x02,
	SCHEDULE_DOM_STAR = 0x04,
	SCHEDULE_DOW_STAR = 0x08,
	SCHEDULE_REBOOT = 0x10, /* @reboot: next_fire never finds it due */
};

struct schedule {
	uint64_t minutes;    /* bits 0-59 */
	uint32_t hours;      /* bits 0-23 */
	uint32_t doms;       /* bits 1-31 */
	uint16_t months;     /* bits 1-12 */
	uint16_t delay_mins; /* RANDOM_DELAY, already drawn: 0-1440 */
	uint8_t dows;        /* bits 0-6, 0 is Sunday */
	uint8_t flags;       /* enum schedule_flags */
	uint16_t zero;       /* so that equal schedules are equal bytes */
};

_Static_assert(sizeof(struct schedule) == 24, "a schedule packs into 24 bytes");

/* All @reboot entries have this one. */
static const struct schedule schedule_reboot = {.flags = SCHEDULE_REBOOT};

/* An entry whose minute or hour begins with '*' follows the wall clock; any
 * other is fixed-time and is made up for after gaps (COMPAT.md 9.2). */
static inline bool
schedule_is_wildcard(const struct schedule *s)
{
	return (s->flags & (SCHEDULE_MIN_STAR | SCHEDULE_HOUR_STAR)) != 0;
}

/* A minute as a clock in some zone shows it. */
struct local_time {
	int64_t day;    /* days since 1970-01-01 of that calendar */
	int minute;     /* 0-59 */
	int hour;       /* 0-23 */
	int dom, month; /* from 1 */
	int dow;        /* 0 is Sunday */
};

/* Does the schedule (without its delay) list this time? */
bool schedule_matches(const struct schedule *, const struct local_time *);

/* Does it list this day, whatever the time? */
bool schedule_matches_day(const struct schedule *, const struct local_time *);

/* A month of the calendar, for skipping whole ones. */
struct calendar_month {
	int64_t year;
	int64_t first_day; /* as local_time.day */
	int month;         /* from 1 */
	int days;          /* 28-31 */
	int first_dow;     /* of its first day */
};

/* The month that holds the day; the one after it. */
void calendar_month_of(int64_t day, struct calendar_month *);
void calendar_month_next(struct calendar_month *);

/* The days of that month which the schedule lists: bits 1-31. */
uint32_t schedule_days(const struct schedule *, const struct calendar_month *);

/* What the clock shows at minute m of a clock that counts minutes since
 * 1970-01-01 00:00 in its own zone (a local minute, not a UTC one). */
void local_time_of(int64_t local_minutes, struct local_time *);

#endif
