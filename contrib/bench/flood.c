/*
 * A job of the bench: writes BYTES of text to stdout and appends what that cost
 * itself, in microseconds of CPU, to FILE.
 *
 * usage: flood BYTES FILE
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	static char lump[64 * 1024];
	unsigned long long left;
	struct rusage used;
	ssize_t n;
	size_t i;
	int fd;

	if (argc != 3)
		errx(1, "usage: flood BYTES FILE");
	memset(lump, 'x', sizeof(lump));
	for (i = 63; i < sizeof(lump); i += 64)
		lump[i] = '\n';
	for (left = strtoull(argv[1], NULL, 10); left > 0;
	     left -= (unsigned long long)n) {
		n = write(1, lump, left < sizeof(lump) ? left : sizeof(lump));
		if (n <= 0)
			err(1, "write");
	}
	getrusage(RUSAGE_SELF, &used);
	fd = open(argv[2], O_WRONLY | O_APPEND);
	if (fd == -1)
		err(1, "%s", argv[2]);
	dprintf(fd, "%lld\n",
	    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL +
		used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	return 0;
}
