/*
 * The lock beside a mailbox, USER.lock: mail readers and local mailers make
 * that file before they touch the mailbox. By liblockfile where there is one
 * (mbox_lock_lib.c), else by our own hands (mbox_lock_own.c); configure
 * chooses.
 */
#ifndef EVCRON_SYS_FILES_MBOX_LOCK_H
#define EVCRON_SYS_FILES_MBOX_LOCK_H

/* How long the file of a dead holder counts; liblockfile has the same. */
#define MBOX_LOCK_STALE_SECS 300

/* Makes the lock file, for some 20 seconds at most. 0, or -1 with errno;
 * EAGAIN: somebody else has it. */
int mbox_lock(const char *path);
void mbox_unlock(const char *path);

#endif
