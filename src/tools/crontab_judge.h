/*
 * crontab(1)'s eyes on a table: stricter than the daemon's (DESIGN.md 3.1). All
 * faults are shown; a table with any that the daemon would warn of is refused.
 */
#ifndef EVCRON_TOOLS_CRONTAB_JUDGE_H
#define EVCRON_TOOLS_CRONTAB_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/table.h"
#include "tools/crontab.h"

enum judgement {
	JUDGED_GOOD,
	JUDGED_FAULTY,
	JUDGED_NOT, /* no memory; a message was printed */
};

/* Reads the table and shows its faults as file's on stderr, and at their end
 * what the incumbents say there; testing: for -T. *line is the first faulty
 * line, or 0. */
enum judgement judge_table(const struct crontab *, const char *file,
    const char *bytes, size_t len, bool testing, unsigned *line);

/* Reads it as the daemon will, in silence. NULL: it is refused, or no memory.
 * The caller has a reference. */
struct table *judge_quietly(const struct crontab *, const char *bytes,
    size_t len);

#endif
