/*
 * Runs: from the fork of a job to the end of its output. A run is over when two
 * things are known: how its job ended, which crond sees, and that its output
 * ended, which its user's collector says. What comes before, from "this entry
 * is due" to "it may start", is daemon/run/starts.h.
 */
#ifndef EVCRON_DAEMON_RUN_RUN_H
#define EVCRON_DAEMON_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/minute.h"
#include "core/table.h"
#include "daemon/run/run_log.h"
#include "daemon/run/runs_config.h"
#include "sys/users/account.h"

struct run_state;
struct runs;

/* config's pointers must outlive the runs. NULL with errno: no memory. */
struct runs *runs_new(const struct runs_config *);
/* Forgets all runs; jobs go on by themselves. */
void runs_free(struct runs *);
/* Copied, with what it leaves open. */
const struct runs_config *runs_config(const struct runs *);
const struct run_log *runs_log(const struct runs *);

/* For starts: one is to be started now, of a user whose collector takes it. 0,
 * or -1 with errno and what was wanted: WANT_SHARE, the user has as many as
 * they may, which the log has been told of. */
int runs_start(struct runs *, struct entry *, const struct account *,
    struct minute due, enum run_log_want *want);
/* Are so many on their way to their exec that the next one should wait? room is
 * called when it need not any more. */
bool runs_are_full(struct runs *);
void runs_on_room(struct runs *, void (*room)(void *context), void *context);

/* Goes on with a run that an earlier crond started; references the state's
 * record. session_fifo, which is taken over, keeps its session; or -1. No
 * memory is logged. */
void runs_adopt(struct runs *, const struct run_state *, int session_fifo);

/* A successor comes: sees the ends of jobs taken over that nobody else could.
 */
void runs_poll_children(struct runs *);

/* A successor comes by an exec, which is to inherit what keeps sessions; false
 * undoes it. */
void runs_hand_over(struct runs *, bool inherited);

/* To the jobs that are alive, with all of their process groups. */
void runs_signal(const struct runs *, int signo);
/* How many are not over. */
size_t runs_count(const struct runs *);
/* How many are on their way through PAM. From the session on they are their
 * users', who can keep them as long as they like. */
size_t runs_opening(const struct runs *);

#endif
