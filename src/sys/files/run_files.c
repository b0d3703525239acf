/*
 * Files handed from one crond to the next. Every file is reached through the
 * directory's descriptor; nothing found there is followed, waited for or
 * believed to be ours unless owner, mode and links say so.
 */
#include "sys/files/run_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/mkdirs.h"
#include "sys/spawn/spawn.h"

#define NEW ".new"

struct run_files {
	int fd;
	char path[];
};

static int
open_directory(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

struct run_files *
run_files_open(const char *path)
{
	size_t size = strlen(path) + 1;
	struct run_files *h = malloc(sizeof *h + size);
	int error;

	if (h == NULL)
		return NULL;
	memcpy(h->path, path, size);
	h->fd = open_directory(path);
	if (h->fd >= 0)
		return h;
	error = errno;
	free(h);
	errno = error;
	return NULL;
}

void
run_files_close(struct run_files *h)
{
	if (h == NULL)
		return;
	fd_close(&h->fd);
	free(h);
}

const char *
run_files_path(const struct run_files *h)
{
	return h->path;
}

/* Before something is made in it: it may have been taken away. */
static int
make_sure(struct run_files *h)
{
	struct stat st;
	int fd;

	if (fstat(h->fd, &st) == 0 && st.st_nlink > 0)
		return 0;
	if (mkdirs_own(h->path) != 0)
		return -1;
	fd = open_directory(h->path);
	if (fd < 0)
		return -1;
	fd_close(&h->fd);
	h->fd = fd;
	return 0;
}

static int
write_once(int fd, size_t at, const char *bytes, size_t len)
{
	ssize_t n = pwrite(fd, bytes, len, (off_t)at);

	if (n == (ssize_t)len)
		return 0;
	if (n >= 0)
		errno = ENOSPC;
	return -1;
}

int
run_files_create_open(struct run_files *h, const char *name, const char *bytes,
    size_t len)
{
	int fd, error;

	if (make_sure(h) != 0)
		return -1;
	fd = openat(h->fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write_once(fd, 0, bytes, len) == 0)
		return fd;
	error = errno;
	fd_close(&fd);
	(void)unlinkat(h->fd, name, 0);
	errno = error;
	return -1;
}

int
run_files_create(struct run_files *h, const char *name, const char *bytes,
    size_t len)
{
	int fd = run_files_create_open(h, name, bytes, len);

	if (fd < 0)
		return -1;
	fd_close(&fd);
	return 0;
}

int
run_files_replace(struct run_files *h, const char *name, const char *bytes,
    size_t len)
{
	/* Left by one that was killed there. */
	(void)unlinkat(h->fd, NEW, 0);
	if (run_files_create(h, NEW, bytes, len) == -1)
		return -1;
	return renameat(h->fd, NEW, h->fd, name);
}

int
run_files_patch(struct run_files *h, const char *name, size_t at,
    const char *bytes, size_t len)
{
	int fd = openat(h->fd, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -1;
	result = write_once(fd, at, bytes, len);
	fd_close(&fd);
	return result;
}

int
run_files_remove(struct run_files *h, const char *name)
{
	return unlinkat(h->fd, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static bool
is_ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	       st->st_nlink == 1 && (st->st_mode & 07777) == 0600;
}

/* Nothing that could hang is opened: first a look. */
static int
open_ours(struct run_files *h, const char *name, int flags, struct stat *st)
{
	int fd;

	if (fstatat(h->fd, name, st, AT_SYMLINK_NOFOLLOW) != 0)
		return -1;
	if (!is_ours(st)) {
		errno = EPERM;
		return -1;
	}
	fd = openat(h->fd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, st) == 0 && is_ours(st))
		return fd;
	fd_close(&fd);
	errno = EPERM;
	return -1;
}

static int
read_all(int fd, size_t size, char **bytes, size_t *len)
{
	char *got = malloc(size + 1);
	ssize_t n = -1;

	if (got != NULL)
		n = fd_read_whole(fd, got, size);
	if (n < 0) {
		free(got);
		return -1;
	}
	got[n] = '\0';
	*bytes = got;
	*len = (size_t)n;
	return 0;
}

int
run_files_read(struct run_files *h, const char *name, size_t max, char **bytes,
    size_t *len)
{
	struct stat st;
	int fd = open_ours(h, name, O_RDONLY, &st), result;

	if (fd < 0)
		return -1;
	if ((uint64_t)st.st_size <= max) {
		result = read_all(fd, (size_t)st.st_size, bytes, len);
	} else {
		errno = EFBIG;
		result = -1;
	}
	fd_close(&fd);
	return result;
}

int
run_files_file(struct run_files *h, const char *name)
{
	struct stat st;
	int fd;

	if (make_sure(h) != 0)
		return -1;
	fd = open_ours(h, name, O_RDWR, &st);
	if (fd >= 0 || errno != ENOENT)
		return fd;
	return openat(h->fd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

/* Lists */

static bool
is_aside(const char *name)
{
	size_t len = strlen(name), end = strlen(RUN_FILES_ASIDE);

	return len > end && strcmp(name + len - end, RUN_FILES_ASIDE) == 0;
}

static void
free_names(char **names, size_t count)
{
	while (count > 0)
		free(names[--count]);
	free(names);
}

/* 0 with *names longer by one, or -1. */
static int
add_name(char ***names, size_t *count, const char *name)
{
	char **more = reallocarray(*names, *count + 1, sizeof *more);

	if (more == NULL)
		return -1;
	*names = more;
	more[*count] = strdup(name);
	if (more[*count] == NULL)
		return -1;
	(*count)++;
	return 0;
}

static int
list(struct run_files *h, bool aside, char ***names, size_t *count)
{
	int fd = openat(h->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int result = 0;

	*names = NULL;
	*count = 0;
	if (dir == NULL) {
		fd_close(&fd);
		return -1;
	}
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && is_aside(entry->d_name) == aside)
			result = add_name(names, count, entry->d_name);
	closedir(dir);
	if (result != 0) {
		free_names(*names, *count);
		errno = ENOMEM;
	}
	return result;
}

int
run_files_list(struct run_files *h, char ***names, size_t *count)
{
	return list(h, false, names, count);
}

/* The one of those set aside that was written first. NULL: none. */
static const char *
oldest(struct run_files *h, char **names, size_t count)
{
	const char *found = NULL;
	time_t since = 0;
	struct stat st;
	size_t i;

	for (i = 0; i < count; i++) {
		if (fstatat(h->fd, names[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (found == NULL || st.st_ctime < since) {
			found = names[i];
			since = st.st_ctime;
		}
	}
	return found;
}

int
run_files_set_aside(struct run_files *h, const char *name)
{
	char to[NAME_MAX + 1], **names;
	const char *first;
	size_t count;
	int len;

	if (list(h, true, &names, &count) == 0) {
		first = count < RUN_FILES_ASIDE_MAX ? NULL
						    : oldest(h, names, count);
		if (first != NULL)
			(void)unlinkat(h->fd, first, 0);
		free_names(names, count);
	}
	len = snprintf(to, sizeof to, "%s%s", name, RUN_FILES_ASIDE);
	if ((size_t)len < sizeof to && renameat(h->fd, name, h->fd, to) == 0)
		return 0;
	return run_files_remove(h, name);
}

/* Users */

static bool
read_uid(const char *name, uid_t *uid)
{
	char back[16];
	char *end;

	*uid = (uid_t)strtoul(name, &end, 10);
	(void)snprintf(back, sizeof back, "%lu", (unsigned long)*uid);
	return strcmp(back, name) == 0;
}

int
run_files_users(struct run_files *h, uid_t **uids, size_t *count)
{
	char **names;
	size_t all, i;

	*count = 0;
	if (run_files_list(h, &names, &all) != 0)
		return -1;
	*uids = calloc(all + 1, sizeof **uids);
	for (i = 0; *uids != NULL && i < all; i++)
		if (read_uid(names[i], *uids + *count))
			(*count)++;
	free_names(names, all);
	return *uids == NULL ? -1 : 0;
}

struct run_files *
run_files_user(struct run_files *h, uid_t uid, bool make)
{
	struct run_files *user;
	struct stat st;
	char *path;

	if (asprintf(&path, "%s/%lu", h->path, (unsigned long)uid) < 0)
		return NULL;
	user = run_files_open(path);
	if (user == NULL && errno == ENOENT && make && mkdirs_own(path) == 0)
		user = run_files_open(path);
	free(path);
	if (user == NULL)
		return NULL;
	if (fstat(user->fd, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return user;
	run_files_close(user);
	errno = EPERM;
	return NULL;
}

/* FIFOs */

int
run_files_fifo(struct run_files *h, const char *name, uid_t uid, gid_t gid)
{
	int fd, error;

	if (make_sure(h) != 0 || mkfifoat(h->fd, name, 0600) != 0)
		return -1;
	fd =
	    openat(h->fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (geteuid() != 0 || fchown(fd, uid, gid) == 0))
		return fd;
	error = errno;
	fd_close(&fd);
	(void)unlinkat(h->fd, name, 0);
	errno = error;
	return -1;
}

/* Keys */

int
run_files_key(struct run_state_key *key, const char *boot_id)
{
	struct stat st;
	size_t len = strlen(boot_id);

	*key = (struct run_state_key){0};
	key->init_start = process_start_time(1);
	if (len == 0 || len >= sizeof key->boot || key->init_start == 0 ||
	    stat("/proc/self/ns/pid", &st) != 0)
		return -1;
	memcpy(key->boot, boot_id, len + 1);
	key->pid_ns = (uint64_t)st.st_ino;
	return 0;
}
