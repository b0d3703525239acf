/*
 * The children that write into mailboxes. Owned by daemon/mail/deferred.c. A
 * child that does not end (a mailbox on a file server that is gone, a user who
 * stops it) is killed after a minute; one that even so goes on is only waited
 * for, and its letter stays where it is.
 */
#include "daemon/mail/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/child.h"
#include "sys/spawn/clean_child.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files/mbox.h"
#include "sys/spawn/spawn.h"

#define AT_ONCE_MAX 4
#define QUEUE_MAX   256
#define LIMIT_SECS  60.0
#define NOTE_MAX    (LETTER_META_WHY_MAX + 200)

struct delivery {
	TAILQ_ENTRY(delivery) all;
	struct mailboxes *owner;
	struct post *post;
	bool running;
	struct child child;
	ev_timer timer;
	char note[NOTE_MAX];
};

struct mailboxes {
	struct office *office;
	struct mailboxes_hooks hooks;
	TAILQ_HEAD(, delivery) all; /* in order; some run */
	size_t count, running;
};

static void start_some(struct mailboxes *);

struct mailboxes *
mailboxes_new(struct office *office, const struct mailboxes_hooks *hooks)
{
	struct mailboxes *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->office = office;
	m->hooks = *hooks;
	TAILQ_INIT(&m->all);
	return m;
}

static void
drop(struct mailboxes *m, struct delivery *d)
{
	ev_timer_stop(m->office->config.loop, &d->timer);
	TAILQ_REMOVE(&m->all, d, all);
	m->count--;
	m->running -= d->running;
	free(d);
}

void
mailboxes_free(struct mailboxes *m)
{
	struct delivery *d;

	if (m == NULL)
		return;
	while ((d = TAILQ_FIRST(&m->all)) != NULL) {
		if (d->running)
			child_stop(m->office->config.children, &d->child);
		drop(m, d);
	}
	free(m);
}

static void
finish(struct delivery *d, const char *problem)
{
	struct mailboxes *m = d->owner;
	struct post *post = d->post;

	drop(m, d);
	m->hooks.done(m->hooks.context, post, problem);
}

static void
child_ended(struct child *child, int status, const struct rusage *usage)
{
	struct delivery *d = child->data;
	struct mailboxes *m = d->owner;

	(void)usage;
	if (!WIFEXITED(status))
		finish(d, "the process that wrote to it was killed");
	else if (WEXITSTATUS(status) != MBOX_DONE)
		finish(d, mbox_problem(WEXITSTATUS(status)));
	else
		finish(d, NULL);
	start_some(m);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	const struct delivery *d = timer->data;

	(void)loop;
	(void)events;
	(void)kill(d->child.pid, SIGKILL);
}

/* In the child. */
static void
append(const struct delivery *d, int letter_fd)
{
	const struct office *office = d->owner->office;
	const struct post *p = d->post;
	const struct mbox_letter letter = {
	    .dir = office->config.mailbox_dir,
	    .user = p->record->user,
	    .uid = p->record->uid,
	    .as_root = office->as_root,
	    .fd = letter_fd,
	    .from = p->headers_at,
	    .text_at = p->text_at,
	    .note = d->note,
	    .max = office->config.mailbox_max,
	};

	clean_child(letter_fd);
	/* Limits of ours are errors of a write, not the end. */
	(void)signal(SIGXFSZ, SIG_IGN);
	_exit(mbox_append(&letter));
}

/* 0, or -1 with errno. */
static int
start(struct delivery *d)
{
	struct office *office = d->owner->office;
	int fd = outbox_reader(office->outbox, d->post->name);
	pid_t pid;

	if (fd < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		append(d, fd);
	fd_close(&fd);
	if (pid < 0)
		return -1;
	d->running = true;
	d->owner->running++;
	child_start(office->config.children, &d->child, pid, child_ended, d);
	ev_timer_set(&d->timer, LIMIT_SECS, 0.);
	ev_timer_start(office->config.loop, &d->timer);
	return 0;
}

/* A user's letters wait for each other: they would for the lock anyway. */
static bool
has_one(const struct mailboxes *m, uid_t uid)
{
	const struct delivery *d;

	TAILQ_FOREACH(d, &m->all, all)
		if (d->running && d->post->record->uid == uid)
			return true;
	return false;
}

static struct delivery *
next(struct mailboxes *m)
{
	struct delivery *d;

	if (m->running >= AT_ONCE_MAX)
		return NULL;
	TAILQ_FOREACH(d, &m->all, all)
		if (!d->running && !has_one(m, d->post->record->uid))
			return d;
	return NULL;
}

static void
start_some(struct mailboxes *m)
{
	struct delivery *d;

	while ((d = next(m)) != NULL)
		if (start(d) != 0)
			finish(d, strerror(errno));
}

static void
on_start(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct delivery *d = timer->data;

	(void)events;
	ev_timer_stop(loop, timer);
	ev_set_cb(timer, on_timer);
	start_some(d->owner);
}

const char *
mailboxes_put(struct mailboxes *m, struct post *post, const char *why)
{
	struct delivery *d;
	char date[64];

	if (m->office->config.mailbox_dir == NULL)
		return "there are no mailboxes";
	if (m->count >= QUEUE_MAX)
		return "too many letters wait for mailboxes";
	d = calloc(1, sizeof *d);
	if (d == NULL)
		return strerror(ENOMEM);
	d->owner = m;
	d->post = post;
	snprintf(d->note, sizeof d->note,
	    "[Not sent, but put here by the cron daemon on %s: %s]\n\n",
	    clock_show(date, sizeof date, CLOCK_MAIL,
		clock_wall_ns() / 1000000000),
	    why);
	TAILQ_INSERT_TAIL(&m->all, d, all);
	m->count++;
	/* From the loop: the caller is not ready for done. */
	ev_timer_init(&d->timer, on_start, 0., 0.);
	d->timer.data = d;
	ev_timer_start(m->office->config.loop, &d->timer);
	return NULL;
}
