/*
 * Who holds the flock of a file. The system tells it of processes: each open
 * descriptor's /proc/PID/fdinfo names the locks of its description. Needs
 * root's rights to see other users' processes.
 */
#ifndef EVCRON_SYS_FILES_LOCK_OWNER_H
#define EVCRON_SYS_FILES_LOCK_OWNER_H

#include <sys/types.h>

enum lock_owner_kind {
	LOCK_OWNER_OURS,    /* a process of our uid holds it, or may: when in
			   doubt,    it is this */
	LOCK_OWNER_FOREIGN, /* it has been proven that no process of ours does
			     */
};

struct lock_owner {
	enum lock_owner_kind kind;
	pid_t pid; /* of one that holds it; 0: none was seen */
	uid_t uid; /* its real uid */
};

/* Whose process holds the lock of the file that fd has open (fd's own
 * description does not). named: the pid that stands in the file, or 0; while
 * that is a live process of our real uid, it counts as the holder. */
void lock_owner_find(struct lock_owner *, int fd, pid_t named);

#endif
