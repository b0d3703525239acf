/*
 * What a collector's words mean to crond. Any of them may come at any time, of
 * any id: a collector is ours, but it may be another version, and it may have
 * outlived what it speaks of.
 */
#include "daemon/collectors/collector.h"

#include <string.h>

#include "core/escaped.h"
#include "core/run_record.h"

static void
tell_ended(struct collector *c, const struct collector_run *run)
{
	const struct run_record *record = run->record;

	collector_tell(c,
	    &(struct collector_message){.word = WORD_ENDED,
		.id = record->id,
		.end = record->status_known ? END_KNOWN : END_UNKNOWN,
		.status = record->status});
}

/* true: it is none of ours. */
static bool
heard_hello(struct collector *c, const struct collector_message *m)
{
	c->pid = m->pid;
	return m->uid != c->user->uid ||
	       (m->generation != 0 && m->generation != c->generation);
}

/* One that is not known is of an earlier crond, which saw its end: nobody will
 * tell of it any more. */
static void
heard_holds(struct collector *c, const char *id)
{
	struct collector_run *run = collector_run_find(c->user, id);

	if (run == NULL) {
		collector_tell(c,
		    &(struct collector_message){.word = WORD_ENDED,
			.id = id,
			.end = END_UNKNOWN});
		return;
	}
	run->collector = c;
	run->recovered = false;
}

static void
heard_ready(struct collector *c)
{
	struct collector_user *u = c->user;
	struct collector_run *run;

	if (c->state != COLLECTOR_STARTING)
		return;
	c->state = c->inherited ? COLLECTOR_OLD : COLLECTOR_READY;
	u->failures = 0;
	u->all->starts_failing = false;
	collector_watch_answer(c);
	collector_user_send_account(u, c);
	LIST_FOREACH(run, &u->runs, link) {
		if (run->collector == c && run->ended)
			tell_ended(c, run);
		/* What it did not find is not there. */
		if (run->collector == NULL && c->recovers)
			run->recovered = true;
	}
	if (c->state == COLLECTOR_READY)
		next_attempts_tell(c);
	collector_user_settle(u);
}

static void
taken(struct collector *c, struct collector_run *run)
{
	if (!run->sent_now || run->collector != c)
		return;
	run->sent_now = false;
	c->untaken--;
	ev_timer_stop(c->user->all->config.loop, &c->patience);
	collector_watch_answer(c);
}

static void
heard_have(struct collector *c, const char *id)
{
	struct collector_run *run = collector_run_find(c->user, id);

	if (run == NULL)
		return;
	taken(c, run);
	collector_user_settle(c->user);
}

static void
heard_over(struct collector *c, const struct collector_message *m)
{
	struct collector_run *run = collector_run_find(c->user, m->id);

	if (run == NULL)
		return;
	taken(c, run);
	collector_run_delist(run);
	run->over(run->context, m->bytes, m->lost, false);
}

static void
heard_kept(struct collector *c, const struct collector_message *m)
{
	/* An earlier crond's plans by its own options. */
	if (c == collector_current(c->user))
		next_attempts_note(c->user, m->number, m->bytes, m->at);
}

/* It may have been sent a run since it said so: then it will say so again. */
static void
heard_idle(struct collector *c)
{
	const struct collectors_config *config = &c->user->all->config;

	c->idle = c->untaken == 0;
	next_attempts_tried(c);
	if (!c->idle || c->state == COLLECTOR_STARTING)
		return;
	ev_timer_set(&c->stay,
	    c->state != COLLECTOR_READY ? 0.
	    : config->idle_ms != 0      ? config->idle_ms / 1000.
					: 5.,
	    0.);
	ev_timer_start(config->loop, &c->stay);
}

/* In the name of its job, if that is known: its pid is shown in any case. */
static void
heard_log(struct collector *c, const struct collector_message *m)
{
	const struct collectors_config *config = &c->user->all->config;
	struct log_job job = {
	    .ident = m->pid > 0 ? config->personality->job_ident
				: config->personality->daemon,
	    .pid = m->pid,
	    .gone = true,
	};
	const struct collector_run *run;

	LIST_FOREACH(run, &c->user->runs, link)
		if (m->pid > 0 && run->record->pid == m->pid) {
			job.table = run->record->table;
			job.line = run->record->line;
			job.gone = run->record->ended;
			break;
		}
	if (m->who != NULL && m->event != NULL &&
	    strncmp(m->event, "CMDOUT", strlen("CMDOUT")) == 0)
		log_output(config->log, &job, m->who, m->text,
		    escaped_read((char *)(uintptr_t)m->text),
		    strcmp(m->event, "CMDOUT+") == 0);
	else if (m->pid > 0)
		log_event_as(config->log, &job, m->priority, m->who, m->event,
		    0, "%s", m->text);
	else
		log_event(config->log, m->priority, m->who, m->event, 0, "%s",
		    m->text);
}

static void
heard_pong(struct collector *c, uint64_t number)
{
	if (number != c->ping)
		return;
	c->ping = 0;
	ev_timer_stop(c->user->all->config.loop, &c->patience);
	collector_watch_answer(c);
}

bool
collector_heard(struct collector *c, const struct collector_message *m)
{
	switch (m->word) {
	case WORD_HELLO:
		return heard_hello(c, m);
	case WORD_HOLDS:
		heard_holds(c, m->id);
		break;
	case WORD_READY:
		heard_ready(c);
		break;
	case WORD_HAVE:
		heard_have(c, m->id);
		break;
	case WORD_OVER:
		heard_over(c, m);
		break;
	case WORD_LOOKUP:
		collector_lookup(c, m->name);
		break;
	case WORD_WANT:
		c->idle = false;
		grants_want(c, m->id);
		break;
	case WORD_FREE:
		grants_free(c, m->id);
		break;
	case WORD_KEPT:
		heard_kept(c, m);
		break;
	case WORD_IDLE:
		heard_idle(c);
		break;
	case WORD_LOG:
		heard_log(c, m);
		break;
	case WORD_PONG:
		heard_pong(c, m->number);
		break;
	default: /* done says nothing that crond needs; or a later version's */
		break;
	}
	return false;
}
