/*
 * The pid file and its lock. main takes it before anything else is touched and
 * gives it back last. The file is read by init scripts and humans, so its mode
 * is 0644 and its content "PID\n".
 *
 * To replace a file that an intruder has locked, a start makes PATH.new, which
 * nobody but root can open, and locks that: so only one start replaces. The
 * two names are exchanged, so that the old file is still there to be put back:
 * the intruder may have let go a moment before, and an ordinary start may hold
 * it by right. One that gets its lock later finds that the path names another
 * file now, and tries again.
 */
#include "sys/files/lock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/rename.h"

/* How long an intruder may hold it: a predecessor may be at its end. How long
 * the children of one that was killed may: on a busy machine, or in PAM's
 * hands, they take a while to become jobs. */
#define PATIENCE_NS 1000000000
#define ORPHANS_NS  INT64_C(5000000000)
#define LOOK_NS     50000000

#define OPEN_FLAGS (O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)

/* The pid that a held file names, or 0. */
static pid_t
holder_of(int fd)
{
	char text[32], *end;
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	long pid;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	errno = 0;
	pid = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\n' || pid <= 0 ||
	    pid > INT32_MAX)
		return 0;
	return (pid_t)pid;
}

/* Does path still name the open file? A predecessor that ends unlinks its file
 * between our open and our flock; that lock would keep nobody out. */
static bool
still_named(int fd, const char *path)
{
	struct stat open_st, named_st;

	return fstat(fd, &open_st) == 0 && lstat(path, &named_st) == 0 &&
	       open_st.st_dev == named_st.st_dev &&
	       open_st.st_ino == named_st.st_ino;
}

/* 0: locked, and the path names it. 1: it doesn't, try again. -1: errno, *fd
 * stays open with EAGAIN. */
static int
open_locked(int *fd, const char *path)
{
	/* One that may create takes the lock of the directory before
	 * Linux 6.12, and users can hold that of /run by listing it
	 * (SECURITY.md). */
	*fd = open(path, OPEN_FLAGS);
	if (*fd < 0 && errno == ENOENT)
		*fd = open(path, OPEN_FLAGS | O_CREAT, 0600);
	if (*fd < 0)
		return -1;
	if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EAGAIN)
			fd_close(fd);
		return -1;
	}
	if (still_named(*fd, path))
		return 0;
	fd_close(fd);
	return 1;
}

/* The new file stands for the old one. 0, or -1: it is as before. */
static int
exchange(struct lock *lock, const char *spare, int old)
{
	struct lock_owner now;

	if (rename_exchange(spare, lock->path) != 0)
		return -1;
	lock_owner_find(&now, old, holder_of(old));
	/* Whatever else came by the name of the spare file meanwhile. */
	if (now.kind == LOCK_OWNER_FOREIGN && still_named(old, spare)) {
		(void)unlink(spare);
		return 0;
	}
	(void)rename_exchange(spare, lock->path);
	return -1;
}

/* The intruder's file is old. 0: we hold another. 1: look again. */
static int
replace(struct lock *lock, int old)
{
	char *spare;
	int made;

	if (asprintf(&spare, "%s.new", lock->path) < 0)
		return 1;
	made = open_locked(&lock->fd, spare);
	if (made == 0) {
		if (still_named(old, lock->path) &&
		    exchange(lock, spare, old) == 0) {
			lock->replaced = true;
			free(spare);
			return 0;
		}
		(void)unlink(spare);
	}
	fd_close(&lock->fd);
	free(spare);
	return 1;
}

static int64_t
mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool
is_alive(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/* One try. A daemon that was killed may have left a child on its way to a job,
 * which lets go of the lock in a moment. 1: something has changed, or may; try
 * again. */
static int
lock_try(struct lock *lock, int64_t began_ns, pid_t *holder)
{
	const struct timespec pause = {.tv_nsec = LOOK_NS};
	int64_t waited_ns = mono_ns() - began_ns;
	bool ours;
	int fd, tried;

	tried = open_locked(&fd, lock->path);
	if (tried == 0)
		lock->fd = fd;
	if (tried >= 0 || errno != EAGAIN)
		return tried;
	*holder = holder_of(fd);
	lock_owner_find(&lock->intruder, fd, *holder);
	ours = lock->intruder.kind == LOCK_OWNER_OURS;
	tried = 1;
	if (ours &&
	    (waited_ns >= ORPHANS_NS || *holder == 0 || is_alive(*holder)))
		tried = -1;
	else if (!ours && waited_ns >= PATIENCE_NS)
		tried = replace(lock, fd) == 0 ? 0 : -1;
	else
		nanosleep(&pause, NULL);
	close(fd);
	errno = EAGAIN;
	return tried;
}

int
lock_open(struct lock *lock, const char *path, bool remove, pid_t *holder)
{
	int64_t began_ns = mono_ns();
	int tried, error;

	*holder = 0;
	*lock = (struct lock){.fd = -1, .remove = remove};
	lock->path = strdup(path);
	if (lock->path == NULL)
		return -1;
	while ((tried = lock_try(lock, began_ns, holder)) > 0)
		continue;
	if (tried == 0)
		return 0;
	error = errno;
	free(lock->path);
	lock->path = NULL;
	errno = error;
	return -1;
}

pid_t
lock_holder(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct lock_owner holder = {.kind = LOCK_OWNER_FOREIGN};
	pid_t named = 0;

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		named = holder_of(fd);
		lock_owner_find(&holder, fd, named);
	}
	close(fd);
	return holder.kind == LOCK_OWNER_OURS ? named : 0;
}

int
lock_inherit(struct lock *lock, const char *path, bool remove, int fd)
{
	*lock = (struct lock){.fd = -1, .remove = remove};
	if (!still_named(fd, path)) {
		errno = ESTALE;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fd_cloexec(fd) != 0)
		return -1;
	lock->path = strdup(path);
	if (lock->path == NULL)
		return -1;
	lock->fd = fd;
	return 0;
}

int
lock_write_pid(const struct lock *lock)
{
	char text[32];
	int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());

	assert(lock->fd >= 0 && len > 0);
	if (fchmod(lock->fd, 0644) != 0 || ftruncate(lock->fd, 0) != 0)
		return -1;
	return pwrite(lock->fd, text, (size_t)len, 0) == len ? 0 : -1;
}

void
lock_close(struct lock *lock)
{
	if (lock->fd < 0)
		return;
	/* While it is still locked: nobody else's file can have this name. */
	if (lock->remove && still_named(lock->fd, lock->path))
		(void)unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
	free(lock->path);
	lock->path = NULL;
}
