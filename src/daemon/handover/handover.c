/*
 * Succession. Owns the lock of the runs and the directory's handover.
 *
 * The lock is held by whoever waits for the jobs. It is of one process
 * (sys/files/record_lock.h): a crond that stops lets go of it before the child
 * that drains takes it, and a crond that starts just then takes over instead. A
 * draining one writes its pid into the file: that is whom a starting crond may
 * tell to go. Any other holder is a crond, which is left alone.
 */
#include "daemon/handover/handover.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/signals.h"
#include "daemon/base/state_files.h"
#include "sys/inherited_limits.h"
#include "sys/clock.h"
#include "sys/mkdirs.h"
#include "sys/fd.h"
#include "sys/files/record_lock.h"
#include "sys/files/run_files.h"
#include "sys/limits.h"

#define RELIEF_NS     INT64_C(10000000000) /* for a predecessor to go */
#define TOLD_NS       INT64_C(30000000000) /* for one that drains, once told */
#define LOOK_NS       5000000
#define READY_MS      10000 /* for a successor to stand */
#define DRAIN         "--drain"
#define ARGUMENTS_MAX 4096

void
handover_begin(struct handover *s, char *const *argv,
    const struct inherited_limits *origin)
{
	*s = (struct handover){
	    .argv = argv,
	    .origin = origin,
	    .runs_lock = -1,
	};
	reexec_take(&s->inherited);
	s->start_dir = get_current_dir_name();
	s->program = reexec_program();
}

void
handover_end(struct handover *s)
{
	reexec_clear(&s->inherited);
	logind_fifos_clear(&s->keepers);
	free(s->start_dir);
	free(s->program);
}

/* The lock */

static void
nap(void)
{
	const struct timespec pause = {.tv_nsec = LOOK_NS};

	nanosleep(&pause, NULL);
}

static bool
is_kept(struct run_files *user, const char *name, uint64_t *inode)
{
	enum run_state_verdict verdict;
	struct run_state state;

	if (!state_files_is_name(name) ||
	    state_files_read(user, name, &state, &verdict) != 0 ||
	    verdict != RUN_STATE_GOOD)
		return false;
	*inode = state.session_fifo_inode;
	run_record_unref(state.record);
	return state.session_fifo >= 0;
}

struct inodes {
	uint64_t *list;
	size_t count;
};

static void
add_kept(struct run_files *user, struct inodes *inodes)
{
	char **names;
	uint64_t *more;
	size_t count, i;

	if (run_files_list(user, &names, &count) != 0)
		return;
	more =
	    reallocarray(inodes->list, inodes->count + count + 1, sizeof *more);
	if (more != NULL)
		inodes->list = more;
	for (i = 0; i < count; i++) {
		if (more != NULL &&
		    is_kept(user, names[i], &more[inodes->count]))
			inodes->count++;
		free(names[i]);
	}
	free(names);
}

/* The sessions of runs must be kept by us before whoever keeps them now is told
 * to go. Those that it ends meanwhile are not missed. */
static void
hold_sessions(struct handover *s, const char *runs_dir)
{
	struct run_files *runs = run_files_open(runs_dir), *user;
	struct inodes inodes = {NULL, 0};
	uid_t *uids = NULL;
	size_t count = 0, i;

	if (runs != NULL && run_files_users(runs, &uids, &count) == 0)
		for (i = 0; i < count; i++) {
			user = run_files_user(runs, uids[i], false);
			if (user != NULL)
				add_kept(user, &inodes);
			run_files_close(user);
		}
	logind_fifos_open(&s->keepers, inodes.list, inodes.count);
	free(inodes.list);
	free(uids);
	run_files_close(runs);
}

/* Until whoever drains has gone. */
static int
relieve(struct handover *s, const char *path, const char *runs_dir)
{
	int64_t until_ns = clock_mono_ns() + RELIEF_NS;
	pid_t holder, told = 0;
	bool last = false;

	/* The last look is made when the time is over: one who was told to go
	 * and went leaves nobody behind but us. */
	while ((s->runs_lock = record_lock_open(path, &holder)) == -1) {
		if (errno != EAGAIN || last)
			return -1;
		last = clock_mono_ns() >= until_ns;
		if (holder > 0 && holder != told) {
			hold_sessions(s, runs_dir);
			(void)kill(told = holder, SIGTERM);
			until_ns = clock_mono_ns() + TOLD_NS;
			last = false;
		}
		nap();
	}
	return 0;
}

static int
take_lock(struct handover *s, const char *path, const char *runs_dir,
    bool drain)
{
	int inherited = s->inherited.gift.runs;
	pid_t holder;

	if (s->inherited.in_place && inherited >= 0 &&
	    record_lock_inherit(inherited) == 0) {
		s->runs_lock = inherited;
		return 0;
	}
	if (!drain)
		return relieve(s, path, runs_dir);
	s->runs_lock = record_lock_open(path, &holder);
	return s->runs_lock == -1 ? -1 : 0;
}

static int
take_charge(struct handover *s, const struct paths *paths, bool drain)
{
	char *path;
	int result;

	if (asprintf(&path, "%s/runs.lock", paths->run_dir) < 0) {
		errno = ENOMEM;
		return -1;
	}
	result = take_lock(s, path, paths->runs_dir, drain);
	free(path);
	if (result != 0)
		return -1;
	return drain ? record_lock_write_pid(s->runs_lock)
		     : record_lock_write_nobody(s->runs_lock);
}

/* The files */

static void
open_files(struct handover *s, const struct paths *paths, const char *boot_id)
{
	if (mkdirs_own(paths->runs_dir) != 0) {
		s->denied = errno;
		return;
	}
	if (run_files_key(&s->key, boot_id) != 0) {
		log_event(s->log, LOG_WARNING, "CRON", "HANDOVER", 0,
		    "the system does not tell boots and processes apart: jobs "
		    "are not taken over by the next crond");
		return;
	}
	s->handover = run_files_open(paths->runs_dir);
	if (s->handover != NULL)
		s->states = state_files_new(s->handover, &s->key, s->log);
	if (s->states == NULL)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "jobs are not taken over by the next crond");
}

int
handover_open(struct handover *s, struct log *log, const struct paths *paths,
    const char *boot_id, bool drain)
{
	s->log = log;
	if (s->denied == 0 && take_charge(s, paths, drain) != 0) {
		if (drain || errno == EAGAIN)
			return -1;
		s->denied = errno;
	}
	if (s->denied == 0)
		open_files(s, paths, boot_id);
	errno = s->denied;
	if (s->denied != 0 && drain)
		return -1;
	/* Jobs matter more. */
	if (s->denied != 0)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", s->denied,
		    "can't use %s, which must be ours and writable for nobody "
		    "else: jobs run without it, and the next crond does not "
		    "take them over",
		    paths->run_dir);
	return 0;
}

void
handover_close(struct handover *s)
{
	state_files_free(s->states);
	run_files_close(s->handover);
	fd_close(&s->runs_lock);
}

void
handover_ready(struct handover *s)
{
	int *ready = &s->inherited.gift.ready;

	if (*ready >= 0)
		(void)!write(*ready, "", 1);
	fd_close(ready);
}

/* The successor */

/* argv with DRAIN behind its first; NULL: no memory. */
static char **
drain_argv(const struct handover *s)
{
	static char drain[] = DRAIN;
	size_t count = 0, i;
	char **argv;

	while (count < ARGUMENTS_MAX && s->argv[count] != NULL)
		count++;
	argv = calloc(count + 2, sizeof *argv);
	if (argv == NULL || count == 0)
		return argv;
	argv[0] = s->argv[0];
	argv[1] = drain;
	for (i = 1; i < count; i++)
		argv[i + 1] = s->argv[i];
	return argv;
}

/* Relative paths among the arguments are from there. */
static int
go_to_start(const struct handover *s)
{
	if (s->program == NULL || s->start_dir == NULL) {
		errno = ENOENT;
		return -1;
	}
	return chdir(s->start_dir);
}

static int
wait_ready(int ready)
{
	struct pollfd poll_fd = {.fd = ready, .events = POLLIN};
	int n;
	char byte;

	do
		n = poll(&poll_fd, 1, READY_MS);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	if (n <= 0)
		return -1;
	errno = ECHILD;
	return read(ready, &byte, 1) == 1 ? 0 : -1;
}

static int
leave(struct handover *s)
{
	const struct reexec_gift gift = {-1, -1, -1};
	char **argv = drain_argv(s);
	int ready = -1, result = -1;

	if (argv != NULL && go_to_start(s) == 0) {
		fd_close(&s->runs_lock); /* it is the child's to take */
		inherited_limits_restore(s->origin);
		if (reexec_child(s->program, argv, &gift, &ready) > 0)
			result = wait_ready(ready);
		fd_close(&ready);
	}
	free(argv);
	return result;
}

void
handover_leave(struct handover *s)
{
	if (s->states == NULL) {
		log_event(s->log, LOG_WARNING, "CRON", "HANDOVER", 0,
		    "what still runs is not taken over: how jobs end is not "
		    "known to the next crond");
		return;
	}
	if (leave(s) != 0)
		log_event(s->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't leave a process behind: how jobs end is not known "
		    "to the next crond");
}

void
handover_exec(struct handover *s, const struct lock *lock)
{
	const struct reexec_gift gift = {lock->fd, s->runs_lock, -1};
	char *here = get_current_dir_name();
	int error;

	if (go_to_start(s) == 0) {
		inherited_limits_restore(s->origin);
		reexec(s->program, s->argv, &gift);
		error = errno;
		(void)limits_raise();
		signals_ignore_deadly();
		errno = error;
	}
	error = errno;
	if (here != NULL)
		(void)!chdir(here);
	free(here);
	log_event(s->log, LOG_ERR, "CRON", "HANDOVER", error,
	    "can't execute %s, going on as before",
	    s->program != NULL ? s->program : "our own program");
}
