/*
 * Runs. Owns what is queued (struct start, with a reference to its table) and
 * what is alive (struct run, which needs no table any more). The tick fills the
 * queue; the loop empties it in slices, so that a thousand jobs of one minute
 * hold up neither reaping nor mail.
 *
 * Every start goes through pass_gate. Today it asks for the user; limits of
 * load and overlap, and services that answer later, have their place there.
 */
#include "daemon/run/run.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/command.h"
#include "core/run_record.h"
#include "core/run_state.h"
#include "daemon/base/child.h"
#include "daemon/run/launch.h"
#include "daemon/mail/mail.h"
#include "daemon/run/child_report.h"
#include "daemon/mail/output.h"
#include "daemon/run/run_log.h"
#include "daemon/run/pam_sessions.h"
#include "daemon/run/start_queue.h"
#include "daemon/base/adopted_process.h"
#include "daemon/users/user_cache.h"
#include "sys/inherited_limits.h"
#include "sys/clock.h"
#include "sys/mkdirs.h"
#include "sys/fd.h"
#include "sys/limits.h"
#include "sys/spawn/spawn.h"

/* Starts between two looks at everything else; at most for that long, unless a
 * single one takes longer: each waits for its process to become the job. */
#define SLICE    32
#define SLICE_NS 20000000
/* At once on their way to the exec, for each CPU that we may run on. */
#define OPENINGS_A_CPU 2
#define OPENING_MS     50
/* How often what failed is tried again, and until when it may help. */
#define AGAIN_SECS    1.0
#define PATIENCE_SECS 60
/* Descriptors that are not a run's: the daemon's own, 16 mailers with theirs.
 */
#define DESCRIPTORS_OTHERS ((rlim_t)128)

/* One job that is alive, or whose output is. */
struct run {
	LIST_ENTRY(run) link;
	struct runs *runs;
	struct child child;
	struct adopted_process *adopted; /* instead: an earlier crond's job */
	struct run_record *record;
	struct output *output;
	struct child_report
	    *opening; /* it is on its way to the exec; or NULL */
	struct spawn_failure failure;
	int session_fifo; /* of its session, or -1 */
};

struct runs {
	struct runs_config config;
	struct run_log log;
	bool as_root;
	char id_prefix[28];
	uint32_t id_next;
	bool in_want; /* the log was told that starts fail */
	bool held;    /* nothing is started any more */
	struct start_queue queue;
	struct child_reports openings;
	struct start_list asking, again;
	size_t starts;
	ev_timer slice, retry;
	LIST_HEAD(, run) alive;
	size_t alive_count;
};

enum gate { GATE_NOW, GATE_LATER, GATE_NO };

/* The queue */

static const char *
start_user(const struct start *start)
{
	return entry_user(entry_table(start->entry), start->entry);
}

static void
start_free(struct start *start)
{
	struct runs *runs = start->runs;

	TAILQ_REMOVE(start->list, start, link);
	runs->starts--;
	user_cache_cancel(&start->question);
	table_unref(entry_table(start->entry));
	free(start);
	if (runs->starts == 0 && runs->config.hooks != NULL)
		runs->config.hooks->settled(runs->config.context);
}

static void
go_on(void *context)
{
	struct runs *runs = context;

	if (!runs->held && !ev_is_active(&runs->slice))
		ev_timer_start(runs->config.loop, &runs->slice);
}

static void
queue(struct start *start)
{
	start_queue_put(&start->runs->queue, start);
	go_on(start->runs);
}

/* The command as CMD would have shown it: what is for its stdin is nobody's
 * business. */
static void
log_missed(struct runs *runs, struct entry *entry, int error)
{
	const struct table *table = entry_table(entry);
	const char *user = entry_user(table, entry);
	const char *text = entry_command(table, entry);
	struct command command;

	if (command_split(&command, text, strlen(text),
		runs->config.personality->backslash_pairs) == -1) {
		run_log_missed(&runs->log, user, "no memory to tell", error);
		return;
	}
	run_log_missed(&runs->log, user, command.shell, error);
	command_clear(&command);
}

/* Tries again while its minute lasts. */
static void
wait_again(struct start *start)
{
	struct runs *runs = start->runs;

	if (clock_mono_ns() >= start->until_ns) {
		log_missed(runs, start->entry, start->error);
		start_free(start);
		return;
	}
	start_move(start, &runs->again);
	if (!ev_is_active(&runs->retry))
		ev_timer_again(runs->config.loop, &runs->retry);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct runs *runs = w->data;
	struct start *start;

	(void)revents;
	ev_timer_stop(loop, w);
	while ((start = TAILQ_FIRST(&runs->again)) != NULL)
		queue(start);
}

void
run_due(struct runs *runs, struct entry *entry, struct minute due)
{
	const struct runs_hooks *hooks = runs->config.hooks;
	struct start *start;

	if (hooks != NULL &&
	    hooks->was_started(runs->config.context, entry, due))
		return;
	start = calloc(1, sizeof(*start));
	if (start == NULL) {
		log_missed(runs, entry, ENOMEM);
		return;
	}
	start->runs = runs;
	start->entry = entry;
	start->due = due;
	start->until_ns =
	    clock_mono_ns() + (int64_t)runs->config.patience_secs * 1000000000;
	table_ref(entry_table(entry));
	runs->starts++;
	start_queue_begin(&runs->queue, ev_iteration(runs->config.loop));
	queue(start);
}

/* The gate */

static void
user_failed(struct start *start)
{
	if (!start->nss_told)
		run_log_not_told(&start->runs->log, start_user(start));
	start->nss_told = true;
	start->error = 0;
}

static void
on_user(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct start *start = context;

	(void)name;
	(void)account;
	if (answer == USER_FAILED) {
		user_failed(start);
		wait_again(start);
	} else if (answer == USER_NOBODY) {
		run_log_nobody(&start->runs->log, start_user(start));
		start_free(start);
	} else {
		queue(start);
	}
}

/* May this entry start now? LATER: on_user will put it back into the queue, or
 * (where *again) it is to be tried again. NO: the log has the reason. */
static enum gate
pass_gate(struct start *start, const struct account **account, bool *again)
{
	struct runs *runs = start->runs;
	const char *user = start_user(start);

	*again = false;
	switch (
	    user_cache_find(runs->config.users, user, runs->as_root, account)) {
	case USER_FOUND:
		break;
	case USER_NOBODY:
		run_log_nobody(&runs->log, user);
		return GATE_NO;
	case USER_ASKING:
		start_move(start, &runs->asking);
		user_cache_ask(runs->config.users, &start->question, user,
		    runs->as_root, on_user, start);
		return GATE_LATER;
	case USER_FAILED:
		user_failed(start);
		*again = true;
		return GATE_LATER;
	}
	if (!runs->as_root && (*account)->uid != geteuid()) {
		run_log_not_ours(&runs->log, user);
		return GATE_NO;
	}
	return GATE_NOW;
}

/* The end */

static void
run_free(struct run *run)
{
	LIST_REMOVE(run, link);
	run->runs->alive_count--;
	child_stop(run->runs->config.children, &run->child);
	adopted_process_forget(run->adopted);
	child_report_free(run->opening);
	fd_close(&run->session_fifo);
	run_record_unref(run->record);
	free(run);
}

static void
on_over(void *context)
{
	struct run *run = context;

	run_log_ended(&run->runs->log, run->record);
	run_free(run);
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

/* The job is there: at the latest now it has a process that is its own. */
static void
run_began(struct run *run)
{
	if (run->record->session)
		output_session(run->output, run->session_fifo);
	mail_job_began(run->runs->config.mail, run->record);
	run_log_started(&run->runs->log, run->record);
}

/* The job was executed, or PAM let it pass, or it ended before. */
static void
end_opening(struct run *run)
{
	struct child_report *opening = run->opening;
	bool plain = child_report_is_plain(opening);

	run->opening = NULL;
	if (!child_report_end(opening, &run->failure, &run->session_fifo) ||
	    plain)
		return;
	output_started(run->output);
	output_release(run->output);
	run->record->started_at_ns = clock_wall_ns();
	run->record->started_mono_ns = clock_mono_ns();
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
	output_session_ended(run->output);
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

static void
on_child(struct child *child, int status, const struct rusage *usage)
{
	struct run *run = child->data;
	struct run_record *record = run->record;

	if (run->opening != NULL)
		end_opening(run);
	close_session(run);
	set_end(record, true, status, usage);
	if (run->failure.step == SPAWN_STARTED) {
		/* May end the run, and with it this struct. */
		output_job_ended(run->output, on_over, run);
		return;
	}
	run_log_not_executed(&run->runs->log, record, &run->failure);
	output_cancel(run->output);
	run_free(run);
}

static void
enlist(struct runs *runs, struct run *run)
{
	run->runs = runs;
	LIST_INSERT_HEAD(&runs->alive, run, link);
	runs->alive_count++;
}

/* Runs of an earlier crond */

static void
on_stranger(void *context, bool known, int status, const struct rusage *usage)
{
	struct run *run = context;

	run->adopted = NULL;
	close_session(run);
	set_end(run->record, known, status, usage);
	output_job_ended(run->output, on_over, run);
}

/* It ended and nobody saw how. */
static void
end_unseen(struct run *run)
{
	const struct rusage none = {0};

	output_unseen(run->output);
	on_stranger(run, false, 0, &none);
}

/* crond was killed between the fork and the note of its pid. That somebody
 * writes is all there is of it. */
static void
on_eof(void *context)
{
	end_unseen(context);
}

static void
watch_adopted(struct run *run)
{
	const struct runs_config *config = &run->runs->config;
	const struct run_record *record = run->record;

	if (record->ended) {
		run->record->reaped = true;
		output_unread(run->output);
		output_job_ended(run->output, on_over, run);
		return;
	}
	if (record->pid == 0) {
		run_log_no_pid(&run->runs->log, record);
		run->record->started_mono_ns = clock_mono_ns();
		output_on_eof(run->output, on_eof, run);
		return;
	}
	run->adopted = adopted_process_watch(config->loop, config->children,
	    record->pid, record->pid_start, on_stranger, run);
	if (run->adopted == NULL)
		end_unseen(run);
}

void
runs_adopt(struct runs *runs, const struct run_state *state, int session_fifo)
{
	struct run *run = calloc(1, sizeof(*run));

	if (run != NULL)
		run->output = output_adopt(runs->config.output, state);
	if (run == NULL || run->output == NULL) {
		run_log_not_adopted(&runs->log, state->record, errno);
		fd_close(&session_fifo);
		free(run);
		return;
	}
	run->session_fifo = session_fifo;
	run->record = state->record;
	run_record_ref(run->record);
	enlist(runs, run);
	if (session_fifo != -1)
		output_session_again(run->output, session_fifo);
	watch_adopted(run);
}

void
runs_adopt_late(struct runs *runs, const struct run_state *state)
{
	output_adopt_late(runs->config.output, state);
}

/* The start */

/* The job has a process: from here on it is a run. */
static void
begin_run(struct runs *runs, struct run *run, const struct launched *launched)
{
	run->record = launched->record;
	run->output = launched->output;
	run->opening = launched->opening;
	run->failure = launched->failure;
	run->session_fifo = -1;
	enlist(runs, run);
	output_started(run->output);
	child_start(runs->config.children, &run->child, run->record->pid,
	    on_child, run);
	if (run->opening == NULL || child_report_is_plain(run->opening))
		run_began(run);
	else
		output_hold(run->output);
	if (run->opening != NULL)
		child_report_start(run->opening, run->record, launched->report,
		    on_opened, run);
}

/* A run needs a descriptor for its output and, when it writes, one more for its
 * letter: what it wrote would be lost without. So both must be there before it
 * starts. The rest is for the loop, tables and mailers. */
static bool
has_descriptors(const struct runs *runs)
{
	rlim_t max = runs->config.origin->nofile.rlim_max;
	rlim_t others =
	    max < 4 * DESCRIPTORS_OTHERS ? max - max / 4 : DESCRIPTORS_OTHERS;

	return runs->alive_count < (max - others) / 2;
}

/* 0, or -1 with errno and what was wanted. */
static int
start_run(struct start *start, const struct account *account,
    enum run_log_want *want)
{
	struct runs *runs = start->runs;
	struct run *run;
	char id[sizeof(((struct run_record *)NULL)->id)];
	const struct launch_order order = {
	    .config = &runs->config,
	    .openings = &runs->openings,
	    .log = &runs->log,
	    .entry = start->entry,
	    .account = account,
	    .due = start->due,
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
	snprintf(id, sizeof(id), "%s-%x", runs->id_prefix, runs->id_next++);
	if (launch(&order, &launched, want) == 0) {
		begin_run(runs, run, &launched);
		return 0;
	}
	error = errno;
	free(run);
	errno = error;
	return -1;
}

static void
try_start(struct start *start)
{
	struct runs *runs = start->runs;
	const struct account *account;
	enum run_log_want want;
	bool again;

	switch (pass_gate(start, &account, &again)) {
	case GATE_NO:
		start_free(start);
		return;
	case GATE_LATER:
		if (again)
			wait_again(start);
		return;
	case GATE_NOW:
		break;
	}
	if (start_run(start, account, &want) == 0) {
		runs->in_want = false;
		start_free(start);
		return;
	}
	start->error = errno;
	/* Once for all that fail in a row; each that is missed is said. */
	if (!runs->in_want)
		run_log_wants(&runs->log, want, errno);
	runs->in_want = true;
	wait_again(start);
}

static void
on_slice(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct runs *runs = w->data;
	int64_t until_ns = clock_mono_ns() + SLICE_NS;
	int i = 0;

	(void)revents;
	do {
		if (start_queue_empty(&runs->queue) ||
		    child_reports_full(&runs->openings))
			return;
		try_start(start_queue_next(&runs->queue));
	} while (++i < SLICE && clock_mono_ns() < until_ns);
	if (!start_queue_empty(&runs->queue) && !ev_is_active(w))
		ev_timer_start(loop, w);
}

/* From outside */

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
	struct runs *runs;

	/* The FIFOs in there are jobs' output. */
	if (config->output->runs_dir != NULL &&
	    mkdirs_own(config->output->runs_dir) == -1)
		return NULL;
	runs = calloc(1, sizeof(*runs));
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
	make_prefix(runs);
	start_queue_init(&runs->queue);
	child_reports_init(&runs->openings, config->loop,
	    OPENINGS_A_CPU * (size_t)limits_cpus(),
	    config->opening_ms != 0 ? config->opening_ms : OPENING_MS, go_on,
	    runs);
	TAILQ_INIT(&runs->asking);
	TAILQ_INIT(&runs->again);
	LIST_INIT(&runs->alive);
	ev_timer_init(&runs->slice, on_slice, 0., 0.);
	ev_timer_init(&runs->retry, on_retry, 0., AGAIN_SECS);
	runs->slice.data = runs->retry.data = runs;
	return runs;
}

static void
drop_starts(struct start_list *list)
{
	struct start *start;

	while ((start = TAILQ_FIRST(list)) != NULL)
		start_free(start);
}

void
runs_free(struct runs *runs)
{
	struct run *run;

	if (runs == NULL)
		return;
	ev_timer_stop(runs->config.loop, &runs->slice);
	ev_timer_stop(runs->config.loop, &runs->retry);
	runs->config.hooks = NULL; /* what waits has not been started */
	runs->held = true;
	drop_starts(&runs->queue.due);
	drop_starts(&runs->queue.late);
	drop_starts(&runs->queue.bulk);
	drop_starts(&runs->asking);
	drop_starts(&runs->again);
	while ((run = LIST_FIRST(&runs->alive)) != NULL) {
		output_forget(run->output);
		run_free(run);
	}
	child_reports_clear(&runs->openings);
	free(runs);
}

size_t
runs_count(const struct runs *runs)
{
	return runs->starts + runs->alive_count;
}

void
runs_poll_children(struct runs *runs)
{
	struct run *run, *next;

	for (run = LIST_FIRST(&runs->alive); run != NULL; run = next) {
		next = LIST_NEXT(run, link);
		if (run->adopted != NULL)
			(void)adopted_process_look(run->adopted);
	}
}

void
runs_hand_over(struct runs *runs, bool inherited)
{
	struct run *run;

	LIST_FOREACH(run, &runs->alive, link)
		if (run->session_fifo != -1)
			(void)fcntl(run->session_fifo, F_SETFD,
			    inherited ? 0 : FD_CLOEXEC);
}

size_t
runs_opening(const struct runs *runs)
{
	const struct run *run;
	size_t count = 0;

	LIST_FOREACH(run, &runs->alive, link)
		count += run->opening != NULL &&
			 !child_report_is_plain(run->opening);
	return count;
}

void
runs_refuse_starts(struct runs *runs, bool say)
{
	const struct start_list *const lists[] = {&runs->queue.due,
	    &runs->queue.late, &runs->queue.bulk, &runs->asking, &runs->again};
	const struct start *start;
	size_t i;

	runs->held = true;
	ev_timer_stop(runs->config.loop, &runs->slice);
	ev_timer_stop(runs->config.loop, &runs->retry);
	for (i = 0; say && i < sizeof(lists) / sizeof(lists[0]); i++)
		TAILQ_FOREACH(start, lists[i], link)
			log_missed(runs, start->entry, 0);
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

	LIST_FOREACH(run, &runs->alive, link)
		signal_job(run, signo);
}

size_t
runs_alive(const struct runs *runs)
{
	return runs->alive_count;
}

size_t
runs_waiting(const struct runs *runs)
{
	return runs->starts;
}
