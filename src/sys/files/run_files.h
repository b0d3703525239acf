/*
 * The files of what runs, for collectors and for the next crond: RUNS, which
 * has crond's own, and in it RUNS/UID, which has a FIFO and a file for each run
 * of that user (directories 0700; files 0600). What is in them is the caller's.
 * Small, written in place: the directory is a tmpfs, and a power cut ends what
 * they tell of. A directory that was taken away meanwhile is made again.
 */
#ifndef EVCRON_SYS_FILES_RUN_FILES_H
#define EVCRON_SYS_FILES_RUN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/run_state.h"

struct run_files;

/* Opens the directory, which must be there. NULL with errno. */
struct run_files *run_files_open(const char *path);
/* That of a user in it; made, if make. NULL with errno; EPERM: it can't be
 * ours. */
struct run_files *run_files_user(struct run_files *, uid_t, bool make);
/* The uids that have one, malloced. -1 with errno. */
int run_files_users(struct run_files *, uid_t **uids, size_t *count);
void run_files_close(struct run_files *);
const char *run_files_path(const struct run_files *);

/* Makes the file, whole or not at all. 0, or -1 with errno (EEXIST: there is
 * one). */
int run_files_create(struct run_files *, const char *name, const char *bytes,
    size_t len);
/* Likewise, and leaves it open for writing: the caller's, close-on-exec. */
int run_files_create_open(struct run_files *, const char *name,
    const char *bytes, size_t len);
/* Makes it, or puts it in the place of the one there is: whole or not at all.
 */
int run_files_replace(struct run_files *, const char *name, const char *bytes,
    size_t len);
/* Writes over len bytes of the file, from at on, by one write. 0, or -1 with
 * errno. */
int run_files_patch(struct run_files *, const char *name, size_t at,
    const char *bytes, size_t len);
/* 0, also if there was none, or -1 with errno. */
int run_files_remove(struct run_files *, const char *name);

/* All of the file if that is no more than max bytes, malloced and with a NUL
 * behind it. -1 with errno; ENOENT: there is none; EPERM: it can't be ours
 * (owner, mode, links, no regular file); EFBIG. */
int run_files_read(struct run_files *, const char *name, size_t max,
    char **bytes, size_t *len);

/* A file to be kept open: made if missing, checked as run_files_read does. The
 * descriptor, or -1 with errno. */
int run_files_file(struct run_files *, const char *name);

/* Keeps what makes no sense for whoever wants to look at it, under another
 * name: the newest so many are kept. */
#define RUN_FILES_ASIDE     ".aside"
#define RUN_FILES_ASIDE_MAX 8
int run_files_set_aside(struct run_files *, const char *name);

/* Names of all files, without those set aside; each and the array malloced. -1
 * with errno. */
int run_files_list(struct run_files *, char ***names, size_t *count);

/* A FIFO of that owner. Its reading end, non-blocking, close-on-exec: as long
 * as nobody else has it open it is nobody's but ours. -1 with errno. */
int run_files_fifo(struct run_files *, const char *name, uid_t, gid_t);

/* Where our pids mean something. -1: the system does not tell. */
int run_files_key(struct run_state_key *, const char *boot_id);

#endif
