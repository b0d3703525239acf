/*
 * A FUSE server that answers all but reads, in a namespace where its user is
 * root. It is one file; opened to be written it is "direct", which is what
 * dead_mmap needs.
 */
#include "dead_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_MAX ((size_t)256 * 1024)

static char place[256]; /* the directory that it is mounted on */

static void
answer(int fd, const struct fuse_in_header *in, int error, const void *bytes,
    size_t len)
{
	char out[512];
	struct fuse_out_header header = {
	    .len = (uint32_t)(sizeof(header) + len),
	    .error = error,
	    .unique = in->unique,
	};

	memcpy(out, &header, sizeof(header));
	if (len > 0)
		memcpy(out + sizeof(header), bytes, len);
	if (write(fd, out, header.len) == -1 && errno != ENOENT)
		_exit(1);
}

static struct fuse_attr
attributes(uint64_t node)
{
	struct fuse_attr attr = {
	    .ino = node,
	    .nlink = 1,
	    .mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644,
	    .size = node == FUSE_ROOT_ID ? 0 : DEAD_BYTES,
	};

	return attr;
}

static void
serve_one(int fd, const char *request)
{
	const struct fuse_in_header *in = (const void *)request;
	const struct fuse_open_in *open_in = (const void *)(in + 1);
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
	    .minor = 31,
	    .max_write = 4096};
	struct fuse_entry_out entry = {.nodeid = FUSE_ROOT_ID + 1,
	    .entry_valid = 1000,
	    .attr_valid = 1000,
	    .attr = attributes(FUSE_ROOT_ID + 1)};
	struct fuse_attr_out attr = {.attr_valid = 1000,
	    .attr = attributes(in->nodeid)};
	struct fuse_open_out opened = {0};

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		answer(fd, in, 0, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		answer(fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		if ((open_in->flags & O_ACCMODE) != O_RDONLY)
			opened.open_flags = FOPEN_DIRECT_IO;
		answer(fd, in, 0, &opened, sizeof(opened));
		break;
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		answer(fd, in, 0, NULL, 0);
		break;
	case FUSE_READ:
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* a read is never answered; these others have none */
	default:
		answer(fd, in, -ENOSYS, NULL, 0);
	}
}

static void
serve(int fd)
{
	char *request = malloc(REQUEST_MAX);

	/* It keeps nothing of the job's: not its output, above all. */
	for (int i = 0; i < 64; i++)
		if (i != fd)
			close(i);
	setsid();
	prctl(PR_SET_NAME, "dead-server");
	while (request != NULL) {
		ssize_t n = read(fd, request, REQUEST_MAX);

		if (n == -1 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n <= 0)
			break;
		serve_one(fd, request);
	}
	_exit(0);
}

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), result = 0;

	if (fd == -1)
		return -1;
	if (write(fd, text, strlen(text)) == -1)
		result = -1;
	close(fd);
	return result;
}

/* The user is root there, and nobody else is anybody. */
static int
own_namespace(void)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "0 %u 1", (unsigned)geteuid());
	snprintf(gids, sizeof(gids), "0 %u 1", (unsigned)getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == -1)
		return -1;
	if (write_file("/proc/self/setgroups", "deny") == -1 ||
	    write_file("/proc/self/uid_map", uids) == -1 ||
	    write_file("/proc/self/gid_map", gids) == -1)
		return -1;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

int
dead_begin(void)
{
	const char *device = getenv("FUSE_DEVICE");
	char options[128];
	pid_t pid;
	int fd;

	snprintf(place, sizeof(place), "%s/dead.XXXXXX",
	    getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	if (own_namespace() == -1 || mkdtemp(place) == NULL)
		return -1;
	/* By who was in this namespace when it was opened, or mount refuses. */
	fd = open(device != NULL ? device : "/dev/fuse", O_RDWR | O_CLOEXEC);
	if (fd == -1)
		return -1;
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0", fd);
	if (mount("dead", place, "fuse", MS_NOSUID | MS_NODEV, options) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		serve(fd);
	close(fd);
	return pid == -1 ? -1 : 0;
}

static int
open_file(int flags)
{
	char path[sizeof(place) + 2];

	snprintf(path, sizeof(path), "%s/f", place);
	return open(path, flags | O_CLOEXEC);
}

int
dead_file(void)
{
	return open_file(O_RDONLY);
}

void *
dead_memory(void)
{
	int fd = dead_file();
	void *at;

	if (fd == -1)
		return NULL;
	at = mmap(NULL, DEAD_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

void
dead_mmap(void)
{
	int fd = open_file(O_RDWR);

	/* Before it is mapped what is cached of a direct file has to go, and
	 * that is being read: with the lock of this memory held. */
	mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
}
