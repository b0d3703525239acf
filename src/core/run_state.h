/*
 * The run's file: the state of a run that is not over yet, for its user's
 * collector and for the next crond (DESIGN.md "Outliving the daemon"). Text: a
 * front of fixed size, and after it the letter's meta (letter_meta.h), written
 * before the run starts. Format 2:
 *
 *	evcron state 2
 *	pid 0000004711		by the job's child, the first thing it does
 *	birth 0000...		its start time
 *	over 0			by the collector, when the output is over,
 *	output 0000...		with the bytes that were written
 *	lost 0000...		and of these, discarded
 *	boot 2f1c...		where its pids mean something: the boot, the
 *	pidns 4026531836	PID namespace, and the start of its pid 1
 *	init 2
 *	generation 1		of the collector that has the run
 *	...			one line for each number
 *				(empty lines to the front's end)
 *	evcron letter 1
 *	...
 *	end
 *
 * The two slots stand at fixed places and have fixed sizes: whoever writes one
 * writes nothing else. crond writes the whole file, or the rest of the front;
 * each by one write within a page, which no signal can tear.
 */
#ifndef EVCRON_CORE_RUN_STATE_H
#define EVCRON_CORE_RUN_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/run_record.h"
#include "core/strbuf.h"

#define RUN_STATE_FRONT 1024 /* bytes */

/* Within which a pid with its start time names one process. */
struct run_state_key {
	char boot[40];
	uint64_t pid_ns;     /* inode */
	uint64_t init_start; /* of pid 1, in clock ticks since boot */
};

/* Where the slots are in the file, and where the rest of the front begins. */
#define RUN_STATE_PID_AT    15
#define RUN_STATE_PID_SIZE  42
#define RUN_STATE_OVER_AT   (RUN_STATE_PID_AT + RUN_STATE_PID_SIZE)
#define RUN_STATE_OVER_SIZE 61
#define RUN_STATE_REST_AT   (RUN_STATE_OVER_AT + RUN_STATE_OVER_SIZE)

struct run_state {
	struct run_state_key key;
	bool over;           /* its output is; record has its bytes */
	uint64_t generation; /* of the collector that the run was sent to; 0:
				of none by a name */
	int session_fifo;    /* that of the session (record->session), held for
				it by whoever wrote this; -1 */
	uint64_t session_fifo_inode;
	struct run_record *record;
};

enum run_state_verdict {
	RUN_STATE_GOOD,
	RUN_STATE_FOREIGN, /* another version, or no state file at all */
	RUN_STATE_BROKEN,  /* cut off, or makes no sense */
	RUN_STATE_NO_MEMORY,
};

/* The slots. The first one calls nothing that a vforked child may not. */
void run_state_pid_slot(char slot[RUN_STATE_PID_SIZE], pid_t, uint64_t start);
void run_state_over_slot(char slot[RUN_STATE_OVER_SIZE], uint64_t output,
    uint64_t lost);

/* The front alone, filled up with newlines. */
void run_state_front(const struct run_state *, char front[RUN_STATE_FRONT]);

/* Front and label, malloced; NULL: no memory. */
char *run_state_write(const struct run_state *, size_t *len);

/* Reads bytes of any origin. On RUN_STATE_GOOD the caller has a reference of
 * record. Whether the key is ours is the caller's to see. */
enum run_state_verdict run_state_read(struct run_state *, const char *bytes,
    size_t len);
/* Likewise, but of the entry's environment, which may be large and is for the
 * collector, the record only has env_cost. */
enum run_state_verdict run_state_read_without_env(struct run_state *,
    const char *bytes, size_t len);

/* The three lines of a key; does a line belong to one? Of what makes no sense
 * it takes 0 or "", which is no key's. */
void run_state_key_put(struct strbuf *, const struct run_state_key *);
bool run_state_key_line(struct run_state_key *, const char *name,
    const char *value);
bool run_state_key_same(const struct run_state_key *,
    const struct run_state_key *);

#endif
