/*
 * State files of what is alive, for the next crond (core/run_state.h). Written
 * by posts, which live from a run's start to the end of its letter's way. Where
 * they can't be written there is no handover, which is said once.
 */
#ifndef EVCRON_DAEMON_BASE_STATE_FILES_H
#define EVCRON_DAEMON_BASE_STATE_FILES_H

#include <stdbool.h>

#include "core/run_state.h"
#include "sys/log/log.h"

struct run_files;
struct state_files;

#define STATE_FILES_SUFFIX ".state"

/* Pointers must outlive it. NULL: no memory. */
struct state_files *state_files_new(struct run_files *,
    const struct run_state_key *, struct log *);
void state_files_free(struct state_files *);

/* Writes it down as NAME.state; *there: it was before, and is now. The key is
 * filled in here. All of these do nothing where states is NULL. */
void state_files_note(struct state_files *, const char *name,
    struct run_state *, bool *there);
/* Likewise, when more than the front has changed. */
void state_files_note_whole(struct state_files *, const char *name,
    struct run_state *, bool *there);
/* A run of which none is of any use, for its pipe has no name: said once. */
void state_files_cannot(struct state_files *, int errnum);
/* It is done with. */
void state_files_forget(struct state_files *, const char *name, bool *there);

/* Does a file of that name hold one? */
bool state_files_is_name(const char *file);
/* Reads one, of any origin. -1 with errno: it can't be read, or be ours; else 0
 * and what run_state_read says of it. */
int state_files_read(struct run_files *, const char *file, struct run_state *,
    enum run_state_verdict *);

#endif
