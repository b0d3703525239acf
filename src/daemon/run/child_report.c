/*
 * Reading what a child tells of its way to the exec, and counting those that
 * are on it. Owns the daemon's end of the report until child_report_end.
 */
#include "daemon/run/child_report.h"

#include <stdlib.h>
#include <string.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/spawn/spawn_report.h"

/* Messages in one go; the loop has others to serve. */
#define READ_MAX 64

enum child_report_state {
	CHILD_REPORT_READS,
	CHILD_REPORT_FAILED,
	CHILD_REPORT_WENT
};

struct child_report {
	TAILQ_ENTRY(child_report) link;
	struct child_reports *all;
	int64_t started_ns; /* monotonic; 0: not started, not in the list */
	bool plain;
	ev_io io;
	const struct run_log *log;
	struct run_record *record;
	child_report_cb went;
	void *context;
	enum child_report_state state;
	struct spawn_failure failure;
	int report, session_fifo;
	char *env; /* the pieces so far */
	size_t env_size;
	bool env_whole; /* they all had room */
};

static void
add_piece(struct child_report *o, const char *bytes, size_t len)
{
	char *bigger = NULL;

	if (len <= SPAWN_REPORT_ENV_MAX - o->env_size)
		bigger = realloc(o->env, o->env_size + len);
	if (bigger == NULL) {
		o->env_whole = false;
		return;
	}
	memcpy(bigger + o->env_size, bytes, len);
	o->env = bigger;
	o->env_size += len;
}

/* A block ends with an empty string. */
static bool
is_block(const char *env, size_t size)
{
	return size == 1
		   ? env[0] == '\0'
		   : size > 1 && env[size - 1] == '\0' && env[size - 2] == '\0';
}

/* What is not whole is no environment; the session is one all the same. */
static void
take_session(struct child_report *o, int session_fifo)
{
	struct run_record *record = o->record;

	if (o->env_whole && is_block(o->env, o->env_size)) {
		free(record->session_env);
		record->session_env = o->env;
		record->session_env_size = o->env_size;
	} else {
		free(o->env);
	}
	o->env = NULL;
	o->env_size = 0;
	o->env_whole = true;
	record->session = true;
	if (session_fifo != -1) {
		fd_close(&o->session_fifo);
		o->session_fifo = session_fifo;
	}
}

/* One message; false: there is none now. */
static bool
read_one(struct child_report *o)
{
	char bytes[SPAWN_REPORT_BYTES_MAX];
	int attached;
	size_t len;

	switch (spawn_report_receive(o->report, bytes, &len, &attached)) {
	case SPAWN_REPORT_NOTHING:
		return false;
	case SPAWN_REPORT_TEXT:
		run_log_pam_message(o->log, o->record, bytes, len);
		break;
	case SPAWN_REPORT_ENV:
		add_piece(o, bytes, len);
		break;
	case SPAWN_REPORT_SESSION:
		take_session(o, attached);
		attached = -1;
		break;
	case SPAWN_REPORT_FAILURE:
		if (len == sizeof(o->failure))
			memcpy(&o->failure, bytes, len);
		o->state = CHILD_REPORT_FAILED;
		break;
	case SPAWN_REPORT_LINE:
		run_log_line(o->log, o->record, bytes, len);
		break;
	case SPAWN_REPORT_GO:
		o->state = CHILD_REPORT_WENT;
		break;
	case SPAWN_REPORT_END:
		o->state = CHILD_REPORT_FAILED;
		break;
	}
	fd_close(&attached);
	return true;
}

/* All there is of a plain one's report: its end, by the exec, or a failure. */
static void
read_plain(struct child_report *o)
{
	ev_io_stop(o->all->loop, &o->io);
	spawn_failure_read(&o->report, &o->failure);
	o->state = o->failure.step == SPAWN_STARTED ? CHILD_REPORT_WENT
						    : CHILD_REPORT_FAILED;
}

static void
on_report(struct ev_loop *loop, ev_io *w, int revents)
{
	struct child_report *o = w->data;
	int i;

	(void)revents;
	if (o->plain)
		read_plain(o);
	for (i = 0; i < READ_MAX && o->state == CHILD_REPORT_READS; i++) {
		if (!read_one(o))
			return;
	}
	if (o->state == CHILD_REPORT_READS)
		return;
	/* A child that failed is waited for. */
	ev_io_stop(loop, w);
	if (o->state == CHILD_REPORT_WENT)
		o->went(o->context); /* frees it */
}

/* A little early by the loop's clock, it runs once more. */
static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct child_reports *all = w->data;

	(void)loop;
	(void)revents;
	if (!child_reports_full(all))
		all->room(all->context);
}

void
child_reports_init(struct child_reports *all, struct ev_loop *loop, size_t max,
    unsigned usual_ms, void (*room)(void *context), void *context)
{
	TAILQ_INIT(&all->list);
	all->count = 0;
	all->max = max;
	all->usual_ns = (int64_t)usual_ms * 1000000;
	all->loop = loop;
	all->room = room;
	all->context = context;
	ev_init(&all->timer, on_timer);
	all->timer.data = all;
}

void
child_reports_clear(struct child_reports *all)
{
	ev_timer_stop(all->loop, &all->timer);
}

bool
child_reports_full(struct child_reports *all)
{
	const struct child_report *oldest = TAILQ_FIRST(&all->list);
	int64_t left_ns;

	if (all->count < all->max)
		return false;
	left_ns = oldest->plain ? all->usual_ns / 5 : all->usual_ns;
	left_ns -= clock_mono_ns() - oldest->started_ns;
	if (left_ns <= 0)
		return false;
	if (!ev_is_active(&all->timer)) {
		ev_timer_set(&all->timer, (ev_tstamp)left_ns / 1e9, 0.);
		ev_timer_start(all->loop, &all->timer);
	}
	return true;
}

static void
enlist(struct child_report *o)
{
	TAILQ_INSERT_TAIL(&o->all->list, o, link);
	o->all->count++;
	o->started_ns = clock_mono_ns();
}

/* The timer runs: somebody waits. */
static void
delist(struct child_report *o)
{
	struct child_reports *all = o->all;

	if (o->started_ns == 0)
		return;
	TAILQ_REMOVE(&all->list, o, link);
	all->count--;
	if (!ev_is_active(&all->timer))
		return;
	ev_timer_stop(all->loop, &all->timer);
	all->room(all->context);
}

struct child_report *
child_report_new(struct child_reports *all, const struct run_log *log,
    bool plain)
{
	struct child_report *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->all = all;
	o->log = log;
	o->plain = plain;
	o->report = o->session_fifo = -1;
	o->env_whole = true;
	o->failure.step = SPAWN_DIED;
	ev_init(&o->io, on_report);
	o->io.data = o;
	return o;
}

void
child_report_free(struct child_report *o)
{
	if (o == NULL)
		return;
	delist(o);
	ev_io_stop(o->all->loop, &o->io);
	fd_close(&o->report);
	fd_close(&o->session_fifo);
	run_record_unref(o->record);
	free(o->env);
	free(o);
}

bool
child_report_is_plain(const struct child_report *o)
{
	return o->plain;
}

void
child_report_start(struct child_report *o, struct run_record *record,
    int report, child_report_cb went, void *context)
{
	o->record = record;
	run_record_ref(record);
	o->report = report;
	o->went = went;
	o->context = context;
	ev_io_set(&o->io, report, EV_READ);
	ev_io_start(o->all->loop, &o->io);
	enlist(o);
}

bool
child_report_end(struct child_report *o, struct spawn_failure *failure,
    int *session_fifo)
{
	bool went;

	if (o->plain && o->state == CHILD_REPORT_READS)
		read_plain(o);
	while (o->state == CHILD_REPORT_READS && read_one(o))
		;
	went = o->state == CHILD_REPORT_WENT;
	if (!went)
		*failure = o->failure;
	*session_fifo = child_report_take_session_fifo(o);
	child_report_free(o);
	return went;
}

int
child_report_take_session_fifo(struct child_report *o)
{
	int fd = o->session_fifo;

	o->session_fifo = -1;
	return fd;
}
