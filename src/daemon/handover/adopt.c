/*
 * Taking over, once in a crond's life. The files are root's own, but a machine
 * may have been restored from anything: whatever can't be believed is left
 * alone, and no job suffers from it.
 */
#include "daemon/handover/adopt.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/run/run.h"
#include "daemon/base/state_files.h"
#include "sys/fd.h"
#include "sys/files/run_files.h"
#include "sys/spawn/logind_fifo.h"
#include "sys/reexec.h"

struct found_file {
	char *name;
	bool gone; /* set aside: not there any more */
};

struct found {
	struct found_file *files; /* by name, so that looking one up among
				     10,000 runs costs little */
	size_t count;
};

struct adopting {
	const struct adopt_config *config;
	struct run_files *user; /* whose turn it is */
	struct found found;     /* of that user */
	size_t runs, aside;
};

static int
by_name(const void *a, const void *b)
{
	const struct found_file *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* 0, or -1 with errno; what is found is to be cleared in any case. */
static int
find(struct run_files *user, struct found *found)
{
	char **names;
	size_t i;

	if (run_files_list(user, &names, &found->count) != 0) {
		found->count = 0;
		return -1;
	}
	found->files = calloc(found->count + 1, sizeof *found->files);
	for (i = 0; i < found->count; i++) {
		if (found->files != NULL)
			found->files[i].name = names[i];
		else
			free(names[i]);
	}
	free(names);
	if (found->files == NULL) {
		found->count = 0;
		errno = ENOMEM;
		return -1;
	}
	qsort(found->files, found->count, sizeof *found->files, by_name);
	return 0;
}

static void
found_clear(struct found *found)
{
	size_t i;

	for (i = 0; i < found->count; i++)
		free(found->files[i].name);
	free(found->files);
}

static int
against_name(const void *name, const void *file)
{
	return strcmp(name, ((const struct found_file *)file)->name);
}

static bool
has(const struct found *found, const char *name)
{
	const struct found_file *file = bsearch(name, found->files,
	    found->count, sizeof *found->files, against_name);

	return file != NULL && !file->gone;
}

/* Names are made of what is in them: an id must be one. */
static bool
is_named(const struct run_state *state, const char *file)
{
	const char *id = state->record->id;
	char name[NAME_MAX + 1];

	if (id[0] == '\0' || id[0] == '.' || strchr(id, '/') != NULL)
		return false;
	snprintf(name, sizeof name, "%s" STATE_FILES_SUFFIX, id);
	return strcmp(name, file) == 0;
}

static void
set_aside(struct adopting *a, const char *name, const char *why)
{
	/* Hundreds of them would be one story, not hundreds. */
	if (a->aside++ >= RUN_FILES_ASIDE_MAX) {
		(void)run_files_remove(a->user, name);
		return;
	}
	log_event(a->config->log, LOG_WARNING, "CRON", "HANDOVER", 0,
	    "%s/%s is set aside: %s", run_files_path(a->user), name, why);
	(void)run_files_set_aside(a->user, name);
}

/* false: it is not ours to go on with. */
static bool
read_state(struct adopting *a, uid_t uid, const char *name,
    struct run_state *state)
{
	enum run_state_verdict verdict;
	const char *why = NULL;

	if (state_files_read(a->user, name, state, &verdict) != 0) {
		set_aside(a, name, strerror(errno));
		return false;
	}
	if (verdict == RUN_STATE_FOREIGN)
		why = "it is no state file, or another version's";
	else if (verdict == RUN_STATE_BROKEN)
		why = "it is broken";
	else if (verdict == RUN_STATE_NO_MEMORY)
		why = "no memory";
	else if (!is_named(state, name) || state->record->uid != uid)
		why = "its name is not its own";
	else if (!run_state_key_same(&state->key, a->config->key))
		why = "it is of another boot or another container";
	if (why == NULL)
		return true;
	run_record_unref(state->record);
	set_aside(a, name, why);
	return false;
}

/* What keeps its session: it came down to us, or was opened again. */
static int
keeper_of(const struct adopt_config *config, const struct run_state *state)
{
	int fd;

	if (!state->record->session || state->session_fifo < 0)
		return -1;
	fd = reexec_claim(config->inherited, state->session_fifo,
	    state->session_fifo_inode);
	if (fd == -1)
		fd = logind_fifos_claim(config->keepers,
		    state->session_fifo_inode);
	if (fd == -1)
		log_event(config->log, LOG_WARNING, state->record->user,
		    "HANDOVER", 0,
		    "what kept the login session of job %ld is lost: it may "
		    "have been ended, and the job with it",
		    (long)state->record->pid);
	return fd;
}

/* A state that makes no sense is as good as none: what else there is of its run
 * is judged without it. */
static void
adopt_states(struct adopting *a, uid_t uid)
{
	struct run_state state;
	size_t i;

	for (i = 0; i < a->found.count; i++) {
		struct found_file *file = &a->found.files[i];

		if (!state_files_is_name(file->name))
			continue;
		file->gone = !read_state(a, uid, file->name, &state);
		if (file->gone)
			continue;
		a->runs++;
		runs_adopt(a->config->runs, &state,
		    keeper_of(a->config, &state));
		run_record_unref(state.record);
	}
}

/* A FIFO without a file of its run: nobody knows whose output it is. If a
 * collector reads it, or somebody writes, they go on without its name. */
static void
tidy_fifos(struct adopting *a)
{
	char file[NAME_MAX + 1];
	size_t i;

	for (i = 0; i < a->found.count; i++) {
		const char *name = a->found.files[i].name;

		if (state_files_is_name(name))
			continue;
		snprintf(file, sizeof file, "%.200s" STATE_FILES_SUFFIX, name);
		if (!has(&a->found, file))
			(void)run_files_remove(a->user, name);
	}
}

static void
adopt_user(struct adopting *a, uid_t uid)
{
	a->user = run_files_user(a->config->handover, uid, false);
	if (a->user == NULL || find(a->user, &a->found) != 0) {
		log_event(a->config->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't read %s/%lu: what runs is not taken over",
		    run_files_path(a->config->handover), (unsigned long)uid);
	} else {
		adopt_states(a, uid);
		tidy_fifos(a);
	}
	found_clear(&a->found);
	a->found = (struct found){NULL, 0};
	run_files_close(a->user);
}

static void
say(const struct adopting *a)
{
	if (a->runs > 0)
		log_event(a->config->log, LOG_INFO, "CRON", "STARTUP", 0,
		    "took over %zu running job%s", a->runs,
		    a->runs == 1 ? "" : "s");
	if (a->aside > RUN_FILES_ASIDE_MAX)
		log_event(a->config->log, LOG_WARNING, "CRON", "HANDOVER", 0,
		    "%zu more files like these are removed",
		    a->aside - RUN_FILES_ASIDE_MAX);
}

void
adopt(const struct adopt_config *config)
{
	struct adopting a = {.config = config};
	uid_t *uids;
	size_t count, i;

	if (run_files_users(config->handover, &uids, &count) != 0) {
		log_event(config->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't read %s: what runs is not taken over",
		    run_files_path(config->handover));
		return;
	}
	for (i = 0; i < count; i++)
		adopt_user(&a, uids[i]);
	say(&a);
	free(uids);
}
