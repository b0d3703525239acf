/*
 * The slow scheduler: see the header. Written from the rules (DESIGN.md "Time",
 * COMPAT.md 9) alone; shares no code with what it checks.
 */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the zone ---- */

void
reference_window_init(struct reference_window *w, const char *tz, int64_t first,
    size_t count)
{
	size_t i;

	w->first = first;
	w->count = count;
	w->shown = calloc(count, sizeof *w->shown);
	if (w->shown == NULL || setenv("TZ", tz, 1) != 0)
		abort();
	tzset();
	for (i = 0; i < count; i++) {
		time_t t = (time_t)((first + (int64_t)i) * 60);

		if (localtime_r(&t, &w->shown[i]) == NULL)
			abort();
	}
}

void
reference_window_clear(struct reference_window *w)
{
	free(w->shown);
}

/* ---- an entry ---- */

bool
reference_listed(const struct schedule *s, const struct tm *tm)
{
	bool dom = s->doms & (1U << tm->tm_mday);
	bool dow = s->dows & (1U << tm->tm_wday);
	bool both =
	    s->flags & SCHEDULE_DOM_STAR || s->flags & SCHEDULE_DOW_STAR;

	if ((s->minutes & (1ULL << tm->tm_min)) == 0)
		return false;
	if ((s->hours & (1U << tm->tm_hour)) == 0)
		return false;
	if ((s->months & (1U << (tm->tm_mon + 1))) == 0)
		return false;
	return both ? dom && dow : dom || dow;
}

static int64_t
as_minutes(const struct tm *shown)
{
	struct tm tm = *shown;

	return (int64_t)timegm(&tm) / 60;
}

static bool
listed_at(const struct schedule *s, int64_t local)
{
	time_t t = (time_t)(local * 60);
	struct tm tm;

	gmtime_r(&t, &tm);
	return reference_listed(s, &tm);
}

static void
fires_wild(const struct reference_window *w, const struct schedule *s,
    bool *fires)
{
	size_t i;

	for (i = 0; i < w->count; i++)
		fires[i] = reference_listed(s, &w->shown[i]);
}

/* seen: the latest time the clock has shown. All listed times that it comes to
 * or leaves out are due when it gets past them, once. */
static void
fires_fixed(const struct reference_window *w, const struct schedule *s,
    bool *fires)
{
	int64_t seen = as_minutes(&w->shown[0]) - 1, before = seen, now;
	size_t i;

	for (i = 0; i < w->count; i++) {
		now = as_minutes(&w->shown[i]);
		/* a minute goes by, the rest is the change of offset */
		if (llabs(now - before - 1) >= 180)
			seen = now - 1;
		fires[i] = false;
		while (seen < now)
			if (listed_at(s, ++seen))
				fires[i] = true;
		before = now;
	}
}

void
reference_fires(const struct reference_window *w, const struct schedule *s,
    bool *fires)
{
	struct schedule plain = *s;
	bool *base;
	size_t i;

	memset(fires, 0, w->count * sizeof *fires);
	if (s->flags & SCHEDULE_REBOOT)
		return;
	base = calloc(w->count, sizeof *base);
	if (base == NULL)
		abort();
	if (s->flags & (SCHEDULE_MIN_STAR | SCHEDULE_HOUR_STAR))
		fires_wild(w, &plain, base);
	else
		fires_fixed(w, &plain, base);
	for (i = 0; i + s->delay_mins < w->count; i++)
		fires[i + s->delay_mins] = base[i];
	free(base);
}

/* ---- a clock that is set ---- */

void
reference_clock_look(struct reference_clock *c, int64_t wall, int elapsed,
    reference_run run, void *context)
{
	int64_t now = wall / 60, step;
	bool restart;

	if (!c->started) {
		c->started = true;
		c->wall = wall;
		c->wild = c->fixed = now;
		return;
	}
	step = wall - c->wall - elapsed;
	c->wall = wall;
	restart = now - c->fixed < -180;
	if (restart || now - c->fixed > 180)
		c->fixed = now - 1;
	while (c->fixed < now)
		run(context, true, ++c->fixed);

	if (now - c->wild > 5)
		c->wild = now - 1;
	else if (step <= -60 || now - c->wild < -1)
		c->wild = restart ? now - 1 : now;
	while (c->wild < now)
		run(context, false, ++c->wild);
}

/* ---- chance ---- */

uint64_t
reference_random(uint64_t *state)
{
	uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int64_t
reference_between(uint64_t *state, int64_t low, int64_t high)
{
	uint64_t span = (uint64_t)(high - low) + 1;

	return low + (int64_t)(reference_random(state) % span);
}

uint64_t
reference_seed(void)
{
	const char *given = getenv("SEED");
	uint64_t seed;

	seed = given != NULL ? strtoull(given, NULL, 0)
			     : (uint64_t)time(NULL) * 2654435761U;
	printf("SEED=%llu\n", (unsigned long long)seed);
	fflush(stdout);
	return seed;
}

static uint64_t
some_bits(uint64_t *state, int low, int high)
{
	uint64_t all = 0;
	int i, count = (int)reference_between(state, 1, 3);

	for (i = low; i <= high; i++)
		all |= UINT64_C(1) << i;
	switch (reference_between(state, 0, 3)) {
	case 0:
		return all;
	case 1:
		return (reference_random(state) & all) |
		       UINT64_C(1) << reference_between(state, low, high);
	default:
		break;
	}
	all = 0;
	for (i = 0; i < count; i++)
		all |= UINT64_C(1) << reference_between(state, low, high);
	return all;
}

void
reference_schedule(uint64_t *state, struct schedule *s)
{
	memset(s, 0, sizeof *s);
	s->minutes = some_bits(state, 0, 59);
	s->hours = (uint32_t)some_bits(state, 0, 23);
	s->doms = (uint32_t)some_bits(state, 1, 31);
	s->months = (uint16_t)some_bits(state, 1, 12);
	s->dows = (uint8_t)some_bits(state, 0, 6);
	s->flags = (uint8_t)reference_between(state, 0, 15);
	if (reference_between(state, 0, 2) == 0)
		s->flags &= (uint8_t) ~(SCHEDULE_MIN_STAR | SCHEDULE_HOUR_STAR);
	if (reference_between(state, 0, 2) == 0)
		s->months = 0x1ffe;
	if (reference_between(state, 0, 3) == 0) {
		s->minutes = 1 | UINT64_C(1) << 30;
		s->hours = (uint32_t)reference_between(state, 1, 15);
	}
	if (reference_between(state, 0, 4) == 0)
		s->delay_mins = (uint16_t)reference_between(state, 1, 1440);
}
