/*
 * Backups. A new one replaces the last one by a rename, so it is whole or not
 * there, and a link that somebody put in its place is replaced, not followed:
 * root often runs with another's HOME.
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

/* DIR/crontab, malloced; NULL: a message was printed. */
static char *
backup_dir(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *dir = NULL;
	int n;

	if (cache != NULL) {
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

/* The directory and the one above it, no more. */
static int
make_dir(char *dir)
{
	char *slash = strrchr(dir, '/');

	if (slash != dir) {
		*slash = '\0';
		(void)mkdir(dir, 0700);
		*slash = '/';
	}
	if (mkdir(dir, 0755) == 0 || errno == EEXIST)
		return 0;
	(void)fprintf(stderr, "%s: mkdir: %s\n", dir, strerror(errno));
	return -1;
}

/* Writes it aside and renames. 0, or -1 with errno. */
static int
write_backup(const char *dir, const char *path, const char *bytes, size_t len)
{
	char *temp;
	int fd, error;

	if (asprintf(&temp, "%s/.bak.XXXXXX", dir) < 0)
		return -1;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd >= 0 && fd_write_whole(fd, bytes, len) == 0 && fsync(fd) == 0 &&
	    rename(temp, path) == 0) {
		fd_close(&fd);
		free(temp);
		return 0;
	}
	error = errno;
	if (fd >= 0)
		(void)unlink(temp);
	fd_close(&fd);
	free(temp);
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
	int status = -1;

	if (dir == NULL || make_dir(dir) != 0) {
		free(dir);
		return -1;
	}
	if (asprintf(&path, "%s/crontab%s%s.bak", dir,
		c->options.for_other ? "." : "",
		c->options.for_other ? c->options.user : "") < 0)
		path = NULL;
	if (path != NULL)
		status = write_backup(dir, path, bytes, len);
	if (status == 0)
		tell(c, path);
	else
		(void)fprintf(stderr,
		    "Failed to write to the backup file: %s: %s\n",
		    path != NULL ? path : dir, strerror(errno));
	free(path);
	free(dir);
	return status;
}
