/*
 * Runs: from "this entry is due" to the end of its output. Every start goes
 * through one gate, run_due, which may start it now, later (a user must be
 * looked up, a fork failed, many are due), or not, and says why.
 */
#ifndef EVCRON_DAEMON_RUN_RUN_H
#define EVCRON_DAEMON_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/minute.h"
#include "core/table.h"
#include "daemon/run/runs_config.h"

struct run_state;
struct runs;

/* config's pointers must outlive the runs. NULL with errno: runs_dir can't be
 * made or no memory. */
struct runs *runs_new(const struct runs_config *);
/* Forgets all runs; jobs go on by themselves. */
void runs_free(struct runs *);

/* The entry is due in that minute: queues its start. The table is referenced
 * until the run has started. Order of calls is order of starts. */
void run_due(struct runs *, struct entry *, struct minute due);

/* Goes on with a run that an earlier crond started and that is not over;
 * references the state's record. session_fifo, which is taken over, keeps its
 * session; or -1. No memory is logged. */
void runs_adopt(struct runs *, const struct run_state *, int session_fifo);
/* Goes on with the later output of one that is over. */
void runs_adopt_late(struct runs *, const struct run_state *);

/* A successor comes: sees the ends of jobs taken over that nobody else could.
 */
void runs_poll_children(struct runs *);

/* A successor comes by an exec, which is to inherit what keeps sessions; false
 * undoes it. */
void runs_hand_over(struct runs *, bool inherited);

/* Starts nothing any more. What is queued is not made up by anybody: say: the
 * log has it as MISSED. */
void runs_refuse_starts(struct runs *, bool say);
/* To the jobs that are alive, with all of their process groups. */
void runs_signal(const struct runs *, int signo);
/* How many are alive. */
size_t runs_alive(const struct runs *);

/* How many are on their way through PAM. */
size_t runs_opening(const struct runs *);
/* How many are queued or alive. */
size_t runs_count(const struct runs *);
/* How many are queued. */
size_t runs_waiting(const struct runs *);

#endif
