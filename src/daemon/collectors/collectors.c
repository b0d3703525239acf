/*
 * Users and their collectors. Owns one struct for each user that ever had one,
 * and decides in collector_user_settle who is started, which runs are opened
 * by path, and which starts go on.
 */
#include "daemon/collectors/collectors.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/collectors/collector.h"

/* The waits between starts that fail: from the second failure on, doubled. */
#define AGAIN_SECS     1
#define AGAIN_SECS_MAX 60

/* Users */

static size_t
bucket_of(uid_t uid)
{
	return uid % COLLECTOR_BUCKETS;
}

struct collector_user *
collector_user_find(struct collectors *all, uid_t uid)
{
	struct collector_user *u;

	LIST_FOREACH(u, &all->buckets[bucket_of(uid)], link)
		if (u->uid == uid)
			return u;
	return NULL;
}

static void on_again(struct ev_loop *, ev_timer *, int);
static void on_wake(struct ev_loop *, ev_timer *, int);

static struct collector_user *
user_new(struct collectors *all, uid_t uid)
{
	struct collector_user *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	u->all = all;
	u->uid = uid;
	LIST_INIT(&u->collectors);
	LIST_INIT(&u->runs);
	TAILQ_INIT(&u->waits);
	TAILQ_INIT(&u->wants);
	TAILQ_INIT(&u->running);
	ev_init(&u->again, on_again);
	ev_init(&u->wake, on_wake);
	u->again.data = u->wake.data = u;
	LIST_INSERT_HEAD(&all->buckets[bucket_of(uid)], u, link);
	all->users++;
	return u;
}

struct collector_user *
collector_user_get(struct collectors *all, uid_t uid, const char *name)
{
	struct collector_user *u = collector_user_find(all, uid);
	char *copy;

	if (u == NULL)
		u = user_new(all, uid);
	if (u == NULL || (u->name != NULL &&
			     (name[0] == '\0' || strcmp(name, u->name) == 0)))
		return u;
	copy = strdup(name);
	if (copy == NULL)
		return u->name != NULL ? u : NULL;
	free(u->name);
	u->name = copy;
	return u;
}

struct collector *
collector_current(const struct collector_user *u)
{
	struct collector *c = LIST_FIRST(&u->collectors);

	return c != NULL && c->state == COLLECTOR_READY ? c : NULL;
}

/* Starts */

void
collector_wait_cancel(struct collector_wait *wait)
{
	if (wait->user != NULL)
		TAILQ_REMOVE(&wait->user->waits, wait, link);
	wait->user = NULL;
}

/* Is this one to go behind that? */
static bool
is_behind(const struct collector_wait *wait, const struct collector_wait *other)
{
	return other->turn > wait->turn ||
	       (other->turn == wait->turn && other->number < wait->number);
}

/* It was woken for room that another one took: back to the front of its turn,
 * where few are before it. */
static void
go_back(struct collector_user *u, struct collector_wait *wait)
{
	struct collector_wait *next = TAILQ_FIRST(&u->waits);

	wait->user = u;
	wait->woken = false;
	while (next != NULL && is_behind(wait, next))
		next = TAILQ_NEXT(next, link);
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, wait, link);
	else
		TAILQ_INSERT_TAIL(&u->waits, wait, link);
}

static void
begin_wait(struct collector_user *u, struct collector_wait *wait)
{
	struct collector_wait *before = TAILQ_LAST(&u->waits, collector_waits);

	if (wait->woken) {
		go_back(u, wait);
		return;
	}
	wait->user = u;
	wait->number = ++u->numbers;
	while (before != NULL && before->turn < wait->turn)
		before = TAILQ_PREV(before, collector_waits, link);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&u->waits, before, wait, link);
	else
		TAILQ_INSERT_HEAD(&u->waits, wait, link);
}

/* Whose turn it is. */
static struct collector_wait *
next_wait(struct collector_user *u)
{
	struct collector_wait *wait = TAILQ_LAST(&u->waits, collector_waits);
	struct collector_wait *before;

	if (++u->woken % 4 != 0 || wait->turn == TAILQ_FIRST(&u->waits)->turn)
		return TAILQ_FIRST(&u->waits);
	while ((before = TAILQ_PREV(wait, collector_waits, link)) != NULL &&
	       before->turn == wait->turn)
		wait = before;
	return wait;
}

static void
end_wait(struct collector_user *u, int error)
{
	struct collector_wait *wait = next_wait(u);

	collector_wait_cancel(wait);
	wait->woken = error == 0;
	wait->done(wait->context, error);
}

/* As many as the collector has room for. */
static void
on_wake(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct collector_user *u = timer->data;
	struct collector *c = collector_current(u);
	size_t room;

	(void)loop;
	(void)events;
	if (c == NULL || !collector_has_room(c))
		return;
	room = COLLECTOR_UNTAKEN_MAX - c->untaken;
	while (room-- > 0 && !TAILQ_EMPTY(&u->waits))
		end_wait(u, 0);
}

static void
log_failed(struct collector_user *u, int error)
{
	struct collectors *all = u->all;

	/* No process can be had: starts say so, in cron's words. */
	if ((error == EAGAIN || error == ENOMEM) && !TAILQ_EMPTY(&u->waits))
		return;
	if (!all->starts_failing && (error == 0 || error == ETIMEDOUT))
		log_event(all->config.log, LOG_ERR, "CRON", "COLLECTOR", 0,
		    "%s %s; without it no job of %s can be started",
		    all->config.program,
		    error == 0 ? "ended as soon as it was started"
			       : "was started and does not answer",
		    u->name);
	else if (!all->starts_failing)
		log_event(all->config.log, LOG_ERR, "CRON", "COLLECTOR", error,
		    "can't start %s, without which no job of %s can be started",
		    all->config.program, u->name);
	all->starts_failing = true;
}

void
collector_user_failed(struct collector_user *u, int error)
{
	log_failed(u, error);
	u->failures++;
	if (u->failures < 2)
		return;
	/* Those that try again do so from the loop. */
	while (!TAILQ_EMPTY(&u->waits))
		end_wait(u, error != 0 ? error : ESRCH);
}

static void
on_again(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	collector_user_settle(timer->data);
}

static void
wait_again(struct collector_user *u)
{
	unsigned shift = u->failures < 2 ? 0 : u->failures - 2;
	unsigned secs = shift > 6 ? AGAIN_SECS_MAX : AGAIN_SECS << shift;

	ev_timer_set(&u->again, secs > AGAIN_SECS_MAX ? AGAIN_SECS_MAX : secs,
	    0.);
	ev_timer_start(u->all->config.loop, &u->again);
}

static void
start(struct collector_user *u, bool recover)
{
	if (ev_is_active(&u->again))
		return;
	if (u->failures >= 2 && !u->waited) {
		u->waited = true;
		wait_again(u);
		return;
	}
	u->waited = false;
	if (collector_start(u, recover) == 0)
		return;
	/* Whoever can't even be executed is not tried twice in a row. */
	if (u->failures == 0)
		u->failures = 1;
	collector_user_failed(u, errno);
	wait_again(u);
}

enum collectors_gate
collectors_gate(struct collectors *all, const struct account *account,
    struct collector_wait *wait)
{
	struct collector_user *u =
	    collector_user_get(all, account->uid, account->name);
	struct collector *c;

	if (u == NULL) {
		errno = ENOMEM;
		return COLLECTORS_NEVER;
	}
	collector_user_set_account(u, account);
	c = collector_current(u);
	/* None passes those that wait: jobs start in the order of their
	 * lines. */
	if (c != NULL && collector_has_room(c) &&
	    (wait->woken || TAILQ_EMPTY(&u->waits)))
		return COLLECTORS_NOW;
	begin_wait(u, wait);
	if (c != NULL)
		collector_watch_answer(c);
	collector_user_settle(u);
	return COLLECTORS_LATER;
}

/* Runs without a collector */

static bool
is_any_starting(const struct collector_user *u)
{
	const struct collector *c;

	LIST_FOREACH(c, &u->collectors, link)
		if (c->state == COLLECTOR_STARTING)
			return true;
	return false;
}

bool
collector_user_has_one(const struct collector_user *u)
{
	const struct collector *c = LIST_FIRST(&u->collectors);

	return c != NULL &&
	       (c->state == COLLECTOR_STARTING || c->state == COLLECTOR_READY);
}

static bool
is_lost(const struct collector_run *run)
{
	return run->was_over || run->recovered ||
	       run->user->all->args.collect_dir == NULL;
}

/* Ends those that nobody will find; returns how many others there are. What is
 * called may free them. */
static size_t
end_lost(struct collector_user *u)
{
	struct collector_run *run, *next;
	size_t left = 0;

	if (!u->orphans)
		return 0;
	u->orphans = false;
	for (run = LIST_FIRST(&u->runs); run != NULL; run = next) {
		next = LIST_NEXT(run, link);
		if (run->collector != NULL)
			continue;
		if (!is_lost(run)) {
			left++;
			continue;
		}
		collector_run_delist(run);
		run->over(run->context, run->record->output_bytes,
		    run->record->lost_bytes, !run->was_over);
	}
	u->orphans |= left > 0;
	return left;
}

void
collector_attach(struct collector *c, struct collector_run *run)
{
	run->collector = c;
	run->sent_now = true;
	c->untaken++;
	c->idle = false;
	ev_timer_stop(c->user->all->config.loop, &c->stay);
}

/* One that is there opens by path what another one has left. */
static void
hand_to(struct collector *c)
{
	struct collector_user *u = c->user;
	struct collector_run *run;

	LIST_FOREACH(run, &u->runs, link) {
		if (run->collector != NULL)
			continue;
		collector_attach(c, run);
		run->recovered = true;
		collector_tell(c, &(struct collector_message){.word = WORD_RUN,
				      .id = run->record->id});
		if (run->ended)
			collector_run_ended(run);
	}
}

void
collector_user_settle(struct collector_user *u)
{
	struct collector *c;
	size_t orphans;

	if (is_any_starting(u))
		return;
	orphans = end_lost(u);
	c = collector_current(u);
	if (c != NULL && orphans > 0)
		hand_to(c);
	else if (c == NULL && (orphans > 0 || !TAILQ_EMPTY(&u->waits)))
		start(u, orphans > 0);
	c = collector_current(u);
	if (c != NULL && !TAILQ_EMPTY(&u->waits) && collector_has_room(c) &&
	    !ev_is_active(&u->wake)) {
		ev_timer_set(&u->wake, 0., 0.);
		ev_timer_start(u->all->config.loop, &u->wake);
	}
}

/* All */

struct collectors *
collectors_new(const struct collectors_config *config)
{
	struct collectors *all = calloc(1, sizeof *all);

	if (all == NULL)
		return NULL;
	all->config = *config;
	all->args = *config->args;
	if (all->config.program == NULL)
		all->config.program = EVCRON_COLLECTOR;
	/* One byte more: a message is read as text. */
	all->bytes = malloc(COLLECTOR_MESSAGE_MAX + 1);
	if (all->bytes == NULL) {
		free(all);
		return NULL;
	}
	ev_prepare_init(&all->log_room, collectors_log_lines);
	all->log_room.data = all;
	TAILQ_INIT(&all->line_turns);
	grants_init(all);
	next_attempts_init(all);
	return all;
}

static void
user_free(struct collector_user *u)
{
	struct ev_loop *loop = u->all->config.loop;
	struct collector *c;

	while (!LIST_EMPTY(&u->runs))
		collector_run_forget(LIST_FIRST(&u->runs));
	while (!TAILQ_EMPTY(&u->waits))
		collector_wait_cancel(TAILQ_FIRST(&u->waits));
	while ((c = LIST_FIRST(&u->collectors)) != NULL) {
		c->state = COLLECTOR_LEAVING; /* nobody is to follow */
		collector_close(c);
	}
	next_attempts_forget(u);
	if (u->asking)
		user_cache_cancel(&u->question);
	ev_timer_stop(loop, &u->again);
	ev_timer_stop(loop, &u->wake);
	LIST_REMOVE(u, link);
	free(u->account_word);
	free(u->name);
	free(u);
}

void
collectors_free(struct collectors *all)
{
	size_t i;

	if (all == NULL)
		return;
	next_attempts_clear(all);
	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		while (!LIST_EMPTY(&all->buckets[i]))
			user_free(LIST_FIRST(&all->buckets[i]));
	next_attempts_clear(all);
	ev_prepare_stop(all->config.loop, &all->log_room);
	free(all->bytes);
	free(all);
}

void
collectors_take_over(struct collectors *all)
{
	struct collector_user *u;
	size_t i;

	collectors_connect(all);
	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		LIST_FOREACH(u, &all->buckets[i], link)
			collector_user_settle(u);
}

void
collectors_flush(struct collectors *all)
{
	next_attempts_flush(all);
}

void
collectors_send_away(struct collectors *all)
{
	struct collector_user *u;
	struct collector *c;
	size_t i;

	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		LIST_FOREACH(u, &all->buckets[i], link)
			LIST_FOREACH(c, &u->collectors, link)
				if (c->state == COLLECTOR_READY && c->idle)
					collector_send_away(c);
}

static size_t
count(const struct collectors *all, bool busy)
{
	const struct collector_user *u;
	const struct collector *c;
	size_t n = 0, i;

	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		LIST_FOREACH(u, &all->buckets[i], link)
			LIST_FOREACH(c, &u->collectors, link)
				n += c->state == COLLECTOR_STARTING ||
				     ((c->state == COLLECTOR_READY ||
					  c->state == COLLECTOR_OLD) &&
					 (!busy || !c->idle));
	return n;
}

size_t
collectors_busy(const struct collectors *all)
{
	return count(all, true);
}

size_t
collectors_count(const struct collectors *all)
{
	return count(all, false);
}
