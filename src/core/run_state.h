/*
 * The state file of a live run or of a letter that is not delivered yet: all
 * that the next crond needs to go on with it (DESIGN.md "Outliving the
 * daemon"). Text: a front of fixed size, so that what changes is written by one
 * write within a page, which no signal can tear; behind it the label that the
 * run's letter has (letter_meta.h), written when the run begins. Format 1:
 *
 *	evcron state 1
 *	boot 2f1c...		where its pids mean something: the boot, the
 *	pidns 4026531836	PID namespace, and the start of its pid 1
 *	init 2
 *	part 1			of the letter
 *	pid 4711		... one line for each number
 *				(empty lines to the front's end)
 *	evcron letter 1
 *	...
 *	end
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

struct run_state {
	struct run_state_key key;
	unsigned part;    /* of the letter: 1, or 2 for late output */
	bool over;        /* the run is; what remains is its letter */
	bool losing;      /* output is being discarded for want of room */
	bool streamed;    /* a mailer is fed while the letter grows */
	bool broken;      /* that one failed: the letter stays where it is */
	int fifo;         /* the FIFO's descriptor, for an exec in place; -1 */
	int session_fifo; /* that of the session (record->session), held for it
		       by whoever wrote this; -1 */
	uint64_t session_fifo_inode;
	pid_t mailer; /* of a complete letter; 0: none yet */
	uint64_t mailer_start;
	bool starting; /* a mailer may have begun that is not named yet */
	struct run_record *record;
};

enum run_state_verdict {
	RUN_STATE_GOOD,
	RUN_STATE_FOREIGN, /* another version, or no state file at all */
	RUN_STATE_BROKEN,  /* cut off, or makes no sense */
	RUN_STATE_NO_MEMORY,
};

/* The front alone, filled up with newlines. */
void run_state_front(const struct run_state *, char front[RUN_STATE_FRONT]);

/* Front and label, malloced; NULL: no memory. */
char *run_state_write(const struct run_state *, size_t *len);

/* Reads bytes of any origin. On RUN_STATE_GOOD the caller has a reference of
 * record. Whether the key is ours is the caller's to see. */
enum run_state_verdict run_state_read(struct run_state *, const char *bytes,
    size_t len);

/* The three lines of a key; does a line belong to one? Of what makes no sense
 * it takes 0 or "", which is no key's. */
void run_state_key_put(struct strbuf *, const struct run_state_key *);
bool run_state_key_line(struct run_state_key *, const char *name,
    const char *value);
bool run_state_key_same(const struct run_state_key *,
    const struct run_state_key *);

#endif
