/*
 * The collectors of all users, as crond sees them (DESIGN.md "Collectors"):
 * which process reads what a user's jobs write and mails it, whether it
 * answers, and who has which run. crond never touches what a collector reads;
 * all that passes between them are the words of core/collector_words.h.
 *
 * A user has one collector that takes new runs, and perhaps older generations
 * that finish theirs. One that does not answer is left alone, and a new one
 * starts in the next generation; one that ends with runs is followed by one
 * that opens by path what still runs.
 */
#ifndef EVCRON_DAEMON_COLLECTORS_COLLECTORS_H
#define EVCRON_DAEMON_COLLECTORS_COLLECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/collectors/collector_run.h"
#include "sys/users/account.h"

struct collectors;

/* NULL: no memory. config is copied, its pointers must outlive it. */
struct collectors *collectors_new(const struct collectors_config *);
/* Lets go of all: they finish what they have. */
void collectors_free(struct collectors *);

/* Once, at the start, after the runs that are left of an earlier crond are
 * there (collector_run_adopt): connects to the collectors that it has left, and
 * starts one for each user with runs that has none. */
void collectors_take_over(struct collectors *);
/* Likewise, later: users with letters that wait get a collector, a few at a
 * time. flush: all of these letters are tried then. */
void collectors_look_at_outbox(struct collectors *, bool flush);

/* Starts */

/* May a run of this user be sent now? If not, wait is queued: done is called
 * from the loop, once, unless collector_wait_cancel is called first. -1 with
 * errno: no memory. */
enum collectors_gate { COLLECTORS_NOW, COLLECTORS_LATER, COLLECTORS_NEVER };
enum collectors_gate collectors_gate(struct collectors *,
    const struct account *, struct collector_wait *);
void collector_wait_cancel(struct collector_wait *);

/* Runs */

/* After COLLECTORS_NOW: sends the run with the reading end of its FIFO, which
 * stays the caller's. 0, or -1 with errno (EAGAIN: the gate is to be asked
 * again). run's record, over and context are set; all else is zero. */
int collector_run_send(struct collectors *, struct collector_run *, int fifo);
/* The generation to which it would be sent. */
uint64_t collectors_generation(struct collectors *, uid_t uid);
/* No FIFO can be made for it: sends the run with its file, which has no name
 * either and stays the caller's. The child then sends it again, with the pipe
 * that it made, over the descriptor returned, the caller's; -1 with errno. */
int collector_run_by_child(struct collectors *, struct collector_run *,
    int file);
/* A run that an earlier crond has sent. was_over: its output is. -1: no memory.
 */
int collector_run_adopt(struct collectors *, struct collector_run *);
/* The job was reaped, or its end is not known: record says which. */
void collector_run_ended(struct collector_run *);
/* There was no job: its output is taken back, over will not be called. */
void collector_run_none(struct collector_run *);
/* Forgets it; the collector goes on. */
void collector_run_forget(struct collector_run *);

/* All */

/* Letters that wait are to be tried now. */
void collectors_flush(struct collectors *);
/* How many have something to do now: output to read, letters to mail. */
size_t collectors_busy(const struct collectors *);
/* Those that have nothing to do go now. */
void collectors_send_away(struct collectors *);
/* crond goes: hears what collectors have said, and waits up to a second for a
 * log that is behind, for their lines go with crond. */
void collectors_drain(struct collectors *);
/* How many there are that answer. */
size_t collectors_count(const struct collectors *);

#endif
