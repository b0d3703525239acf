/*
 * The installed tables. A new one is written beside the old one (a name of its
 * own, 0600, O_EXCL), synced, given to its owner and renamed over it; then the
 * directory is synced, or, where group crontab may not open it (mode 1730), the
 * file system. So at each moment the whole old or the whole new table is there.
 *
 * A table that is a link is an admin's doing. The file it leads to is read with
 * the caller's own rights only: whoever owns the target could turn it into a
 * link to anything.
 */
#include "tools/crontab_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/printable.h"
#include "sys/cluster.h"
#include "sys/mkdirs.h"
#include "sys/fd.h"
#include "sys/host.h"
#include "sys/rename.h"

/* How long another crontab is waited for. */
#define LOCK_LOOKS   250
#define LOCK_NAP_NS  20000000
#define LOCK_TRIES   100 /* a table can't change for ever meanwhile */
#define HEADER_LINES 3

static char *
table_path(const struct crontab *c)
{
	char *path;

	if (strchr(c->options.user, '/') != NULL ||
	    c->options.user[0] == '\0' || strcmp(c->options.user, ".") == 0 ||
	    strcmp(c->options.user, "..") == 0) {
		(void)fprintf(stderr,
		    "crontab: no file can have the name of this user\n");
		return NULL;
	}
	if (asprintf(&path, "%s/%s", c->paths.spool_dir, c->options.user) < 0) {
		crontab_complain(c->paths.spool_dir);
		return NULL;
	}
	return path;
}

/* An installation without its set-id bits is a puzzle to its users. */
static void
complain_about_spool(const struct crontab *c, const char *path)
{
	int error = errno;

	crontab_complain(path);
	if ((error == EACCES || error == EPERM) && !c->options.is_root &&
	    !c->privilege.elevated)
		(void)fprintf(stderr,
		    "crontab: this program is not installed set%s: it can't "
		    "reach the tables of ordinary users\n",
		    c->options.personality->spool_group != NULL ? "gid crontab"
								: "uid root");
}

/* ---- the directory ---- */

static int
give_to_group(const struct crontab *c)
{
	const struct personality *personality = c->options.personality;
	const struct group *group = getgrnam(personality->spool_group);
	bool strict = c->options.root[0] == '\0';

	if (group == NULL && strict) {
		(void)fprintf(stderr, "%s: getgrnam: no group %s\n",
		    c->paths.spool_dir, personality->spool_group);
		return -1;
	}
	if ((group != NULL &&
		chown(c->paths.spool_dir, (uid_t)-1, group->gr_gid) != 0 &&
		strict) ||
	    chmod(c->paths.spool_dir, personality->spool_mode) != 0) {
		crontab_complain(c->paths.spool_dir);
		return -1;
	}
	return 0;
}

static int
make_spool(const struct crontab *c)
{
	const struct personality *personality = c->options.personality;

	if (c->paths.spool_parent != NULL &&
	    mkdirs(c->paths.spool_parent, 0755) < 0) {
		crontab_complain(c->paths.spool_parent);
		return -1;
	}
	if (mkdirs(c->paths.spool_dir, personality->spool_mode) < 0) {
		crontab_complain(c->paths.spool_dir);
		return -1;
	}
	(void)fprintf(stderr, "%s: created\n", c->paths.spool_dir);
	if (personality->spool_group != NULL)
		return give_to_group(c);
	/* A setuid program makes it in its caller's group. */
	if (geteuid() == 0 && chown(c->paths.spool_dir, 0, 0) != 0) {
		crontab_complain(c->paths.spool_dir);
		return -1;
	}
	return 0;
}

int
spool_ensure(const struct crontab *c)
{
	int status = 0;
	struct stat st;

	crontab_raise(c);
	if (stat(c->paths.spool_dir, &st) != 0) {
		status = -1;
		crontab_complain(c->paths.spool_dir);
		if (errno == ENOENT && (geteuid() == 0 || c->options.is_root))
			status = make_spool(c);
	} else if (!S_ISDIR(st.st_mode)) {
		(void)fprintf(stderr, "'%s' is not a directory, bailing out.\n",
		    c->paths.spool_dir);
		status = -1;
	}
	crontab_drop(c);
	return status;
}

/* ---- reading ---- */

/* Where a link leads, from anywhere. */
static char *
link_target(const struct crontab *c, const char *path)
{
	char target[PATH_MAX], *whole;
	ssize_t len = readlink(path, target, sizeof target - 1);

	if (len < 0)
		return NULL;
	target[len] = '\0';
	if (target[0] == '/')
		return strdup(target);
	return asprintf(&whole, "%s/%s", c->paths.spool_dir, target) < 0
		   ? NULL
		   : whole;
}

/* The table's file; -1 with errno. */
static int
open_table(const struct crontab *c, const char *path)
{
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd, error;
	char *target = NULL;
	struct stat st;

	crontab_raise(c);
	fd = open(path, flags | O_NOFOLLOW);
	if (fd < 0 && errno == ELOOP) {
		target = link_target(c, path);
		errno = target != NULL ? ELOOP : errno;
	}
	crontab_drop(c);
	if (target != NULL) {
		fd = open(target, flags);
		error = errno;
		free(target);
		errno = error;
	}
	if (fd < 0)
		return -1;
	error = EINVAL;
	if (fstat(fd, &st) != 0)
		error = errno;
	else if (S_ISREG(st.st_mode))
		return fd;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	close(fd);
	errno = error;
	return -1;
}

static int
open_stored(const struct crontab *c, struct stored *stored)
{
	char *path = table_path(c);
	int status = -1;

	memset(stored, 0, sizeof *stored);
	stored->fd = -1;
	if (path == NULL)
		return -1;
	stored->fd = open_table(c, path);
	stored->exists = stored->fd >= 0;
	if (stored->exists || errno == ENOENT)
		status = 0;
	else
		complain_about_spool(c, path);
	free(path);
	return status;
}

static int
fill_stored(const struct crontab *c, struct stored *stored)
{
	if (!stored->exists)
		return 0;
	stored->bytes = crontab_read(stored->fd, &stored->len);
	if (stored->bytes != NULL)
		return 0;
	crontab_complain(c->options.user);
	stored_clear(stored);
	return -1;
}

int
stored_read(const struct crontab *c, struct stored *stored)
{
	if (open_stored(c, stored) != 0 || fill_stored(c, stored) != 0)
		return -1;
	fd_close(&stored->fd);
	return 0;
}

void
stored_clear(struct stored *stored)
{
	free(stored->bytes);
	fd_close(&stored->fd);
	memset(stored, 0, sizeof *stored);
	stored->fd = -1;
}

/* ---- the lock ---- */

/* 0, or -1: somebody else has had it all the time. */
static int
wait_for_lock(int fd)
{
	const struct timespec nap = {0, LOCK_NAP_NS};

	for (int looks = 0; looks < LOCK_LOOKS; looks++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return 0; /* a file system without locks */
		(void)nanosleep(&nap, NULL);
	}
	return -1;
}

/* Is what was locked still the table? */
static bool
still_there(const struct crontab *c, int fd)
{
	char *path = table_path(c);
	struct stat locked, named;
	bool same;

	if (path == NULL)
		return false;
	crontab_raise(c);
	same = fstat(fd, &locked) == 0 && stat(path, &named) == 0 &&
	       locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
	crontab_drop(c);
	free(path);
	return same;
}

int
stored_lock(const struct crontab *c, struct stored *stored)
{
	for (int tries = 1;; tries++) {
		if (open_stored(c, stored) != 0)
			return -1;
		if (!stored->exists)
			return 0;
		if (wait_for_lock(stored->fd) != 0 && !c->options.is_root) {
			(void)fprintf(stderr,
			    "crontab: another crontab is at %s's table, and "
			    "does not end\n",
			    c->options.user);
			stored_clear(stored);
			return -1;
		}
		if (tries >= LOCK_TRIES || still_there(c, stored->fd))
			return fill_stored(c, stored);
		stored_clear(stored);
	}
}

/* A file that is no table any more is nothing to wait for; a busy disk takes
 * its time to sync. */
static void
unlock_gone(int fd)
{
	if (fd >= 0)
		(void)flock(fd, LOCK_UN);
}

/* ---- the header ---- */

size_t
stored_header_len(const struct crontab *c, const char *bytes, size_t len)
{
	const char *newline;
	size_t at = 0;

	if (!c->options.personality->stored_header)
		return 0;
	for (int i = 0; i < HEADER_LINES && at < len && bytes[at] == '#'; i++) {
		newline = memchr(bytes + at, '\n', len - at);
		at = newline != NULL ? (size_t)(newline - bytes) + 1 : len;
	}
	return at;
}

/* Debian's three lines. The file's name is the user's, and must not make lines
 * of its own. */
static int
write_header(const struct crontab *c, int fd, const char *file)
{
	char name[512], when[64] = "";
	time_t now = time(NULL);
	struct tm tm;

	if (!c->options.personality->stored_header)
		return 0;
	if (localtime_r(&now, &tm) != NULL)
		(void)strftime(when, sizeof when, "%a %b %e %H:%M:%S %Y", &tm);
	return dprintf(fd,
		   "# DO NOT EDIT THIS FILE - edit the master and reinstall.\n"
		   "# (%s installed on %-24.24s)\n"
		   "# (Cron version -- $Id: crontab.c,v 2.13 1994/01/17 "
		   "03:20:37 vixie Exp $)\n",
		   printable_string(name, sizeof name, file), when) < 0
		   ? -1
		   : 0;
}

/* ---- a new table ---- */

/* What is to be in a new file. */
struct content {
	const char *file; /* the header names it; NULL: no table, but the
			     cluster file */
	const char *bytes;
	size_t len;
};

static char *
temp_path(const struct crontab *c)
{
	const struct personality *personality = c->options.personality;
	struct host host;
	char *path;
	int n;

	host_init(&host, c->paths.root);
	n = asprintf(&path, "%s/%s%.64s%sXXXXXX", c->paths.spool_dir,
	    personality->temp_prefix,
	    personality->temp_names_host ? host.name : "",
	    personality->temp_names_host ? "." : "");
	return n < 0 ? NULL : path;
}

/* Whose the table is to be [COMPAT.md 1]. Only root can give files away; a
 * setgid program's are its caller's from the start. */
static int
give_to_owner(const struct crontab *c, int fd)
{
	const struct personality *personality = c->options.personality;
	uid_t owner = c->options.user_uid;
	gid_t group = (gid_t)-1;
	struct stat spool;

	if (geteuid() != 0)
		return 0;
	if (personality->root_keeps && c->options.is_root)
		owner = 0;
	if (personality->spool_group != NULL) {
		if (stat(c->paths.spool_dir, &spool) != 0)
			return -1;
		group = spool.st_gid;
	}
	return fchown(fd, owner, group);
}

/* The cluster file is for everybody's crontab to read, which under Debian has
 * no more than its group. */
static int
give_to_crontab(const struct crontab *c, int fd)
{
	struct stat spool;

	if (geteuid() != 0 || c->options.personality->spool_group == NULL)
		return 0;
	if (stat(c->paths.spool_dir, &spool) != 0 ||
	    fchown(fd, 0, spool.st_gid) != 0)
		return -1;
	return fchmod(fd, 0640);
}

static int
fill_newcomer(const struct crontab *c, const struct newcomer *new,
    const struct content *content)
{
	bool table = content->file != NULL;

	if (fchmod(new->fd, 0600) == 0 &&
	    (!table || write_header(c, new->fd, content->file) == 0) &&
	    fd_write_whole(new->fd, content->bytes, content->len) == 0 &&
	    (table ? give_to_owner(c, new->fd) : give_to_crontab(c, new->fd)) ==
		0 &&
	    fsync(new->fd) == 0)
		return 0;
	int error = errno;
	(void)fprintf(stderr, "crontab: error while writing %sto %s\n",
	    table ? "new crontab " : "", new->temp);
	errno = error;
	crontab_complain(new->temp);
	return -1;
}

/* path: where it will be; owned from here on, NULL: a message was printed. */
static int
write_newcomer(const struct crontab *c, struct newcomer *new, char *path,
    const struct content *content)
{
	int status = -1;
	sigset_t all;

	memset(new, 0, sizeof *new);
	new->fd = -1;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &new->signals);
	new->path = path;
	new->temp = new->path != NULL ? temp_path(c) : NULL;
	if (new->temp == NULL) {
		if (new->path != NULL)
			crontab_complain(c->paths.spool_dir);
		newcomer_clear(c, new);
		return -1;
	}
	crontab_raise(c);
	new->fd = mkostemp(new->temp, O_CLOEXEC);
	if (new->fd < 0) {
		complain_about_spool(c, new->temp);
		free(new->temp);
		new->temp = NULL;
	} else {
		status = fill_newcomer(c, new, content);
	}
	crontab_drop(c);
	if (status != 0)
		newcomer_clear(c, new);
	return status;
}

int
newcomer_write(const struct crontab *c, struct newcomer *new, const char *file,
    const char *bytes, size_t len)
{
	const struct content content = {file, bytes, len};

	return write_newcomer(c, new, table_path(c), &content);
}

int
newcomer_write_cluster(const struct crontab *c, struct newcomer *new,
    const char *line)
{
	const struct content content = {NULL, line, strlen(line)};
	char *path;

	if (asprintf(&path, "%s/%s", c->paths.spool_dir, CLUSTER_FILE) < 0) {
		crontab_complain(c->paths.spool_dir);
		return -1;
	}
	return write_newcomer(c, new, path, &content);
}

/* A rename that finds nothing there. */
static int
rename_to_new(const char *from, const char *to)
{
	struct stat st;

	if (rename_noreplace(from, to) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* Not on this file system: nearly the same. */
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? rename(from, to) : -1;
}

/* The rename has to reach the disk too. */
static void
sync_spool(const struct crontab *c, int fd, const char *done)
{
	int dir = open(c->paths.spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = dir >= 0 ? fsync(dir) : syncfs(fd);

	if (status != 0)
		(void)fprintf(stderr,
		    "crontab: %s: %s: the table is %s, but a power cut may "
		    "bring the old one back\n",
		    c->paths.spool_dir, strerror(errno), done);
	fd_close(&dir);
}

int
newcomer_place(const struct crontab *c, struct newcomer *new, bool only_new,
    int locked, bool *taken)
{
	int status, error;

	*taken = false;
	crontab_raise(c);
	status = only_new ? rename_to_new(new->temp, new->path)
			  : rename(new->temp, new->path);
	error = errno;
	if (status == 0) {
		free(new->temp);
		new->temp = NULL;
		unlock_gone(locked);
		sync_spool(c, new->fd, "in place");
	}
	crontab_drop(c);
	if (status == 0)
		return 0;
	*taken = only_new && error == EEXIST;
	if (!*taken) {
		(void)fprintf(stderr, "crontab: error renaming %s to %s\n",
		    new->temp, new->path);
		errno = error;
		crontab_complain("rename");
	}
	return -1;
}

void
newcomer_clear(const struct crontab *c, struct newcomer *new)
{
	crontab_raise(c);
	if (new->temp != NULL &&new->fd >= 0)
		(void)unlink(new->temp);
	crontab_drop(c);
	free(new->temp);
	free(new->path);
	new->temp = new->path = NULL;
	fd_close(&new->fd);
	(void)sigprocmask(SIG_SETMASK, &new->signals, NULL);
}

/* ---- removing ---- */

int
stored_remove(const struct crontab *c, int fd)
{
	char *path = table_path(c);
	int status;

	if (path == NULL)
		return -1;
	crontab_raise(c);
	status = unlink(path);
	if (status != 0) {
		complain_about_spool(c, path);
	} else {
		unlock_gone(fd);
		sync_spool(c, fd, "gone");
	}
	crontab_drop(c);
	free(path);
	return status;
}
