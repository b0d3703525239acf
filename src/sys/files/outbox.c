/*
 * Letters on disk. Owns the directory's descriptor; every file is reached
 * through it, so that a directory renamed away or a link put in its place
 * changes nothing. Each thread of a collector has one, collector/letter.c
 * writes.
 */
#include "sys/files/outbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "sys/fd.h"

#define MARK ".flush" /* no letter's name begins with a '.' */

/* What is never written to, as a share of the file system: 1/20 = 5 %. */
#define RESERVE_SHARE 20

struct outbox {
	int fd;
	bool of_user;
	char path[];
};

/* Looks first: a mkdir of what is there takes the lock of a directory that
 * others may list. */
static int
make_one(const char *path, mode_t mode)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return 0;
	return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1;
}

/* mkdir -p, the last one 0700; of a user's the one above it too. */
static int
make_directories(const char *path, bool of_user)
{
	const char *last = strrchr(path, '/');
	char copy[PATH_MAX];
	size_t len = strlen(path);
	char *p;

	if (len >= sizeof copy) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(copy, path, len + 1);
	for (p = copy + 1; *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (make_one(copy,
			of_user && p - copy == last - path ? 0700 : 0755) != 0)
			return -1;
		*p = '/';
	}
	return make_one(copy, 0700);
}

/* Ours, and nobody else may put anything there. */
static int
check_parent(int fd, const char *path)
{
	struct stat st;

	if (fstatat(fd, path, &st, 0) != 0)
		return -1;
	if (st.st_uid == geteuid() && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	errno = EPERM;
	return -1;
}

/* Nobody else may see or put anything there. */
static int
check_directory(int fd, bool of_user)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || check_parent(fd, "..") != 0 ||
	    (of_user && check_parent(fd, "../..") != 0))
		return -1;
	if (st.st_uid != geteuid()) {
		errno = EPERM;
		return -1;
	}
	return (st.st_mode & 07777) == 0700 ? 0 : fchmod(fd, 0700);
}

struct outbox *
outbox_open(const char *path)
{
	struct outbox *o = malloc(sizeof *o + strlen(path) + 1);

	if (o == NULL)
		return NULL;
	memcpy(o->path, path, strlen(path) + 1);
	o->fd = -1;
	o->of_user = false;
	return o;
}

struct outbox *
outbox_open_user(const char *path)
{
	struct outbox *o = outbox_open(path);

	if (o != NULL)
		o->of_user = true;
	return o;
}

int
outbox_ready(struct outbox *o)
{
	if (o->fd >= 0)
		return 0;
	if (make_directories(o->path, o->of_user) != 0)
		return -1;
	o->fd = open(o->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (o->fd >= 0 && check_directory(o->fd, o->of_user) == 0)
		return 0;
	fd_close(&o->fd);
	return -1;
}

int
outbox_look(struct outbox *o)
{
	if (o->fd < 0)
		o->fd = open(o->path,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return o->fd < 0 ? -1 : 0;
}

void
outbox_close(struct outbox *o)
{
	if (o == NULL)
		return;
	fd_close(&o->fd);
	free(o);
}

const char *
outbox_path(const struct outbox *o)
{
	return o->path;
}

int
outbox_fd(const struct outbox *o)
{
	return o->fd;
}

int
outbox_create(struct outbox *o, const char *name)
{
	if (outbox_ready(o) != 0)
		return -1;
	return openat(o->fd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int
outbox_reader(struct outbox *o, const char *name)
{
	return openat(o->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

int
outbox_writer(struct outbox *o, const char *name)
{
	return openat(o->fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
}

int
outbox_set_aside(struct outbox *o, const char *name)
{
	char aside[NAME_MAX + 1];

	if ((size_t)snprintf(aside, sizeof aside, OUTBOX_ASIDE "%s", name) >=
	    sizeof aside) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return renameat(o->fd, name, o->fd, aside);
}

int
outbox_move(struct outbox *o, const char *name, struct outbox *to)
{
	if (outbox_ready(to) != 0)
		return -1;
	return renameat(o->fd, name, to->fd, name);
}

void
outbox_sync(struct outbox *o, char *const *names, size_t count, bool all)
{
	size_t i;
	int fd;

	if (all) {
		(void)syncfs(o->fd);
		return;
	}
	for (i = 0; i < count; i++) {
		fd = outbox_reader(o, names[i]);
		if (fd >= 0)
			(void)fdatasync(fd);
		fd_close(&fd);
	}
	(void)fsync(o->fd);
}

int
outbox_mark(struct outbox *o)
{
	int fd = openat(o->fd, MARK,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

bool
outbox_marked(struct outbox *o)
{
	return faccessat(o->fd, MARK, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
outbox_take_mark(struct outbox *o)
{
	return unlinkat(o->fd, MARK, 0) == 0;
}

int
outbox_again(struct outbox *o, const char *name)
{
	struct stat st;
	int fd;

	if (outbox_ready(o) != 0)
		return -1;
	fd = openat(o->fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_nlink == 1)
		return fd;
	fd_close(&fd);
	errno = EPERM;
	return -1;
}

int
outbox_remove(struct outbox *o, const char *name)
{
	return unlinkat(o->fd, name, 0);
}

static bool
look(struct outbox *o, const char *name, struct stat *st)
{
	return fstatat(o->fd, name, st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st->st_mode);
}

uint64_t
outbox_bytes(struct outbox *o, const char *name)
{
	struct stat st;

	return look(o, name, &st) ? (uint64_t)st.st_blocks * 512 : 0;
}

uint64_t
outbox_room(struct outbox *o)
{
	struct statvfs fs;
	uint64_t reserve;

	if (fstatvfs(o->fd, &fs) != 0 || fs.f_blocks == 0)
		return UINT64_MAX;
	reserve = fs.f_blocks / RESERVE_SHARE;
	if (fs.f_bavail <= reserve)
		return 0;
	return (fs.f_bavail - reserve) * (uint64_t)fs.f_frsize;
}

struct found {
	struct timespec at;
	uint64_t bytes;
	char *name;
};

struct list {
	struct found *found;
	size_t count;
	size_t size;
};

static int
list_add(struct list *list, const char *name, const struct stat *st)
{
	size_t size = list->size == 0 ? 64 : 2 * list->size;
	struct found *grown, *new;

	if (list->count == list->size) {
		grown = reallocarray(list->found, size, sizeof *grown);
		if (grown == NULL)
			return -1;
		list->found = grown;
		list->size = size;
	}
	new = &list->found[list->count];
	new->name = strdup(name);
	if (new->name == NULL)
		return -1;
	new->at = st->st_mtim;
	new->bytes = (uint64_t)st->st_blocks * 512;
	list->count++;
	return 0;
}

static bool
is_busy(const struct outbox_hooks *hooks, const char *name)
{
	return hooks != NULL && hooks->busy(hooks->context, name);
}

/* What can't be kept for want of memory is not looked at this time. */
static uint64_t
list_read(struct list *list, struct outbox *o, const struct outbox_hooks *hooks)
{
	int fd = openat(o->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint64_t sum = 0;
	struct stat st;

	if (dir == NULL) {
		fd_close(&fd);
		return 0;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || !look(o, entry->d_name, &st) ||
		    is_busy(hooks, entry->d_name) ||
		    list_add(list, entry->d_name, &st) != 0)
			continue;
		sum += (uint64_t)st.st_blocks * 512;
	}
	closedir(dir);
	return sum;
}

static int
by_age(const void *left, const void *right)
{
	const struct found *a = left, *b = right;

	if (a->at.tv_sec != b->at.tv_sec)
		return a->at.tv_sec < b->at.tv_sec ? -1 : 1;
	if (a->at.tv_nsec != b->at.tv_nsec)
		return a->at.tv_nsec < b->at.tv_nsec ? -1 : 1;
	return strcmp(a->name, b->name);
}

uint64_t
outbox_trim(struct outbox *o, uint64_t max, const struct outbox_hooks *hooks)
{
	struct list list = {0};
	uint64_t sum = list_read(&list, o, hooks);
	struct found *f;
	size_t i;

	if (sum > max)
		qsort(list.found, list.count, sizeof *list.found, by_age);
	for (i = 0; i < list.count; i++) {
		f = &list.found[i];
		if (sum > max && outbox_remove(o, f->name) == 0) {
			sum -= f->bytes;
			hooks->dropped(hooks->context, f->name, f->bytes);
		}
		free(f->name);
	}
	free(list.found);
	return sum;
}

int
outbox_list(struct outbox *o, struct outbox_names *names)
{
	struct list list = {0};
	size_t i;

	*names = (struct outbox_names){0};
	(void)list_read(&list, o, NULL);
	if (list.count == 0)
		return 0;
	qsort(list.found, list.count, sizeof *list.found, by_age);
	names->list = calloc(list.count, sizeof *names->list);
	for (i = 0; i < list.count; i++) {
		if (names->list != NULL)
			names->list[names->count++] = list.found[i].name;
		else
			free(list.found[i].name);
	}
	free(list.found);
	return names->list != NULL ? 0 : -1;
}

void
outbox_names_clear(struct outbox_names *names)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct outbox_names){0};
}

int64_t
outbox_expire(struct outbox *o, int64_t before_at)
{
	struct list list = {0};
	int64_t oldest = INT64_MAX, at;
	size_t i;

	(void)list_read(&list, o, NULL);
	for (i = 0; i < list.count; i++) {
		at = (int64_t)list.found[i].at.tv_sec;
		if ((at >= before_at ||
			outbox_remove(o, list.found[i].name) != 0) &&
		    at < oldest)
			oldest = at;
		free(list.found[i].name);
	}
	free(list.found);
	return oldest;
}
