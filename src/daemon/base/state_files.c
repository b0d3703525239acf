/*
 * State files: written for daemon/mail/post.c, read for daemon/handover/adopt.c
 * and daemon/handover/handover.c. A failure to write costs the handover of this
 * one run: its file is taken away, for half of what is true would be worse than
 * nothing.
 */
#include "daemon/base/state_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/files/run_files.h"

/* Twice what an environment may be (core/mail_headers.h), escaped, and some. */
#define STATE_MAX ((size_t)8 * 1024 * 1024)

struct state_files {
	struct run_files *handover;
	struct run_state_key key;
	struct log *log;
	bool failing;  /* said */
	bool nameless; /* that a pipe has no name: said, once and for all */
};

struct state_files *
state_files_new(struct run_files *handover, const struct run_state_key *key,
    struct log *log)
{
	struct state_files *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->handover = handover;
	s->key = *key;
	s->log = log;
	return s;
}

void
state_files_free(struct state_files *s)
{
	free(s);
}

static void
say(struct state_files *s, bool *said, const char *what, int error)
{
	if (!*said)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", error,
		    "can't %s in %s: jobs that are started now are not "
		    "taken over by the next crond",
		    what, run_files_path(s->handover));
	*said = true;
}

void
state_files_cannot(struct state_files *s, int errnum)
{
	if (s != NULL)
		say(s, &s->nameless, "make pipes", errnum);
}

static int
write_whole(struct state_files *s, const char *file,
    const struct run_state *state, bool there)
{
	size_t len;
	char *text = run_state_write(state, &len);
	int result, error;

	if (text == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (there)
		result = run_files_replace(s->handover, file, text, len);
	else
		result = run_files_create(s->handover, file, text, len);
	error = errno;
	free(text);
	errno = error;
	return result;
}

static int
patch(struct state_files *s, const char *file, const struct run_state *state)
{
	char front[RUN_STATE_FRONT];

	run_state_front(state, front);
	return run_files_patch(s->handover, file, front, sizeof front);
}

static void
note(struct state_files *s, const char *name, struct run_state *state,
    bool whole, bool *there)
{
	char file[NAME_MAX + 1];
	int result, error;

	if (s == NULL)
		return;
	snprintf(file, sizeof file, "%s" STATE_FILES_SUFFIX, name);
	state->key = s->key;
	if (*there && !whole)
		result = patch(s, file, state);
	else
		result = write_whole(s, file, state, *there);
	if (result == 0) {
		*there = true;
		s->failing = false;
		return;
	}
	error = errno;
	(void)run_files_remove(s->handover, file);
	*there = false;
	say(s, &s->failing, "write state files", error);
}

void
state_files_note(struct state_files *s, const char *name,
    struct run_state *state, bool *there)
{
	note(s, name, state, false, there);
}

void
state_files_note_whole(struct state_files *s, const char *name,
    struct run_state *state, bool *there)
{
	note(s, name, state, true, there);
}

void
state_files_forget(struct state_files *s, const char *name, bool *there)
{
	char file[NAME_MAX + 1];

	if (s == NULL || !*there)
		return;
	snprintf(file, sizeof file, "%s" STATE_FILES_SUFFIX, name);
	if (run_files_remove(s->handover, file) != 0)
		log_event(s->log, LOG_WARNING, "CRON", "HANDOVER", errno,
		    "can't remove %s/%s: the next crond will say that this "
		    "job ended before it came",
		    run_files_path(s->handover), file);
	*there = false;
}

bool
state_files_is_name(const char *file)
{
	size_t len = strlen(file), end = strlen(STATE_FILES_SUFFIX);

	return len > end && strcmp(file + len - end, STATE_FILES_SUFFIX) == 0;
}

int
state_files_read(struct run_files *handover, const char *file,
    struct run_state *state, enum run_state_verdict *verdict)
{
	char *bytes;
	size_t len;

	if (run_files_read(handover, file, STATE_MAX, &bytes, &len) != 0)
		return -1;
	*verdict = run_state_read(state, bytes, len);
	free(bytes);
	return 0;
}
