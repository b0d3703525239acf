/*
 * The minutes at which cronie's own scheduler fired the entries of 92 tables,
 * over the clock changes of 14 zones (data/fires.jsonl): once with each zone as
 * the system's, by next_fire alone; once with a CRON_TZ line under another
 * system zone, by the agenda. The same minutes must come out. The zones are
 * those of data/zoneinfo, tzdata 2025b by zic -b slim: the machine's own may be
 * newer (musl knows no TZDIR and reads those).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/agenda.h"
#include "core/next_fire.h"
#include "core/table.h"
#include "sys/zoneinfo.h"

enum { JOBS_MAX = 100 };

struct fires {
	int64_t *list;
	size_t count, room;
};

struct oracle {
	char id[16], tz[64];
	int64_t start, end;
	char table[8192];
	struct fires jobs[JOBS_MAX]; /* of command "jobN" */
};

static void
fires_add(struct fires *f, int64_t minute)
{
	if (f->count == f->room) {
		f->room = f->room == 0 ? 64 : f->room * 2;
		f->list = reallocarray(f->list, f->room, sizeof *f->list);
		assert_non_null(f->list);
	}
	f->list[f->count++] = minute;
}

/* ---- as much JSON as the file has ---- */

static const char *
find_key(const char *line, const char *key)
{
	char quoted[32];
	const char *at;

	snprintf(quoted, sizeof quoted, "\"%s\":", key);
	at = strstr(line, quoted);
	assert_non_null(at);
	return at + strlen(quoted);
}

static void
read_string(const char *at, char *out, size_t size)
{
	size_t n = 0;

	assert_true(*at++ == '"');
	for (; *at != '"'; at++) {
		assert_true(n + 1 < size);
		if (*at != '\\') {
			out[n++] = *at;
			continue;
		}
		switch (*++at) {
		case 'n':
			out[n++] = '\n';
			break;
		case 't':
			out[n++] = '\t';
			break;
		default:
			assert_non_null(strchr("\"\\/", *at));
			out[n++] = *at;
		}
	}
	out[n] = '\0';
}

static int64_t
read_int(const char **at)
{
	char *end;
	int64_t n = strtoll(*at, &end, 10);

	assert_true(end != *at);
	*at = end;
	return n;
}

/* [first, difference, [difference, times], ...] */
static const char *
read_fires(const char *at, struct fires *f)
{
	int64_t minute = 0, difference, times;

	assert_true(*at == '[');
	while (*at != ']') {
		at++;
		times = 1;
		if (*at == '[') {
			at++;
			difference = read_int(&at);
			assert_true(*at++ == ',');
			times = read_int(&at);
			assert_true(*at++ == ']');
		} else {
			difference = read_int(&at);
		}
		while (times-- > 0)
			fires_add(f, minute += difference);
	}
	return at + 1;
}

static void
read_oracle(const char *line, struct oracle *o)
{
	const char *at;

	memset(o, 0, sizeof *o);
	read_string(find_key(line, "id"), o->id, sizeof o->id);
	read_string(find_key(line, "tz"), o->tz, sizeof o->tz);
	read_string(find_key(line, "table"), o->table, sizeof o->table);
	at = find_key(line, "start");
	o->start = read_int(&at);
	at = find_key(line, "end");
	o->end = read_int(&at);
	at = find_key(line, "fires");
	assert_true(*at == '{');
	while (*at != '}' && *++at != '}') {
		int64_t job;

		assert_memory_equal(at, "\"job", 4);
		at += 4;
		job = read_int(&at);
		assert_in_range(job, 0, JOBS_MAX - 1);
		assert_memory_equal(at, "\":", 2);
		at = read_fires(at + 2, &o->jobs[job]);
	}
}

static void
oracle_clear(struct oracle *o)
{
	size_t i;

	for (i = 0; i < JOBS_MAX; i++)
		free(o->jobs[i].list);
}

/* ---- the same by evcron ---- */

static struct table *
parse(const char *bytes)
{
	static const char *const inherited[] = {NULL};
	const struct table_source source = {
	    .personality = personality_find("redhat"),
	    .kind = TABLE_USER,
	    .name = "root",
	    .path = "oracle",
	    .user = "root",
	    .inherited = inherited,
	};
	struct faults faults;
	struct table *t;

	faults_init(&faults);
	assert_int_equal(table_parse(&source, bytes, strlen(bytes),
			     memory_heap(), &faults, &t),
	    TABLE_GOOD);
	faults_clear(&faults);
	return t;
}

static size_t
job_of(const struct table *t, const struct entry *e)
{
	unsigned job;

	assert_int_equal(sscanf(t->text + e->command, "job%u", &job), 1);
	assert_true(job < JOBS_MAX);
	return job;
}

static void
compare(const struct oracle *o, const struct fires *ours)
{
	size_t job, i;

	for (job = 0; job < JOBS_MAX; job++) {
		const struct fires *a = &o->jobs[job], *b = &ours[job];

		for (i = 0; i < a->count || i < b->count; i++)
			if (i == a->count || i == b->count ||
			    a->list[i] != b->list[i])
				fail_msg("%s job%zu, run %zu: %lld, not %lld",
				    o->id, job, i,
				    i < b->count ? (long long)b->list[i] : -1,
				    i < a->count ? (long long)a->list[i] : -1);
	}
}

static size_t
clear_fires(struct fires *f)
{
	size_t i, count = 0;

	for (i = 0; i < JOBS_MAX; i++) {
		count += f[i].count;
		free(f[i].list);
	}
	return count;
}

/* The oracle's zone is the system's, each entry by itself. */
static size_t
by_next_fire(const struct oracle *o)
{
	struct fires ours[JOBS_MAX] = {0};
	struct table *t = parse(o->table);
	struct zone *z;
	struct minute at;
	uint32_t i;

	setenv("TZ", o->tz, 1);
	z = zoneinfo_take("", o->start, NULL);
	assert_non_null(z);
	for (i = 0; i < t->entry_count; i++) {
		struct entry *e = &t->entries[i];

		at = minute_of(o->start);
		while ((at = next_fire(&e->when, z, at)).n < o->end / 60)
			fires_add(&ours[job_of(t, e)], at.n);
	}
	compare(o, ours);
	zone_free(z);
	table_unref(t);
	return clear_fires(ours);
}

struct two_zones {
	const char *tz;
	struct zone *theirs, *system;
};

static const struct zone *
zone_named(void *context, const char *name)
{
	const struct two_zones *z = context;

	if (*name == '\0')
		return z->system;
	assert_string_equal(name, z->tz);
	return z->theirs;
}

static const struct hash_key key = {{1, 2}};

/* CRON_TZ before the table, another zone around it, all of it by the agenda. */
static size_t
by_agenda(const struct oracle *o)
{
	struct fires ours[JOBS_MAX] = {0};
	struct clock_step_done done = {minute_of(o->start),
	    minute_of(o->start)};
	struct two_zones zones = {.tz = o->tz};
	struct entry *const *list;
	struct agenda *a;
	struct minute due;
	struct table *t;
	size_t count, i;
	char text[9000];

	setenv("TZ", "Pacific/Chatham", 1);
	zones.system = zoneinfo_take("", o->start, NULL);
	zones.theirs = zoneinfo_take(o->tz, o->start, NULL);
	snprintf(text, sizeof text, "CRON_TZ=%s\n%s", o->tz, o->table);
	t = parse(text);
	a = agenda_new(&done, zone_named, &zones, &key);
	assert_non_null(a);
	assert_int_equal(agenda_add(a, t), 0);
	while ((count = agenda_pop(a, minute_of(o->end - 60), &due, &list)) > 0)
		for (i = 0; i < count; i++)
			fires_add(&ours[job_of(t, list[i])], due.n);
	compare(o, ours);
	agenda_free(a);
	table_unref(t);
	zone_free(zones.system);
	zone_free(zones.theirs);
	return clear_fires(ours);
}

/* tests/data/NAME; the caller frees it. */
static char *
data_path(const char *name)
{
	const char *srcdir = getenv("srcdir");
	char path[4096], *found;

	snprintf(path, sizeof path, "%s/tests/data/%s",
	    srcdir != NULL ? srcdir : ".", name);
	found = realpath(path, NULL);
	if (found == NULL)
		fail_msg("%s: no such file", path);
	return found;
}

static int
use_our_zones(void **state)
{
	char *dir = data_path("zoneinfo");

	(void)state;
	setenv("TZDIR", dir, 1);
	free(dir);
	return zoneinfo_is_file("Asia/Gaza") ? 0 : -1;
}

static void
all(size_t (*run)(const struct oracle *))
{
	char *path = data_path("fires.jsonl"), *line = NULL;
	size_t tables = 0, fires = 0, size = 0;
	FILE *f = fopen(path, "re");

	free(path);
	assert_non_null(f);
	while (getline(&line, &size, f) > 0) {
		struct oracle *o = malloc(sizeof *o);

		assert_non_null(o);
		read_oracle(line, o);
		fires += run(o);
		tables++;
		oracle_clear(o);
		free(o);
	}
	free(line);
	fclose(f);
	assert_int_equal(tables, 92);
	assert_int_equal(fires, 280334);
}

static void
test_system_zone(void **state)
{
	(void)state;
	all(by_next_fire);
}

static void
test_cron_tz(void **state)
{
	(void)state;
	all(by_agenda);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_system_zone),
	    cmocka_unit_test(test_cron_tz),
	};

	return cmocka_run_group_tests_name("fires_oracle", tests, use_our_zones,
	    NULL);
}
