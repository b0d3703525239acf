/*
 * Users whose letters wait for another attempt: when the first of them is due,
 * by one timer for all users, and their collectors started then, four at once.
 * The collectors say when (the word kept); at crond's start a child lists whose
 * letters there are (outbox_scan.h).
 *
 * Times are the wall clock's, for they outlive boots; a clock that is set is
 * noticed within the hour.
 */
#include "daemon/collectors/collector.h"
#include "daemon/collectors/collectors.h"

#include <stdlib.h>

#include "daemon/collectors/outbox_scan.h"
#include "sys/clock.h"

#define AT_ONCE   4
#define LOOK_SECS 3600
/* One that runs looks after its letters itself. */
#define BUSY_SECS 60

static int64_t
now_at(void)
{
	return clock_wall_ns() / 1000000000;
}

/* Queues those that are due; returns when the next one is, or 0. */
static int64_t
queue_due(struct collectors *all, int64_t now)
{
	struct collector_user *u;
	int64_t next = 0;
	size_t i;

	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		LIST_FOREACH(u, &all->buckets[i], link) {
			if (u->kept_at == 0 || u->queued)
				continue;
			if (collector_current(u) != NULL &&
			    u->kept_at < now + BUSY_SECS)
				u->kept_at = now + BUSY_SECS;
			if (u->kept_at <= now) {
				TAILQ_INSERT_TAIL(&all->attempts, u, attempt);
				u->queued = true;
			} else if (next == 0 || u->kept_at < next) {
				next = u->kept_at;
			}
		}
	return next;
}

static void
start_some(struct collectors *all)
{
	struct collector_user *u;

	while (all->attempting < AT_ONCE &&
	       (u = TAILQ_FIRST(&all->attempts)) != NULL) {
		TAILQ_REMOVE(&all->attempts, u, attempt);
		u->queued = false;
		/* It says anew when the next one is due. */
		u->kept_at = now_at() + LOOK_SECS;
		if (!collector_user_has_one(u) &&
		    collector_start(u, false) == 0) {
			LIST_FIRST(&u->collectors)->attempt = true;
			all->attempting++;
		}
	}
}

static void
rearm(struct collectors *all)
{
	int64_t now = now_at(), next = queue_due(all, now), wait;

	start_some(all);
	ev_timer_stop(all->config.loop, &all->next);
	if (next == 0)
		return;
	wait = next - now > LOOK_SECS ? LOOK_SECS : next - now;
	ev_now_update(all->config.loop);
	ev_timer_set(&all->next, (ev_tstamp)wait, 0.);
	ev_timer_start(all->config.loop, &all->next);
}

static void
on_next(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	rearm(timer->data);
}

static void
rearm_soon(struct collectors *all)
{
	if (ev_is_active(&all->next) &&
	    ev_timer_remaining(all->config.loop, &all->next) <= .01)
		return;
	ev_timer_stop(all->config.loop, &all->next);
	ev_timer_set(&all->next, .01, 0.);
	ev_timer_start(all->config.loop, &all->next);
}

void
next_attempts_init(struct collectors *all)
{
	TAILQ_INIT(&all->attempts);
	ev_init(&all->next, on_next);
	all->next.data = all;
}

void
next_attempts_clear(struct collectors *all)
{
	ev_timer_stop(all->config.loop, &all->next);
	outbox_scan_stop(all->scan);
	all->scan = NULL;
}

static void
set_dropping(struct collector_user *u, bool dropping)
{
	if (u->dropping != dropping)
		u->all->dropping += dropping ? 1 : (size_t)-1;
	u->dropping = dropping;
}

/* Over the bound the user with most bytes loses their oldest; what is left then
 * is waited for. */
static void
bound(struct collectors *all)
{
	uint64_t over = share_over(all->config.shares, SHARE_OUTBOX);
	struct collector_user *most;
	uid_t uid;

	if (over == 0 || all->dropping > 0 ||
	    !share_most(all->config.shares, SHARE_OUTBOX, &uid))
		return;
	most = collector_user_find(all, uid);
	if (most == NULL)
		return;
	set_dropping(most, true);
	most->drop_bytes = over;
	if (collector_current(most) != NULL)
		next_attempts_tell(collector_current(most));
	else
		most->kept_at = now_at();
}

void
next_attempts_tell(struct collector *c)
{
	struct collector_user *u = c->user;

	if (u->flush)
		collector_tell(c,
		    &(struct collector_message){.word = WORD_FLUSH});
	if (u->drop_bytes > 0)
		collector_tell(c, &(struct collector_message){.word = WORD_DROP,
				      .bytes = u->drop_bytes});
	u->flush = false;
	u->drop_bytes = 0;
}

/* A name that came to be another's has what is there from now on. */
static void
count_kept(struct collector_user *u, uint64_t bytes)
{
	const struct share_user user = {u->uid, u->name};

	if (u->kept_account != NULL)
		share_give(u->kept_account, SHARE_OUTBOX, u->kept_bytes);
	u->kept_bytes = bytes;
	u->kept_account = bytes == 0 ? NULL
				     : share_add(u->all->config.shares,
					   SHARE_OUTBOX, &user, bytes);
}

void
next_attempts_forget(struct collector_user *u)
{
	count_kept(u, 0);
	set_dropping(u, false);
	if (u->queued)
		TAILQ_REMOVE(&u->all->attempts, u, attempt);
	u->queued = false;
}

void
next_attempts_soon(struct collector_user *u)
{
	u->kept_at = now_at();
	rearm_soon(u->all);
}

void
next_attempts_go_on(struct collector_user *u)
{
	u->kept_at = u->kept_due;
	rearm_soon(u->all);
}

void
next_attempts_note(struct collector_user *u, uint64_t count, uint64_t bytes,
    int64_t at)
{
	u->kept_count = count;
	u->kept_due = u->kept_at = at;
	count_kept(u, bytes);
	set_dropping(u, false);
	bound(u->all);
	rearm_soon(u->all);
}

void
next_attempts_tried(struct collector *c)
{
	if (!c->attempt)
		return;
	c->attempt = false;
	c->user->all->attempting--;
	rearm_soon(c->user->all);
}

void
next_attempts_flush(struct collectors *all)
{
	struct collector_user *u;
	struct collector *c;
	size_t i;

	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		LIST_FOREACH(u, &all->buckets[i], link) {
			c = collector_current(u);
			if (c != NULL) {
				collector_tell(c, &(struct collector_message){
						      .word = WORD_FLUSH});
			} else if (u->kept_count > 0 || u->kept_at != 0) {
				u->flush = true;
				u->kept_at = now_at();
			}
		}
	rearm_soon(all);
}

static void
found_user(void *context, uid_t uid, const char *name)
{
	struct collectors *all = context;
	struct collector_user *u = collector_user_get(all, uid, name);

	if (u == NULL)
		return;
	if (all->flush_found && collector_current(u) == NULL)
		u->flush = true;
	if (u->kept_at == 0 || u->flush)
		u->kept_at = now_at();
	rearm_soon(all);
}

static void
scan_over(void *context)
{
	struct collectors *all = context;

	all->scan = NULL;
}

void
collectors_look_at_outbox(struct collectors *all, bool flush)
{
	const char *const dirs[2] = {all->args.outbox_dir, all->args.sent_dir};

	all->flush_found = flush;
	if (all->scan == NULL)
		all->scan = outbox_scan_start(all->config.loop, dirs,
		    found_user, scan_over, all);
}
