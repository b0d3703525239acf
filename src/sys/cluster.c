/*
 * The cluster file. It is read whole at once: crontab -n puts a new one in its
 * place, and of one that an editor is writing, a part of a line is no line.
 */
#include "sys/cluster.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/fd.h"

/* Longer first lines name no host. */
#define READ_MAX 1024

/* How many bytes, or -1 with errno. */
static ssize_t
read_file(const char *path, char *bytes, size_t size)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0) {
		errno = EINVAL;
		if (S_ISREG(st.st_mode))
			n = fd_read_whole(fd, bytes, size);
	}
	fd_close(&fd);
	return n;
}

void
cluster_read(const char *spool_dir, struct cluster *cluster)
{
	char path[4096], bytes[READ_MAX];
	const char *newline;
	struct stat st;
	ssize_t n;
	size_t len;

	memset(cluster, 0, sizeof *cluster);
	if ((size_t)snprintf(path, sizeof path, "%s/%s", spool_dir,
		CLUSTER_FILE) >= sizeof path) {
		cluster->errnum = ENAMETOOLONG;
		return;
	}
	cluster->is_link = lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
	n = read_file(path, bytes, sizeof bytes);
	if (n < 0) {
		cluster->errnum = errno;
		return;
	}
	newline = memchr(bytes, '\n', (size_t)n);
	if (newline == NULL) {
		cluster->errnum = ENODATA;
		return;
	}
	len = (size_t)(newline - bytes);
	if (len >= sizeof cluster->host)
		len = sizeof cluster->host - 1;
	memcpy(cluster->host, bytes, len);
}

bool
cluster_is_here(const struct cluster *cluster)
{
	char name[256];

	if (cluster->errnum != 0 || gethostname(name, sizeof name) != 0)
		return false;
	name[sizeof name - 1] = '\0';
	return strcmp(name, cluster->host) == 0;
}

bool
cluster_equal(const struct cluster *one, const struct cluster *other)
{
	return one->errnum == other->errnum &&
	       strcmp(one->host, other->host) == 0;
}
