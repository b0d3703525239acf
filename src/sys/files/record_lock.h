/*
 * A lock of this process alone, on a file in a directory of our own: a POSIX
 * record lock, which no child inherits. A flock would be held by each child of
 * a daemon that was killed until that child closes it; this one is gone with
 * its process, whatever its children hang in. It stays over an exec in place
 * while the descriptor does.
 *
 * It goes when any descriptor of that file is closed in this process: there
 * must be but one.
 */
#ifndef EVCRON_SYS_FILES_RECORD_LOCK_H
#define EVCRON_SYS_FILES_RECORD_LOCK_H

#include <sys/types.h>

/* Makes the file if missing. The descriptor that holds the lock, close-on-exec;
 * or -1 with errno, EAGAIN: another process holds it, *holder is its pid if the
 * file names it (record_lock_write_pid), else 0. */
int record_lock_open(const char *path, pid_t *holder);
/* fd came down over an exec, with the lock: makes it close-on-exec. -1 with
 * errno: it does not hold it, and is as it was. */
int record_lock_inherit(int fd);
/* Names us in the file, or nobody. 0, or -1 with errno. */
int record_lock_write_pid(int fd);
int record_lock_write_nobody(int fd);

#endif
