/*
 * The minutes that have been done, as a daemon leaves them to the next one, and
 * what that one has to make up (DESIGN.md "Outliving the daemon",
 * "Ticks missed"). Text, a front of fixed size, written by one write:
 *
 *	evcron minutes 1
 *	boot ...		as in a state file (run_state.h)
 *	wild 28000000		all that was due through these minutes was
 *	fixed 28000000		started, for each kind of entries (clock_step.h)
 *	next 28000240		nothing is due before
 *	begun 0			the latest minute that was begun since; 0: none
 *	held 0			the latest one of keys that are held; 0: none
 *	stopped -1		when it was told to stop; -1: it was not
 *	reboots 0		@reboot entries are still to be started
 *				(empty lines to the front's end)
 *
 * Behind it, 16 digits each, the keys of what was started of later minutes: a
 * daemon that is killed between two starts of a minute leaves neither of them
 * out and starts neither of them twice. Where the clock is set back before the
 * next one lives, that minute is still to come: its keys are held until then.
 *
 * A daemon sleeps over empty minutes and writes nothing in them. "next" stands
 * for these: through the minute before it nothing was missed, whether somebody
 * was there or not.
 */
#ifndef EVCRON_CORE_PROGRESS_H
#define EVCRON_CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock_step.h"
#include "core/minute.h"
#include "core/schedule.h"
#include "core/run_state.h"

#define PROGRESS_FRONT 512 /* bytes */
#define PROGRESS_ENTRY 17  /* a key and its newline */

struct progress {
	struct run_state_key key;
	struct clock_step_done done;
	struct minute next, begun, held;
	int64_t stopped_at; /* wall clock, seconds; -1 */
	bool reboots;
};

void progress_write(const struct progress *, char front[PROGRESS_FRONT]);

/* false: cut off, another version, or makes no sense. */
bool progress_read(struct progress *, const char *bytes, size_t len);

/* The key of one start, of a hash of all that tells it from others: its last
 * bits say of what kind the entry is. */
uint64_t progress_key(uint64_t hash, const struct schedule *);

void progress_entry_write(uint64_t key, char entry[PROGRESS_ENTRY]);
/* The next key behind the front, *at moving on from PROGRESS_FRONT. false: no
 * more, or what is there is none. */
bool progress_entry_read(const char *bytes, size_t len, size_t *at,
    uint64_t *key);

/* What an earlier daemon has started of minutes that it has not done. */
struct progress_left {
	uint64_t *keys; /* sorted; owned */
	size_t count;
	struct minute through; /* none is of a later minute */
};

/* The keys behind the front that was read as past. No memory: none. */
void progress_left_read(struct progress_left *, const struct progress *,
    const char *bytes, size_t len);
void progress_left_clear(struct progress_left *);

/* Was that started? It is asked for once. */
bool progress_left_take(struct progress_left *, uint64_t key);

/* All through done is started; last time that was said, it was all through
 * before. Lets go of keys of minutes that are done, and of a kind of entries
 * that has gone back: it starts over. */
void progress_left_forget_done(struct progress_left *,
    const struct clock_step_done *before, const struct clock_step_done *done);

enum progress_verdict {
	PROGRESS_WHOLE,      /* nothing was missed, or all of it is made up */
	PROGRESS_FIXED,      /* fixed-time entries are made up */
	PROGRESS_NONE,       /* too long ago: nothing is made up */
	PROGRESS_CLOCK_BACK, /* the clock was set back meanwhile */
};

/* Where a daemon that starts at now (wall clock, seconds) takes up: what is
 * done by then, for agenda_new. After a stop of up to five minutes all is made
 * up, of a longer one nothing; after a crash, or a stop during which the clock
 * was set back by more than a minute, as after a step of the clock
 * (clock_step.h).
 * Fixed-time entries that were waiting for a clock set back wait on in each
 * case. Of a kind that starts over no key is left. *left_out: how many minutes
 * are not run for whom the verdict names. */
struct clock_step_done progress_resume(const struct progress *,
    struct progress_left *, int64_t now_at, enum progress_verdict *,
    int64_t *left_out);

#endif
