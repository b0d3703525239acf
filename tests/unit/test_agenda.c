/* The agenda: what is due, in order; groups, zones, tables coming and going. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/agenda.h"
#include "core/next_fire.h"
#include "reference.h"

enum { MANY = 1000000 };

/* The start: minute 0 of a day in UTC. */
#define START INT64_C(28800000)

static const char *const inherited[] = {NULL};

static struct table *
parse(enum table_kind kind, const char *name, const char *bytes)
{
	struct table_source source = {
	    .personality = personality_find("redhat"),
	    .kind = kind,
	    .name = name,
	    .path = name,
	    .user = "root",
	    .inherited = inherited,
	};
	struct faults faults;
	struct table *t;

	faults_init(&faults);
	assert_int_equal(table_parse(&source, bytes, strlen(bytes),
			     memory_heap(), &faults, &t),
	    TABLE_GOOD);
	assert_int_equal(faults.count, 0);
	faults_clear(&faults);
	return t;
}

static const struct hash_key key = {{1, 2}};

/* Zones "A" (UTC), "B" (an hour ahead) and the system's; asked counts. */
struct zones {
	struct zone *a, *b;
	int asked, unused;
	bool lacking; /* B can't be had */
};

static const struct zone *
zone_named(void *context, const char *name)
{
	struct zones *z = context;

	z->asked++;
	if (strcmp(name, "B") == 0)
		return z->lacking ? NULL : z->b;
	return z->a;
}

static void
zone_unused(void *context, const char *name)
{
	struct zones *z = context;

	z->unused += strcmp(name, "B") == 0;
}

static struct zones zones;

static int
setup(void **state)
{
	static const struct zone_span a = {.from_at = 0};
	static const struct zone_span b = {.offset_secs = 3600};

	(void)state;
	zones.a = zone_new("A", &a, 1, (START + 30000000) * 60);
	zones.b = zone_new("B", &b, 1, (START + 30000000) * 60);
	return zones.a == NULL || zones.b == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	zone_free(zones.a);
	zone_free(zones.b);
	return 0;
}

static struct agenda *
new_agenda(int64_t wild, int64_t fixed)
{
	struct clock_step_done done = {{START + wild}, {START + fixed}};
	struct agenda *a = agenda_new(&done, zone_named, &zones, &key);

	assert_non_null(a);
	zones.asked = 0;
	return a;
}

/* What the next pop gives, as "MINUTE command command ...". */
static const char *
pop(struct agenda *a, int64_t through)
{
	static char text[512];
	struct entry *const *list;
	struct minute due;
	size_t count, i, n;

	count = agenda_pop(a, (struct minute){START + through}, &due, &list);
	if (count == 0)
		return "nothing";
	n = (size_t)snprintf(text, sizeof text, "%d", (int)(due.n - START));
	for (i = 0; i < count; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " %s",
		    entry_table(list[i])->text + list[i]->command);
	return text;
}

static void
test_order(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct table *user = parse(TABLE_USER, "joe",
	    "1 * * * * u1\n2 * * * * u2\n1 * * * * u3\n"
	    "CRON_TZ=B\n1 1 * * * u4\n");
	struct table *z = parse(TABLE_DROPIN, "z", "1 * * * * root z1\n");
	struct table *b = parse(TABLE_DROPIN, "b", "1 * * * * root b1\n");
	struct table *sys =
	    parse(TABLE_SYSTEM, "", "@reboot root s0\n1 0 * * * root s1\n");
	struct entry *const *list;

	(void)state;
	assert_true(minute_is_never(agenda_next(a)));
	assert_string_equal(pop(a, 0), "nothing");
	assert_int_equal(agenda_add(a, user), 0);
	assert_int_equal(agenda_add(a, z), 0);
	assert_int_equal(agenda_add(a, b), 0);
	assert_int_equal(agenda_add(a, sys), 0);
	assert_int_equal(agenda_entries(a), 8);
	/* 1 *, 2 *, 1 0, and 1 1 in B */
	assert_int_equal(agenda_groups(a), 4);
	assert_int_equal(zones.asked, 2);
	table_unref(user);
	table_unref(z);
	table_unref(b);
	assert_int_equal(agenda_next(a).n, START + 1);
	assert_string_equal(pop(a, 0), "nothing");
	assert_string_equal(pop(a, 5), "1 s1 b1 z1 u1 u3 u4");
	assert_string_equal(pop(a, 5), "2 u2");
	assert_string_equal(pop(a, 5), "nothing");
	assert_int_equal(agenda_done(a).wild.n, START + 5);
	assert_int_equal(agenda_done(a).fixed.n, START + 5);
	assert_int_equal(agenda_reboots(a, &list), 1);
	assert_ptr_equal(list[0], &sys->entries[0]);
	agenda_remove(a, sys);
	assert_int_equal(sys->refs, 1);
	table_unref(sys);
	assert_int_equal(agenda_reboots(a, &list), 0);
	assert_int_equal(agenda_entries(a), 6);
	assert_int_equal(agenda_groups(a), 3);
	assert_string_equal(pop(a, 61), "61 b1 z1 u1 u3");
	agenda_free(a);
}

/* Wildcard and fixed-time entries each have their own "done". */
static void
test_rebase(void **state)
{
	struct agenda *a = new_agenda(10, 10);
	struct clock_step_done done = {{START + 3}, {START + 12}};
	struct table *t =
	    parse(TABLE_USER, "joe", "* * * * * w\n0-59 0-23 * * * f\n");

	(void)state;
	assert_int_equal(agenda_add(a, t), 0);
	table_unref(t);
	assert_string_equal(pop(a, 11), "11 w f");
	agenda_rebase(a, &done);
	assert_int_equal(zones.asked, 2);
	assert_string_equal(pop(a, 20), "4 w");
	/* what is done never goes back by itself */
	assert_int_equal(agenda_done(a).fixed.n, START + 12);
	while (agenda_next(a).n < START + 13)
		pop(a, 20);
	assert_string_equal(pop(a, 20), "13 w f");
	/* nothing is lost by passing over it */
	agenda_pass(a, (struct minute){START + 99});
	assert_int_equal(agenda_done(a).wild.n, START + 13);
	assert_string_equal(pop(a, 20), "14 w f");
	agenda_free(a);
}

struct add_context {
	struct agenda *a;
	int calls;
};

static void
before_add(void *context)
{
	struct add_context *c = context;

	c->calls++;
	agenda_pass(c->a, (struct minute){START + 30});
}

/* A table that comes after a long sleep is not due for what is past. */
static void
test_add_late(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct add_context c = {.a = a};
	struct table *t = parse(TABLE_USER, "joe", "20,40 * * * * j\n");
	struct table *empty = parse(TABLE_USER, "jim", "A=b\n");

	(void)state;
	agenda_on_add(a, before_add, &c);
	assert_int_equal(agenda_add(a, empty), 0);
	assert_int_equal(agenda_add(a, t), 0);
	assert_true(c.calls >= 1);
	assert_string_equal(pop(a, 100), "40 j");
	agenda_remove(a, empty);
	table_unref(empty);
	table_unref(t);
	agenda_free(a);
}

/* Tables come and go at random; what is due is what next_fire says of each
 * entry alone. */
static void
test_random(void **state)
{
	uint64_t seed = reference_seed();
	struct agenda *a = new_agenda(0, 0);
	struct table *tables[12] = {NULL};
	struct entry *const *list;
	struct minute due, now = {START};
	size_t count, expected, i;
	uint32_t j;
	int n;

	(void)state;
	for (n = 0; n < 3000; n++) {
		i = (size_t)reference_between(&seed, 0, 11);
		if (tables[i] != NULL) {
			agenda_remove(a, tables[i]);
			table_unref(tables[i]);
			tables[i] = NULL;
		} else {
			char text[512], *at = text, name[8];

			for (j = 0; j < 6; j++)
				at += sprintf(at, "%s%d-%d %d-%d * * * c\n",
				    reference_between(&seed, 0, 1)
					? "CRON_TZ=B\n"
					: "",
				    (int)reference_between(&seed, 0, 30),
				    (int)reference_between(&seed, 30, 31),
				    (int)reference_between(&seed, 0, 4),
				    (int)reference_between(&seed, 20, 23));
			snprintf(name, sizeof name, "%c", (int)('a' + i));
			tables[i] = parse(TABLE_USER, name, text);
			assert_int_equal(agenda_add(a, tables[i]), 0);
		}
		count = agenda_pop(a, minute_plus(now, 3), &due, &list);
		if (count == 0)
			due = minute_plus(now, 3);
		expected = 0;
		for (i = 0; i < 12; i++)
			for (j = 0;
			     tables[i] != NULL && j < tables[i]->entry_count;
			     j++) {
				struct entry *e = &tables[i]->entries[j];
				const struct zone *z = zone_named(&zones,
				    entry_zone(tables[i], e));
				struct minute at =
				    next_fire(entry_when(tables[i], e), z, now);

				assert_true(at.n >= due.n || count == 0);
				if (count > 0 && at.n == due.n) {
					assert_true(expected < count);
					assert_ptr_equal(list[expected++], e);
				} else if (count == 0) {
					assert_true(at.n > due.n);
				}
			}
		assert_int_equal(expected, count);
		now = due;
	}
	for (i = 0; i < 12; i++)
		if (tables[i] != NULL)
			table_unref(tables[i]);
	agenda_free(a);
}

/* On an agenda an entry's schedule is its group's; off it, its own again. */
static void
test_when(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct table *t = parse(TABLE_USER, "joe",
	    "1 * * * * a\n@reboot b\n1 * * * * c\n"
	    "RANDOM_DELAY=7\n2 3 4 5 * d\n");
	struct schedule before[4];
	size_t i, times;

	(void)state;
	for (i = 0; i < 4; i++)
		before[i] = t->entries[i].when;
	for (times = 0; times < 2; times++) {
		assert_int_equal(agenda_add(a, t), 0);
		for (i = 0; i < 4; i++)
			assert_memory_equal(entry_when(t, &t->entries[i]),
			    &before[i], sizeof before[i]);
		agenda_remove(a, t);
		for (i = 0; i < 4; i++) {
			assert_ptr_equal(entry_when(t, &t->entries[i]),
			    &t->entries[i].when);
			assert_memory_equal(&t->entries[i].when, &before[i],
			    sizeof before[i]);
		}
	}
	table_unref(t);
	agenda_free(a);
}

/* A million distinct schedules: all in one minute, then all gone. */
static void
test_million(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct entry *const *list;
	struct minute due;
	struct clock_step_done done = {{START + 30}, {START + 30}};
	struct table *t;
	size_t i, count;

	(void)state;
	t = calloc(1, sizeof *t + MANY * sizeof(struct entry) +
			  sizeof(struct entry_scope));
	assert_non_null(t);
	t->refs = 1;
	t->kind = TABLE_USER;
	t->name = "many";
	t->text = "";
	t->entry_count = MANY;
	for (i = 0; i < MANY; i++) {
		struct entry *e = &t->entries[i];

		e->index = (uint32_t)i;
		e->when.minutes = 1 | (i << 1 & ~(UINT64_C(1) << 60));
		e->when.hours = 0xffffff;
		e->when.doms = 0xfffffffe;
		e->when.months = 0x1ffe;
		e->when.dows = 0x7f;
	}
	assert_int_equal(agenda_add(a, t), 0);
	assert_int_equal(agenda_groups(a), MANY);
	/* odd numbers first; most others are left out, it takes a while */
	count = agenda_pop(a, (struct minute){START + 60}, &due, &list);
	assert_int_equal(due.n, START + 1);
	assert_int_equal(count, MANY / 2);
	agenda_rebase(a, &done);
	count = agenda_pop(a, (struct minute){START + 60}, &due, &list);
	assert_int_equal(due.n, START + 60);
	assert_int_equal(count, MANY);
	for (i = 1; i < count; i++)
		assert_true(list[i - 1] < list[i]);
	agenda_remove(a, t);
	assert_int_equal(agenda_groups(a), 0);
	assert_int_equal(agenda_entries(a), 0);
	agenda_free(a);
	free(t);
}

/* What a table has missed that should have been there: each kind of entries
 * from where it was, minute by minute, in the file's order, and no more than is
 * done. */
static void
test_owed(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct table *t = parse(TABLE_USER, "joe",
	    "@reboot r\n*/3 * * * * wild\n6 0 * * * fixed\n3 0 * * * early\n"
	    "11 0 * * * later\n");
	struct table *other = parse(TABLE_USER, "moe", "* * * * * no\n");
	const struct clock_step_done from = {{START + 3}, {START}};
	struct clock_step_done since = from;
	static const struct {
		int minute;
		const char *commands;
	} expected[] = {{3, " early"}, {6, " wild fixed"}, {9, " wild"}};
	struct entry *const *list;
	struct minute due;
	size_t count, i;

	(void)state;
	assert_int_equal(agenda_add(a, other), 0);
	while (agenda_pop(a, (struct minute){START + 10}, &due, &list) > 0)
		continue;
	assert_int_equal(agenda_add(a, t), 0);
	for (i = 0; i < sizeof expected / sizeof expected[0]; i++) {
		char text[64] = "";

		count = agenda_owed(a, t, &since, &due, &list);
		assert_int_equal(due.n - START, expected[i].minute);
		for (size_t n = 0; n < count; n++) {
			const char *command = t->text + list[n]->command;

			strcat(strcat(text, " "), command);
		}
		assert_string_equal(text, expected[i].commands);
	}
	assert_int_equal(agenda_owed(a, t, &since, &due, &list), 0);
	assert_int_equal(agenda_next(a).n, START + 11);
	table_unref(t);
	table_unref(other);
	agenda_free(a);
}

/* An entry whose zone can't be had is not due by another's, and is due again
 * once the zone can be had. */
static void
test_zone_lacking(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct clock_step_done since = {{START}, {START}}, done;
	struct table *t =
	    parse(TABLE_USER, "joe", "* * * * * a\nCRON_TZ=B\n* * * * * b\n");
	struct entry *const *list;
	struct minute due;

	(void)state;
	agenda_on_zone_unused(a, zone_unused, &zones);
	zones.lacking = true;
	zones.unused = 0;
	assert_int_equal(agenda_add(a, t), 0);
	assert_string_equal(pop(a, 5), "1 a");
	assert_string_equal(pop(a, 5), "2 a");
	assert_int_equal(agenda_owed(a, t, &since, &due, &list), 1);
	zones.lacking = false;
	done = agenda_done(a);
	agenda_rebase(a, &done);
	assert_string_equal(pop(a, 5), "3 a b");
	assert_int_equal(zones.unused, 0);
	agenda_remove(a, t);
	assert_int_equal(zones.unused, 1);
	table_unref(t);
	agenda_free(a);
}

/* More zones than there were buckets for. */
static void
test_many_zones(void **state)
{
	struct agenda *a = new_agenda(0, 0);
	struct table *tables[40];
	char text[2000], name[8];

	(void)state;
	for (int i = 0; i < 40; i++) {
		char *at = text;

		for (int z = 0; z < 30; z++)
			at += sprintf(at, "CRON_TZ=A%d\n* * * * * x\n",
			    i * 30 + z);
		sprintf(name, "t%d", i);
		tables[i] = parse(TABLE_USER, name, text);
		assert_int_equal(agenda_add(a, tables[i]), 0);
	}
	assert_int_equal(zones.asked, 1200);
	assert_int_equal(agenda_groups(a), 1200);
	for (int i = 0; i < 40; i++) {
		agenda_remove(a, tables[i]);
		table_unref(tables[i]);
	}
	assert_int_equal(agenda_groups(a), 0);
	agenda_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_owed),
	    cmocka_unit_test(test_rebase),
	    cmocka_unit_test(test_add_late),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_when),
	    cmocka_unit_test(test_zone_lacking),
	    cmocka_unit_test(test_many_zones),
	    cmocka_unit_test(test_million),
	};

	return cmocka_run_group_tests_name("agenda", tests, setup, teardown);
}
