/*
 * crond executing its own program: in place, for an upgrade, or in a child that
 * stays behind. What that one inherits it is told by an environment variable,
 * and believes only what it can check.
 */
#ifndef EVCRON_SYS_REEXEC_H
#define EVCRON_SYS_REEXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct reexec_gift {
	int lock;  /* descriptor that holds the pid file's lock; -1 */
	int runs;  /* that of the runs; -1 */
	int ready; /* to be written to, then closed, when it stands; -1 */
};

struct reexec_inherited {
	bool in_place; /* we are the process that our predecessor was */
	bool given;    /* gift is one */
	struct reexec_gift gift;
	int *fds; /* all from 3 up that were open */
	size_t count;
};

/* Before anything is opened: what was inherited; all of it becomes
 * close-on-exec, and the variable is gone. */
void reexec_take(struct reexec_inherited *);
/* fd, if it is inherited and open on that inode: the caller's now. -1: it did
 * not come down to us. */
int reexec_claim(struct reexec_inherited *, int fd, uint64_t inode);
/* Closes what nobody claimed. */
void reexec_clear(struct reexec_inherited *);

/* The path of our program, malloced, as it is now: to be asked for at the
 * start, before it can be replaced. NULL with errno. */
char *reexec_program(void);

/* A child that runs "PROGRAM --version", silently. Its pid, or -1. */
pid_t reexec_probe(const char *program);

/* Executes program in place with all signals blocked. Returns only if that
 * fails, with errno, and with signals as they were. */
void reexec(const char *program, char *const *argv,
    const struct reexec_gift *gift);

/* After an exec in place, when handlers are there. */
void reexec_unblock_signals(void);

/* A child that executes program in a session of its own. Its pid, or -1 with
 * errno. *ready: readable when it stands or has failed; the caller closes it.
 */
pid_t reexec_child(const char *program, char *const *argv,
    const struct reexec_gift *gift, int *ready);

#endif
