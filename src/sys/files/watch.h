/*
 * inotify, thin: one instance, watches on directories, events into a callback.
 * A directory that is watched twice in one instance is watched once, under one
 * id; who shares an instance counts for itself. Never add a path that may hang
 * (sys/files/mounts.h): the call would.
 */
#ifndef EVCRON_SYS_FILES_WATCH_H
#define EVCRON_SYS_FILES_WATCH_H

#include <stdint.h>
#include <sys/inotify.h>

struct watch;

/* All that can happen to a directory and to the names in it, but for reads. */
#define WATCH_CHANGES                                                          \
	(IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |            \
	    IN_DELETE | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF)

/* One event. id is that of the watch, -1 for an overflow (mask IN_Q_OVERFLOW:
 * events were lost, look at everything). IN_IGNORED: the watch is gone and its
 * id may be used anew. name is "" for the directory itself. */
typedef void (
    *watch_cb)(void *context, int id, uint32_t mask, const char *name);

/* NULL with errno: EMFILE means too many instances of this user. */
struct watch *watch_open(void);
void watch_close(struct watch *);

/* Readable when events wait. */
int watch_fd(const struct watch *);

/* Watches the directory at path (links are followed) for mask, IN_ONLYDIR is
 * added. Its id, or -1 with errno: ENOSPC means too many watches. */
int watch_add(struct watch *, const char *path, uint32_t mask);
/* An id that is gone already is none. */
void watch_remove(struct watch *, int id);

/* Hands all waiting events to cb, which may add and remove watches. Does not
 * wait. 0, or -1 with errno. */
int watch_read(struct watch *, watch_cb cb, void *context);

#endif
