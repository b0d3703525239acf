/*
 * The file of minutes done (core/progress.h): read at the start for what an
 * earlier crond left undone, kept while the daemon runs. Written before the
 * first job of a minute and after the last one is started, and when what is due
 * next changes; a few bytes for each start; nothing in an empty minute.
 */
#ifndef EVCRON_DAEMON_SCHEDULE_PROGRESS_FILE_H
#define EVCRON_DAEMON_SCHEDULE_PROGRESS_FILE_H

#include <stdbool.h>

#include "core/entry.h"
#include "core/clock_step.h"
#include "core/progress.h"
#include "core/table.h"
#include "sys/log/log.h"

struct run_files;
struct progress_file;

#define PROGRESS_FILE_FILE "minutes"

/* handover NULL: nothing is kept. Pointers must outlive it. NULL: no memory. */
struct progress_file *progress_file_new(struct run_files *,
    const struct run_state_key *, struct log *);
void progress_file_free(struct progress_file *);

/* Reads the file, decides what is made up, logs what is not. What is done by
 * then, for agenda_new. */
struct clock_step_done progress_file_resume(struct progress_file *,
    int64_t now_at);

/* Were an earlier crond's @reboot entries still to be started? */
bool progress_file_reboots_left(const struct progress_file *);
/* They are to be now; noted until the next progress_file_done. */
void progress_file_reboots(struct progress_file *);

/* Has an earlier crond started this entry for this minute? Says so once for
 * each time it was. */
bool progress_file_was_started(struct progress_file *, struct entry *,
    struct minute due);
/* It is about to be. */
void progress_file_starts(struct progress_file *, struct entry *,
    struct minute due);

/* No start waits any more: all through done is. */
void progress_file_done(struct progress_file *,
    const struct clock_step_done *done, struct minute next);

/* The daemon was told to stop at now (seconds of the epoch); settled as above,
 * or (done NULL) some starts still wait. False undoes it: it goes on. */
void progress_file_stop(struct progress_file *, int64_t now_at,
    const struct clock_step_done *done, struct minute next);
void progress_file_go_on(struct progress_file *);

#endif
