/*
 * A daemon's life in the simulation: the core's own agenda, clock verdict and
 * minutes done, put together as daemon/schedule/tick.c and
 * daemon/schedule/progress_file.c do. What it leaves to the next one goes
 * through the bytes of the file of minutes.
 */
#ifndef EVCRON_TESTS_SIMULATED_H
#define EVCRON_TESTS_SIMULATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/agenda.h"
#include "core/clock_step.h"
#include "core/progress.h"

/* That entry runs now, for that minute. */
typedef void (
    *simulated_run)(void *context, const struct entry *entry, int64_t minute);

struct simulated {
	struct agenda *agenda; /* NULL: none is alive */
	struct table *table;
	agenda_zone_of zone_of;
	simulated_run run;
	void *context; /* of both */
	struct clock_step_look last;
	int64_t armed; /* it wakes at this second */
	int lives_on;  /* so many starts, then it is killed; -1: it is not */
	/* The file: a front, and the keys behind it. */
	char *file;
	size_t len, room;
	struct progress_left left;
	struct progress past;          /* the front */
	enum progress_verdict verdict; /* of the last start */
};

/* When the clocks show these seconds. The first one begins with that minute,
 * later ones take up what the file says. Then, and at each later wake, it runs
 * what is due. false: it was killed amid that. */
bool simulated_start(struct simulated *, int64_t wall, int64_t mono);
bool simulated_wake(struct simulated *, int64_t wall, int64_t mono);
/* Ends it in order; or at once. */
void simulated_stop(struct simulated *, int64_t wall);
void simulated_kill(struct simulated *);
/* Zones are others now (tick_rezone). */
void simulated_rezone(struct simulated *);
void simulated_clear(struct simulated *);

#endif
