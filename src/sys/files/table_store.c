/*
 * Files kept for tables. Owns the directory's descriptor and the names that
 * were there when it was opened. A file is reached through the descriptor, and
 * what is read was checked on the open file, so that nobody else's bytes are
 * ever taken for ours.
 *
 * A table's name makes the file's: its kind, a dot, and the name with all but
 * plain characters as %XX; where that is too long, "%%" and a hash.
 */
#include "sys/files/table_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/random.h"
#include "sys/mkdirs.h"
#include "sys/fd.h"

/* The largest copy that is read: a table of all the bytes that one may have, in
 * lines as short as they get, is smaller. */
#define BYTES_MAX ((size_t)1 << 30)
#define TEMPORARY ".new"

struct file_name {
	char text[NAME_MAX + 1];
};

struct table_store {
	int fd;       /* -1: not there yet */
	bool some;    /* there may be files */
	char **found; /* at the open, not claimed; NULL where claimed */
	size_t count, size;
	char path[];
};

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

static void
name_file(enum table_kind kind, const char *name, struct file_name *out)
{
	static const char *const kinds[] = {
	    [TABLE_SYSTEM] = "system",
	    [TABLE_DROPIN] = "dropin",
	    [TABLE_USER] = "user",
	};
	size_t size = sizeof(out->text), start, at;

	start = (size_t)snprintf(out->text, size, "%s.", kinds[kind]);
	at = start;
	for (const char *c = name; *c != '\0'; c++) {
		if (at + 4 > size) {
			snprintf(out->text + start, size - start,
			    "%%%%%016" PRIx64,
			    random_mix(0, name, strlen(name)));
			return;
		}
		at += (size_t)snprintf(out->text + at, size - at,
		    is_plain(*c) ? "%c" : "%%%02X", (unsigned char)*c);
	}
}

char *
table_store_path(const struct table_store *copies, enum table_kind kind,
    const char *name, char *out)
{
	struct file_name file;

	name_file(kind, name, &file);
	(void)snprintf(out, PATH_MAX, "%s/%s", copies->path, file.text);
	return out;
}

/* --- the directory --- */

/* 0: open. -1 with errno; ENOENT: it is not there. */
static int
open_directory(struct table_store *copies)
{
	struct stat st;

	copies->fd =
	    open(copies->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (copies->fd < 0)
		return -1;
	if (fstat(copies->fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 077) == 0)
		return 0;
	fd_close(&copies->fd);
	errno = EPERM;
	return -1;
}

static int
note_found(struct table_store *copies, const char *name)
{
	if (copies->count == copies->size) {
		size_t size = copies->size == 0 ? 16 : copies->size * 2;
		char **grown =
		    reallocarray(copies->found, size, sizeof(*grown));

		if (grown == NULL)
			return -1;
		copies->found = grown;
		copies->size = size;
	}
	copies->found[copies->count] = strdup(name);
	return copies->found[copies->count++] == NULL ? -1 : 0;
}

static int
list_found(struct table_store *copies)
{
	int fd = openat(copies->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int status = 0;

	if (dir == NULL) {
		fd_close(&fd);
		return -1;
	}
	while (status == 0 && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			status = note_found(copies, entry->d_name);
	(void)closedir(dir);
	copies->some = copies->count > 0;
	return status;
}

static void
forget_found(struct table_store *copies)
{
	for (size_t i = 0; i < copies->count; i++)
		free(copies->found[i]);
	free(copies->found);
	copies->found = NULL;
	copies->count = copies->size = 0;
}

struct table_store *
table_store_open(const char *path)
{
	size_t size = strlen(path) + 1;
	struct table_store *copies = calloc(1, sizeof(*copies) + size);
	int saved;

	if (copies == NULL)
		return NULL;
	memcpy(copies->path, path, size);
	if (open_directory(copies) == 0 ? list_found(copies) == 0
					: errno == ENOENT)
		return copies;
	saved = errno;
	table_store_close(copies);
	errno = saved;
	return NULL;
}

void
table_store_close(struct table_store *copies)
{
	if (copies == NULL)
		return;
	forget_found(copies);
	fd_close(&copies->fd);
	free(copies);
}

/* --- files --- */

static int
write_new(struct table_store *copies, const char *bytes, size_t len)
{
	int fd, status;

	if (unlinkat(copies->fd, TEMPORARY, 0) < 0 && errno != ENOENT)
		return -1;
	fd = openat(copies->fd, TEMPORARY,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	status = fd_write_whole(fd, bytes, len);
	fd_close(&fd);
	return status;
}

/* A directory that was taken away takes no files: it is made again. */
static void
forget_if_gone(struct table_store *copies)
{
	struct stat open_st, path_st;

	if (copies->fd < 0 || fstat(copies->fd, &open_st) < 0)
		return;
	if (lstat(copies->path, &path_st) == 0 &&
	    path_st.st_dev == open_st.st_dev &&
	    path_st.st_ino == open_st.st_ino)
		return;
	fd_close(&copies->fd);
}

int
table_store_write(struct table_store *copies, enum table_kind kind,
    const char *name, const char *bytes, size_t len)
{
	struct file_name file;
	int saved;

	forget_if_gone(copies);
	if (copies->fd < 0 &&
	    (mkdirs(copies->path, 0700) < 0 || open_directory(copies) < 0))
		return -1;
	copies->some = true;
	name_file(kind, name, &file);
	if (write_new(copies, bytes, len) == 0 &&
	    renameat(copies->fd, TEMPORARY, copies->fd, file.text) == 0)
		return 0;
	saved = errno;
	(void)unlinkat(copies->fd, TEMPORARY, 0);
	errno = saved;
	return -1;
}

static bool
is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	       (st->st_mode & 07177) == 0 && st->st_nlink == 1;
}

static int
read_open(int fd, char **bytes, size_t *len)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return -1;
	if (!is_ours(&st)) {
		errno = EPERM;
		return -1;
	}
	if (st.st_size <= 0 || (size_t)st.st_size > BYTES_MAX) {
		errno = EFBIG;
		return -1;
	}
	*bytes = malloc((size_t)st.st_size);
	if (*bytes == NULL)
		return -1;
	n = fd_read_whole(fd, *bytes, (size_t)st.st_size);
	if (n < 0) {
		free(*bytes);
		return -1;
	}
	*len = (size_t)n;
	return 1;
}

int
table_store_read(struct table_store *copies, enum table_kind kind,
    const char *name, char **bytes, size_t *len)
{
	struct file_name file;
	int fd, status;

	if (!copies->some)
		return 0;
	name_file(kind, name, &file);
	fd = openat(copies->fd, file.text,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			return 0;
		if (errno == ELOOP)
			errno = EPERM;
		return -1;
	}
	status = read_open(fd, bytes, len);
	fd_close(&fd);
	return status;
}

int
table_store_remove(struct table_store *copies, enum table_kind kind,
    const char *name)
{
	struct file_name file;

	if (!copies->some)
		return 0;
	name_file(kind, name, &file);
	return unlinkat(copies->fd, file.text, 0) == 0 || errno == ENOENT ? 0
									  : -1;
}

/* --- at the start --- */

void
table_store_claim(struct table_store *copies, enum table_kind kind,
    const char *name)
{
	struct file_name file;

	if (copies->count == 0)
		return;
	name_file(kind, name, &file);
	for (size_t i = 0; i < copies->count; i++) {
		if (copies->found[i] == NULL ||
		    strcmp(copies->found[i], file.text) != 0)
			continue;
		free(copies->found[i]);
		copies->found[i] = NULL;
	}
}

void
table_store_remove_unclaimed(struct table_store *copies)
{
	for (size_t i = 0; i < copies->count; i++)
		if (copies->found[i] != NULL)
			(void)unlinkat(copies->fd, copies->found[i], 0);
	forget_found(copies);
}
