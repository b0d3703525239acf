/*
 * The host's identity. Asked once by each program that needs it: crond,
 * cronnext and crontab must come to the same seed.
 */
#include "sys/host.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/random.h"

#define MACHINE_ID_LEN 32

/* The first word of a small file, or "". Never hangs on what is no file. */
static void
first_word(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, out, size - 1);
		close(fd);
	}
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, " \t\r\n")] = '\0';
}

void
host_init(struct host *host, const char *root)
{
	char path[4096], id[MACHINE_ID_LEN + 2];
	int len;

	if (gethostname(host->name, sizeof host->name) != 0)
		host->name[0] = '\0';
	host->name[sizeof host->name - 1] = '\0';
	if (host->name[0] == '\0')
		(void)snprintf(host->name, sizeof host->name, "localhost");
	first_word("/proc/sys/kernel/random/boot_id", host->boot_id,
	    sizeof host->boot_id);

	id[0] = '\0';
	len = snprintf(path, sizeof path, "%s/etc/machine-id", root);
	if (len > 0 && (size_t)len < sizeof path)
		first_word(path, id, sizeof id);
	/* An image before its first boot has no id, or "uninitialized". */
	if (strlen(id) == MACHINE_ID_LEN)
		host->seed = random_mix(0, id, strlen(id));
	else
		host->seed = random_mix(0, host->name, strlen(host->name));
}
