/*
 * The rights of a set-id program: setgid crontab under Debian, setuid root
 * under RHEL. They are put down before anything of the user's is touched and
 * taken up only around what needs them; every step is looked at afterwards, for
 * a set*id call that fails unseen has cost more than one cron its good name
 * [COMPAT.md 11, CVE-2006-2607]. In a program without set-id bits all of this
 * does nothing.
 */
#ifndef EVCRON_SYS_USERS_PRIVILEGE_H
#define EVCRON_SYS_USERS_PRIVILEGE_H

#include <stdbool.h>
#include <sys/types.h>

struct privilege {
	uid_t real_uid, effective_uid; /* as the program was started */
	gid_t real_gid, effective_gid;
	bool elevated; /* it was started with rights that the caller has not:
			  nothing the caller says may say where they go */
};

/* Notes the ids and puts the rights down. 0, or -1 with errno. */
int privilege_init(struct privilege *);

/* Takes the rights up, puts them down again. 0, or -1 with errno (EPERM also if
 * a call succeeded and nothing came of it); after a failed drop the caller has
 * nothing more to do than to end. errno is kept by a drop that succeeds. */
int privilege_raise(const struct privilege *);
int privilege_drop(const struct privilege *);

/* For a child that runs what the user wants: the saved ids go too, there is no
 * way back. 0, or -1 with errno: then it must not go on. */
int privilege_forget(const struct privilege *);

#endif
