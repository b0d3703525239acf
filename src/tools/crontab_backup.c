/*
 * Backups. A new one replaces the last one by a rename, so it is whole or not
 * there. Root often runs with another's HOME, so for root no link of a user's
 * on the whole way is followed: the table of a user is not to be a file of
 * root's where that user wants it.
 */
#include "tools/crontab_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

#define TEMP_TRIES 100

/* DIR/crontab, malloced; NULL: a message was printed. */
static char *
backup_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *dir = NULL;
	int n;

	if (cache != NULL && cache[0] != '\0') {
		n = asprintf(&dir, "%s/crontab", cache);
	} else if (home != NULL) {
		n = asprintf(&dir, "%s/.cache/crontab", home);
	} else {
		(void)fputs("Could not find environment variable "
			    "XDG_CACHE_HOME or HOME to save the backup\n",
		    stderr);
		return NULL;
	}
	return n < 0 ? NULL : dir;
}

/* A link of root's in a directory of root's: nobody else put it there. */
static bool
is_roots_link(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISLNK(st.st_mode) && st.st_uid == 0 &&
	       fstatat(dir, ".", &st, 0) == 0 && st.st_uid == 0;
}

static int
open_step(int dir, const char *name)
{
	const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int fd = openat(dir, name, flags | O_NOFOLLOW);

	if (fd >= 0 || (errno != ELOOP && errno != ENOTDIR))
		return fd;
	if (is_roots_link(dir, name))
		return openat(dir, name, flags);
	errno = ELOOP;
	return -1;
}

/* Step by step, so that no name on the way is looked up twice. The last two are
 * made where they are missing. */
static int
open_dir_as_root(const char *path)
{
	int dir =
	    open(path[0] == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *copy = strdup(path), *rest = copy, *name;
	int next;

	while (
	    dir >= 0 && copy != NULL && (name = strsep(&rest, "/")) != NULL) {
		if (name[0] == '\0')
			continue;
		if (rest == NULL)
			(void)mkdirat(dir, name, 0755);
		else if (strchr(rest, '/') == NULL)
			(void)mkdirat(dir, name, 0700);
		next = open_step(dir, name);
		close(dir);
		dir = next;
	}
	free(copy);
	if (dir < 0)
		crontab_complain(path);
	return dir;
}

/* The directory and the one above it, no more. Open; -1: a message was
 * printed. */
static int
open_dir(char *dir, bool by_root)
{
	char *slash = strrchr(dir, '/');
	int fd;

	if (by_root)
		return open_dir_as_root(dir);
	if (slash != dir) {
		*slash = '\0';
		(void)mkdir(dir, 0700);
		*slash = '/';
	}
	if (mkdir(dir, 0755) != 0 && errno != EEXIST) {
		(void)fprintf(stderr, "%s: mkdir: %s\n", dir, strerror(errno));
		return -1;
	}
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		crontab_complain(dir);
	return fd;
}

/* A new file in it; -1 with errno. */
static int
open_temp(int dir, char name[32])
{
	int fd = -1;

	for (int i = 0; i < TEMP_TRIES; i++) {
		(void)snprintf(name, 32, ".bak.%d.%d", (int)getpid(), i);
		fd = openat(dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
	}
	return fd;
}

/* Writes it aside and renames. 0, or -1 with errno. */
static int
write_backup(int dir, const char *name, const char *bytes, size_t len)
{
	char temp[32];
	int fd = open_temp(dir, temp), error;

	if (fd < 0)
		return -1;
	if (fchmod(fd, 0600) == 0 && fd_write_whole(fd, bytes, len) == 0 &&
	    fsync(fd) == 0 && renameat(dir, temp, dir, name) == 0) {
		fd_close(&fd);
		return 0;
	}
	error = errno;
	(void)unlinkat(dir, temp, 0);
	fd_close(&fd);
	errno = error;
	return -1;
}

/* Under Debian stdout stays as silent as ever: scripts read it. */
static void
tell(const struct crontab *c, const char *path)
{
	FILE *out = stdout;

	if (!c->options.personality->keeps_backup) {
		if (!isatty(STDERR_FILENO))
			return;
		out = stderr;
	}
	(void)fprintf(out, "Backup of %s's previous crontab saved to %s\n",
	    c->options.user, path);
}

int
backup_keep(const struct crontab *c, const char *bytes, size_t len)
{
	char *dir = backup_dir(), *path = NULL;
	int status = -1, fd;

	fd = dir != NULL ? open_dir(dir, c->privilege.real_uid == 0) : -1;
	if (fd < 0) {
		free(dir);
		return -1;
	}
	if (asprintf(&path, "%s/crontab%s%s.bak", dir,
		c->options.for_other ? "." : "",
		c->options.for_other ? c->options.user : "") < 0)
		path = NULL;
	if (path != NULL)
		status = write_backup(fd, path + strlen(dir) + 1, bytes, len);
	if (status == 0)
		tell(c, path);
	else
		(void)fprintf(stderr,
		    "Failed to write to the backup file: %s: %s\n",
		    path != NULL ? path : dir, strerror(errno));
	fd_close(&fd);
	free(path);
	free(dir);
	return status;
}
