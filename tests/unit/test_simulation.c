/*
 * Years of the daemon's life in seconds: the core's own agenda, clock verdict,
 * minutes done and zones (lib/simulated.h), through steps of the clock of every
 * size, suspends, late loops, changes of zones, both DST changes in ten zones,
 * restarts, crashes, also amid the starts of a minute that comes again. Beside
 * it the slow scheduler (lib/reference.h) looks at every second. Each entry
 * must run for the same minutes, in the same order: none lost, none doubled.
 *
 * SEED is printed and taken; DAYS: how long each history is (8), HISTORIES: how
 * many of each zone (4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reference.h"
#include "simulated.h"
#include "sys/zoneinfo.h"

enum {
	ENTRIES = 24,
	MARGIN = 4 * 1440, /* minutes before and behind, for reference_fires */
	CLEAN_SECS = 300,  /* a stop of up to that long is made up */
	ZONES = 3,         /* in one history: the system's two, CRON_TZ's */
	EVENTS = 11,
	KILLED_AND_SET = 10, /* follows from another */
};

static const char *const names[] = {"Europe/Berlin", "America/New_York",
    "America/St_Johns", "America/Havana", "Australia/Lord_Howe",
    "Antarctica/Troll", "America/Santiago", "Pacific/Auckland", "Europe/Lisbon",
    "Asia/Jerusalem"};

#define NAMES (sizeof names / sizeof names[0])

struct dues {
	int64_t *list;
	size_t count, room;
};

/* One life of a daemon, and of the slow one. */
struct history {
	uint64_t *seed;
	const char *tz[ZONES];
	struct zone *zones[ZONES];
	struct reference_window windows[ZONES];
	bool *fires[ZONES][ENTRIES];
	size_t system; /* which zone is the system's now */
	bool sparse;   /* no entry runs each minute: it sleeps */
	struct table *table;
	struct dues fast[ENTRIES], slow[ENTRIES];
	struct before {
		struct reference_clock clock;
		size_t fast[ENTRIES], slow[ENTRIES]; /* runs */
	} before;
	/* Before a crash, of minutes to come again. */
	struct dues begun[ENTRIES];
	int64_t begun_through;

	int64_t wall, mono; /* what the clocks show, in seconds */
	struct simulated crond;
	int64_t late; /* seconds that the loop is still busy */
	struct reference_clock clock;
	unsigned events[EVENTS];
};

static void
dues_add(struct dues *d, int64_t minute)
{
	if (d->count == d->room) {
		d->room = d->room == 0 ? 256 : d->room * 2;
		d->list = reallocarray(d->list, d->room, sizeof *d->list);
		assert_non_null(d->list);
	}
	d->list[d->count++] = minute;
}

static bool
dues_have(const struct dues *d, int64_t minute)
{
	size_t i;

	for (i = 0; i < d->count; i++)
		if (d->list[i] == minute)
			return true;
	return false;
}

/* ---- tables ---- */

static size_t
zone_index(const struct history *h, const char *name)
{
	return name[0] == '\0' ? h->system : ZONES - 1;
}

static const struct zone *
zone_of(void *context, const char *name)
{
	struct history *h = context;

	return h->zones[zone_index(h, name)];
}

static char *
some_field(struct history *h, char *at, int low, int high, bool star)
{
	int a = (int)reference_between(h->seed, low, high);
	int b = (int)reference_between(h->seed, a, high);

	switch (reference_between(h->seed, star ? 0 : 2, 4)) {
	case 0:
		return at + sprintf(at, "* ");
	case 1:
		return at + sprintf(at, "*/%d ",
				(int)reference_between(h->seed, 2, 15));
	case 2:
		return at + sprintf(at, "%d-%d ", a, b);
	case 3:
		return at + sprintf(at, "%d,%d ", a, b);
	default:
		return at + sprintf(at, "%d ", a);
	}
}

/* The first lines are every minute as both kinds, or every hour; then any, near
 * DST nights. */
static void
make_table(struct history *h)
{
	static const char *const inherited[] = {NULL};
	char text[ENTRIES * 64 + 64], *at = text;
	struct table_source source = {
	    .personality = personality_find("redhat"),
	    .kind = TABLE_USER,
	    .name = "joe",
	    .path = "joe",
	    .user = "joe",
	    .inherited = inherited,
	};
	struct faults faults;
	int i;

	for (i = 0; i < ENTRIES; i++) {
		if (i == ENTRIES / 2)
			at += sprintf(at, "CRON_TZ=%s\n", h->tz[ZONES - 1]);
		if (i % (ENTRIES / 2) == 0) {
			at += sprintf(at, "%s * * * * c\n",
			    h->sparse ? "30" : "*");
		} else if (i % (ENTRIES / 2) == 1) {
			at += sprintf(at, "%s 0-23 * * * c\n",
			    h->sparse ? "59" : "0-59");
		} else {
			at = some_field(h, at, 0, 59, !h->sparse);
			at = some_field(h, at, 0, i % 2 ? 4 : 23, i % 4 == 0);
			at +=
			    sprintf(at, "* * %s c\n", i % 7 == 3 ? "1-5" : "*");
		}
	}
	faults_init(&faults);
	assert_int_equal(table_parse(&source, text, strlen(text), memory_heap(),
			     &faults, &h->table),
	    TABLE_GOOD);
	assert_int_equal(h->table->entry_count, ENTRIES);
	faults_clear(&faults);
}

/* ---- the fast one ---- */

static void
fast_run(void *context, const struct entry *entry, int64_t minute)
{
	struct history *h = context;

	dues_add(&h->fast[entry->index], minute);
}

static void
wake(struct history *h)
{
	if (!simulated_wake(&h->crond, h->wall, h->mono))
		fail_msg("killed by nobody");
}

static void
start(struct history *h)
{
	h->crond.lives_on = -1;
	if (!simulated_start(&h->crond, h->wall, h->mono))
		fail_msg("killed by nobody");
}

/* ---- the slow one ---- */

static bool
is_wild(const struct history *h, size_t i)
{
	return schedule_is_wildcard(
	    entry_when(h->table, &h->table->entries[i]));
}

static void
slow_run(void *context, bool fixed, int64_t minute)
{
	struct history *h = context;
	size_t i, z;

	for (i = 0; i < ENTRIES; i++) {
		if (is_wild(h, i) == fixed)
			continue;
		z = i < ENTRIES / 2 ? h->system : ZONES - 1;
		if (h->fires[z][i][minute - h->windows[z].first] &&
		    !dues_have(&h->begun[i], minute))
			dues_add(&h->slow[i], minute);
	}
}

static void
forget_begun(struct history *h, bool wild, bool fixed)
{
	size_t i;

	for (i = 0; i < ENTRIES; i++)
		if (is_wild(h, i) ? wild : fixed)
			h->begun[i].count = 0;
	if (wild && fixed)
		h->begun_through = 0;
}

/* What was begun of minutes to come counts until both kinds are past them, and
 * as long as its kind waits for them. */
static void
look(struct history *h, int elapsed)
{
	const struct reference_clock was = h->clock;

	if (h->begun_through > 0 && was.wild >= h->begun_through &&
	    was.fixed >= h->begun_through)
		forget_begun(h, true, true);
	reference_clock_look(&h->clock, h->wall, elapsed, slow_run, h);
	if (h->begun_through > 0)
		forget_begun(h, h->clock.wild < was.wild,
		    h->clock.fixed < was.fixed);
}

/* The first minute after what was run in which any entry runs. */
static int64_t
slow_next(const struct history *h)
{
	int64_t next = INT64_MAX, m;
	size_t i, z;

	for (i = 0; i < ENTRIES; i++) {
		z = i < ENTRIES / 2 ? h->system : ZONES - 1;
		m = is_wild(h, i) ? h->clock.wild : h->clock.fixed;
		for (m++; m < next && m < h->windows[z].first +
					      (int64_t)h->windows[z].count;
		     m++)
			if (h->fires[z][i][m - h->windows[z].first])
				next = m;
	}
	return next;
}

/* Nobody looked for a while, nor knows when that began. What it knows is what
 * was run, and that nothing was due before some minute. */
static void
look_again(struct history *h)
{
	struct reference_clock *c = &h->clock;
	int64_t now = h->wall / 60, empty = slow_next(h) - 1;

	if (empty > now)
		empty = now;
	if (c->wild < empty)
		c->wild = empty;
	if (c->fixed < empty)
		c->fixed = empty;
	c->wall = (c->wild < c->fixed ? c->wild : c->fixed) * 60;
	look(h, 0);
}

/* As if all had been run; but fixed times still wait for a clock set back. */
static void
look_anew(struct history *h)
{
	struct reference_clock *c = &h->clock;

	c->wild = h->wall / 60;
	if (c->fixed < c->wild)
		c->fixed = c->wild;
	c->wall = c->wild * 60;
	look(h, 0);
}

/* ---- what happens ---- */

static int64_t
some_size(struct history *h)
{
	static const int64_t sizes[] = {1, 5, 59, 60, 61, 119, 120, 299, 300,
	    359, 360, 361, 600, 3600, 7200, 10740, 10800, 10860, 10920, 20000};
	int64_t size = sizes[reference_between(h->seed, 0,
	    (int64_t)(sizeof sizes / sizeof sizes[0]) - 1)];

	return reference_between(h->seed, 0, 1) == 0
		   ? size
		   : reference_between(h->seed, 1, size);
}

/* Back towards the middle, if it is at an edge of what the windows know. */
static int64_t
some_step(struct history *h)
{
	int64_t first = (h->windows[0].first + MARGIN) * 60;
	int64_t end =
	    (h->windows[0].first + (int64_t)h->windows[0].count - MARGIN) * 60;
	int64_t size = some_size(h);

	if (h->wall - 40000 < first)
		return size;
	if (h->wall + 40000 > end)
		return -size;
	return reference_between(h->seed, 0, 1) == 0 ? size : -size;
}

static void
set_clock(struct history *h, int64_t by)
{
	h->wall += by;
	look(h, 0);
	wake(h); /* the kernel cancels the timer */
}

/* Seconds in which nothing of ours runs; the slow one looks on. */
static void
away(struct history *h, int64_t secs)
{
	for (; secs > 0; secs--) {
		h->wall++;
		h->mono++;
		look(h, 1);
	}
}

/* Stopped in order, and started again after some time. */
static void
restart(struct history *h)
{
	int64_t secs = some_size(h);

	wake(h); /* it is stopped between two minutes' work */
	simulated_stop(&h->crond, h->wall);
	if (secs <= CLEAN_SECS) {
		away(h, secs);
	} else {
		h->wall += secs;
		h->mono += secs;
		look_anew(h);
	}
	start(h);
}

/* What the clock does while nobody looks. */
static int64_t
some_gap(struct history *h)
{
	int64_t by = some_step(h);

	/* How many of the empty minutes it had reached nobody knows. */
	return h->sparse && by < 0 ? -by : by;
}

/* The clock is set meanwhile, back by more than a minute. */
static void
restart_set(struct history *h)
{
	int64_t by = some_gap(h);

	wake(h);
	simulated_stop(&h->crond, h->wall);
	h->wall += by < 0 ? by - 60 : by;
	if (by < 0)
		look_again(h);
	else if (by <= CLEAN_SECS)
		look(h, 0);
	else
		look_anew(h);
	start(h);
}

/* Killed at any moment: what it has done is on disk; the time until the next
 * start counts as a step. */
static void
crash(struct history *h)
{
	wake(h);
	simulated_kill(&h->crond);
	h->wall += some_gap(h);
	look_again(h);
	start(h);
}

/* The next wakes are killed when they have started some of what is due. */
static void
will_be_killed(struct history *h)
{
	wake(h);
	h->crond.lives_on = (int)reference_between(h->seed, 0, ENTRIES);
}

/* One that lives follows within five minutes, so that all must be made up. */
static void
back_soon(struct history *h)
{
	int lives = (int)reference_between(h->seed, 0, 3);

	do {
		simulated_kill(&h->crond);
		away(h, reference_between(h->seed, 0, 60));
		h->crond.lives_on =
		    lives-- > 0 ? (int)reference_between(h->seed, 0, 9) : -1;
	} while (!simulated_start(&h->crond, h->wall, h->mono));
	h->crond.lives_on = -1;
}

/* Before a second in which it may be killed. */
static void
remember(struct history *h)
{
	size_t i;

	h->before.clock = h->clock;
	for (i = 0; i < ENTRIES; i++) {
		h->before.fast[i] = h->fast[i].count;
		h->before.slow[i] = h->slow[i].count;
	}
}

/* The slow one has run this minute, of which the fast one has begun some: all
 * else of it is still to be run. True: some was begun. */
static bool
undo_minute(struct history *h)
{
	int64_t minute = h->wall / 60;
	bool some = false;
	size_t i;

	h->clock = h->before.clock;
	for (i = 0; i < ENTRIES; i++)
		if (h->fast[i].count > h->before.fast[i]) {
			dues_add(&h->begun[i], minute);
			some = true;
		} else {
			h->slow[i].count = h->before.slow[i];
		}
	if (some && minute > h->begun_through)
		h->begun_through = minute;
	return some;
}

/* Killed amid the starts of a minute, and the clock is set before the next one
 * lives: the minute may be still to come. */
static void
killed_and_set(struct history *h)
{
	bool some = undo_minute(h);
	int64_t by = reference_between(h->seed, 0, 1) == 0
			 ? -reference_between(h->seed, 1, 150)
			 : some_step(h);

	simulated_kill(&h->crond);
	/* Without a start nobody knows that it had come to that minute. */
	h->wall += h->sparse && !some && by < 0 ? -by : by;
	look_again(h);
	start(h);
}

static void
killed(struct history *h)
{
	if (reference_between(h->seed, 0, 1) == 0) {
		back_soon(h);
	} else {
		h->events[KILLED_AND_SET]++;
		killed_and_set(h);
	}
}

/* /etc/localtime is another one now. */
static void
change_zone(struct history *h)
{
	wake(h);
	h->system = 1 - h->system;
	simulated_rezone(&h->crond);
}

static void
something_happens(struct history *h)
{
	int64_t what = reference_between(h->seed, 0, EVENTS - 2);

	h->events[what]++;
	switch (what) {
	case 0:
	case 1:
		set_clock(h, some_step(h));
		break;
	case 2: /* corrected in many small steps */
		set_clock(h, reference_between(h->seed, -2, 2));
		break;
	case 3: /* suspended */
		set_clock(h, some_size(h));
		break;
	case 4:
		h->late = reference_between(h->seed, 1, 400);
		break;
	case 5:
		restart(h);
		break;
	case 6:
		crash(h);
		break;
	case 7:
		restart_set(h);
		break;
	case 8:
		will_be_killed(h);
		break;
	default:
		change_zone(h);
	}
}

/* ---- a history ---- */

/* A minute some days before the which-th change of offset after a random one.
 */
static int64_t
near_change(struct history *h, int which, int days)
{
	int64_t at = reference_between(h->seed, 1600000000, 2000000000);
	struct zone *z = zoneinfo_take(h->tz[0], at, NULL);

	assert_non_null(z);
	if (z->count > (size_t)which + 1)
		at = z->spans[which + 1].from_at;
	zone_free(z);
	return minute_of(at).n - reference_between(h->seed, 1, days) * 720;
}

static void
set_up(struct history *h, int which, int days)
{
	size_t count = (size_t)days * 1440 + 2 * (size_t)MARGIN, z, i;
	int64_t first = near_change(h, which, days) - MARGIN;

	h->sparse = which % 2 == 1;
	make_table(h);
	for (z = 0; z < ZONES; z++) {
		reference_window_init(&h->windows[z], h->tz[z], first, count);
		unsetenv("TZ");
		h->zones[z] = zoneinfo_take(h->tz[z], first * 60, NULL);
		assert_non_null(h->zones[z]);
		for (i = 0; i < ENTRIES; i++) {
			if ((i < ENTRIES / 2) == (z == ZONES - 1))
				continue;
			h->fires[z][i] = calloc(count, sizeof(bool));
			assert_non_null(h->fires[z][i]);
			reference_fires(&h->windows[z],
			    &h->table->entries[i].when, h->fires[z][i]);
		}
	}
	h->wall = (first + MARGIN) * 60 + reference_between(h->seed, 0, 59);
	h->mono = 1000;
	h->crond.table = h->table;
	h->crond.zone_of = zone_of;
	h->crond.run = fast_run;
	h->crond.context = h;
}

static void
tear_down(struct history *h)
{
	size_t z, i;

	simulated_clear(&h->crond);
	table_unref(h->table);
	for (z = 0; z < ZONES; z++) {
		reference_window_clear(&h->windows[z]);
		zone_free(h->zones[z]);
		for (i = 0; i < ENTRIES; i++)
			free(h->fires[z][i]);
	}
	for (i = 0; i < ENTRIES; i++) {
		free(h->fast[i].list);
		free(h->slow[i].list);
		free(h->begun[i].list);
	}
}

static void
compare(const struct history *h)
{
	size_t i, j;

	for (i = 0; i < ENTRIES; i++) {
		const struct dues *fast = &h->fast[i], *slow = &h->slow[i];

		for (j = 0; j < fast->count && j < slow->count; j++)
			if (fast->list[j] != slow->list[j])
				fail_msg("%s: entry %zu, run %zu: for minute "
					 "%lld, not %lld",
				    h->tz[0], i, j, (long long)fast->list[j],
				    (long long)slow->list[j]);
		if (fast->count != slow->count)
			fail_msg("%s: entry %zu: %zu runs, not %zu", h->tz[0],
			    i, fast->count, slow->count);
	}
}

static size_t
live(struct history *h, int days)
{
	int64_t left = (int64_t)days * 86400;
	size_t runs = 0, i;

	look(h, 0);
	start(h);
	for (; left > 0; left--) {
		h->wall++;
		h->mono++;
		if (h->crond.lives_on >= 0)
			remember(h);
		look(h, 1);
		if (h->late > 0)
			h->late--;
		else if (h->wall >= h->crond.armed &&
			 !simulated_wake(&h->crond, h->wall, h->mono))
			killed(h);
		/* Calm days and wild hours. */
		if (h->late == 0 && h->crond.lives_on < 0 &&
		    reference_between(h->seed, 0,
			left / 43200 % 2 ? 900 : 40000) == 0 &&
		    h->wall + 60000 <
			(h->windows[0].first + (int64_t)h->windows[0].count -
			    MARGIN / 2) *
			    60)
			something_happens(h);
		if (h->wall >= (h->windows[0].first +
				   (int64_t)h->windows[0].count - MARGIN / 2) *
				   60)
			break;
	}
	wake(h);
	compare(h);
	for (i = 0; i < ENTRIES; i++)
		runs += h->fast[i].count;
	return runs;
}

static int
number(const char *name, int usual)
{
	const char *given = getenv(name);

	return given != NULL ? atoi(given) : usual;
}

static void
test_lives(void **state)
{
	uint64_t seed = reference_seed();
	int days = number("DAYS", 8), count = number("HISTORIES", 4), n;
	unsigned events[EVENTS] = {0};
	size_t zone, runs = 0, i;

	(void)state;
	for (zone = 0; zone < NAMES; zone++)
		for (n = 0; n < count; n++) {
			struct history *h = calloc(1, sizeof *h);

			assert_non_null(h);
			h->seed = &seed;
			h->tz[0] = names[zone];
			for (i = 1; i < ZONES; i++)
				h->tz[i] = names[reference_between(&seed, 0,
				    NAMES - 1)];
			set_up(h, n, days);
			runs += live(h, days);
			for (i = 0; i < EVENTS; i++)
				events[i] += h->events[i];
			tear_down(h);
			free(h);
		}
	printf("%zu runs in %.1f years: %u steps, %u small ones, %u suspends, "
	       "%u late loops, %u restarts, %u with the clock set, %u "
	       "crashes, %u amid starts, %u of them with the clock set, %u "
	       "changes of zone\n",
	    runs, (double)NAMES * count * days / 365.25, events[0] + events[1],
	    events[2], events[3], events[4], events[5], events[7], events[6],
	    events[8], events[KILLED_AND_SET], events[9]);
	assert_true(runs > 0 && events[6] > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lives),
	};

	return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
