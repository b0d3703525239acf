/*
 * A file system that can hang, for tests: "fuse_dead DIRECTORY" mounts one by
 * /dev/fuse alone and serves it until it is ended. Below its root each name
 * that begins with "d" is a directory, each that begins with "f" a file of
 * root's with what was given as second argument. Nothing is cached: once this
 * process is stopped (SIGSTOP), whoever asks for anything there waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUEST_MAX ((size_t)256 * 1024)

enum { ROOT = FUSE_ROOT_ID, DIRECTORY, PLAIN };

static void
die(const char *what)
{
	fprintf(stderr, "fuse_dead: %s: %s\n", what, strerror(errno));
	exit(99);
}

static void
answer(int fd, const struct fuse_in_header *in, int error, const void *bytes,
    size_t len)
{
	char out[4096 + sizeof(struct fuse_out_header)];
	struct fuse_out_header header = {
	    .len = (uint32_t)(sizeof(header) + len),
	    .error = error,
	    .unique = in->unique,
	};

	memcpy(out, &header, sizeof(header));
	if (len > 0)
		memcpy(out + sizeof(header), bytes, len);
	/* ENOENT: whoever asked has been killed meanwhile. */
	if (write(fd, out, header.len) == -1 && errno != ENOENT)
		die("write");
}

static struct fuse_attr
attributes(uint64_t node, const char *text)
{
	struct fuse_attr attr = {
	    .ino = node,
	    .mode = node == PLAIN ? S_IFREG | 0644 : S_IFDIR | 0755,
	    .nlink = 1,
	    .size = node == PLAIN ? strlen(text) : 0,
	    .mtime = 1000000000,
	    .ctime = 1000000000,
	};

	return attr;
}

static void
look_up(int fd, const struct fuse_in_header *in, const char *name,
    const char *text)
{
	struct fuse_entry_out entry = {0};

	if (name[0] != 'd' && name[0] != 'f') {
		answer(fd, in, -ENOENT, NULL, 0);
		return;
	}
	entry.nodeid = name[0] == 'd' ? DIRECTORY : PLAIN;
	entry.attr = attributes(entry.nodeid, text);
	answer(fd, in, 0, &entry, sizeof(entry));
}

static void
read_file(int fd, const struct fuse_in_header *in,
    const struct fuse_read_in *what, const char *text)
{
	size_t len = strlen(text);

	if (what->offset >= len)
		answer(fd, in, 0, NULL, 0);
	else
		answer(fd, in, 0, text + what->offset, len - what->offset);
}

static void
serve(int fd, const char *request, const char *text)
{
	const struct fuse_in_header *in = (const void *)request;
	const void *body = request + sizeof(*in);
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION,
	    .minor = 31,
	    .max_write = 65536};
	struct fuse_attr_out attr = {0};
	struct fuse_open_out opened = {.open_flags = FOPEN_DIRECT_IO};
	struct fuse_statfs_out stats = {.st = {.bsize = 4096, .namelen = 255}};

	switch (in->opcode) {
	case FUSE_INIT:
		answer(fd, in, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP:
		look_up(fd, in, body, text);
		break;
	case FUSE_GETATTR:
		attr.attr = attributes(in->nodeid, text);
		answer(fd, in, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		answer(fd, in, 0, &opened, sizeof(opened));
		break;
	case FUSE_READ:
		read_file(fd, in, body, text);
		break;
	case FUSE_READDIR:
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
	case FUSE_FLUSH:
		answer(fd, in, 0, NULL, 0);
		break;
	case FUSE_STATFS:
		answer(fd, in, 0, &stats, sizeof(stats));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break; /* these have no answer */
	default:
		answer(fd, in, -ENOSYS, NULL, 0);
	}
}

int
main(int argc, char **argv)
{
	char options[128], *request = malloc(REQUEST_MAX);
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	ssize_t n;

	if (argc < 2 || request == NULL) {
		fputs("usage: fuse_dead DIRECTORY [TEXT]\n", stderr);
		return 99;
	}
	if (fd == -1)
		die("/dev/fuse");
	snprintf(options, sizeof(options),
	    "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
	if (mount("evcron-test", argv[1], "fuse", MS_NOSUID | MS_NODEV,
		options) == -1)
		die(argv[1]);
	for (;;) {
		n = read(fd, request, REQUEST_MAX);
		if (n == -1 && (errno == EINTR || errno == ENOENT))
			continue;
		if (n == -1)
			die("read"); /* ENODEV: unmounted */
		serve(fd, request, argc > 2 ? argv[2] : "");
	}
}
