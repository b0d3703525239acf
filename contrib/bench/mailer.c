/*
 * The mailer of the bench, in sendmail's place: reads its letter to the end,
 * whatever its arguments, then tells so: a byte into the FIFO /run/bench/mail,
 * and a line "BYTES MICROSECONDS" (its own CPU) to /run/bench/mails.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int
main(void)
{
	static char lump[64 * 1024];
	unsigned long long bytes = 0;
	struct rusage used;
	ssize_t n;
	int fd;

	while ((n = read(0, lump, sizeof(lump))) > 0)
		bytes += (unsigned long long)n;
	getrusage(RUSAGE_SELF, &used);
	fd = open("/run/bench/mails", O_WRONLY | O_APPEND);
	if (fd == -1)
		err(75, "/run/bench/mails");
	dprintf(fd, "%llu %lld\n", bytes,
	    (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL +
		used.ru_utime.tv_usec + used.ru_stime.tv_usec);
	close(fd);
	fd = open("/run/bench/mail", O_WRONLY);
	if (fd == -1 || write(fd, "\n", 1) != 1)
		err(75, "/run/bench/mail");
	return 0;
}
