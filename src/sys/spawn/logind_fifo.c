/*
 * Keepers by their name. Found by sys/spawn/spawn_pam.c in the process that
 * opens a session; opened again for daemon/handover/handover.c, and claimed by
 * daemon/handover/adopt.c.
 */
#include "sys/spawn/logind_fifo.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

#define SESSIONS_DIR "/run/systemd/sessions"
#define NAMES        "*.ref"

struct logind_fifo {
	int fd;
	uint64_t inode;
};

int
logind_fifo_find(void)
{
	DIR *dir = opendir("/proc/self/fd");
	char path[256];
	struct dirent *item;
	int found = -1;
	ssize_t n;

	while (dir != NULL && found == -1 && (item = readdir(dir)) != NULL) {
		n = readlinkat(dirfd(dir), item->d_name, path,
		    sizeof(path) - 1);
		if (n <= 0)
			continue;
		path[n] = '\0';
		if (fnmatch(SESSIONS_DIR "/" NAMES, path, FNM_PATHNAME) == 0)
			found = atoi(item->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static int
compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Also with a reading end, for logind may be about to start again: without a
 * reader a writer is refused. */
static void
open_one(struct logind_fifos *keepers, int dir, const char *name,
    uint64_t inode)
{
	struct logind_fifo *more;
	struct stat st;
	int fd = openat(dir, name,
	    O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (fd == -1)
		return;
	more = reallocarray(keepers->list, keepers->count + 1, sizeof(*more));
	if (more != NULL)
		keepers->list = more;
	if (more == NULL || fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode) ||
	    st.st_ino != inode) {
		fd_close(&fd);
		return;
	}
	more[keepers->count++] = (struct logind_fifo){fd, inode};
}

void
logind_fifos_open(struct logind_fifos *keepers, uint64_t *inodes, size_t count)
{
	DIR *dir = count > 0 ? opendir(SESSIONS_DIR) : NULL;
	struct dirent *item;
	struct stat st;
	uint64_t inode;

	if (dir == NULL)
		return;
	qsort(inodes, count, sizeof(*inodes), compare);
	while ((item = readdir(dir)) != NULL) {
		if (fnmatch(NAMES, item->d_name, 0) != 0 ||
		    fstatat(dirfd(dir), item->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		inode = st.st_ino;
		if (bsearch(&inode, inodes, count, sizeof(*inodes), compare) !=
		    NULL)
			open_one(keepers, dirfd(dir), item->d_name, inode);
	}
	closedir(dir);
}

int
logind_fifos_claim(struct logind_fifos *keepers, uint64_t inode)
{
	size_t i;
	int fd;

	for (i = 0; i < keepers->count; i++) {
		fd = keepers->list[i].fd;
		if (fd == -1 || keepers->list[i].inode != inode)
			continue;
		keepers->list[i].fd = -1;
		return fd;
	}
	return -1;
}

void
logind_fifos_clear(struct logind_fifos *keepers)
{
	size_t i;

	for (i = 0; i < keepers->count; i++)
		fd_close(&keepers->list[i].fd);
	free(keepers->list);
	*keepers = (struct logind_fifos){0};
}
