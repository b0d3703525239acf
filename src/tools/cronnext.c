/*
 * cronnext: when will crond run what? Reads tables as the daemon does (the same
 * grammar, the same checks of files) and asks the daemon's own next_fire, so
 * that what it prints is what will happen. Options and output are cronie's
 * (COMPAT.md 2.3): on stdout what scripts read, all prose on stderr.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/next_fire.h"
#include "core/printable.h"
#include "core/random.h"
#include "sys/host.h"
#include "sys/zoneinfo.h"
#include "tools/cronnext.h"

/* ---- the search ---- */

static const struct zone *
zone_named(struct cronnext *c, const char *name)
{
	struct zone **zones;
	char text[512];
	bool known;
	size_t i;

	for (i = 0; i < c->zone_count; i++)
		if (strcmp(c->zones[i]->name, name) == 0)
			return c->zones[i];
	zones = reallocarray(c->zones, i + 1, sizeof(struct zone *));
	if (zones == NULL)
		cronnext_die("time zones");
	c->zones = zones;
	zones[i] = zoneinfo_take(name, c->start_at, &known);
	if (zones[i] == NULL)
		cronnext_die("time zones");
	if (!known)
		(void)fprintf(stderr, "unknown time zone %s, UTC is used\n",
		    printable_string(text, sizeof text, name));
	c->zone_count++;
	return zones[i];
}

static bool
listed(const char *name, const char *list)
{
	size_t len = strlen(name), part;

	for (;;) {
		part = strcspn(list, ",");
		if (part == len && memcmp(list, name, len) == 0)
			return true;
		if (list[part] == '\0')
			return false;
		list += part + 1;
	}
}

static bool
wanted(const struct cronnext *c, const struct subject *s)
{
	if (s->system && !c->system)
		return false;
	if (c->include != NULL && !listed(s->name, c->include))
		return false;
	return c->exclude == NULL || !listed(s->name, c->exclude);
}

struct search {
	int64_t start_at, end_at; /* both count */
	bool print, every;
	const char *indent;
	int64_t closest_at; /* -1: none */
};

static void
search_entry(struct cronnext *c, const struct subject *s, const struct entry *e,
    struct search *f)
{
	const struct zone *zone;
	struct minute at;

	if (c->command != NULL &&
	    strstr(entry_command(s->table, e), c->command) == NULL)
		return;
	zone = zone_named(c, entry_zone(s->table, e));
	at = minute_plus(minute_of(f->start_at), -1);
	for (;;) {
		at = next_fire(&e->when, zone, at);
		if (at.n > minute_of(f->end_at).n)
			return;
		if (f->closest_at < 0 || minute_at(at) < f->closest_at)
			f->closest_at = minute_at(at);
		if (f->print)
			cronnext_print_entry(s, e, f->indent, minute_at(at));
		if (!f->every)
			return;
	}
}

static void
search(struct cronnext *c, struct search *f, bool tables)
{
	uint32_t i;
	size_t j;

	f->closest_at = -1;
	for (j = 0; j < c->count; j++) {
		const struct subject *s = &c->subjects[j];

		if (!wanted(c, s))
			continue;
		if (tables)
			cronnext_print_table(s);
		for (i = 0; i < s->table->entry_count; i++)
			search_entry(c, s, &s->table->entries[i], f);
	}
}

/* The exit status. */
static int
answer(struct cronnext *c)
{
	struct search f = {
	    .start_at = c->start_at,
	    .end_at = c->end_at,
	    .print = c->list_tables || c->list_all,
	    .every = c->list_all,
	    .indent = c->list_tables ? "    " : "",
	};

	if (c->list_tables)
		(void)printf("crontabs:\n");
	else if (c->list_all)
		(void)printf("jobs:\n");
	search(c, &f, c->list_tables);
	if (f.closest_at < 0)
		return EXIT_FAILURE;
	(void)printf("next: %" PRId64 "\n", f.closest_at);
	if (c->list_next) {
		(void)printf("nextjobs:\n");
		f = (struct search){
		    .start_at = f.closest_at,
		    .end_at = f.closest_at,
		    .print = true,
		    .indent = "",
		};
		search(c, &f, false);
	}
	return EXIT_SUCCESS;
}

/* ---- the run ---- */

static void
cronnext_clear(struct cronnext *c)
{
	while (c->count > 0) {
		c->count--;
		table_unref(c->subjects[c->count].table);
		free(c->subjects[c->count].name);
	}
	free(c->subjects);
	while (c->zone_count > 0)
		zone_free(c->zones[--c->zone_count]);
	free(c->zones);
	paths_clear(&c->paths);
}

int
main(int argc, char **argv)
{
	struct cronnext c = {
	    .personality = personality_find(NULL),
	    .root = "",
	    .system = true,
	    .start_at = ((int64_t)time(NULL) + 59) / 60 * 60,
	};
	const char *delay = getenv("RANDOM_DELAY");
	struct host host;
	int status;

	cronnext_read_options(&c, argc, argv);
	if (paths_init(&c.paths, c.personality, c.root, false) != 0)
		cronnext_die("paths");
	host_init(&host, c.paths.root);
	/* the one variable of crond's own that reaches schedules */
	if (delay != NULL)
		c.inherited[0] = delay - strlen("RANDOM_DELAY=");
	c.source = (struct table_source){
	    .personality = c.personality,
	    .host_seed = host.seed,
	    .delay_percent = random_delay_percent(host.seed),
	    .inherited = c.inherited,
	};
	if (c.list_tables)
		(void)printf("spool: %s\n", c.paths.spool_dir);
	cronnext_read_tables(&c, argv + optind);
	status = answer(&c);
	cronnext_clear(&c);
	if (fflush(stdout) != 0 || ferror(stdout))
		cronnext_die("standard output");
	return status;
}
