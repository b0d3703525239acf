/*
 * Faults of a table on a terminal, in the shape that editors know from
 * compilers, for crond --check and crontab(1):
 *
 *	/etc/cron.d/backup:3:5: error: bad hour: 25 is past 23
 *	    0 25 * * * root backup
 *	      ^
 */
#ifndef EVCRON_SYS_FAULT_PRINT_H
#define EVCRON_SYS_FAULT_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/fault.h"

/* The reader: from which level on a fault is an error to him, and how many of
 * each he has been shown. */
struct fault_print {
	FILE *out;
	enum fault_level error_from;
	bool without_hints; /* nobody looks */
	size_t errors, warnings;
};

/* Names and texts hold bytes of users; terminals obey some of them. */
void fault_print_text(FILE *, const char *text);

/* Text of many lines: lines, tabs and UTF-8 stay as they are, all other control
 * characters are shown as by fault_print_text. A character may be cut by the
 * end of bytes; it is then shown byte by byte. */
void fault_print_lines(FILE *, const char *bytes, size_t len);

/* The bytes of a line, counted from 1; *len 0 beyond the last. */
const char *fault_print_find_line(const char *bytes, size_t size, unsigned line,
    size_t *len);

/* The line with a caret below its column (0: none), or the part of it around
 * there. Columns are bytes. */
void fault_print_excerpt(FILE *, const char *line, size_t len, unsigned column);

/* "PATH:LINE:COLUMN: ", without those that are 0. */
void fault_print_place(FILE *, const char *path, unsigned line,
    unsigned column);

/* "error", "warning" or "note", counted. */
const char *fault_print_level(struct fault_print *, enum fault_level);

/* All of them, each with its line and a caret below its column. bytes are the
 * table's. */
void fault_print_faults(struct fault_print *, const char *path,
    const char *bytes, size_t size, const struct faults *);

#endif
