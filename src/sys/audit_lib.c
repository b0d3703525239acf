/*
 * The kernel's audit by libaudit. Each message has its own socket: there is one
 * in the life of a crontab, and in that of a job's child.
 */
#include <errno.h>
#include <libaudit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sys/audit.h"

bool
audit_built(void)
{
	return true;
}

/* A kernel without audit, or whose audit is another namespace's. */
static bool
nobody_listens(int errnum)
{
	return errnum == EINVAL || errnum == EPROTONOSUPPORT ||
	       errnum == EAFNOSUPPORT || errnum == ECONNREFUSED;
}

/* Failure is what each message tells of. */
static int
tell(int type, const char *message)
{
	int fd = audit_open(), result = -1, errnum;

	if (fd < 0)
		return nobody_listens(errno) ? 0 : -1;
	if (audit_log_user_message(fd, type, message, NULL, NULL, NULL, 0) > 0)
		result = 0;
	errnum = errno;
	close(fd);
	errno = errnum;
	return result == -1 && nobody_listens(errnum) ? 0 : result;
}

int
audit_denied(void)
{
	return tell(AUDIT_USER_START, "cron deny");
}

int
audit_range(const char *user, const char *wanted, const char *allowed)
{
	char *message;
	int result;

	if (asprintf(&message,
		"cron: Unauthorized MLS range acct=%s new_scontext=%s "
		"old_scontext=%s",
		user, wanted, allowed) < 0)
		return -1;
	result = tell(AUDIT_USER_ROLE_CHANGE, message);
	free(message);
	return result;
}
