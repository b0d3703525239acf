/*
 * Executing a collector, and finding those that an earlier crond has left. Each
 * has a directory COLLECT/UID.GENERATION, 0700, with its lock and the socket
 * at which it can be found; it makes both, and takes them away when it ends.
 */
#include "daemon/collectors/collector.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/mkdirs.h"
#include "sys/seqpacket.h"
#include "sys/spawn/spawn.h"

#define SOCKET "socket"
#define LOCK   "lock"
#define THEIRS 3 /* the descriptor of their end */

/* Executing */

static int
execute(struct collector_user *u, int theirs, bool recover, bool named)
{
	const struct collectors *all = u->all;
	struct collector_args args = all->args;
	const struct collector_whose whose = {
	    .uid = u->uid,
	    .name = u->name,
	    .generation = named ? u->generation : 0,
	    .socket = THEIRS,
	    .recover = recover,
	};
	char **argv;
	int result, error;

	if (!named)
		args.collect_dir = NULL;
	argv = collector_argv(&args, &whose, all->config.program);
	if (argv == NULL) {
		errno = ENOMEM;
		return -1;
	}
	result = spawn_program(all->config.program, argv, all->config.origin,
	    theirs, THEIRS);
	error = errno;
	collector_argv_free(argv);
	errno = error;
	return result;
}

int
collector_start(struct collector_user *u, bool recover)
{
	const char *dir = u->all->args.collect_dir;
	struct collector *c;
	int ends[2], error;
	bool named;

	/* Its directory may have been taken away. Where it can't be made, or
	 * the collector failed at its own, the next one does without: it then
	 * ends with us. */
	named = dir != NULL && u->failures < 2 && mkdirs_own(dir) == 0;
	if (seqpacket_pair(ends) != 0)
		return -1;
	u->generation++;
	if (execute(u, ends[1], recover, named) == -1) {
		error = errno;
		fd_close(&ends[0]);
		fd_close(&ends[1]);
		errno = error;
		return -1;
	}
	/* Ours must be the only end here before anything is sent: what lies in
	 * a queue is dropped by whoever closes its end last. */
	fd_close(&ends[1]);
	c = collector_open(u, u->generation, ends[0]);
	if (c == NULL) {
		fd_close(&ends[0]);
		errno = ENOMEM;
		return -1;
	}
	c->recovers = recover;
	return 0;
}

/* Connecting */

struct found {
	uid_t uid;
	uint64_t generation;
};

static bool
read_name(const char *name, struct found *found)
{
	unsigned long long uid, generation;
	char back[64];
	char *end;

	uid = strtoull(name, &end, 10);
	if (*end != '.' || uid >= UINT32_MAX)
		return false;
	generation = strtoull(end + 1, NULL, 10);
	snprintf(back, sizeof back, "%llu.%llu", uid, generation);
	found->uid = (uid_t)uid;
	found->generation = generation;
	return strcmp(back, name) == 0;
}

/* Nobody is there: its directory goes, unless one holds the lock all the same,
 * who may hang in a job's pipe. */
static void
tidy(int collect, const char *name, int dir)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd =
	    openat(dir, LOCK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd != -1 &&
	    (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type != F_UNLCK)) {
		fd_close(&fd);
		return;
	}
	fd_close(&fd);
	(void)unlinkat(dir, SOCKET, 0);
	(void)unlinkat(dir, LOCK, 0);
	(void)unlinkat(collect, name, AT_REMOVEDIR);
}

static void
connect_one(struct collectors *all, int collect, const char *name)
{
	struct collector_user *u;
	struct collector *c;
	struct found found;
	int dir, fd;

	if (!read_name(name, &found))
		return;
	u = collector_user_get(all, found.uid, "");
	dir = openat(collect, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (u == NULL || dir == -1) {
		fd_close(&dir);
		return;
	}
	if (u->generation < found.generation)
		u->generation = found.generation;
	fd = seqpacket_connect(dir, SOCKET);
	if (fd == -1)
		tidy(collect, name, dir);
	else if ((c = collector_open(u, found.generation, fd)) == NULL)
		fd_close(&fd);
	else
		c->inherited = true;
	fd_close(&dir);
}

void
collectors_connect(struct collectors *all)
{
	const char *path = all->args.collect_dir;
	struct dirent *entry;
	DIR *dir = path != NULL ? opendir(path) : NULL;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		connect_one(all, dirfd(dir), entry->d_name);
	if (dir != NULL)
		(void)closedir(dir);
}
