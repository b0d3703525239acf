/*
 * The child that calls fsync. Owned by daemon/mail/deferred.c. Letters that
 * come while it is at work wait for the next one. Where there are very many,
 * their whole file system is synced.
 */
#include "daemon/mail/syncer.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/child.h"
#include "sys/spawn/clean_child.h"
#include "sys/spawn/spawn.h"

#define NAMES_MAX 256

struct syncer {
	struct office *office;
	struct child child;
	bool running;
	ev_timer timer; /* starts it: many letters may fail at once */
	char *names[NAMES_MAX];
	size_t count;
	bool all; /* more than that */
};

static void
forget_names(struct syncer *s)
{
	while (s->count > 0)
		free(s->names[--s->count]);
	s->all = false;
}

static void child_ended(struct child *, int, const struct rusage *);

static void
start(struct syncer *s)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* It may last: the lock on the pid file is not for it. */
		clean_child(outbox_fd(s->office->outbox));
		outbox_sync(s->office->outbox, s->names, s->count, s->all);
		_exit(0);
	}
	forget_names(s);
	s->running = pid > 0;
	if (s->running)
		child_start(s->office->config.children, &s->child, pid,
		    child_ended, s);
}

static void
child_ended(struct child *child, int status, const struct rusage *usage)
{
	struct syncer *s = child->data;

	(void)status;
	(void)usage;
	s->running = false;
	if (s->count > 0)
		start(s);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct syncer *s = timer->data;

	(void)loop;
	(void)events;
	if (!s->running && s->count > 0)
		start(s);
}

struct syncer *
syncer_new(struct office *office)
{
	struct syncer *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->office = office;
	ev_timer_init(&s->timer, on_timer, 0., 0.);
	s->timer.data = s;
	return s;
}

void
syncer_free(struct syncer *s)
{
	if (s == NULL)
		return;
	ev_timer_stop(s->office->config.loop, &s->timer);
	if (s->running)
		child_stop(s->office->config.children, &s->child);
	forget_names(s);
	free(s);
}

void
syncer_add(struct syncer *s, const char *name)
{
	char *copy;

	if (s->count == NAMES_MAX) {
		s->all = true;
		return;
	}
	copy = strdup(name);
	if (copy == NULL)
		return;
	s->names[s->count++] = copy;
	if (s->running)
		return;
	ev_timer_set(&s->timer, 0.1, 0.);
	ev_timer_start(s->office->config.loop, &s->timer);
}
