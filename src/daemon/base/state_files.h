/*
 * The files of runs (core/run_state.h), written by crond: RUNS/UID/ID.state,
 * before the start, when a session is there, and at the end. A failure to write
 * costs the handover of this one run, or its start, which is the caller's to
 * decide.
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

/* The user's directory, made if missing: the caller's. NULL with errno. */
struct run_files *state_files_user(struct state_files *, uid_t);

/* Makes the file in the user's directory, and leaves it open for the child that
 * writes its pid: the caller's. -1 with errno. The key is filled in here, as in
 * all of these. */
int state_files_begin(struct state_files *, struct run_files *user,
    struct run_state *);
/* None can be made, or no FIFO: said once. */
void state_files_cannot(struct state_files *, int errnum);
/* All of it has changed. */
void state_files_note_whole(struct state_files *, struct run_state *);
/* Some number but those of the slots has. */
void state_files_note(struct state_files *, struct run_state *);
/* It is done with, and its FIFO, if that is still there: only the names are. */
void state_files_forget(struct state_files *, const struct run_record *);

/* The record as it is in its file now, without the entry's environment: the
 * caller's. -1: there is none. */
int state_files_read_record(struct state_files *, const struct run_record *,
    struct run_record **);
/* Does a file of that name hold one? */
bool state_files_is_name(const char *file);
/* Reads one, of any origin. -1 with errno: it can't be read, or be ours; else 0
 * and what run_state_read_without_env says of it. */
int state_files_read(struct run_files *user, const char *file,
    struct run_state *, enum run_state_verdict *);

#endif
