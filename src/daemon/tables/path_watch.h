/*
 * Ways: paths that are followed through directories and links, and watched at
 * each place where a change would lead them elsewhere: in the directory of
 * their last name, in that of each link on the way, and, for a way to a
 * directory, in itself. So a directory that is missing, replaced, renamed away
 * or a link that is turned is noticed. Owns the inotify instance of the tables.
 */
#ifndef EVCRON_DAEMON_TABLES_PATH_WATCH_H
#define EVCRON_DAEMON_TABLES_PATH_WATCH_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "sys/files/mounts.h"

struct path_watch;
struct path_watches;

struct path_watches_hooks {
	void *context;
	/* The way was followed anew, for something on it has changed; mask is
	 * of all events of its last name (file) or 0. */
	void (*changed)(void *context, struct path_watch *, uint32_t mask);
	/* A name in the directory at the end of a way has changed; "": the
	 * directory's own times, owner or mode. Must not open or close ways.
	 */
	void (*name)(void *context, struct path_watch *, uint32_t mask,
	    const char *name);
	/* Events were lost: all ways were followed anew. */
	void (*lost)(void *context);
	/* A batch of events is over. */
	void (*over)(void *context);
};

struct way_dir;
struct way_step;

struct path_watch { /* a member of the object it serves */
	char *path;
	bool to_directory;
	enum mounts_end end; /* as last followed */
	bool blind;          /* can't be watched: errnum, or it may hang */
	int errnum;
	void *data;
	/* for path_watch.c alone */
	struct way_dir *dir;
	struct way_step *steps;
	size_t step_count;
	bool hit;
	uint32_t mask;
	struct path_watch *next, **prev;
};

/* watching false: nothing is watched, all ways are blind (crond -i). NULL with
 * errno: no memory. hooks are copied; mounts must outlive. */
struct path_watches *path_watches_new(struct ev_loop *, const struct mounts *,
    bool watching, const struct path_watches_hooks *);
void path_watches_free(struct path_watches *);

/* Could an inotify instance be had? If not, *errnum tells why. */
bool path_watches_watching(const struct path_watches *, int *errnum);

/* Follows path and watches it from now on. -1: no memory. */
int path_watch_open(struct path_watches *, struct path_watch *,
    const char *path, bool to_directory);
void path_watch_close(struct path_watches *, struct path_watch *);

/* Follows it anew: sets watches before it looks. True if it leads elsewhere
 * than before. */
bool path_watch_follow(struct path_watches *, struct path_watch *);

/* Takes waiting events now. */
void path_watches_drain(struct path_watches *);
/* Mounts have changed: follows all anew, calls changed for those that lead
 * elsewhere. */
void path_watches_remounted(struct path_watches *);

#endif
