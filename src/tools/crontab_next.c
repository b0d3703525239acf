/*
 * The next runs of what is new in a table. An entry is the old one's if its
 * schedule, zone, flags and command are: a line that only moved is not new.
 */
#include "tools/crontab_next.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/next_fire.h"
#include "core/printable.h"
#include "sys/fault_print.h"
#include "sys/zoneinfo.h"

/* More than fit on a screen help nobody. */
#define SHOWN_MAX   20
#define EXCERPT_MAX 60

/* An entry with the table that it is in. */
struct known {
	const struct table *table;
	const struct entry *entry;
};

static int
compare_known(const void *one, const void *other)
{
	const struct known *a = one, *b = other;
	int order =
	    memcmp(&a->entry->when, &b->entry->when, sizeof a->entry->when);

	if (order == 0) {
		unsigned a_flags = entry_scope(a->table, a->entry)->flags;
		unsigned b_flags = entry_scope(b->table, b->entry)->flags;

		order = (a_flags > b_flags) - (a_flags < b_flags);
	}
	if (order == 0)
		order = strcmp(entry_zone(a->table, a->entry),
		    entry_zone(b->table, b->entry));
	if (order == 0)
		order = strcmp(entry_command(a->table, a->entry),
		    entry_command(b->table, b->entry));
	return order;
}

/* All entries of a table, sorted; NULL for none. */
static struct known *
sort_known(const struct table *table)
{
	struct known *list;

	if (table == NULL || table->entry_count == 0)
		return NULL;
	list = calloc(table->entry_count, sizeof *list);
	if (list == NULL)
		return NULL;
	for (uint32_t i = 0; i < table->entry_count; i++) {
		list[i].table = table;
		list[i].entry = &table->entries[i];
	}
	qsort(list, table->entry_count, sizeof *list, compare_known);
	return list;
}

/* "Mon Nov 23 04:00:00 2026", or why there is no such time. */
static void
tell_time(char *out, size_t size, const struct table *table,
    const struct entry *entry, int64_t now_at)
{
	const char *name = entry_zone(table, entry);
	bool known = true;
	struct zone *zone;
	struct minute at;
	struct tm tm;
	time_t t;

	if (entry->when.flags & SCHEDULE_REBOOT) {
		(void)snprintf(out, size, "at the next boot");
		return;
	}
	zone = zoneinfo_take(name, now_at, &known);
	if (zone == NULL) {
		(void)snprintf(out, size, "(no memory)");
		return;
	}
	at = next_fire(&entry->when, zone, minute_of(now_at));
	zone_free(zone);
	t = minute_is_never(at) ? 0 : (time_t)minute_at(at);
	if (minute_is_never(at))
		(void)snprintf(out, size, "never");
	else if (localtime_r(&t, &tm) == NULL ||
		 strftime(out, size, "%a %b %e %H:%M:%S %Y", &tm) == 0)
		(void)snprintf(out, size, "@%lld", (long long)t);
}

static void
show_entry(FILE *out, const struct table *table, const struct entry *entry,
    const char *bytes, size_t size, int64_t now_at)
{
	char when[64], text[4 * EXCERPT_MAX + 1];
	const char *line;
	size_t len;

	tell_time(when, sizeof when, table, entry, now_at);
	line = fault_print_find_line(bytes, size, entry->line, &len);
	for (; len > 0 && (*line == ' ' || *line == '\t'); line++)
		len--;
	printable(text, sizeof text, line,
	    len < EXCERPT_MAX ? len : EXCERPT_MAX);
	(void)fprintf(out, "next: %-24s  %s%s\n", when, text,
	    len > EXCERPT_MAX ? "..." : "");
}

void
next_show(FILE *out, const struct table *table, const char *bytes, size_t len,
    const struct table *old, int64_t now_at)
{
	struct known *list = sort_known(old);
	size_t shown = 0, more = 0;

	for (uint32_t i = 0; i < table->entry_count; i++) {
		const struct known one = {table, &table->entries[i]};

		if (list != NULL && bsearch(&one, list, old->entry_count,
					sizeof *list, compare_known) != NULL)
			continue;
		if (shown == SHOWN_MAX) {
			more++;
			continue;
		}
		show_entry(out, table, one.entry, bytes, len, now_at);
		shown++;
	}
	if (more > 0)
		(void)fprintf(out, "next: ... and %zu more: see cronnext(1)\n",
		    more);
	free(list);
}
