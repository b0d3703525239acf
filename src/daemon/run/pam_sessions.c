/*
 * Closing sessions. Owns the queue (struct closing), the helpers that are at
 * work (struct helper, each with some of the queue), and the descriptors that
 * keep sessions alive until then.
 *
 * One helper at a time, as long as it gets on: what ends meanwhile waits and
 * shares the next one; most of a helper's cost is to load the modules. Is it
 * held up, others start beside it.
 */
#include "daemon/run/pam_sessions.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>

#include "daemon/base/child.h"
#include "daemon/run/job_log.h"
#include "sys/spawn/pam_closer.h"
#include "sys/fd.h"

#define LIMIT_SECS  30.0
#define SLOW_SECS   1.0 /* after that long another helper may start */
#define AGAIN_SECS  1.0 /* when there could be no process */
#define GATHER_SECS 1.0 /* for what ends together */
#define BATCH_MAX   32
#define HELPERS_MAX 8

struct closing {
	STAILQ_ENTRY(closing) link;
	struct run_record *record;
	int session_fifo;
};

STAILQ_HEAD(closing_list, closing);

struct helper {
	LIST_ENTRY(helper) link;
	struct pam_sessions *sessions;
	struct child child;
	struct closing_list at; /* the first one is being closed */
	ev_io io;
	ev_timer timer; /* slow, then too slow */
	int fd;
	bool slow, killed;
};

struct pam_sessions {
	struct pam_sessions_config config;
	struct closing_list waiting;
	LIST_HEAD(, helper) helpers;
	size_t count, helper_count, slow_count;
	ev_timer start;
};

static void start_helpers(struct pam_sessions *);

static void
closing_free(struct pam_sessions *sessions, struct closing *closing)
{
	fd_close(&closing->session_fifo);
	run_record_unref(closing->record);
	free(closing);
	sessions->count--;
}

static void
closed_first(struct helper *helper)
{
	struct closing *first = STAILQ_FIRST(&helper->at);

	STAILQ_REMOVE_HEAD(&helper->at, link);
	closing_free(helper->sessions, first);
}

static void
set_timer(struct helper *helper, bool slow, ev_tstamp secs)
{
	struct pam_sessions *sessions = helper->sessions;

	if (helper->slow && !slow)
		sessions->slow_count--;
	else if (!helper->slow && slow)
		sessions->slow_count++;
	helper->slow = slow;
	ev_timer_stop(sessions->config.loop, &helper->timer);
	ev_timer_set(&helper->timer, secs, 0.);
	ev_timer_start(sessions->config.loop, &helper->timer);
}

/* What modules say of an end is no trouble of the job's: said, and done with.
 */
static void
log_code(const struct helper *helper, int code)
{
	const struct pam_sessions_config *config = &helper->sessions->config;
	const struct run_record *record = STAILQ_FIRST(&helper->at)->record;
	const struct log_job job =
	    job_log_job(config->personality->job_ident, record);

	log_event_as(config->log, &job, LOG_ERR, record->user, "PAM ERROR", 0,
	    "closing the session of job %ld: %s", (long)record->pid,
	    session_text(code));
}

static void
read_words(struct helper *helper)
{
	struct pam_closer_word word;

	while (!STAILQ_EMPTY(&helper->at) &&
	       pam_closer_read(helper->fd, &word) == 1) {
		if (word.code != 0)
			log_code(helper, word.code);
		closed_first(helper);
		if (!helper->killed)
			set_timer(helper, false, SLOW_SECS);
	}
}

static void
on_words(struct ev_loop *loop, ev_io *w, int revents)
{
	struct helper *helper = w->data;

	(void)revents;
	read_words(helper);
	/* Then there is only its end to come. */
	if (STAILQ_EMPTY(&helper->at))
		ev_io_stop(loop, w);
}

static double
limit_secs(const struct pam_sessions *sessions)
{
	double limit = sessions->config.limit_secs;

	return limit > 0. ? limit : LIMIT_SECS;
}

static void
on_slow(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct helper *helper = w->data;
	struct pam_sessions *sessions = helper->sessions;

	(void)loop;
	(void)revents;
	if (!helper->slow) {
		set_timer(helper, true, limit_secs(sessions));
		start_helpers(sessions);
		return;
	}
	helper->killed = true;
	kill(helper->child.pid, SIGKILL);
}

static void
log_unclosed(const struct helper *helper, int status)
{
	const struct pam_sessions_config *config = &helper->sessions->config;
	const struct run_record *record = STAILQ_FIRST(&helper->at)->record;
	const struct log_job job =
	    job_log_job(config->personality->job_ident, record);

	if (helper->killed)
		log_event_as(config->log, &job, LOG_ERR, record->user,
		    "PAM ERROR", 0,
		    "closing the session of job %ld: a module did not come to "
		    "an end and was stopped after %g s",
		    (long)record->pid,
		    SLOW_SECS + limit_secs(helper->sessions));
	else if (WIFSIGNALED(status))
		log_event_as(config->log, &job, LOG_ERR, record->user,
		    "PAM ERROR", 0,
		    "closing the session of job %ld: a module crashed, signal "
		    "%d",
		    (long)record->pid, WTERMSIG(status));
	else
		log_event_as(config->log, &job, LOG_ERR, record->user,
		    "PAM ERROR", 0,
		    "closing the session of job %ld: a module ended the "
		    "process, status %d",
		    (long)record->pid, WEXITSTATUS(status));
}

static void
helper_free(struct helper *helper)
{
	struct pam_sessions *sessions = helper->sessions;

	LIST_REMOVE(helper, link);
	sessions->helper_count--;
	if (helper->slow)
		sessions->slow_count--;
	child_stop(sessions->config.children, &helper->child);
	ev_io_stop(sessions->config.loop, &helper->io);
	ev_timer_stop(sessions->config.loop, &helper->timer);
	fd_close(&helper->fd);
	free(helper);
}

/* The rest goes back to the front of the queue. */
static void
on_helper_gone(struct child *child, int status, const struct rusage *usage)
{
	struct helper *helper = child->data;
	struct pam_sessions *sessions = helper->sessions;

	(void)usage;
	read_words(helper);
	if (!STAILQ_EMPTY(&helper->at)) {
		log_unclosed(helper, status);
		closed_first(helper);
	}
	STAILQ_CONCAT(&helper->at, &sessions->waiting);
	STAILQ_CONCAT(&sessions->waiting, &helper->at);
	helper_free(helper);
	start_helpers(sessions);
}

/* The first of the waiting in one child; -1 with errno: they wait on. */
static pid_t
fork_closer(struct pam_sessions *sessions, size_t *count, int *fd)
{
	const struct personality *personality = sessions->config.personality;
	struct pam_closer_item items[BATCH_MAX];
	struct closing *closing;

	memset(items, 0, sizeof(items));
	*count = 0;
	STAILQ_FOREACH(closing, &sessions->waiting, link) {
		if (*count == BATCH_MAX)
			break;
		items[*count].plan.service = personality->pam_service;
		items[*count].plan.user = closing->record->user;
		items[*count].plan.ident = personality->job_ident;
		items[*count].plan.kept = closing->session_fifo != -1;
		items[*count].environment = closing->record->session_env;
		(*count)++;
	}
	return pam_closer_start(items, *count, sessions->config.origin, fd);
}

static void
take_waiting(struct pam_sessions *sessions, struct closing_list *to,
    size_t count)
{
	struct closing *closing;

	for (; count > 0; count--) {
		closing = STAILQ_FIRST(&sessions->waiting);
		STAILQ_REMOVE_HEAD(&sessions->waiting, link);
		STAILQ_INSERT_TAIL(to, closing, link);
	}
}

static int
start_helper(struct pam_sessions *sessions)
{
	struct helper *helper = calloc(1, sizeof(*helper));
	size_t count;
	pid_t pid;

	if (helper == NULL)
		return -1;
	pid = fork_closer(sessions, &count, &helper->fd);
	if (pid == -1) {
		free(helper);
		return -1;
	}
	helper->sessions = sessions;
	STAILQ_INIT(&helper->at);
	take_waiting(sessions, &helper->at, count);
	LIST_INSERT_HEAD(&sessions->helpers, helper, link);
	sessions->helper_count++;
	child_start(sessions->config.children, &helper->child, pid,
	    on_helper_gone, helper);
	ev_io_init(&helper->io, on_words, helper->fd, EV_READ);
	ev_timer_init(&helper->timer, on_slow, SLOW_SECS, 0.);
	helper->io.data = helper->timer.data = helper;
	ev_io_start(sessions->config.loop, &helper->io);
	ev_timer_start(sessions->config.loop, &helper->timer);
	return 0;
}

static void
start_soon(struct pam_sessions *sessions, ev_tstamp secs)
{
	if (ev_is_active(&sessions->start))
		return;
	ev_timer_set(&sessions->start, secs, 0.);
	ev_timer_start(sessions->config.loop, &sessions->start);
}

static void
start_helpers(struct pam_sessions *sessions)
{
	while (!STAILQ_EMPTY(&sessions->waiting) &&
	       sessions->helper_count < HELPERS_MAX &&
	       sessions->helper_count == sessions->slow_count) {
		if (start_helper(sessions) == 0)
			continue;
		start_soon(sessions, AGAIN_SECS);
		return;
	}
}

static void
on_start(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	start_helpers(w->data);
}

/* From outside */

struct pam_sessions *
pam_sessions_new(const struct pam_sessions_config *config)
{
	struct pam_sessions *sessions = calloc(1, sizeof(*sessions));

	if (sessions == NULL)
		return NULL;
	sessions->config = *config;
	STAILQ_INIT(&sessions->waiting);
	LIST_INIT(&sessions->helpers);
	ev_timer_init(&sessions->start, on_start, 0., 0.);
	sessions->start.data = sessions;
	return sessions;
}

static void
drop(struct pam_sessions *sessions, struct closing_list *list)
{
	struct closing *closing;

	while ((closing = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, link);
		closing_free(sessions, closing);
	}
}

/* Nobody will look after these helpers: their alarm bounds them. */
static void
hand_out(struct pam_sessions *sessions)
{
	struct closing_list given;
	size_t count;

	STAILQ_INIT(&given);
	while (!STAILQ_EMPTY(&sessions->waiting)) {
		if (fork_closer(sessions, &count, NULL) == -1) {
			log_event(sessions->config.log, LOG_ERR, "CRON",
			    "PAM ERROR", errno, "%zu sessions are left open",
			    sessions->count);
			break;
		}
		take_waiting(sessions, &given, count);
	}
	drop(sessions, &given);
	drop(sessions, &sessions->waiting);
}

void
pam_sessions_hand_over(struct pam_sessions *sessions)
{
	ev_timer_stop(sessions->config.loop, &sessions->start);
	hand_out(sessions);
}

void
pam_sessions_free(struct pam_sessions *sessions)
{
	struct helper *helper;

	if (sessions == NULL)
		return;
	ev_timer_stop(sessions->config.loop, &sessions->start);
	hand_out(sessions);
	while ((helper = LIST_FIRST(&sessions->helpers)) != NULL) {
		drop(sessions, &helper->at);
		helper_free(helper);
	}
	free(sessions);
}

void
pam_sessions_close(struct pam_sessions *sessions, struct run_record *record,
    int session_fifo)
{
	struct closing *closing = calloc(1, sizeof(*closing));

	if (closing == NULL) {
		log_event(sessions->config.log, LOG_ERR, record->user,
		    "PAM ERROR", ENOMEM, "the session of job %ld is left open",
		    (long)record->pid);
		fd_close(&session_fifo);
		return;
	}
	closing->record = record;
	run_record_ref(record);
	closing->session_fifo = session_fifo;
	STAILQ_INSERT_TAIL(&sessions->waiting, closing, link);
	sessions->count++;
	start_soon(sessions, GATHER_SECS);
}

size_t
pam_sessions_count(const struct pam_sessions *sessions)
{
	return sessions->count;
}
