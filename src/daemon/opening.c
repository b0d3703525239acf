/*
 * Reading what a child tells of its way through PAM or into a SELinux context.
 * Owns the daemon's end of
 * the report until opening_end. Used by daemon/run.c.
 */
#include "daemon/opening.h"

#include <stdlib.h>
#include <string.h>

#include "sys/fd.h"
#include "sys/report.h"

/* Messages in one go; the loop has others to serve. */
#define READ_MAX 64

enum opening_state { OPENING_READS, OPENING_FAILED, OPENING_WENT };

struct opening {
	ev_io io;
	struct ev_loop *loop;
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

static void
on_report(struct ev_loop *loop, ev_io *w, int revents)
{
	struct opening *o = w->data;
	int i;

	(void)revents;
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

struct opening *
opening_new(struct ev_loop *loop, const struct runlog *log)
{
	struct opening *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return NULL;
	o->loop = loop;
	o->log = log;
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
	ev_io_stop(o->loop, &o->io);
	fd_close(&o->report);
	fd_close(&o->keeper);
	facts_unref(o->facts);
	free(o->env);
	free(o);
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
	ev_io_start(o->loop, &o->io);
}

bool
opening_end(struct opening *o, struct spawn_failure *failure, int *keeper)
{
	bool went;

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
