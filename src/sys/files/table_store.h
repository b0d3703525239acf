/*
 * Files of the daemon's own, one for a table, in a directory that is ours alone
 * (0700; files 0600): what is kept of tables whose files have gone bad, over a
 * restart (DESIGN.md 3.2). What is in them is the caller's.
 *
 * Made for a directory that is nearly always empty: nothing in it costs no
 * system call.
 */
#ifndef EVCRON_SYS_FILES_TABLE_STORE_H
#define EVCRON_SYS_FILES_TABLE_STORE_H

#include <stddef.h>

#include "core/table.h"

struct table_store;

/* Reads what is there, if path is there; it is made with the first file. NULL
 * with errno: no memory, or it is not ours alone (EPERM). */
struct table_store *table_store_open(const char *path);
void table_store_close(struct table_store *);

/* Puts the file in place of what there was, whole or not at all. 0, or -1 with
 * errno. */
int table_store_write(struct table_store *, enum table_kind, const char *name,
    const char *bytes, size_t len);

/* 1: *bytes is malloced. 0: there is none. -1 with errno; EPERM: there is one
 * that can't be ours (owner, mode, hard links, no regular file). */
int table_store_read(struct table_store *, enum table_kind, const char *name,
    char **bytes, size_t *len);

/* 0, also if there was none, or -1 with errno. */
int table_store_remove(struct table_store *, enum table_kind, const char *name);

/* Of those found at the open: who is still wanted; then the others go. */
void table_store_claim(struct table_store *, enum table_kind, const char *name);
void table_store_remove_unclaimed(struct table_store *);

/* Its path, for the log: out has room for PATH_MAX. Returns out. */
char *table_store_path(const struct table_store *, enum table_kind,
    const char *name, char *out);

#endif
