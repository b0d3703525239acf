/*
 * The directory of sent letters, bounded by size and age. Owned by
 * daemon/mail/deferred.c. By rename, not copy: keeping a letter costs no room
 * and no time. Its age counts from when it was sent, by the clock.
 */
#include "daemon/mail/sent.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fd.h"

#define TIMER_MAX 86400.0

struct sent {
	struct office *office;
	struct outbox *dir; /* NULL: none are kept */
	uint64_t bytes;
	bool failing;   /* logged */
	ev_timer timer; /* when the oldest has had its time */
};

static int64_t
now_at(void)
{
	return clock_wall_ns() / 1000000000;
}

static void
rearm(struct sent *s, int64_t oldest_at)
{
	uint64_t secs = s->office->config.sent_secs;
	ev_tstamp wait;

	ev_timer_stop(s->office->config.loop, &s->timer);
	if (oldest_at == INT64_MAX)
		return;
	wait = (ev_tstamp)oldest_at + (ev_tstamp)secs - (ev_tstamp)now_at() + 1;
	if (wait < 1)
		wait = 1;
	/* A clock that is set back makes nobody wait for ever. */
	ev_timer_set(&s->timer, wait < TIMER_MAX ? wait : TIMER_MAX, 0.);
	ev_timer_start(s->office->config.loop, &s->timer);
}

static void
look(struct sent *s)
{
	int64_t secs = (int64_t)s->office->config.sent_secs;

	rearm(s, outbox_expire(s->dir, now_at() - secs));
	s->bytes = outbox_trim(s->dir, UINT64_MAX, NULL);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)events;
	look(timer->data);
}

struct sent *
sent_new(struct office *office)
{
	const char *path = office->config.sent_dir;
	struct sent *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->office = office;
	ev_init(&s->timer, on_timer);
	s->timer.data = s;
	if (path == NULL)
		return s;
	s->dir = outbox_open(path);
	if (s->dir != NULL)
		return s;
	free(s);
	return NULL;
}

void
sent_free(struct sent *s)
{
	if (s == NULL)
		return;
	ev_timer_stop(s->office->config.loop, &s->timer);
	outbox_close(s->dir);
	free(s);
}

void
sent_begin(struct sent *s)
{
	/* It is made when there is something to put in. */
	if (s->dir != NULL && outbox_look(s->dir) == 0)
		look(s);
}

static bool
never_busy(void *context, const char *name)
{
	(void)context;
	(void)name;
	return false;
}

static void
was_dropped(void *context, const char *name, uint64_t bytes)
{
	const struct sent *s = context;

	log_event(s->office->config.log, LOG_INFO, "CRON", "MAIL", 0,
	    "no room for more letters of failed runs: dropped the oldest that "
	    "was sent, %s, %llu bytes",
	    name, (unsigned long long)bytes);
}

/* From now on it is as old as its sending. */
static void
touch(struct sent *s, const char *name)
{
	int fd = outbox_reader(s->dir, name);

	if (fd >= 0)
		(void)futimens(fd, NULL);
	fd_close(&fd);
}

static void
bound(struct sent *s)
{
	const struct outbox_hooks hooks = {s, never_busy, was_dropped};
	uint64_t max = s->office->config.sent_max;

	if (s->bytes > max)
		s->bytes = outbox_trim(s->dir, max - max / 10, &hooks);
}

bool
sent_keep(struct sent *s, const char *name)
{
	uint64_t bytes;

	/* Mail that is still to be sent needs the last room more. */
	if (s->dir == NULL || outbox_room(s->office->outbox) == 0)
		return false;
	bytes = outbox_bytes(s->office->outbox, name);
	if (bytes > s->office->config.sent_max)
		return false;
	if (outbox_move(s->office->outbox, name, s->dir) != 0) {
		if (!s->failing)
			log_event(s->office->config.log, LOG_WARNING, "CRON",
			    "MAIL", errno,
			    "letters of failed runs can't be kept in %s",
			    outbox_path(s->dir));
		s->failing = true;
		return false;
	}
	s->failing = false;
	touch(s, name);
	s->bytes += bytes;
	bound(s);
	if (!ev_is_active(&s->timer))
		rearm(s, now_at());
	return true;
}

bool
sent_give_way(struct sent *s)
{
	const struct outbox_hooks hooks = {s, never_busy, was_dropped};

	if (s->bytes == 0)
		return false;
	s->bytes = outbox_trim(s->dir, 0, &hooks);
	return true;
}
