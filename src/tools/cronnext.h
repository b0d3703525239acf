/*
 * What the rooms of cronnext share: the question (options), the tables that
 * were read, and the way out when nothing else is left.
 */
#ifndef EVCRON_TOOLS_CRONNEXT_H
#define EVCRON_TOOLS_CRONNEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/table.h"
#include "core/zone.h"
#include "sys/paths.h"

struct cronnext {
	const struct personality *personality;
	struct paths paths;
	const char *root;
	const char *include, *exclude, *command;
	bool system, installed;
	bool list_next, list_tables, list_all;
	int64_t start_at, end_at; /* whole minutes; both count */
	bool end_given;

	struct table_source source; /* what all tables have in common */
	const char *inherited[2];
	struct subject *subjects;
	size_t count, room;
	struct zone **zones;
	size_t zone_count;
};

/* A table that was read. */
struct subject {
	struct table *table;
	char *name; /* user, *system*, or path of an operand */
	bool system;
};

/* Says what and errno, and exits. */
_Noreturn void cronnext_die(const char *what);

/* Fills the question from the command line, or exits. Operands begin at
 * optind. */
void cronnext_read_options(struct cronnext *, int argc, char **argv);

/* Reads the tables that are asked about. What can't be read is told and left
 * out. */
void cronnext_read_tables(struct cronnext *, char *const *operands);

/* YAML-like blocks, as cronie's cronnext has them. at: when it is due. */
void cronnext_print_entry(const struct subject *, const struct entry *,
    const char *indent, int64_t at);
void cronnext_print_table(const struct subject *);

#endif
