/* The child's listing, and the reading of what it finds. */
#include "daemon/collectors/outbox_scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/spawn/clean_child.h"
#include "sys/fd.h"
#include "sys/spawn/clean_child.h"

#define LINE_SIZE 512

struct outbox_scan {
	struct ev_loop *loop;
	ev_io io;
	int fd;
	pid_t pid;
	void (*found)(void *context, uid_t, const char *name);
	void (*over)(void *context);
	void *context;
	char line[LINE_SIZE];
	size_t len;
};

/* The child */

static bool
has_letters(int outbox, const char *name)
{
	int fd = openat(outbox, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry = NULL;

	if (dir == NULL) {
		fd_close(&fd);
		return false;
	}
	do
		entry = readdir(dir);
	while (entry != NULL && entry->d_name[0] == '.');
	(void)closedir(dir);
	return entry != NULL;
}

static bool
read_uid(const char *name, uid_t *uid)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(name, &end, 10);
	*uid = (uid_t)n;
	return name[0] >= '0' && name[0] <= '9' && *end == '\0' && errno == 0 &&
	       n < UINT32_MAX;
}

static void
scan(const char *path, int to)
{
	DIR *dir = path != NULL ? opendir(path) : NULL;
	const struct passwd *pw;
	struct dirent *entry;
	char line[LINE_SIZE];
	uid_t uid;
	int n;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (!read_uid(entry->d_name, &uid) ||
		    !has_letters(dirfd(dir), entry->d_name))
			continue;
		pw = getpwuid(uid);
		n = snprintf(line, sizeof line, "%lu %s\n", (unsigned long)uid,
		    pw != NULL ? pw->pw_name : "");
		if (n > 0 && (size_t)n < sizeof line)
			(void)fd_write_whole(to, line, (size_t)n);
	}
	if (dir != NULL)
		(void)closedir(dir);
}

/* The parent */

static void
take_line(struct outbox_scan *s, char *line)
{
	char *name = strchr(line, ' ');
	uid_t uid;

	if (name == NULL)
		return;
	*name++ = '\0';
	if (read_uid(line, &uid))
		s->found(s->context, uid, name);
}

static void
take_lines(struct outbox_scan *s)
{
	char *end;

	while ((end = memchr(s->line, '\n', s->len)) != NULL) {
		*end = '\0';
		take_line(s, s->line);
		s->len -= (size_t)(end + 1 - s->line);
		memmove(s->line, end + 1, s->len);
	}
}

static void
on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	struct outbox_scan *s = io->data;
	ssize_t n;

	(void)loop;
	(void)events;
	n = read(s->fd, s->line + s->len, sizeof s->line - s->len);
	if (n > 0) {
		s->len += (size_t)n;
		take_lines(s);
		if (s->len < sizeof s->line)
			return;
	} else if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		return;
	}
	s->over(s->context);
	outbox_scan_stop(s);
}

struct outbox_scan *
outbox_scan_start(struct ev_loop *loop, const char *const dirs[2],
    void (*found)(void *context, uid_t, const char *name),
    void (*over)(void *context), void *context)
{
	struct outbox_scan *s = calloc(1, sizeof *s);
	int ends[2];

	if (s == NULL || pipe2(ends, O_CLOEXEC) != 0) {
		free(s);
		return NULL;
	}
	s->pid = fork();
	if (s->pid == 0) {
		clean_child(ends[1]);
		scan(dirs[0], ends[1]);
		scan(dirs[1], ends[1]);
		_exit(0);
	}
	fd_close(&ends[1]);
	if (s->pid < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
		fd_close(&ends[0]);
		free(s);
		return NULL;
	}
	s->loop = loop;
	s->fd = ends[0];
	s->found = found;
	s->over = over;
	s->context = context;
	ev_io_init(&s->io, on_readable, s->fd, EV_READ);
	s->io.data = s;
	ev_io_start(loop, &s->io);
	return s;
}

/* Whoever hangs in a lookup ends by the write into a pipe that nobody reads; it
 * is reaped as any child that nobody watches. */
void
outbox_scan_stop(struct outbox_scan *s)
{
	if (s == NULL)
		return;
	ev_io_stop(s->loop, &s->io);
	fd_close(&s->fd);
	free(s);
}
