/*
 * What crond has written down of a run, and the run's FIFO: RUNS/UID/ID.state
 * and RUNS/UID/ID (core/run_state.h). Each thread opens the directory anew: it
 * has its own descriptors.
 */
#ifndef EVCRON_COLLECTOR_RUN_FILE_H
#define EVCRON_COLLECTOR_RUN_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/run_record.h"

#define RUN_FILE_SUFFIX ".state"

struct run_file {            /* what else it says */
	bool over;           /* the output is */
	uint64_t generation; /* of the collector that got the run */
};

/* The record, as it is in the file now; dir NULL: in record_fd. NULL with
 * errno; EBADMSG: it makes no sense. struct run_file may be NULL. */
struct run_record *run_file_read(const char *dir, const char *id, int record_fd,
    struct run_file *);

/* Its output is over: marks that. What can't be done is left undone: the next
 * crond finds out. */
void run_file_over(const char *dir, const char *id, uint64_t output,
    uint64_t lost);

/* The name of a FIFO: the run's id, and, where background children write on
 * when the run is over, ".late.GENERATION.ID", for crond has forgotten the run
 * then. */
#define RUN_FILE_LATE ".late."
#define RUN_FILE_NAME (NAME_MAX + 1)
void run_file_late_name(char name[RUN_FILE_NAME], uint64_t generation,
    const char *id);
void run_file_remove_fifo(const char *dir, const char *name);
/* 0, or -1 with errno. */
int run_file_rename_fifo(const char *dir, const char *from, const char *to);
/* The FIFO's reading end, non-blocking, close-on-exec: may hang in its lock. -1
 * with errno. */
int run_file_open_fifo(const char *dir, const char *name, uid_t owner);

/* The ids of all runs there, or (late) the whole names of all late FIFOs,
 * malloced each and the array. -1 with errno. */
int run_file_list(const char *dir, bool late, char ***ids, size_t *count);

#endif
