/*
 * An NSS source that hangs: libnss_slow.so.2, for tests. /etc/nss_slow has a
 * line "NAME SECONDS UID [OWN]" for each user it knows; a lookup of NAME blocks
 * for SECONDS and then finds him with that uid (and with the name OWN, as where
 * case does not count), or nobody where UID is "-". A user who isn't there is
 * unknown at once.
 */
#include <errno.h>
#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum nss_status _nss_slow_getpwnam_r(const char *, struct passwd *, char *,
    size_t, int *);
enum nss_status _nss_slow_initgroups_dyn(const char *, gid_t, long *, long *,
    gid_t **, long, int *);

/* Blocks as the file says. 0: he is found. */
static int
slow_find(const char *name, uid_t *uid, char own[128])
{
	char line[256], who[128], id[32];
	struct timespec left = {0};
	FILE *file = fopen("/etc/nss_slow", "re");
	int found = -1;
	long secs;

	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) != NULL) {
		own[0] = '\0';
		if (sscanf(line, "%127s %ld %31s %127s", who, &secs, id, own) <
			3 ||
		    strcmp(who, name) != 0)
			continue;
		left.tv_sec = secs;
		while (nanosleep(&left, &left) == -1 && errno == EINTR)
			continue;
		if (strcmp(id, "-") != 0) {
			*uid = (uid_t)strtoul(id, NULL, 10);
			found = 0;
		}
		break;
	}
	(void)fclose(file);
	return found;
}

enum nss_status
_nss_slow_getpwnam_r(const char *name, struct passwd *pw, char *buffer,
    size_t size, int *error)
{
	char own[128];
	uid_t uid;
	int n;

	if (slow_find(name, &uid, own) != 0) {
		*error = ENOENT;
		return NSS_STATUS_NOTFOUND;
	}
	n = snprintf(buffer, size, "%s%cx%c%c/tmp%c/bin/sh",
	    own[0] != '\0' ? own : name, 0, 0, 0, 0);
	if (n < 0 || (size_t)n >= size) {
		*error = ERANGE;
		return NSS_STATUS_TRYAGAIN;
	}
	pw->pw_name = buffer;
	pw->pw_passwd = pw->pw_name + strlen(pw->pw_name) + 1;
	pw->pw_gecos = pw->pw_passwd + strlen(pw->pw_passwd) + 1;
	pw->pw_dir = pw->pw_gecos + strlen(pw->pw_gecos) + 1;
	pw->pw_shell = pw->pw_dir + strlen(pw->pw_dir) + 1;
	pw->pw_uid = uid;
	pw->pw_gid = uid;
	return NSS_STATUS_SUCCESS;
}

enum nss_status
_nss_slow_initgroups_dyn(const char *name, gid_t gid, long *start, long *size,
    gid_t **groups, long limit, int *error)
{
	char own[128];
	uid_t uid;

	(void)gid;
	(void)start;
	(void)size;
	(void)groups;
	(void)limit;
	*error = ENOENT;
	(void)slow_find(name, &uid, own);
	return NSS_STATUS_NOTFOUND;
}
