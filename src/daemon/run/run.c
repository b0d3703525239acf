/*
 * Runs. Owns what is not over (struct run, which needs no table any more): the
 * job until it is reaped, and what its collector is to be told and has to say
 * until its output is over.
 */
#include "daemon/run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mail_rule.h"
#include "core/run_env.h"
#include "core/run_record.h"
#include "core/run_state.h"
#include "daemon/base/adopted_process.h"
#include "daemon/base/child.h"
#include "daemon/base/state_files.h"
#include "daemon/collectors/collectors.h"
#include "daemon/run/child_report.h"
#include "daemon/run/launch.h"
#include "daemon/run/pam_sessions.h"
#include "daemon/users/share.h"
#include "sys/inherited_limits.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/limits.h"
#include "sys/spawn/spawn.h"

/* At once on their way to the exec, for each CPU that we may run on. */
#define OPENINGS_A_CPU 2
#define OPENING_MS     50
/* Until when it may help to try again what failed. */
#define PATIENCE_SECS 60
/* Descriptors that are not a run's: the daemon's own. */
#define DESCRIPTORS_OTHERS ((rlim_t)128)
/* A run without a pid: how long its child may be on its way to write it, and
 * how often it is looked for. */
#define UNBORN_SECS      5
#define UNBORN_LOOK_SECS 0.2
/* Environments that are kept though no run has them, so that the next start
 * that shares one need not make it anew: a job may end before the next one of
 * its minute starts. */
#define RECENT_ENVS 8

/* One job that is alive, or whose output is. */
struct run {
	LIST_ENTRY(run) link;
	struct runs *runs;
	struct child child;
	struct adopted_process *adopted; /* instead: an earlier crond's job */
	struct run_record *record;
	struct collector_run output;
	struct share_account *account; /* it is counted there; or NULL */
	uint64_t settings;             /* bytes that are counted there */
	struct child_report
	    *opening; /* it is on its way to the exec; or NULL */
	struct spawn_failure failure;
	uint64_t generation; /* of its collector at the start */
	int session_fifo;    /* of its session, or -1 */
	bool filed;          /* it has a file */
	bool unborn;         /* adopted, and its pid is not known yet */
	bool output_over;
};

struct runs {
	struct runs_config config;
	struct run_log log;
	bool as_root;
	char id_prefix[28];
	uint32_t id_next;
	struct child_reports openings;
	void (*room)(void *context);
	void *room_context;
	ev_timer unborn; /* looks for pids of adopted runs */
	int64_t unborn_until_ns;
	LIST_HEAD(, run) all;
	size_t count;
	rlim_t max;                          /* as descriptors allow */
	struct run_env *recent[RECENT_ENVS]; /* in a ring */
	size_t recent_next;
};

/* Its file */

static struct run_state
state_of(const struct run *run)
{
	struct run_state state = {
	    .over = run->output_over,
	    .generation = run->generation,
	    .session_fifo = run->session_fifo,
	    .record = run->record,
	};
	struct stat st;

	if (run->session_fifo >= 0 && fstat(run->session_fifo, &st) == 0)
		state.session_fifo_inode = st.st_ino;
	return state;
}

static void
note(struct run *run, bool whole)
{
	struct run_state state = state_of(run);

	if (!run->filed)
		return;
	if (whole)
		state_files_note_whole(run->runs->config.states, &state);
	else
		state_files_note(run->runs->config.states, &state);
}

/* Its user's share */

/* Takes what is known before the launch. -1 with errno, EDQUOT: the user has to
 * wait. The run is taken last: giving it back wakes who waits for it. */
static int
take_share(struct run *run, const struct account *who)
{
	struct shares *shares = run->runs->config.shares;
	const struct share_user user = {who->uid, who->name};

	struct share_account *account =
	    share_take(shares, SHARE_SETTINGS, &user, 1);
	int error;

	if (account == NULL)
		return -1;
	run->account = share_take(shares, SHARE_RUNS, &user, 1);
	if (run->account == NULL) {
		error = errno;
		share_give(account, SHARE_SETTINGS, 1);
		errno = error;
		return -1;
	}
	run->settings = 1;
	return 0;
}

/* What the launch came to have, whatever that is. */
static void
add_settings(struct run *run)
{
	const struct share_user user = {run->record->uid, run->record->user};
	uint64_t more = run->record->env_cost;

	if (run->account == NULL || more <= run->settings)
		return;
	more -= run->settings;
	if (share_add(run->runs->config.shares, SHARE_SETTINGS, &user, more) ==
	    run->account)
		run->settings += more;
}

static void
add_share(struct run *run)
{
	const struct share_user user = {run->record->uid, run->record->user};

	run->account =
	    share_add(run->runs->config.shares, SHARE_RUNS, &user, 1);
	add_settings(run);
}

static void
give_share(struct run *run)
{
	if (run->account == NULL)
		return;
	if (run->settings > 0)
		share_give(run->account, SHARE_SETTINGS, run->settings);
	share_give(run->account, SHARE_RUNS, 1);
}

/* The end */

static void
run_free(struct run *run)
{
	LIST_REMOVE(run, link);
	run->runs->count--;
	give_share(run);
	child_stop(run->runs->config.children, &run->child);
	adopted_process_forget(run->adopted);
	child_report_free(run->opening);
	collector_run_forget(&run->output);
	fd_close(&run->session_fifo);
	run_record_unref(run->record);
	free(run);
}

/* Both are known. */
static void
run_over(struct run *run)
{
	run_log_ended(&run->runs->log, run->record);
	if (run->filed)
		state_files_forget(run->runs->config.states, run->record);
	run_free(run);
}

static void
on_output_over(void *context, uint64_t bytes, uint64_t discarded, bool lost)
{
	struct run *run = context;

	run->record->output_bytes = bytes;
	run->record->lost_bytes = discarded;
	run->output_over = true;
	if (lost)
		run_log_output_lost(&run->runs->log, run->record);
	if (run->record->ended)
		run_over(run);
}

static int64_t
microseconds(const struct timeval *t)
{
	return (int64_t)t->tv_sec * 1000000 + t->tv_usec;
}

static void
set_usage(struct run_record *record, const struct rusage *ru)
{
	const struct run_usage usage = {
	    .user_us = microseconds(&ru->ru_utime),
	    .system_us = microseconds(&ru->ru_stime),
	    .max_rss_kib = ru->ru_maxrss,
	    .blocks_in = ru->ru_inblock,
	    .blocks_out = ru->ru_oublock,
	};

	run_record_set_usage(record, &usage);
}

static void
set_end(struct run_record *record, bool known, int status,
    const struct rusage *usage)
{
	record->ended_mono_ns = clock_mono_ns();
	record->status = status;
	set_usage(record, usage);
	record->status_known = known;
	record->ended = true;
}

/* The job is there: at the latest now it has a process that is its own. */
static void
run_began(struct run *run)
{
	const struct runs *runs = run->runs;

	run_log_unexpanded(&runs->log, runs->config.rules, run->record);
	run_log_started(&runs->log, run->record);
}

static void
keep_session_fifo(struct run *run, int fd)
{
	if (fd == -1)
		return;
	fd_close(&run->session_fifo);
	run->session_fifo = fd;
}

/* The job was executed, or PAM let it pass, or it ended before. */
static void
end_opening(struct run *run)
{
	struct child_report *opening = run->opening;
	bool plain = child_report_is_plain(opening);
	int fd;
	bool went = child_report_end(opening, &run->failure, &fd);

	keep_session_fifo(run, fd);
	run->opening = NULL;
	if (!went || plain)
		return;
	run->record->started_at_ns = clock_wall_ns();
	run->record->started_mono_ns = clock_mono_ns();
	note(run, true);
	run_began(run);
}

static void
on_opened(void *context)
{
	end_opening(context);
}

static void
close_session(struct run *run)
{
	if (run->record->session && run->runs->config.sessions != NULL)
		pam_sessions_close(run->runs->config.sessions, run->record,
		    run->session_fifo);
	else
		fd_close(&run->session_fifo);
	run->session_fifo = -1;
	run->record->session = false; /* no successor's business any more */
}

/* May end the run, and with it this struct. */
static void
job_ended(struct run *run)
{
	if (run->output_over) {
		run_over(run);
		return;
	}
	note(run, false);
	run->record->reaped = true; /* when its output is over */
	collector_run_ended(&run->output);
}

static void
never_ran(struct run *run)
{
	collector_run_none(&run->output);
	if (run->filed)
		state_files_forget(run->runs->config.states, run->record);
	run_free(run);
}

static void
on_child(struct child *child, int status, const struct rusage *usage)
{
	struct run *run = child->data;

	if (run->opening != NULL)
		end_opening(run);
	close_session(run);
	set_end(run->record, true, status, usage);
	if (run->failure.step == SPAWN_STARTED) {
		job_ended(run);
		return;
	}
	run_log_not_executed(&run->runs->log, run->record, &run->failure);
	never_ran(run);
}

static void
enlist(struct runs *runs, struct run *run)
{
	run->runs = runs;
	LIST_INSERT_HEAD(&runs->all, run, link);
	runs->count++;
}

/* Runs of an earlier crond */

static void
on_adopted(void *context, bool known, int status, const struct rusage *usage)
{
	struct run *run = context;

	run->adopted = NULL;
	close_session(run);
	set_end(run->record, known, status, usage);
	job_ended(run);
}

static void
watch_adopted(struct run *run)
{
	const struct runs_config *config = &run->runs->config;
	const struct rusage none = {0};

	run->unborn = false;
	run->adopted = adopted_process_watch(config->loop, config->children,
	    run->record->pid, run->record->pid_start, on_adopted, run);
	if (run->adopted == NULL)
		on_adopted(run, false, 0, &none);
}

/* crond was killed between the file and the fork, or the child has not written
 * its pid yet, which is the first thing that it does. */
static void
look_for_pid(struct run *run, bool last)
{
	struct run_record *now;

	if (state_files_read_record(run->runs->config.states, run->record,
		&now) == 0) {
		run->record->pid = now->pid;
		run->record->pid_start = now->pid_start;
		run_record_unref(now);
	}
	if (run->record->pid != 0) {
		watch_adopted(run);
	} else if (last) {
		run_log_no_pid(&run->runs->log, run->record);
		never_ran(run);
	}
}

static void
on_unborn(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct runs *runs = timer->data;
	bool last = clock_mono_ns() >= runs->unborn_until_ns;
	struct run *run, *next;

	(void)events;
	for (run = LIST_FIRST(&runs->all); run != NULL; run = next) {
		next = LIST_NEXT(run, link);
		if (run->unborn)
			look_for_pid(run, last);
	}
	if (last)
		ev_timer_stop(loop, timer);
}

static void
wait_for_pid(struct run *run)
{
	struct runs *runs = run->runs;

	run->unborn = true;
	runs->unborn_until_ns =
	    clock_mono_ns() + (int64_t)UNBORN_SECS * 1000000000;
	ev_timer_again(runs->config.loop, &runs->unborn);
}

void
runs_adopt(struct runs *runs, const struct run_state *state, int session_fifo)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run == NULL) {
		run_log_not_adopted(&runs->log, state->record, errno);
		fd_close(&session_fifo);
		return;
	}
	run->session_fifo = session_fifo;
	run->record = state->record;
	run->generation = state->generation;
	run->filed = true;
	run->output_over = state->over;
	run_record_ref(run->record);
	enlist(runs, run);
	add_share(run);
	run->output = (struct collector_run){.record = run->record,
	    .ended = run->record->ended,
	    .over = on_output_over,
	    .context = run};
	if (!run->output_over &&
	    collector_run_adopt(runs->config.collectors, &run->output) != 0) {
		run_log_not_adopted(&runs->log, state->record, ENOMEM);
		run_free(run);
		return;
	}
	if (run->session_fifo != -1)
		note(run, false); /* it may be another descriptor */
	if (run->record->ended) {
		run->record->reaped = true;
		if (run->output_over)
			run_over(run);
	} else if (run->record->pid == 0) {
		wait_for_pid(run);
	} else {
		watch_adopted(run);
	}
}

/* The start */

/* The job has a process: from here on it is a run. */
static void
begin_run(struct run *run, const struct launched *launched)
{
	struct runs *runs = run->runs;

	run->record = launched->record;
	run->opening = launched->opening;
	run->failure = launched->failure;
	run->generation = launched->generation;
	run->filed = launched->filed;
	add_settings(run);
	child_start(runs->config.children, &run->child, run->record->pid,
	    on_child, run);
	if (run->opening == NULL || child_report_is_plain(run->opening))
		run_began(run);
	if (run->opening != NULL)
		child_report_start(run->opening, run->record, launched->report,
		    on_opened, run);
}

static void
keep_env(struct runs *runs, struct run_env *env)
{
	struct run_env **at = &runs->recent[runs->recent_next];
	size_t i;

	for (i = 0; i < RECENT_ENVS; i++)
		if (runs->recent[i] == env)
			return;
	run_env_ref(env);
	run_env_unref(*at);
	*at = env;
	runs->recent_next = (runs->recent_next + 1) % RECENT_ENVS;
}

/* A run's session may need a descriptor as long as it lasts; the rest is for
 * the loop, tables and collectors. */
static bool
has_descriptors(const struct runs *runs)
{
	return runs->count < runs->max;
}

/* By the limit as main() raised it. Half of them are one user's at most. */
static void
bound_by_descriptors(struct runs *runs)
{
	struct rlimit now = runs->config.origin->nofile;
	rlim_t max, others;

	(void)getrlimit(RLIMIT_NOFILE, &now);
	max = now.rlim_max;
	others =
	    max < 4 * DESCRIPTORS_OTHERS ? max - max / 4 : DESCRIPTORS_OTHERS;

	runs->max = max - others;
	shares_lower(runs->config.shares, SHARE_RUNS,
	    runs->max > 1 ? runs->max / 2 : 1);
}

int
runs_start(struct runs *runs, struct entry *entry,
    const struct account *account, struct minute due, enum run_log_want *want)
{
	struct run *run;
	char id[sizeof(((struct run_record *)NULL)->id)];
	struct launch_order order = {
	    .config = &runs->config,
	    .openings = &runs->openings,
	    .log = &runs->log,
	    .entry = entry,
	    .account = account,
	    .due = due,
	    .id = id,
	    .as_root = runs->as_root,
	};
	struct launched launched;
	int error;

	*want = WANT_OUTPUT;
	if (!has_descriptors(runs)) {
		errno = EMFILE;
		return -1;
	}
	*want = WANT_MEMORY;
	run = calloc(1, sizeof(*run));
	if (run == NULL)
		return -1;
	run->session_fifo = -1;
	run->output.over = on_output_over;
	run->output.context = run;
	order.output = &run->output;
	snprintf(id, sizeof(id), "%s-%x", runs->id_prefix, runs->id_next++);
	enlist(runs, run);
	if (take_share(run, account) != 0)
		*want = errno == EDQUOT ? WANT_SHARE : WANT_MEMORY;
	else if (launch(&order, &launched, want) == 0) {
		keep_env(runs, launched.record->shared);
		begin_run(run, &launched);
		return 0;
	}
	error = errno;
	run_free(run);
	errno = error;
	return -1;
}

/* From outside */

bool
runs_are_full(struct runs *runs)
{
	return child_reports_full(&runs->openings);
}

void
runs_on_room(struct runs *runs, void (*room)(void *context), void *context)
{
	runs->room = room;
	runs->room_context = context;
}

static void
on_room(void *context)
{
	struct runs *runs = context;

	if (runs->room != NULL)
		runs->room(runs->room_context);
}

/* Ids of this daemon: the instant of its start, and something no other one of
 * that instant has (PID namespaces share runs_dir, so a pid would not do). */
static void
make_prefix(struct runs *runs)
{
	uint32_t salt = 0;

	if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) != sizeof(salt))
		salt = (uint32_t)clock_mono_ns();
	snprintf(runs->id_prefix, sizeof(runs->id_prefix), "%llx-%x",
	    (unsigned long long)clock_wall_ns(), salt);
}

struct runs *
runs_new(const struct runs_config *config)
{
	struct runs *runs = calloc(1, sizeof(*runs));

	if (runs == NULL)
		return NULL;
	runs->config = *config;
	if (runs->config.patience_secs == 0)
		runs->config.patience_secs = PATIENCE_SECS;
	runs->log = (struct run_log){
	    .log = config->log,
	    .personality = config->personality,
	    .mask = config->log_mask,
	};
	runs->as_root = geteuid() == 0;
	bound_by_descriptors(runs);
	make_prefix(runs);
	child_reports_init(&runs->openings, config->loop,
	    OPENINGS_A_CPU * (size_t)limits_cpus(),
	    config->opening_ms != 0 ? config->opening_ms : OPENING_MS, on_room,
	    runs);
	LIST_INIT(&runs->all);
	ev_timer_init(&runs->unborn, on_unborn, 0., UNBORN_LOOK_SECS);
	runs->unborn.data = runs;
	return runs;
}

void
runs_free(struct runs *runs)
{
	struct run *run;
	size_t i;

	if (runs == NULL)
		return;
	runs->room = NULL;
	ev_timer_stop(runs->config.loop, &runs->unborn);
	while ((run = LIST_FIRST(&runs->all)) != NULL)
		run_free(run);
	child_reports_clear(&runs->openings);
	for (i = 0; i < RECENT_ENVS; i++)
		run_env_unref(runs->recent[i]);
	free(runs);
}

const struct runs_config *
runs_config(const struct runs *runs)
{
	return &runs->config;
}

const struct run_log *
runs_log(const struct runs *runs)
{
	return &runs->log;
}

void
runs_poll_children(struct runs *runs)
{
	struct run *run, *next;

	for (run = LIST_FIRST(&runs->all); run != NULL; run = next) {
		next = LIST_NEXT(run, link);
		if (run->adopted != NULL)
			(void)adopted_process_look(run->adopted);
	}
}

void
runs_hand_over(struct runs *runs, bool inherited)
{
	struct run *run;

	LIST_FOREACH(run, &runs->all, link) {
		/* A session may be open already: who comes closes it. */
		if (run->opening != NULL) {
			keep_session_fifo(run,
			    child_report_take_session_fifo(run->opening));
			note(run, true);
		}
		if (run->session_fifo != -1)
			(void)fcntl(run->session_fifo, F_SETFD,
			    inherited ? 0 : FD_CLOEXEC);
	}
}

size_t
runs_opening(const struct runs *runs)
{
	const struct run *run;
	size_t count = 0;

	LIST_FOREACH(run, &runs->all, link)
		count += run->opening != NULL && !run->record->session &&
			 !child_report_is_plain(run->opening);
	return count;
}

/* A job leads its group but for the moment before it is one. */
static void
signal_job(const struct run *run, int signo)
{
	pid_t pid = run->child.pid;

	if (run->adopted != NULL)
		adopted_process_signal(run->adopted, signo);
	else if (pid > 0 && kill(-pid, signo) != 0)
		(void)kill(pid, signo);
}

void
runs_signal(const struct runs *runs, int signo)
{
	const struct run *run;

	LIST_FOREACH(run, &runs->all, link)
		signal_job(run, signo);
}

size_t
runs_count(const struct runs *runs)
{
	return runs->count;
}
