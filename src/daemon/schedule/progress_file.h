/*
 * The file of minutes done (core/progress.h): read at the start for what an earlier
 * crond left undone, kept while the daemon runs. Written before the first job
 * of a minute and after the last one is started, and when what is due next
 * changes; a few bytes for each start; nothing in an empty minute.
 */
#ifndef EVCRON_DAEMON_SCHEDULE_PROGRESS_FILE_H
#define EVCRON_DAEMON_SCHEDULE_PROGRESS_FILE_H

#include <stdbool.h>

#include "core/entry.h"
#include "core/clock_step.h"
#include "core/progress.h"
#include "core/table.h"
#include "sys/log/log.h"

struct handover;
struct minutes;

#define MINUTES_FILE "minutes"

/* handover NULL: nothing is kept. Pointers must outlive it. NULL: no memory. */
struct minutes *minutes_new(struct handover *, const struct state_key *,
    struct log *);
void minutes_free(struct minutes *);

/* Reads the file, decides what is made up, logs what is not. What is done by
 * then, for agenda_new. */
struct jump_done minutes_resume(struct minutes *, int64_t now_at);

/* Were an earlier crond's @reboot entries still to be started? */
bool minutes_reboots_left(const struct minutes *);
/* They are to be now; noted until the next minutes_settle. */
void minutes_reboots(struct minutes *);

/* Has an earlier crond started this entry for this minute? Says so once for
 * each time it was. */
bool minutes_was_started(struct minutes *, struct entry *, struct minute due);
/* It is about to be. */
void minutes_starts(struct minutes *, struct entry *, struct minute due);

/* No start waits any more: all through done is. */
void minutes_settle(struct minutes *, const struct jump_done *done,
    struct minute next);

/* The daemon was told to stop at now (seconds of the epoch); settled as above,
 * or (done NULL) some starts still wait. False undoes it: it goes on. */
void minutes_stop(struct minutes *, int64_t now_at,
    const struct jump_done *done, struct minute next);
void minutes_go_on(struct minutes *);

#endif
