/*
 * Who is in charge of the runs: one crond after the other, or in between the
 * one that stays behind when there is no other, "crond --drain". Takes over
 * from a predecessor, hands over to a successor (DESIGN.md "Outliving the
 * daemon").
 */
#ifndef EVCRON_DAEMON_HANDOVER_HANDOVER_H
#define EVCRON_DAEMON_HANDOVER_HANDOVER_H

#include <stdbool.h>

#include "core/personality.h"
#include "core/run_state.h"
#include "sys/spawn/logind_fifo.h"
#include "sys/files/lock.h"
#include "sys/log/log.h"
#include "sys/paths.h"
#include "sys/reexec.h"
#include "sys/spawn/spawn.h"

struct run_files;
struct state_files;

struct handover { /* a member of main's */
	struct log *log;
	const struct inherited_limits *origin;
	char *const *argv;
	char *start_dir; /* where argv's relative paths begin */
	char *program;   /* NULL: not known */
	struct reexec_inherited inherited;
	struct logind_fifos
	    keepers;   /* of one that drained; until they are claimed */
	int denied;    /* why run_dir can't be used; 0: it can. Main says
			  so, or the open finds it */
	int runs_lock; /* of run_dir/runs.lock; -1: not held */
	struct run_files *handover;
	struct run_state_key key;
	struct state_files *states; /* NULL: no handover */
};

/* First thing in main, before anything is opened. */
void handover_begin(struct handover *, char *const *argv,
    const struct inherited_limits *);
void handover_end(struct handover *);

/* Takes charge of the runs. One that drains is told to go. drain: we are such a
 * one, and go if anybody else is there. 0, or -1 with errno; EAGAIN: another
 * one does not go. Without a handover where the system does not allow one, or
 * its directory can't be used (unless we drain): that is logged. */
int handover_open(struct handover *, struct log *, const struct paths *,
    const char *boot_id, bool drain);
void handover_close(struct handover *);

/* We stand: releases a predecessor that waits for it. */
void handover_ready(struct handover *);

/* Leaves "crond --drain" behind and waits until it stands. All it must know has
 * been written down. */
void handover_leave(struct handover *);

/* Executes the installed program in place; lock: the pid file's. Returns only
 * if that fails, having said so. */
void handover_exec(struct handover *, const struct lock *lock);

#endif
