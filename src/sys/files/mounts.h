/*
 * What is mounted where, from /proc/self/mountinfo: which paths lie on a file
 * system that can hang whoever touches it (NFS, FUSE, autofs, ...), decided
 * without touching it; and a descriptor that tells when mounts change.
 *
 * A path with a directory that an ordinary user owns counts as one that may
 * hang, too, and is not followed there: the user may mount such a file system
 * between a look and what relies on it.
 *
 * A root file system of such a kind does not count as one that may hang: if it
 * does, so does everything.
 */
#ifndef EVCRON_SYS_FILES_MOUNTS_H
#define EVCRON_SYS_FILES_MOUNTS_H

#include <stdbool.h>
#include <stddef.h>

struct mounts;

/* Reads what is mounted. NULL with errno: no memory. Without /proc nothing may
 * hang and nothing is told (mounts_fd is -1). */
struct mounts *mounts_new(void);
void mounts_free(struct mounts *);

/* Readable (EV_READ) from a change of mounts on until mounts_refresh. It is an
 * epoll descriptor around the EPOLLPRI of mountinfo. */
int mounts_fd(const struct mounts *);

/* Reads anew what is mounted; what was read before stays if that fails. 1: it
 * is what it was, 0: it has changed, or -1 with errno. Owner of the loop's
 * watcher is daemon/tables/reload.c. */
int mounts_refresh(struct mounts *);

/* The same of a text in the format of mountinfo, without a descriptor: for
 * tests. */
struct mounts *mounts_of_text(const char *mountinfo);

enum mounts_end {
	MOUNTS_REACHED, /* the path exists */
	MOUNTS_MISSING, /* a name on the way does not, or is no directory */
	MOUNTS_HANGS,   /* the way leads to where one may hang; not entered */
};

/* One name that is looked up on the way, in a directory without links in its
 * path. Not 0 ends the walk as MISSING. */
typedef int (*mounts_step_cb)(void *context, const char *dir, const char *name);

/* Follows path, links included, step (may be NULL) by step. */
enum mounts_end mounts_walk(const struct mounts *, const char *path,
    mounts_step_cb, void *context);

/* May opening path block for long? Links are followed, but only on file
 * systems that can't hang. A path that does not exist counts as its nearest
 * directory. */
bool mounts_may_hang(const struct mounts *, const char *path);

/* May others change files there without inotify telling? Every path that may
 * hang, and network file systems as root. */
bool mounts_is_blind(const struct mounts *, const char *path);

/* For who looks at all files of a directory: until mounts_leave, names in dir
 * are followed from there, and the way to it is not looked at again. */
void mounts_stay(struct mounts *, const char *dir);
void mounts_leave(struct mounts *);

/* How many mounts lie below a directory (given without links)? */
size_t mounts_below(const struct mounts *, const char *dir);

#endif
