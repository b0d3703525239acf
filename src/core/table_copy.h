/*
 * A parsed table as bytes, and back: what is kept of a good version while the
 * file itself is bad (DESIGN.md 3.2). Not the text, which nobody has any more,
 * but what came of it: drawn '~' values, delays, users, line numbers. So a
 * table that comes back runs exactly what the table did that went.
 *
 * The bytes are for the same machine and soon: numbers in its byte order.
 */
#ifndef EVCRON_CORE_TABLE_COPY_H
#define EVCRON_CORE_TABLE_COPY_H

#include <stddef.h>
#include <stdint.h>

#include "core/table.h"

struct table_copy {            /* what is told with a table */
	int64_t written_at_ns; /* its file's mtime, wall clock */
	uint32_t uid;          /* TABLE_USER: whose it was; else 0 */
};

/* How many bytes table_copy_write writes. */
size_t table_copy_size(const struct table *);
void table_copy_write(const struct table *, const struct table_copy *,
    char *bytes);

/* Anything may be in bytes: a table comes of them only if every offset, length
 * and bit in it is in range. On TABLE_GOOD the caller owns *table. */
enum table_verdict table_copy_read(const char *bytes, size_t len,
    struct memory *, struct table_copy *, struct table **table);

#endif
