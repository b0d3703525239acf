/*
 * State files of what is alive, for the next crond (core/run_state.h). Written by
 * posts, which live from a run's start to the end of its letter's way. Where
 * they can't be written there is no handover, which is said once.
 */
#ifndef EVCRON_DAEMON_BASE_STATE_FILES_H
#define EVCRON_DAEMON_BASE_STATE_FILES_H

#include <stdbool.h>

#include "core/run_state.h"
#include "sys/log/log.h"

struct handover;
struct states;

#define STATES_SUFFIX ".state"

/* Pointers must outlive it. NULL: no memory. */
struct states *states_new(struct handover *, const struct state_key *,
    struct log *);
void states_free(struct states *);

/* Writes it down as NAME.state; *there: it was before, and is now. The key is
 * filled in here. All of these do nothing where states is NULL. */
void states_note(struct states *, const char *name, struct state *,
    bool *there);
/* Likewise, when more than the front has changed. */
void states_note_whole(struct states *, const char *name, struct state *,
    bool *there);
/* A run of which none is of any use, for its pipe has no name: said once. */
void states_cannot(struct states *, int errnum);
/* It is done with. */
void states_forget(struct states *, const char *name, bool *there);

/* Does a file of that name hold one? */
bool states_is_name(const char *file);
/* Reads one, of any origin. -1 with errno: it can't be read, or be ours; else 0
 * and what state_read says of it. */
int states_read(struct handover *, const char *file, struct state *,
    enum state_verdict *);

#endif
