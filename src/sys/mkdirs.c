/* mkdir -p, for main and the rooms that keep something on disk. */
#include "sys/mkdirs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
look_at(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return -1;
	errno = ENOTDIR;
	return S_ISDIR(st.st_mode) ? 0 : -1;
}

/* A mkdir takes its parent's lock, also where the name is there already, and
 * whoever may list that parent can hold it (SECURITY.md): so look first. */
static int
make_one(const char *path, mode_t mode)
{
	if (look_at(path) == 0)
		return 0;
	if (errno != ENOENT)
		return -1;
	if (mkdir(path, mode & 0777) == 0)
		/* The umask, and bits that mkdir does not take. */
		return chmod(path, mode) == 0 ? 1 : -1;
	return errno == EEXIST ? look_at(path) : -1;
}

int
mkdirs(const char *path, mode_t mode)
{
	char *parent, *slash;
	int made = make_one(path, mode);

	if (made >= 0 || errno != ENOENT)
		return made;
	parent = strdup(path);
	if (parent == NULL)
		return -1;
	slash = strrchr(parent, '/');
	if (slash == NULL || slash == parent) {
		free(parent);
		errno = ENOENT;
		return -1;
	}
	*slash = '\0';
	made = mkdirs(parent, 0755);
	free(parent);
	return made < 0 ? -1 : make_one(path, mode);
}

int
mkdirs_own(const char *path)
{
	struct stat st;

	if (mkdirs(path, 0700) == -1 || lstat(path, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	errno = EPERM;
	return -1;
}
