/* The run's file. crond writes it; of it the collector writes the slot that
 * says that the output is over. */
#include "collector/run_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/run_state.h"
#include "sys/fd.h"

/* More than any: each byte of an environment may take two. */
#define BYTES_MAX ((size_t)8 * 1024 * 1024)

static int
open_dir(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int
open_state(const char *dir, const char *id, int flags)
{
	char name[NAME_MAX + 1];
	int dirfd = open_dir(dir), fd;

	(void)snprintf(name, sizeof name, "%s" RUN_FILE_SUFFIX, id);
	fd = dirfd < 0 ? -1
		       : openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	fd_close(&dirfd);
	return fd;
}

static struct run_record *
read_record(int fd, struct run_file *file)
{
	struct run_state state;
	struct stat st;
	char *bytes;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return NULL;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_size <= 0 ||
	    (uint64_t)st.st_size > BYTES_MAX) {
		errno = EPERM;
		return NULL;
	}
	bytes = malloc((size_t)st.st_size);
	if (bytes == NULL)
		return NULL;
	n = pread(fd, bytes, (size_t)st.st_size, 0);
	if (n <= 0 ||
	    run_state_read(&state, bytes, (size_t)n) != RUN_STATE_GOOD)
		state.record = NULL;
	free(bytes);
	if (state.record == NULL)
		errno = EBADMSG;
	else if (file != NULL)
		*file = (struct run_file){state.over, state.generation};
	return state.record;
}

struct run_record *
run_file_read(const char *dir, const char *id, int record_fd,
    struct run_file *file)
{
	struct run_record *record = NULL;
	int fd;

	if (dir == NULL || record_fd >= 0)
		return read_record(record_fd, file);
	fd = open_state(dir, id, O_RDONLY);
	if (fd >= 0)
		record = read_record(fd, file);
	fd_close(&fd);
	return record;
}

void
run_file_remove_fifo(const char *dir, const char *name)
{
	int dirfd = dir == NULL ? -1 : open_dir(dir);

	if (dirfd >= 0)
		(void)unlinkat(dirfd, name, 0);
	fd_close(&dirfd);
}

void
run_file_over(const char *dir, const char *id, uint64_t output, uint64_t lost)
{
	char slot[RUN_STATE_OVER_SIZE];
	int fd;

	if (dir == NULL)
		return;
	fd = open_state(dir, id, O_WRONLY);
	run_state_over_slot(slot, output, lost);
	if (fd >= 0)
		(void)!pwrite(fd, slot, sizeof slot, RUN_STATE_OVER_AT);
	fd_close(&fd);
}

void
run_file_late_name(char name[RUN_FILE_NAME], uint64_t generation,
    const char *id)
{
	(void)snprintf(name, RUN_FILE_NAME, RUN_FILE_LATE "%llu.%s",
	    (unsigned long long)generation, id);
}

int
run_file_rename_fifo(const char *dir, const char *from, const char *to)
{
	int dirfd = open_dir(dir);
	int result = dirfd < 0 ? -1 : renameat(dirfd, from, dirfd, to);

	fd_close(&dirfd);
	return result;
}

int
run_file_open_fifo(const char *dir, const char *name, uid_t owner)
{
	int dirfd = dir == NULL ? -1 : open_dir(dir), fd;
	struct stat st;

	if (dirfd < 0)
		return -1;
	fd = -1;
	/* Asked before it is opened: of anything else an open may do more. */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EPERM;
		if (S_ISFIFO(st.st_mode) &&
		    (st.st_uid == owner || st.st_uid == geteuid()))
			fd = openat(dirfd, name,
			    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	}
	fd_close(&dirfd);
	return fd;
}

static bool
has_suffix(const char *name, size_t *len)
{
	size_t suffix = strlen(RUN_FILE_SUFFIX);

	*len = strlen(name);
	if (*len <= suffix || name[0] == '.' ||
	    strcmp(name + *len - suffix, RUN_FILE_SUFFIX) != 0)
		return false;
	*len -= suffix;
	return true;
}

static bool
is_wanted(const char *name, bool late, size_t *len)
{
	if (!late)
		return has_suffix(name, len);
	*len = strlen(name);
	return strncmp(name, RUN_FILE_LATE, strlen(RUN_FILE_LATE)) == 0;
}

int
run_file_list(const char *dir, bool late, char ***ids, size_t *count)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;
	char **grown;
	size_t len;

	*ids = NULL;
	*count = 0;
	if (stream == NULL)
		return -1;
	while ((entry = readdir(stream)) != NULL) {
		if (!is_wanted(entry->d_name, late, &len))
			continue;
		grown = reallocarray(*ids, *count + 1, sizeof **ids);
		if (grown == NULL)
			break;
		*ids = grown;
		(*ids)[*count] = strndup(entry->d_name, len);
		if ((*ids)[*count] == NULL)
			break;
		(*count)++;
	}
	closedir(stream);
	return 0;
}
