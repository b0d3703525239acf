/*
 * Floor of the rows about tables: the least a machine must do to have read
 * them, and to read one again that changed.
 *
 * usage: floor_tables DIRECTORY [idle]
 *
 * Opens, stats, reads and closes each file of DIRECTORY, keeps its text, and
 * sweeps passwd once. With "idle" it then waits, and reads what is renamed in.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

static void
read_table(int dir, const char *name)
{
	struct stat st;
	ssize_t n;
	char *text;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 || fstat(fd, &st) == -1)
		err(1, "%s", name);
	text = malloc((size_t)st.st_size + 1); /* and kept */
	if (text == NULL)
		err(1, "malloc");
	n = read(fd, text, (size_t)st.st_size);
	if (n != st.st_size)
		errx(1, "%s: short", name);
	close(fd);
}

static void
sweep_users(void)
{
	FILE *f = fopen("/etc/passwd", "re");

	if (f == NULL)
		err(1, "/etc/passwd");
	while (fgetpwent(f) != NULL)
		;
	fclose(f);
}

static void
follow(int events, int dir)
{
	_Alignas(struct inotify_event) char buffer[4096];
	const struct inotify_event *event;
	ssize_t n, at;

	while ((n = read(events, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < n;
		     at += (ssize_t)(sizeof(*event) + event->len)) {
			event = (const void *)(buffer + at);
			if (event->len > 0)
				read_table(dir, event->name);
		}
}

int
main(int argc, char **argv)
{
	struct dirent *entry;
	int events = inotify_init1(IN_CLOEXEC);
	DIR *dir;

	if (argc < 2)
		errx(1, "usage: floor_tables DIRECTORY [idle]");
	inotify_add_watch(events, argv[1], IN_MOVED_TO);
	dir = opendir(argv[1]);
	if (dir == NULL)
		err(1, "%s", argv[1]);
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			read_table(dirfd(dir), entry->d_name);
	sweep_users();
	if (argc > 2)
		follow(events, dirfd(dir));
	return 0;
}
