/*
 * What keeps logind's sessions alive. pam_systemd leaves the process that
 * opened a session one end of a FIFO, and logind ends the session, under
 * KillUserProcesses=yes with all its processes, when nobody has that open any
 * more. The FIFO has a name, which root can open: so it can be had once more
 * while another holds it, without the rights of a debugger.
 */
#ifndef EVCRON_SYS_SPAWN_LOGIND_FIFO_H
#define EVCRON_SYS_SPAWN_LOGIND_FIFO_H

#include <stddef.h>
#include <stdint.h>

struct logind_fifos {
	struct logind_fifo *list;
	size_t count;
};

/* The one that this process has open, of which there is one at most: its
 * descriptor, or -1. */
int logind_fifo_find(void);

/* Opens those of these inodes that there are, beside those that are in keepers
 * (all zeros at first). Sorts inodes. What can't be opened is not there for
 * keeper_claim. */
void logind_fifos_open(struct logind_fifos *, uint64_t *inodes, size_t count);
/* One that was opened: the caller's now, close-on-exec. -1: it was not. */
int logind_fifos_claim(struct logind_fifos *, uint64_t inode);
/* Closes what nobody claimed. */
void logind_fifos_clear(struct logind_fifos *);

#endif
