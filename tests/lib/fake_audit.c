/*
 * In the place of libaudit: what is told to the audit is added to the file that
 * $FAKE_AUDIT names, as "TYPE RESULT MESSAGE". Without it there is no audit in
 * the kernel; of a file that can't be written the calls fail.
 *
 * Hidden, for libpam has messages of its own, for the real one.
 */
#include <errno.h>
#include <fcntl.h>
#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int
audit_open(void)
{
	const char *path = getenv("FAKE_AUDIT");

	if (path == NULL) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

HIDDEN int
audit_log_user_message(int fd, int type, const char *message,
    const char *hostname, const char *addr, const char *tty, int result)
{
	if (hostname != NULL || addr != NULL || tty != NULL)
		abort();
	return dprintf(fd, "%d %d %s\n", type, result, message);
}
