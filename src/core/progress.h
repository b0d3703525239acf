/*
 * The minutes that have been done, as a daemon leaves them to the next one, and
 * what that one has to make up (design.md "Outliving the daemon", "Ticks
 * missed"). Text, a front of fixed size, written by one write:
 *
 *	evcron minutes 1
 *	boot ...		as in a state file (state.h)
 *	wild 28000000		all that was due through these minutes was
 *	fixed 28000000		started, for each kind of entries (jump.h)
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

#define PAST_FRONT 512 /* bytes */
#define PAST_ENTRY 17  /* a key and its newline */

struct past {
	struct state_key key;
	struct jump_done done;
	struct minute next, begun, held;
	int64_t stopped_at; /* wall clock, seconds; -1 */
	bool reboots;
};

void past_write(const struct past *, char front[PAST_FRONT]);

/* false: cut off, another version, or makes no sense. */
bool past_read(struct past *, const char *bytes, size_t len);

/* The key of one start, of a hash of all that tells it from others: its last
 * bits say of what kind the entry is. */
uint64_t past_key(uint64_t hash, const struct schedule *);

void past_entry_write(uint64_t key, char entry[PAST_ENTRY]);
/* The next key behind the front, *at moving on from PAST_FRONT. false: no more,
 * or what is there is none. */
bool past_entry_read(const char *bytes, size_t len, size_t *at, uint64_t *key);

/* What an earlier daemon has started of minutes that it has not done. */
struct past_left {
	uint64_t *keys; /* sorted; owned */
	size_t count;
	struct minute through; /* none is of a later minute */
};

/* The keys behind the front that was read as past. No memory: none. */
void past_left_read(struct past_left *, const struct past *, const char *bytes,
    size_t len);
void past_left_clear(struct past_left *);

/* Was that started? It is asked for once. */
bool past_left_take(struct past_left *, uint64_t key);

/* All through done is started; last time that was said, it was all through
 * before. Lets go of keys of minutes that are done, and of a kind of entries
 * that has gone back: it starts over. */
void past_left_settle(struct past_left *, const struct jump_done *before,
    const struct jump_done *done);

enum past_verdict {
	PAST_WHOLE,      /* nothing was missed, or all of it is made up */
	PAST_FIXED,      /* fixed-time entries are made up */
	PAST_NONE,       /* too long ago: nothing is made up */
	PAST_CLOCK_BACK, /* the clock was set back meanwhile */
};

/* Where a daemon that starts at now (wall clock, seconds) takes up: what is
 * done by then, for agenda_new. After a stop of up to five minutes all is made
 * up, of a longer one nothing; after a crash, or a stop during which the clock
 * was set back by more than a minute, as after a step of the clock (jump.h).
 * Fixed-time entries that were waiting for a clock set back wait on in each
 * case. Of a kind that starts over no key is left. *left_out: how many minutes
 * are not run for whom the verdict names. */
struct jump_done past_resume(const struct past *, struct past_left *,
    int64_t now_at, enum past_verdict *, int64_t *left_out);

#endif
