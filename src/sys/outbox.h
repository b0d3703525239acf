/*
 * The outbox: letters on disk, one file each, in a directory that is ours
 * alone (0700; letters 0600). A letter is there from its run's first byte of
 * output until a mailer has taken it, and stays if none does (design.md
 * "Output").
 */
#ifndef EVCRON_SYS_OUTBOX_H
#define EVCRON_SYS_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

struct outbox;

/* Whether it can be used, outbox_ready tells. NULL: no memory. */
struct outbox *outbox_open(const char *path);
/* Makes the directory and its parents where they are missing, and opens it
 * unless it is open; outbox_create does the same. -1 with errno: can't be made,
 * or it or the one it is in is another user's or open to others (EPERM). */
int outbox_ready(struct outbox *);
void outbox_close(struct outbox *);

/* As given to outbox_open. */
const char *outbox_path(const struct outbox *);

/* A new letter, open for reading and writing, close-on-exec, never O_APPEND
 * (splice refuses that). -1 with errno; EEXIST: the name is taken. */
int outbox_create(struct outbox *, const char *name);
/* Another, read-only description of it, for a mailer. -1 with errno. */
int outbox_reader(struct outbox *, const char *name);
/* 0, or -1 with errno. */
int outbox_remove(struct outbox *, const char *name);
/* Bytes of disk that it takes; 0 if it is not there. */
uint64_t outbox_bytes(struct outbox *, const char *name);

/* How many bytes may be written before the last 5 % of the file system begin;
 * UINT64_MAX where the file system doesn't tell. */
uint64_t outbox_room(struct outbox *);

struct outbox_hooks {
	void *context;
	/* Under way: must stay, and doesn't count. */
	bool (*busy)(void *context, const char *name);
	void (*dropped)(void *context, const char *name, uint64_t bytes);
};

/* Removes letters, oldest first, until those that are not busy take at most
 * max bytes. Returns what they take then. Letters that can't be looked at are
 * left alone. hooks may be NULL with max UINT64_MAX: just counts. */
uint64_t outbox_trim(struct outbox *, uint64_t max,
    const struct outbox_hooks *hooks);

#endif
