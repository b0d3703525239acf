/*
 * What crond has written down of a run, and the run's FIFO: RUNS/UID/ID.state
 * and RUNS/UID/ID (core/run_state.h). Each thread opens the directory anew: it
 * has its own descriptors.
 */
#ifndef EVCRON_COLLECTOR_RUN_FILE_H
#define EVCRON_COLLECTOR_RUN_FILE_H

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

/* Its output is over: marks that, and removes the FIFO's name. What can't be
 * done is left undone: the next crond finds out. */
void run_file_over(const char *dir, const char *id, uint64_t output,
    uint64_t lost);
/* Removes the FIFO's name alone. */
void run_file_remove_fifo(const char *dir, const char *id);

/* The FIFO's reading end, non-blocking, close-on-exec: may hang in its lock. -1
 * with errno. */
int run_file_open_fifo(const char *dir, const char *id, uid_t owner);

/* The ids of all runs there, malloced each and the array. -1 with errno. */
int run_file_list(const char *dir, char ***ids, size_t *count);

#endif
