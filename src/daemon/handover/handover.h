/*
 * Who is in charge of the runs: one crond after the other, or in between the
 * one that stays behind when there is no other, "crond --drain". Takes over
 * from a predecessor, hands over to a successor (design.md "Outliving the
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

struct handover;
struct states;

struct succession { /* a member of main's */
	struct log *log;
	const struct spawn_origin *origin;
	char *const *argv;
	char *start_dir; /* where argv's relative paths begin */
	char *program;   /* NULL: not known */
	struct reexec_inherited inherited;
	struct keepers
	    keepers;      /* of one that drained; until they are claimed */
	int denied;       /* why run_dir can't be used; 0: it can. Main says
			     so, or the open finds it */
	struct lock runs; /* of run_dir/runs.lock */
	struct handover *handover;
	struct state_key key;
	struct states *states; /* NULL: no handover */
};

/* First thing in main, before anything is opened. */
void succession_begin(struct succession *, char *const *argv,
    const struct spawn_origin *);
void succession_end(struct succession *);

/* Takes charge of the runs. One that drains is told to go. drain: we are such a
 * one, and go if anybody else is there. 0, or -1 with errno; EAGAIN: another
 * one does not go. Without a handover where the system does not allow one, or
 * its directory can't be used (unless we drain): that is logged. */
int succession_open(struct succession *, struct log *, const struct paths *,
    const char *boot_id, bool drain);
void succession_close(struct succession *);

/* We stand: releases a predecessor that waits for it. */
void succession_ready(struct succession *);

/* Leaves "crond --drain" behind and waits until it stands. All it must know has
 * been written down. */
void succession_leave(struct succession *);

/* Executes the installed program in place; lock: the pid file's. Returns only
 * if that fails, having said so. */
void succession_exec(struct succession *, const struct lock *lock);

#endif
