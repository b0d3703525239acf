/*
 * Writing state files. Made by main, used by daemon/post.c alone. A failure
 * costs the handover of this one run: its file is taken away, for half of what
 * is true would be worse than nothing.
 */
#include "daemon/states.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "sys/handover.h"

struct states {
	struct handover *handover;
	struct state_key key;
	struct log *log;
	bool failing; /* said */
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
say(struct states *s, int error)
{
	if (!s->failing)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", error,
		    "can't write state files in %s: jobs that are started now "
		    "are not taken over by the next crond",
		    handover_path(s->handover));
	s->failing = true;
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
	say(s, error);
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
	(void)handover_remove(s->handover, file);
	*there = false;
}
