/*
 * Effective ids switched to the real ones and back. The saved ids keep the way
 * back open; a group needs no right to be left for the real or the saved one,
 * so the order only matters under setuid root: there the user is the last to go
 * and the first to come back.
 */
#include "sys/users/privilege.h"

#include <errno.h>
#include <sys/auxv.h>
#include <unistd.h>

#define KEEP_UID ((uid_t)-1)
#define KEEP_GID ((gid_t)-1)

/* What the kernel says, not what a call returned. */
static int
effective_are(uid_t uid, gid_t gid)
{
	if (geteuid() == uid && getegid() == gid)
		return 0;
	errno = EPERM;
	return -1;
}

int
privilege_init(struct privilege *p)
{
	p->real_uid = getuid();
	p->real_gid = getgid();
	p->effective_uid = geteuid();
	p->effective_gid = getegid();
	p->elevated = p->real_uid != p->effective_uid ||
		      p->real_gid != p->effective_gid ||
		      getauxval(AT_SECURE) != 0;
	return privilege_drop(p);
}

int
privilege_raise(const struct privilege *p)
{
	if (setresuid(KEEP_UID, p->effective_uid, KEEP_UID) != 0 ||
	    setresgid(KEEP_GID, p->effective_gid, KEEP_GID) != 0)
		return -1;
	return effective_are(p->effective_uid, p->effective_gid);
}

int
privilege_drop(const struct privilege *p)
{
	int saved = errno;

	if (setresgid(KEEP_GID, p->real_gid, KEEP_GID) != 0 ||
	    setresuid(KEEP_UID, p->real_uid, KEEP_UID) != 0 ||
	    effective_are(p->real_uid, p->real_gid) != 0)
		return -1;
	errno = saved;
	return 0;
}

int
privilege_forget(const struct privilege *p)
{
	uid_t uid[3];
	gid_t gid[3];

	if (setresgid(p->real_gid, p->real_gid, p->real_gid) != 0 ||
	    setresuid(p->real_uid, p->real_uid, p->real_uid) != 0 ||
	    getresuid(&uid[0], &uid[1], &uid[2]) != 0 ||
	    getresgid(&gid[0], &gid[1], &gid[2]) != 0)
		return -1;
	for (int i = 0; i < 3; i++) {
		if (uid[i] != p->real_uid || gid[i] != p->real_gid) {
			errno = EPERM;
			return -1;
		}
	}
	return 0;
}
