/*
 * The outbox: letters on disk, one file each, in a directory that is ours
 * alone (0700; letters 0600). A letter is there from its run's first byte of
 * output until a mailer has taken it, and stays if none does (DESIGN.md
 * "Output").
 */
#ifndef EVCRON_SYS_FILES_OUTBOX_H
#define EVCRON_SYS_FILES_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outbox;

/* Whether it can be used, outbox_ready tells. NULL: no memory. */
struct outbox *outbox_open(const char *path);
/* Likewise of one user's part of it, OUTBOX/UID: what holds the outbox must be
 * ours as well. */
struct outbox *outbox_open_user(const char *path);
/* Makes the directory and its parents where they are missing, and opens it
 * unless it is open; outbox_create does the same. -1 with errno: can't be made,
 * or it or the one it is in is another user's or open to others (EPERM). */
int outbox_ready(struct outbox *);
/* Likewise for one who only looks: makes nothing, changes no mode. -1 with
 * errno. */
int outbox_look(struct outbox *);
void outbox_close(struct outbox *);

/* As given to outbox_open. */
const char *outbox_path(const struct outbox *);

/* Of the directory, for a child that closes all others; -1: not open. */
int outbox_fd(const struct outbox *);

/* A new letter, open for reading and writing, close-on-exec, never O_APPEND
 * (splice refuses that). -1 with errno; EEXIST: the name is taken. */
int outbox_create(struct outbox *, const char *name);
/* Another, read-only description of it, for a mailer. -1 with errno. */
int outbox_reader(struct outbox *, const char *name);
/* And one for reading and writing, for its label and headers. -1 with errno. */
int outbox_writer(struct outbox *, const char *name);
/* A letter that an earlier crond began, to go on with: as outbox_create gives
 * it. -1 with errno; EPERM: it can't be ours. */
int outbox_again(struct outbox *, const char *name);
/* 0, or -1 with errno. */
int outbox_remove(struct outbox *, const char *name);
/* Gives it a name that no list has, OUTBOX_ASIDE before its own: for who wants
 * to look at it. 0, or -1 with errno. */
#define OUTBOX_ASIDE ".aside."
int outbox_set_aside(struct outbox *, const char *name);
/* Moves a letter into another such directory, over one of its name there. 0, or
 * -1 with errno. */
int outbox_move(struct outbox *, const char *name, struct outbox *to);
/* Writes letters (with all: everything on their file system) and the directory
 * through to the disk. Blocks: for a child. */
void outbox_sync(struct outbox *, char *const *names, size_t count, bool all);

/* A mark that "crond --flush" leaves for the daemon: all letters are to be
 * tried now. outbox_mark: 0, or -1 with errno. outbox_marked: is it there;
 * outbox_take_mark: was it, and it is gone now. */
int outbox_mark(struct outbox *);
bool outbox_marked(struct outbox *);
bool outbox_take_mark(struct outbox *);

struct outbox_names {
	char **list;
	size_t count;
};

/* The names of all letters, oldest first. -1 with errno, and none. */
int outbox_list(struct outbox *, struct outbox_names *);
void outbox_names_clear(struct outbox_names *);

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

/* Removes letters last written before that instant (seconds since the epoch),
 * silently. Returns when the oldest that is left was written; INT64_MAX: there
 * is none. */
int64_t outbox_expire(struct outbox *, int64_t before_at);

#endif
