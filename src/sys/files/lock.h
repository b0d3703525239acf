/*
 * The lock of a daemon: a pid file under flock. Only one crond holds it, of
 * whatever make: the incumbents lock the same file in the same way (COMPAT.md
 * 1). The lock is of the open file, so it survives a fork and goes with the
 * last process that has it open.
 *
 * The file is 0644, as the incumbents' is, and who may open a file may lock it.
 * So root's lock that is held by no process of root's (sys/files/lock_owner.h)
 * keeps nobody out: after a second of patience the file is replaced.
 */
#ifndef EVCRON_SYS_FILES_LOCK_H
#define EVCRON_SYS_FILES_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

#include "sys/files/lock_owner.h"

struct lock {
	int fd;        /* -1: not held */
	char *path;    /* owned */
	bool remove;   /* the file goes with the lock */
	bool replaced; /* the file was; intruder had locked the old one */
	struct lock_owner intruder;
};

/* Takes the lock at path. -1 with errno and nothing held: EAGAIN when another
 * holds it, *holder then being the pid the file names, 0 if it names none; any
 * other errno when the file can't be opened or made. Where that pid was
 * ours and is dead, its children have five seconds to let go. remove:
 * lock_close unlinks the file. May sleep that long: for before the loop. */
int lock_open(struct lock *, const char *path, bool remove, pid_t *holder);

/* For one who only asks: the pid of the daemon of ours that holds the lock at
 * path now, as the file names it; 0: there is none, or it can't be told. */
pid_t lock_holder(const char *path);
/* Takes over the lock that fd, inherited over an exec, holds on path. -1 with
 * errno and fd untouched: it does not. */
int lock_inherit(struct lock *, const char *path, bool remove, int fd);

/* Writes this process's pid into the file: after the last fork. 0, or -1 with
 * errno. */
int lock_write_pid(const struct lock *);

/* Gives the lock back; of a lock not held does nothing. */
void lock_close(struct lock *);

#endif
