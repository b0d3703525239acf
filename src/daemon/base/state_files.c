/*
 * State files: written for daemon/mail/post.c, read for daemon/handover/adopt.c and
 * daemon/handover/handover.c. A failure to write costs the handover of this one run:
 * its file is taken away, for half of what is true would be worse than nothing.
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

struct states {
	struct handover *handover;
	struct state_key key;
	struct log *log;
	bool failing;  /* said */
	bool nameless; /* that a pipe has no name: said, once and for all */
};

struct states *
states_new(struct handover *handover, const struct state_key *key,
    struct log *log)
{
	struct states *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->handover = handover;
	s->key = *key;
	s->log = log;
	return s;
}

void
states_free(struct states *s)
{
	free(s);
}

static void
say(struct states *s, bool *said, const char *what, int error)
{
	if (!*said)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", error,
		    "can't %s in %s: jobs that are started now are not "
		    "taken over by the next crond",
		    what, handover_path(s->handover));
	*said = true;
}

void
states_cannot(struct states *s, int errnum)
{
	if (s != NULL)
		say(s, &s->nameless, "make pipes", errnum);
}

static int
write_whole(struct states *s, const char *file, const struct state *state,
    bool there)
{
	size_t len;
	char *text = state_write(state, &len);
	int result, error;

	if (text == NULL) {
		errno = ENOMEM;
		return -1;
	}
	if (there)
		result = handover_replace(s->handover, file, text, len);
	else
		result = handover_create(s->handover, file, text, len);
	error = errno;
	free(text);
	errno = error;
	return result;
}

static int
patch(struct states *s, const char *file, const struct state *state)
{
	char front[STATE_FRONT];

	state_front(state, front);
	return handover_patch(s->handover, file, front, sizeof front);
}

static void
note(struct states *s, const char *name, struct state *state, bool whole,
    bool *there)
{
	char file[NAME_MAX + 1];
	int result, error;

	if (s == NULL)
		return;
	snprintf(file, sizeof file, "%s" STATES_SUFFIX, name);
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
	(void)handover_remove(s->handover, file);
	*there = false;
	say(s, &s->failing, "write state files", error);
}

void
states_note(struct states *s, const char *name, struct state *state,
    bool *there)
{
	note(s, name, state, false, there);
}

void
states_note_whole(struct states *s, const char *name, struct state *state,
    bool *there)
{
	note(s, name, state, true, there);
}

void
states_forget(struct states *s, const char *name, bool *there)
{
	char file[NAME_MAX + 1];

	if (s == NULL || !*there)
		return;
	snprintf(file, sizeof file, "%s" STATES_SUFFIX, name);
	if (handover_remove(s->handover, file) != 0)
		log_event(s->log, LOG_WARNING, "CRON", "HANDOVER", errno,
		    "can't remove %s/%s: the next crond will say that this "
		    "job ended before it came",
		    handover_path(s->handover), file);
	*there = false;
}

bool
states_is_name(const char *file)
{
	size_t len = strlen(file), end = strlen(STATES_SUFFIX);

	return len > end && strcmp(file + len - end, STATES_SUFFIX) == 0;
}

int
states_read(struct handover *handover, const char *file, struct state *state,
    enum state_verdict *verdict)
{
	char *bytes;
	size_t len;

	if (handover_read(handover, file, STATE_MAX, &bytes, &len) != 0)
		return -1;
	*verdict = state_read(state, bytes, len);
	free(bytes);
	return 0;
}
