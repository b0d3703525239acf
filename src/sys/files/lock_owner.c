/*
 * Who holds a lock. Any user may open a file of mode 0644 and flock it, so a
 * pid file that is locked does not mean that there is a daemon.
 *
 * FOREIGN needs a proof. In the PID namespace of the whole system every process
 * can be seen, so it is enough that none of ours holds the lock. In any other
 * one, say a container that shares /run, the holder may be a daemon out of
 * sight: there a process of another user must be seen holding it. A flock
 * excludes, so one that is held there is held by nobody else.
 *
 * Of a user's process only its descriptors' names and what fdinfo says of those
 * that have the file's name are looked at, for all else may wait for the user.
 *
 * /proc/locks would not do: it names the process that took a lock, which for a
 * daemon in the background is the parent that is gone.
 */
#include "sys/files/lock_owner.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

/* The inode of the PID namespace that holds all others: the kernel's own
 * PROC_PID_INIT_INO. */
#define PID_NAMESPACE_OF_ALL 0xEFFFFFFCU

/* A small file below /proc, as a string. false: not there. */
static bool
slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = fd_read_whole(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The real uid of a live process. false: gone, or only a zombie is left. */
static bool
real_uid(pid_t pid, uid_t *uid)
{
	char path[64], text[4096], *at;
	unsigned value;

	(void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	if (!slurp(path, text, sizeof text))
		return false;
	at = strstr(text, "\nState:\t");
	if (at == NULL || at[8] == 'Z' || at[8] == 'X')
		return false;
	at = strstr(at, "\nUid:\t");
	if (at == NULL || sscanf(at, "\nUid:\t%u", &value) != 1)
		return false;
	*uid = (uid_t)value;
	return true;
}

/* The file whose lock it is. */
struct lock_file {
	struct stat st;
	char name[PATH_MAX + 1];
};

/* Does this descriptor's description hold a flock of that file? "lock: 1: FLOCK
 * ADVISORY WRITE PID MAJOR:MINOR:INODE ...". Btrfs shows another device, so
 * only the inode counts. */
static bool
holds(const char *process, const char *fd, const struct lock_file *file)
{
	char path[600], text[4096], inode[32], *at;

	(void)snprintf(path, sizeof path, "/proc/%s/fdinfo/%s", process, fd);
	if (!slurp(path, text, sizeof text))
		return false;
	(void)snprintf(inode, sizeof inode, ":%ju ",
	    (uintmax_t)file->st.st_ino);
	at = strstr(text, "\nlock:");
	return at != NULL && (at = strstr(at, "FLOCK")) != NULL &&
	       strstr(at, inode) != NULL;
}

/* By name alone: a stat of what a user's descriptor is may ask a file system
 * that never answers. */
static bool
has_name(int dir, const char *fd, const char *name)
{
	char path[PATH_MAX + 1];
	ssize_t len = readlinkat(dir, fd, path, PATH_MAX);
	const char *slash;

	if (len <= 0)
		return false;
	path[len] = '\0';
	slash = strrchr(path, '/');
	return slash != NULL && strcmp(slash + 1, name) == 0;
}

/* The file's name: the last one of its path, as /proc shows it. */
static bool
name_of(int fd, char name[PATH_MAX + 1])
{
	char link[64];
	const char *slash;
	ssize_t len;

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	len = readlink(link, name, PATH_MAX);
	if (len <= 0)
		return false;
	name[len] = '\0';
	slash = strrchr(name, '/');
	if (slash == NULL)
		return false;
	memmove(name, slash + 1, strlen(slash));
	return true;
}

static bool
process_holds(const char *process, const struct lock_file *file)
{
	struct dirent *entry;
	bool found = false;
	char path[300];
	DIR *dir;

	(void)snprintf(path, sizeof path, "/proc/%s/fd", process);
	dir = opendir(path);
	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = isdigit((unsigned char)entry->d_name[0]) &&
			has_name(dirfd(dir), entry->d_name, file->name) &&
			holds(process, entry->d_name, file);
	closedir(dir);
	return found;
}

/* All processes there are. -1: they can't be read. */
static int
look_at_all(struct lock_owner *holder, const struct lock_file *file)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uid_t uid;

	if (dir == NULL)
		return -1;
	errno = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !process_holds(entry->d_name, file))
			continue;
		/* Gone meanwhile: whoever holds it now is not known. */
		if (!real_uid((pid_t)atoi(entry->d_name), &uid))
			uid = getuid();
		holder->pid = (pid_t)atoi(entry->d_name);
		holder->uid = uid;
		if (uid == getuid())
			break;
	}
	closedir(dir);
	return 0;
}

static bool
all_are_visible(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 &&
	       st.st_ino == PID_NAMESPACE_OF_ALL;
}

void
lock_owner_find(struct lock_owner *holder, int fd, pid_t named)
{
	struct lock_file file;
	uid_t uid;

	*holder = (struct lock_owner){.kind = LOCK_OWNER_OURS};
	if (geteuid() != 0 || fstat(fd, &file.st) != 0 ||
	    !name_of(fd, file.name) || !real_uid(getpid(), &uid))
		return;
	if (named > 0 && real_uid(named, &uid) && uid == getuid()) {
		holder->pid = named;
		holder->uid = uid;
		return;
	}
	if (look_at_all(holder, &file) != 0)
		return;
	if (holder->pid != 0 ? holder->uid != getuid() : all_are_visible())
		holder->kind = LOCK_OWNER_FOREIGN;
}
