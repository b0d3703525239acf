/*
 * cron.allow and cron.deny. Small files of root's, read anew by each crontab
 * with the rights it was started with: a Debian admin may give them to group
 * crontab alone.
 */
#include "sys/users/access.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum listing {
	LIST_ABSENT,
	LIST_NAMED,
	LIST_NOT_NAMED,
	LIST_UNREADABLE, /* errno */
};

/* Opens without waiting for anybody; a FIFO or a directory is no list. */
static FILE *
list_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	FILE *file = NULL;
	int error = 0;

	if (fd < 0)
		return NULL;
	/* /dev/null is an empty list: some admins link to it. */
	if (fstat(fd, &st) != 0)
		error = errno;
	else if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
		error = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	else if ((file = fdopen(fd, "r")) == NULL)
		error = errno;
	if (file == NULL) {
		close(fd);
		errno = error;
	}
	return file;
}

static enum listing
list_look(const char *path, const char *user)
{
	enum listing listing = LIST_NOT_NAMED;
	size_t size = 0, len = strlen(user);
	char *line = NULL;
	FILE *file = list_open(path);
	ssize_t n;

	if (file == NULL)
		return errno == ENOENT ? LIST_ABSENT : LIST_UNREADABLE;
	while (errno = 0, (n = getline(&line, &size, file)) >= 0) {
		if ((size_t)n == len + 1 && line[len] == '\n' &&
		    memcmp(line, user, len) == 0) {
			listing = LIST_NAMED;
			break;
		}
	}
	if (listing != LIST_NAMED && (ferror(file) || errno != 0))
		listing = LIST_UNREADABLE;
	free(line);
	n = errno;
	(void)fclose(file);
	errno = (int)n;
	return listing;
}

bool
access_allowed(const struct personality *personality,
    const struct access_lists *lists, const char *user, const char **unreadable)
{
	enum listing listing = list_look(lists->allow, user);

	*unreadable = lists->allow;
	if (listing == LIST_ABSENT) {
		listing = list_look(lists->deny, user);
		if (listing == LIST_UNREADABLE) {
			*unreadable = lists->deny;
			return false;
		}
		*unreadable = NULL;
		return listing == LIST_ABSENT ? personality->everyone_allowed
					      : listing == LIST_NOT_NAMED;
	}
	if (listing == LIST_UNREADABLE)
		return false;
	*unreadable = NULL;
	return listing == LIST_NAMED;
}
