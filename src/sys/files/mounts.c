/*
 * What is mounted where. A path is followed name by name along the tree of
 * mounts as mountinfo has it (each mount knows its parent, so mounts hidden by
 * others don't mislead); where a name is a mount point of a kind that may hang,
 * the walk ends before it is touched. autofs counts: its mount point hangs
 * until what is behind it is mounted.
 */
#include "sys/files/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/random.h"
#include "sys/fd.h"

#define MOUNTINFO "/proc/self/mountinfo"
#define TEXT_MAX  ((size_t)64 << 20)
#define LINKS_MAX 40 /* as the kernel */

struct mount {
	int id, parent;
	char *point; /* in mounts->text */
	bool hangs;
};

struct mounts {
	int fd;     /* of mountinfo, or -1 */
	int epoll;  /* around it, or -1 */
	char *text; /* of mountinfo, cut into strings */
	struct mount *list;
	size_t count;
	size_t root; /* index of what is mounted on "/"; count: none */
	/* The directory in which we stay (stay_len 0: none), without links,
	 * and what it lies on. */
	char stay[PATH_MAX], stay_done[PATH_MAX];
	size_t stay_len, stay_mount;
	uint64_t hash; /* of what was read last */
};

static bool
type_hangs(const char *type)
{
	static const char *const types[] = {"nfs", "nfs4", "cifs", "smb3",
	    "smbfs", "autofs", "9p", "ceph", "afs", "coda", "ncpfs", "lustre",
	    "gfs2", "ocfs2", "glusterfs", "beegfs", "virtiofs", "pvfs2",
	    "orangefs", "gpfs", "vboxsf", "fuse", "fuseblk"};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return strncmp(type, "fuse.", 5) == 0;
}

/* Blanks in mount points are written as octal digits: \040. */
static void
unescape(char *s)
{
	char *out = s;

	while (*s != '\0') {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' &&
		    s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*out++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 |
					(s[3] - '0'));
			s += 4;
		} else {
			*out++ = *s++;
		}
	}
	*out = '\0';
}

/* "36 35 98:0 /in/fs /point opts [tags...] - type source opts" */
static bool
parse_line(char *line, struct mount *m)
{
	char *save = NULL, *field, *fields[5];

	for (size_t i = 0; i < 5; i++) {
		fields[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
		if (fields[i] == NULL)
			return false;
	}
	m->id = atoi(fields[0]);
	m->parent = atoi(fields[1]);
	m->point = fields[4];
	unescape(m->point);
	do {
		field = strtok_r(NULL, " ", &save);
	} while (field != NULL && strcmp(field, "-") != 0);
	field = strtok_r(NULL, " ", &save);
	if (field == NULL)
		return false;
	m->hangs = type_hangs(field);
	return true;
}

/* What is mounted on point directly above mount at, and above that, ... */
static size_t
topmost(const struct mount *list, size_t count, size_t at, const char *point)
{
	size_t steps = 0;

	for (size_t i = 0; i < count && steps <= count; i++) {
		if (i != at && list[i].parent == list[at].id &&
		    strcmp(list[i].point, point) == 0) {
			at = i;
			i = (size_t)-1;
			steps++;
		}
	}
	return at;
}

static size_t
find_root(const struct mount *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool has_parent = false;

		if (strcmp(list[i].point, "/") != 0)
			continue;
		for (size_t j = 0; j < count; j++)
			has_parent |= j != i && list[j].id == list[i].parent;
		if (!has_parent)
			return topmost(list, count, i, "/");
	}
	return count;
}

/* Takes over text. */
static int
set_text(struct mounts *m, char *text)
{
	struct mount *list;
	char *save = NULL, *line;
	size_t lines = 1, count = 0;

	for (const char *s = text; *s != '\0'; s++)
		lines += *s == '\n';
	list = calloc(lines, sizeof(*list));
	if (list == NULL) {
		free(text);
		return -1;
	}
	for (line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		count += parse_line(line, &list[count]);
	free(m->text);
	free(m->list);
	m->text = text;
	m->list = list;
	m->count = count;
	mounts_leave(m);
	m->root = find_root(list, count);
	return 0;
}

/* mountinfo's size is unknown before it is read. */
static char *
read_text(int fd)
{
	size_t size = 16384;
	char *text = NULL;

	while (size <= TEXT_MAX) {
		char *bigger = realloc(text, size);
		ssize_t n;

		if (bigger == NULL)
			break;
		text = bigger;
		if (lseek(fd, 0, SEEK_SET) < 0)
			break;
		n = fd_read_whole(fd, text, size - 1);
		if (n < 0)
			break;
		if ((size_t)n < size - 1) {
			text[n] = '\0';
			return text;
		}
		size *= 2;
		errno = ENOMEM;
	}
	free(text);
	return NULL;
}

static struct mounts *
new_empty(void)
{
	struct mounts *m = calloc(1, sizeof(*m));

	if (m != NULL)
		m->fd = m->epoll = -1;
	return m;
}

/* mountinfo tells of a change by EPOLLPRI, libev can't ask for that, and under
 * EV_READ it would be ready for ever. An epoll descriptor that waits for it is
 * readable when it comes. */
static int
open_signal(struct mounts *m)
{
	struct epoll_event event = {.events = EPOLLPRI};

	m->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (m->epoll < 0)
		return -1;
	return epoll_ctl(m->epoll, EPOLL_CTL_ADD, m->fd, &event);
}

struct mounts *
mounts_new(void)
{
	struct mounts *m = new_empty();

	if (m == NULL)
		return NULL;
	m->fd = open(MOUNTINFO, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0)
		return m;
	if (open_signal(m) < 0 || mounts_refresh(m) < 0) {
		int saved = errno;

		mounts_free(m);
		errno = saved;
		return NULL;
	}
	return m;
}

struct mounts *
mounts_of_text(const char *mountinfo)
{
	struct mounts *m = new_empty();
	char *text = strdup(mountinfo);

	if (m == NULL || text == NULL || set_text(m, text) < 0) {
		if (m == NULL)
			free(text);
		mounts_free(m);
		return NULL;
	}
	return m;
}

void
mounts_free(struct mounts *m)
{
	if (m == NULL)
		return;
	fd_close(&m->epoll);
	fd_close(&m->fd);
	free(m->text);
	free(m->list);
	free(m);
}

int
mounts_fd(const struct mounts *m)
{
	return m->epoll;
}

int
mounts_refresh(struct mounts *m)
{
	struct epoll_event event;
	uint64_t hash;
	char *text;
	bool same;

	if (m->fd < 0)
		return 0;
	(void)epoll_wait(m->epoll, &event, 1, 0);
	text = read_text(m->fd);
	if (text == NULL)
		return -1;
	hash = random_mix(0, text, strlen(text));
	if (set_text(m, text) < 0)
		return -1;
	same = m->hash == hash;
	m->hash = hash;
	return same ? 1 : 0;
}

/* --- following a path --- */

struct walk {
	char done[PATH_MAX]; /* without links; "" is the root */
	char rest[PATH_MAX]; /* still to be followed */
	size_t mount;        /* what done lies on; mounts->count: unknown */
	unsigned links;
};

static bool
hangs(const struct mounts *m, size_t mount)
{
	return mount < m->count && mount != m->root && m->list[mount].hangs;
}

static size_t
enter_mounts(const struct mounts *m, size_t mount, const char *point)
{
	return mount < m->count ? topmost(m->list, m->count, mount, point)
				: mount;
}

/* Up by one name: the mount has to be found anew from the root. */
static void
go_up(const struct mounts *m, struct walk *w)
{
	char *slash = strrchr(w->done, '/');

	if (slash != NULL)
		*slash = '\0';
	w->mount = m->root;
	for (char *s = w->done; *s != '\0';) {
		char kept;

		s += 1 + strcspn(s + 1, "/");
		kept = *s;
		*s = '\0';
		w->mount = enter_mounts(m, w->mount, w->done);
		*s = kept;
	}
}

/* Takes the next name off rest; false at its end. */
static bool
next_name(struct walk *w, char *name)
{
	size_t skip = strspn(w->rest, "/");
	size_t len = strcspn(w->rest + skip, "/");

	if (len == 0 || len > NAME_MAX)
		return false;
	memcpy(name, w->rest + skip, len);
	name[len] = '\0';
	memmove(w->rest, w->rest + skip + len,
	    strlen(w->rest + skip + len) + 1);
	return true;
}

/* The name just added to done is a link: puts its target before rest. */
static bool
follow(const struct mounts *m, struct walk *w, size_t parent_len,
    const char *target, size_t len)
{
	size_t rest_len = strlen(w->rest);

	if (++w->links > LINKS_MAX || len + 1 + rest_len + 1 > sizeof(w->rest))
		return false;
	memmove(w->rest + len + 1, w->rest, rest_len + 1);
	memcpy(w->rest, target, len);
	w->rest[len] = '/';
	w->done[parent_len] = '\0';
	if (target[0] == '/') {
		w->done[0] = '\0';
		w->mount = m->root;
	}
	return true;
}

/* Follows one name. 1: went on; 0: it is not there; -1: may hang there. */
static int
walk_name(const struct mounts *m, struct walk *w, const char *name)
{
	char target[PATH_MAX];
	size_t parent_len = strlen(w->done), mount;
	ssize_t len;

	if (parent_len + 1 + strlen(name) + 1 > sizeof(w->done))
		return 0;
	w->done[parent_len] = '/';
	memcpy(w->done + parent_len + 1, name, strlen(name) + 1);
	mount = enter_mounts(m, w->mount, w->done);
	if (hangs(m, mount))
		return -1;
	if (mount != w->mount) {
		w->mount = mount;
		return 1; /* a mount point is no link */
	}
	len = readlink(w->done, target, sizeof(target));
	if (len >= 0)
		return follow(m, w, parent_len, target, (size_t)len) ? 1 : 0;
	return errno == EINVAL ? 1 : 0;
}

/* Is it a name in the directory in which we stay? */
static bool
is_at_hand(const struct mounts *m, const char *path)
{
	size_t len = m->stay_len;

	return len > 0 && strncmp(path, m->stay, len) == 0 &&
	       path[len] == '/' && strchr(path + len + 1, '/') == NULL &&
	       strlen(path + len) <= NAME_MAX;
}

static bool
walk_begin(const struct mounts *m, struct walk *w, const char *path)
{
	char here[PATH_MAX] = "";
	int n;

	if (is_at_hand(m, path)) {
		memcpy(w->done, m->stay_done, strlen(m->stay_done) + 1);
		memcpy(w->rest, path + m->stay_len,
		    strlen(path + m->stay_len) + 1);
		w->mount = m->stay_mount;
		w->links = 0;
		return true;
	}
	if (path[0] != '/' && getcwd(here, sizeof(here)) == NULL)
		return false;
	n = snprintf(w->rest, sizeof(w->rest), "%s/%s", here, path);
	w->done[0] = '\0';
	w->mount = m->root;
	w->links = 0;
	return n > 0 && (size_t)n < sizeof(w->rest);
}

static bool
is_users(const struct stat *st)
{
	return st->st_uid != 0 && st->st_uid != geteuid();
}

/* May a user turn what this name leads to into something else between two
 * calls, a file system that hangs among them? In a directory of theirs always;
 * where everybody may write, if the name is theirs. */
static bool
users_may_turn(const struct walk *w, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	if (lstat(w->done[0] == '\0' ? "/" : w->done, &st) < 0)
		return false;
	if (is_users(&st))
		return true;
	if ((st.st_mode & S_IWOTH) == 0 ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", w->done, name) >=
		sizeof(path))
		return false;
	return lstat(path, &st) == 0 && is_users(&st);
}

static enum mounts_end
walk(const struct mounts *m, struct walk *w, mounts_step_cb step, void *context)
{
	char name[NAME_MAX + 1];
	int verdict = 1;

	while (verdict > 0 && next_name(w, name)) {
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			go_up(m, w);
			continue;
		}
		if (step != NULL &&
		    step(context, w->done[0] == '\0' ? "/" : w->done, name) !=
			0)
			return MOUNTS_MISSING;
		if (users_may_turn(w, name))
			return MOUNTS_HANGS;
		verdict = walk_name(m, w, name);
	}
	if (verdict < 0)
		return MOUNTS_HANGS;
	return verdict > 0 && w->rest[strspn(w->rest, "/")] == '\0'
		   ? MOUNTS_REACHED
		   : MOUNTS_MISSING;
}

enum mounts_end
mounts_walk(const struct mounts *m, const char *path, mounts_step_cb step,
    void *context)
{
	struct walk w;

	return walk_begin(m, &w, path) ? walk(m, &w, step, context)
				       : MOUNTS_MISSING;
}

void
mounts_stay(struct mounts *m, const char *dir)
{
	struct walk w;

	mounts_leave(m);
	if (dir[0] != '/' || !walk_begin(m, &w, dir) ||
	    walk(m, &w, NULL, NULL) != MOUNTS_REACHED)
		return;
	m->stay_len = strlen(dir); /* walk_begin had room for it */
	memcpy(m->stay, dir, m->stay_len + 1);
	memcpy(m->stay_done, w.done, strlen(w.done) + 1);
	m->stay_mount = w.mount;
}

void
mounts_leave(struct mounts *m)
{
	m->stay_len = 0;
}

bool
mounts_may_hang(const struct mounts *m, const char *path)
{
	return mounts_walk(m, path, NULL, NULL) == MOUNTS_HANGS;
}

bool
mounts_is_blind(const struct mounts *m, const char *path)
{
	return (m->root < m->count && m->list[m->root].hangs) ||
	       mounts_may_hang(m, path);
}

size_t
mounts_below(const struct mounts *m, const char *dir)
{
	size_t len = strlen(dir), below = 0;

	for (size_t i = 0; i < m->count; i++)
		below += strncmp(m->list[i].point, dir, len) == 0 &&
			 m->list[i].point[len] == '/';
	return below;
}
