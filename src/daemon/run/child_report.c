/*
 * Reading what a child tells of its way to the exec, and counting those that
 * are on it. Owns the daemon's end of the report until opening_end. Used by
 * daemon/run/run.c.
 */
#include "daemon/run/child_report.h"

#include <stdlib.h>
#include <string.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/spawn/spawn_report.h"

/* Messages in one go; the loop has others to serve. */
#define READ_MAX 64

enum opening_state { OPENING_READS, OPENING_FAILED, OPENING_WENT };

struct opening {
	TAILQ_ENTRY(opening) link;
	struct openings *all;
	int64_t started_ns; /* monotonic; 0: not started, not in the list */
	bool plain;
	ev_io io;
	const struct runlog *log;
	struct facts *facts;
	opening_cb went;
	void *context;
	enum opening_state state;
	struct spawn_failure failure;
	int report, keeper;
	char *env; /* the pieces so far */
	size_t env_size;
	bool env_whole; /* they all had room */
};

static void
add_piece(struct opening *o, const char *bytes, size_t len)
{
	char *bigger = NULL;

	if (len <= REPORT_ENV_MAX - o->env_size)
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
take_session(struct opening *o, int keeper)
{
	struct facts *facts = o->facts;

	if (o->env_whole && is_block(o->env, o->env_size)) {
		free(facts->session_env);
		facts->session_env = o->env;
		facts->session_env_size = o->env_size;
	} else {
		free(o->env);
	}
	o->env = NULL;
	o->env_size = 0;
	o->env_whole = true;
	facts->session = true;
	if (keeper != -1) {
		fd_close(&o->keeper);
		o->keeper = keeper;
	}
}

/* One message; false: there is none now. */
static bool
read_one(struct opening *o)
{
	char bytes[REPORT_BYTES_MAX];
	int attached;
	size_t len;

	switch (report_receive(o->report, bytes, &len, &attached)) {
	case REPORT_NOTHING:
		return false;
	case REPORT_TEXT:
		runlog_pam_message(o->log, o->facts, bytes, len);
		break;
	case REPORT_ENV:
		add_piece(o, bytes, len);
		break;
	case REPORT_SESSION:
		take_session(o, attached);
		attached = -1;
		break;
	case REPORT_FAILURE:
		if (len == sizeof(o->failure))
			memcpy(&o->failure, bytes, len);
		o->state = OPENING_FAILED;
		break;
	case REPORT_LINE:
		runlog_line(o->log, o->facts, bytes, len);
		break;
	case REPORT_GO:
		o->state = OPENING_WENT;
		break;
	case REPORT_END:
		o->state = OPENING_FAILED;
		break;
	}
	fd_close(&attached);
	return true;
}

/* All there is of a plain one's report: its end, by the exec, or a failure. */
static void
read_plain(struct opening *o)
{
	ev_io_stop(o->all->loop, &o->io);
	spawn_report(&o->report, &o->failure);
	o->state =
	    o->failure.step == SPAWN_STARTED ? OPENING_WENT : OPENING_FAILED;
}

static void
on_report(struct ev_loop *loop, ev_io *w, int revents)
{
	struct opening *o = w->data;
	int i;

	(void)revents;
	if (o->plain)
		read_plain(o);
	for (i = 0; i < READ_MAX && o->state == OPENING_READS; i++) {
		if (!read_one(o))
			return;
	}
	if (o->state == OPENING_READS)
		return;
	/* A child that failed is waited for. */
	ev_io_stop(loop, w);
	if (o->state == OPENING_WENT)
		o->went(o->context); /* frees it */
}

/* A little early by the loop's clock, it runs once more. */
static void
on_timer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct openings *all = w->data;

	(void)loop;
	(void)revents;
	if (!openings_full(all))
		all->room(all->context);
}

void
openings_init(struct openings *all, struct ev_loop *loop, size_t max,
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
openings_clear(struct openings *all)
{
	ev_timer_stop(all->loop, &all->timer);
}

bool
openings_full(struct openings *all)
{
	const struct opening *oldest = TAILQ_FIRST(&all->list);
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
enlist(struct opening *o)
{
	TAILQ_INSERT_TAIL(&o->all->list, o, link);
	o->all->count++;
	o->started_ns = clock_mono_ns();
}

/* The timer runs: somebody waits. */
static void
delist(struct opening *o)
{
	struct openings *all = o->all;

	if (o->started_ns == 0)
		return;
	TAILQ_REMOVE(&all->list, o, link);
	all->count--;
	if (!ev_is_active(&all->timer))
		return;
	ev_timer_stop(all->loop, &all->timer);
	all->room(all->context);
}

struct opening *
opening_new(struct openings *all, const struct runlog *log, bool plain)
{
	struct opening *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->all = all;
	o->log = log;
	o->plain = plain;
	o->report = o->keeper = -1;
	o->env_whole = true;
	o->failure.step = SPAWN_DIED;
	ev_init(&o->io, on_report);
	o->io.data = o;
	return o;
}

void
opening_free(struct opening *o)
{
	if (o == NULL)
		return;
	delist(o);
	ev_io_stop(o->all->loop, &o->io);
	fd_close(&o->report);
	fd_close(&o->keeper);
	facts_unref(o->facts);
	free(o->env);
	free(o);
}

bool
opening_is_plain(const struct opening *o)
{
	return o->plain;
}

void
opening_start(struct opening *o, struct facts *facts, int report,
    opening_cb went, void *context)
{
	o->facts = facts;
	facts_ref(facts);
	o->report = report;
	o->went = went;
	o->context = context;
	ev_io_set(&o->io, report, EV_READ);
	ev_io_start(o->all->loop, &o->io);
	enlist(o);
}

bool
opening_end(struct opening *o, struct spawn_failure *failure, int *keeper)
{
	bool went;

	if (o->plain && o->state == OPENING_READS)
		read_plain(o);
	while (o->state == OPENING_READS && read_one(o))
		;
	went = o->state == OPENING_WENT;
	if (!went)
		*failure = o->failure;
	*keeper = o->keeper;
	o->keeper = -1;
	opening_free(o);
	return went;
}
