/*
 * The files that a crond leaves for the next one, in the directory of the FIFOs
 * (0700; files 0600). What is in them is the caller's. Small, written in
 * place: the directory is a tmpfs, and a power cut ends what they tell of.
 */
#ifndef EVCRON_SYS_FILES_RUN_FILES_H
#define EVCRON_SYS_FILES_RUN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/run_state.h"

struct handover;

/* Opens the directory, which must be there. NULL with errno. */
struct handover *handover_open(const char *path);
void handover_close(struct handover *);
const char *handover_path(const struct handover *);

/* Makes the file, whole or not at all. 0, or -1 with errno (EEXIST: there is
 * one). */
int handover_create(struct handover *, const char *name, const char *bytes,
    size_t len);
/* Makes it, or puts it in the place of the one there is: whole or not at all.
 */
int handover_replace(struct handover *, const char *name, const char *bytes,
    size_t len);
/* Writes over the file's first len bytes, by one write. 0, or -1 with errno. */
int handover_patch(struct handover *, const char *name, const char *bytes,
    size_t len);
/* 0, also if there was none, or -1 with errno. */
int handover_remove(struct handover *, const char *name);

/* All of the file if that is no more than max bytes, malloced and with a NUL
 * behind it. -1 with errno; ENOENT: there is none; EPERM: it can't be ours
 * (owner, mode, links, no regular file); EFBIG. */
int handover_read(struct handover *, const char *name, size_t max, char **bytes,
    size_t *len);

/* A file to be kept open: made if missing, checked as handover_read does. The
 * descriptor, or -1 with errno. */
int handover_file(struct handover *, const char *name);

/* Keeps what makes no sense for whoever wants to look at it, under another
 * name: the newest so many are kept. */
#define HANDOVER_ASIDE     ".aside"
#define HANDOVER_ASIDE_MAX 8
int handover_set_aside(struct handover *, const char *name);

/* Names of all files, without those set aside; each and the array malloced. -1
 * with errno. */
int handover_list(struct handover *, char ***names, size_t *count);

/* A FIFO of a run that a predecessor made: its reading end, non-blocking. Poll
 * tells an end of file also where nobody has it open. -1 with errno; EPERM: it
 * is no FIFO of owner's. */
int handover_fifo(struct handover *, const char *name, uid_t owner);
/* Is fd open on that FIFO, for reading? */
bool handover_is_fifo(struct handover *, const char *name, int fd);

/* Where our pids mean something. -1: the system does not tell. */
int handover_key(struct state_key *, const char *boot_id);

#endif
