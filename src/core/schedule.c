/*
 * Schedules as bits, and calendars for them. The days of a month that a
 * schedule lists are worked out as one word of bits, so that next_fire.c skips
 * over months and days without looking at each minute, nor at each day.
 *
 * Pure.
 */
#include "core/schedule.h"

#include <assert.h>

enum {
	MINUTES_A_DAY = 1440,
	DAYS_A_WEEK = 7,
	DAYS_AN_ERA = 146097, /* 400 years: the calendar repeats */
	EPOCH_DOW = 4,        /* 1970-01-01 was a Thursday */
};

static int64_t
floor_div(int64_t n, int64_t by)
{
	return n >= 0 ? n / by : -((by - 1 - n) / by);
}

bool
schedule_matches_day(const struct schedule *s, const struct local_time *t)
{
	bool dom, dow;

	if ((s->months >> t->month & 1) == 0)
		return false;
	dom = (s->doms >> t->dom & 1) != 0;
	dow = (s->dows >> t->dow & 1) != 0;
	if (s->flags & (SCHEDULE_DOM_STAR | SCHEDULE_DOW_STAR))
		return dom && dow;
	return dom || dow;
}

bool
schedule_matches(const struct schedule *s, const struct local_time *t)
{
	return (s->minutes >> t->minute & 1) != 0 &&
	       (s->hours >> t->hour & 1) != 0 && schedule_matches_day(s, t);
}

uint32_t
schedule_days(const struct schedule *s, const struct calendar_month *m)
{
	uint32_t dows = 0, all;
	int dow;

	if ((s->months >> m->month & 1) == 0)
		return 0;
	/* bit d is day d of the month, as in doms */
	all = (uint32_t)((UINT64_C(2) << m->days) - 2);
	for (dow = 0; dow < DAYS_A_WEEK; dow++)
		if (s->dows >> dow & 1) {
			int first = 1 + (dow - m->first_dow + 7) % 7;

			/* 2^0 + 2^7 + ... + 2^28: every seventh day */
			dows |= (uint32_t)(UINT64_C(0x10204081) << first);
		}
	if (s->flags & (SCHEDULE_DOM_STAR | SCHEDULE_DOW_STAR))
		return s->doms & dows & all;
	return (s->doms | dows) & all;
}

/* After Howard Hinnant's "chrono-compatible low-level date algorithms": years
 * begin in March, so that a leap day is a year's last. */
static void
civil_from_days(int64_t day, int64_t *year, int *month, int *dom)
{
	int64_t era, doe, yoe, doy, mp;

	day += 719468; /* from 0000-03-01 */
	era = floor_div(day, DAYS_AN_ERA);
	doe = day - era * DAYS_AN_ERA;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	*dom = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = yoe + era * 400 + (*month <= 2);
}

static int
dow_of(int64_t day)
{
	return (int)(day + EPOCH_DOW - floor_div(day + EPOCH_DOW, 7) * 7);
}

static int
days_in(int64_t year, int month)
{
	static const unsigned char days[] = {0, 31, 28, 31, 30, 31, 30, 31, 31,
	    30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month] + (month == 2 && leap);
}

void
calendar_month_of(int64_t day, struct calendar_month *m)
{
	int dom;

	civil_from_days(day, &m->year, &m->month, &dom);
	m->first_day = day - dom + 1;
	m->first_dow = dow_of(m->first_day);
	m->days = days_in(m->year, m->month);
}

void
calendar_month_next(struct calendar_month *m)
{
	m->first_day += m->days;
	m->first_dow = (m->first_dow + m->days) % DAYS_A_WEEK;
	if (++m->month == 13) {
		m->month = 1;
		m->year++;
	}
	m->days = days_in(m->year, m->month);
}

void
local_time_of(int64_t local_minutes, struct local_time *t)
{
	int64_t year;
	int of_day;

	t->day = floor_div(local_minutes, MINUTES_A_DAY);
	of_day = (int)(local_minutes - t->day * MINUTES_A_DAY);
	t->hour = of_day / 60;
	t->minute = of_day % 60;
	civil_from_days(t->day, &year, &t->month, &t->dom);
	t->dow = dow_of(t->day);
}
