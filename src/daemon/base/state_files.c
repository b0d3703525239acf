/*
 * Writing and reading the files of runs. Written for daemon/run/launch.c and
 * daemon/run/run.c, read for daemon/handover. Each file is reached through its
 * user's directory, which is opened anew each time: there are few of these
 * writes, and nothing is held open.
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
	struct run_files *runs;
	struct run_state_key key;
	struct log *log;
	bool failing; /* said */
	bool cannot;  /* likewise */
};

struct state_files *
state_files_new(struct run_files *runs, const struct run_state_key *key,
    struct log *log)
{
	struct state_files *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->runs = runs;
	s->key = *key;
	s->log = log;
	return s;
}

void
state_files_free(struct state_files *s)
{
	free(s);
}

struct run_files *
state_files_user(struct state_files *s, uid_t uid)
{
	return run_files_user(s->runs, uid, true);
}

static void
file_name(const struct run_record *record, char name[NAME_MAX + 1])
{
	snprintf(name, NAME_MAX + 1, "%s" STATE_FILES_SUFFIX, record->id);
}

int
state_files_begin(struct state_files *s, struct run_files *user,
    struct run_state *state)
{
	char name[NAME_MAX + 1], *text;
	int fd, error;
	size_t len;

	state->key = s->key;
	text = run_state_write(state, &len);
	if (text == NULL) {
		errno = ENOMEM;
		return -1;
	}
	file_name(state->record, name);
	fd = run_files_create_open(user, name, text, len);
	error = errno;
	free(text);
	errno = error;
	return fd;
}

void
state_files_cannot(struct state_files *s, int errnum)
{
	if (!s->cannot)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", errnum,
		    "can't make state files and pipes in %s: jobs that are "
		    "started now are not taken over by the next crond",
		    run_files_path(s->runs));
	s->cannot = true;
}

/* What is on disk is half true then: said once, for all that fail in a row. */
static void
say(struct state_files *s, int result)
{
	if (result != 0 && !s->failing)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't write state files in %s: what changes in jobs now "
		    "is not known to the next crond",
		    run_files_path(s->runs));
	s->failing = result != 0;
}

void
state_files_note_whole(struct state_files *s, struct run_state *state)
{
	struct run_files *user;
	char name[NAME_MAX + 1], *text;
	int result = -1;
	size_t len;

	if (s == NULL)
		return;
	state->key = s->key;
	text = run_state_write(state, &len);
	user = run_files_user(s->runs, state->record->uid, true);
	file_name(state->record, name);
	if (text != NULL && user != NULL)
		result = run_files_replace(user, name, text, len);
	say(s, result);
	run_files_close(user);
	free(text);
}

static int
patch(struct state_files *s, const struct run_record *record, size_t at,
    const char *bytes, size_t len)
{
	struct run_files *user = run_files_user(s->runs, record->uid, false);
	char name[NAME_MAX + 1];
	int result, error;

	if (user == NULL)
		return -1;
	file_name(record, name);
	result = run_files_patch(user, name, at, bytes, len);
	error = errno;
	run_files_close(user);
	errno = error;
	return result;
}

void
state_files_note(struct state_files *s, struct run_state *state)
{
	char front[RUN_STATE_FRONT];

	if (s == NULL)
		return;
	state->key = s->key;
	run_state_front(state, front);
	say(s,
	    patch(s, state->record, RUN_STATE_REST_AT,
		front + RUN_STATE_REST_AT, sizeof front - RUN_STATE_REST_AT));
}

void
state_files_forget(struct state_files *s, const struct run_record *record)
{
	struct run_files *user;
	char name[NAME_MAX + 1];

	if (s == NULL)
		return;
	user = run_files_user(s->runs, record->uid, false);
	if (user == NULL)
		return;
	file_name(record, name);
	if (run_files_remove(user, name) != 0 ||
	    run_files_remove(user, record->id) != 0)
		log_event(s->log, LOG_WARNING, "CRON", "HANDOVER", errno,
		    "can't remove %s/%s: the next crond will say that this "
		    "job ended before it came",
		    run_files_path(user), name);
	run_files_close(user);
}

bool
state_files_is_name(const char *file)
{
	size_t len = strlen(file), end = strlen(STATE_FILES_SUFFIX);

	return len > end && strcmp(file + len - end, STATE_FILES_SUFFIX) == 0;
}

int
state_files_read(struct run_files *user, const char *file,
    struct run_state *state, enum run_state_verdict *verdict)
{
	char *bytes;
	size_t len;

	if (run_files_read(user, file, STATE_MAX, &bytes, &len) != 0)
		return -1;
	*verdict = run_state_read_without_env(state, bytes, len);
	free(bytes);
	return 0;
}

int
state_files_read_record(struct state_files *s, const struct run_record *record,
    struct run_record **now)
{
	struct run_files *user = run_files_user(s->runs, record->uid, false);
	enum run_state_verdict verdict = RUN_STATE_BROKEN;
	struct run_state state;
	char name[NAME_MAX + 1];
	int result = -1;

	if (user == NULL)
		return -1;
	file_name(record, name);
	if (state_files_read(user, name, &state, &verdict) == 0 &&
	    verdict == RUN_STATE_GOOD) {
		*now = state.record;
		result = 0;
	}
	run_files_close(user);
	return result;
}
