/*
 * Taking over, once in a crond's life. The files are root's own, but a machine
 * may have been restored from anything: whatever can't be believed is left
 * alone, and no job suffers from it.
 */
#include "daemon/handover/adopt.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/mail/mail.h"
#include "daemon/schedule/progress_file.h"
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
	size_t runs, letters, aside, foreign;
};

static int
by_name(const void *a, const void *b)
{
	const struct found_file *one = a, *other = b;

	return strcmp(one->name, other->name);
}

/* 0, or -1 with errno; what is found is to be cleared in any case. */
static int
find(const struct adopt_config *config, struct found *found)
{
	char **names;
	size_t i;

	if (run_files_list(config->handover, &names, &found->count) != 0) {
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
	snprintf(name, sizeof name, "%s%s" STATE_FILES_SUFFIX, id,
	    state->part > 1 ? "-2" : "");
	return strcmp(name, file) == 0;
}

static void
set_aside(const struct adopt_config *config, struct found *found,
    const char *name, const char *why)
{
	/* Hundreds of them would be one story, not hundreds. */
	if (found->aside++ >= RUN_FILES_ASIDE_MAX) {
		(void)run_files_remove(config->handover, name);
		return;
	}
	log_event(config->log, LOG_WARNING, "CRON", "HANDOVER", 0,
	    "%s/%s is set aside: %s", run_files_path(config->handover), name,
	    why);
	(void)run_files_set_aside(config->handover, name);
}

/* false: it is not ours to go on with. */
static bool
read_state(const struct adopt_config *config, struct found *found,
    const char *name, struct run_state *state)
{
	enum run_state_verdict verdict;
	const char *why = NULL;

	if (state_files_read(config->handover, name, state, &verdict) != 0) {
		set_aside(config, found, name, strerror(errno));
		return false;
	}
	if (verdict == RUN_STATE_FOREIGN)
		why = "it is no state file, or another version's";
	else if (verdict == RUN_STATE_BROKEN)
		why = "it is broken";
	else if (verdict == RUN_STATE_NO_MEMORY)
		why = "no memory";
	else if (!is_named(state, name))
		why = "its name is not its own";
	else if (!run_state_key_same(&state->key, config->key))
		why = "it is of another boot or another container";
	if (why == NULL)
		return true;
	run_record_unref(state->record);
	set_aside(config, found, name, why);
	return false;
}

/* Late output of a run whose crond was killed before it noted that there is
 * some: its FIFO has no state of its own. */
static void
adopt_unnoted_late(const struct adopt_config *config, const struct found *found,
    const struct run_state *state)
{
	struct run_state late = *state;
	char file[NAME_MAX + 1];

	snprintf(file, sizeof file, "%s-2" STATE_FILES_SUFFIX,
	    state->record->id);
	if (has(found, file) || !has(found, state->record->id))
		return;
	late.part = 2;
	late.mailer = 0;
	late.losing = late.streamed = late.broken = late.starting = false;
	runs_adopt_late(config->runs, &late);
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

static void
adopt_state(const struct adopt_config *config, struct found *found,
    const struct run_state *state)
{
	char late[NAME_MAX + 1];

	snprintf(late, sizeof late, "%s-2" STATE_FILES_SUFFIX,
	    state->record->id);
	if (state->part > 1 && state->mailer == 0 && !state->starting) {
		found->runs++;
		runs_adopt_late(config->runs, state);
	} else if (state->part > 1 || state->over || has(found, late)) {
		found->letters++;
		mail_adopt_sent(config->mail, state);
		if (state->part == 1)
			adopt_unnoted_late(config, found, state);
	} else {
		found->runs++;
		runs_adopt(config->runs, state, keeper_of(config, state));
	}
}

/* A FIFO without a state file: of a crond that could write none. Whose output
 * it is nobody knows; if somebody still writes, it stays open for him. */
static void
tidy_fifo(const struct adopt_config *config, struct found *found,
    const char *name)
{
	struct pollfd look = {.events = POLLIN};
	char file[NAME_MAX + 1], late[NAME_MAX + 1];
	struct stat st;
	char path[PATH_MAX];

	snprintf(file, sizeof file, "%.200s" STATE_FILES_SUFFIX, name);
	snprintf(late, sizeof late, "%.200s-2" STATE_FILES_SUFFIX, name);
	snprintf(path, sizeof path, "%s/%s", run_files_path(config->handover),
	    name);
	if (has(found, file) || has(found, late) || lstat(path, &st) != 0 ||
	    !S_ISFIFO(st.st_mode))
		return;
	look.fd = run_files_fifo(config->handover, name, st.st_uid);
	if (look.fd < 0)
		return;
	(void)poll(&look, 1, 0);
	if (look.revents & POLLHUP)
		(void)run_files_remove(config->handover, name);
	else
		found->foreign++;
	fd_close(&look.fd);
}

static void
say(const struct adopt_config *config, const struct found *found)
{
	if (found->runs + found->letters > 0)
		log_event(config->log, LOG_INFO, "CRON", "STARTUP", 0,
		    "took over %zu running job%s and %zu letter%s", found->runs,
		    found->runs == 1 ? "" : "s", found->letters,
		    found->letters == 1 ? "" : "s");
	if (found->aside > RUN_FILES_ASIDE_MAX)
		log_event(config->log, LOG_WARNING, "CRON", "HANDOVER", 0,
		    "%zu more files like these are removed",
		    found->aside - RUN_FILES_ASIDE_MAX);
	if (found->foreign > 0)
		log_event(config->log, LOG_WARNING, "CRON", "HANDOVER", 0,
		    "output of %zu running job%s can't be taken over, for no "
		    "state file tells whose it is",
		    found->foreign, found->foreign == 1 ? "" : "s");
}

/* A state that makes no sense is as good as none: what else there is of its run
 * is judged without it. */
static void
adopt_states(const struct adopt_config *config, struct found *found)
{
	struct run_state state;
	size_t i;

	for (i = 0; i < found->count; i++) {
		struct found_file *file = &found->files[i];

		if (!state_files_is_name(file->name))
			continue;
		file->gone = !read_state(config, found, file->name, &state);
		if (file->gone)
			continue;
		adopt_state(config, found, &state);
		run_record_unref(state.record);
	}
}

static void
tidy_fifos(const struct adopt_config *config, struct found *found)
{
	size_t i;

	for (i = 0; i < found->count; i++) {
		const char *name = found->files[i].name;

		if (!state_files_is_name(name) &&
		    strcmp(name, PROGRESS_FILE_FILE) != 0)
			tidy_fifo(config, found, name);
	}
}

void
adopt(const struct adopt_config *config)
{
	struct found found = {0};

	if (find(config, &found) != 0) {
		log_event(config->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't read %s: what runs is not taken over",
		    run_files_path(config->handover));
		return;
	}
	adopt_states(config, &found);
	tidy_fifos(config, &found);
	say(config, &found);
	found_clear(&found);
}
