/*
 * A collector's socket. Owns what waits to be sent, and judges whether the
 * collector answers: it is asked by a ping where it owes us something for half
 * a second, and left alone where that brings no pong.
 */
#include "daemon/collectors/collector.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/collectors/collectors.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/seqpacket.h"

/* In one callback: one that talks a lot must not keep the loop from others. */
#define MESSAGES_MAX 64
#define ANSWER_MS    5000
/* Of lines that wait for the log: with more that collector is not read. */
#define LINES_MAX ((size_t)64 * 1024)
/* How long a crond that goes waits for the log to take them. */
#define DRAIN_NS ((int64_t)1000000000)

static double
answer_secs(const struct collector *c)
{
	unsigned ms = c->user->all->config.answer_ms;

	return (ms != 0 ? ms : ANSWER_MS) / 1000.;
}

/* Sending */

static bool
would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

static void
queue_bytes(struct collector *c, const char *bytes, size_t len)
{
	struct collector_datagram *d = malloc(sizeof *d + len);

	/* Without memory it is not told. What it then waits for, an end or a
	 * grant, comes again with the next connection. */
	if (d == NULL)
		return;
	d->len = len;
	memcpy(d->bytes, bytes, len);
	TAILQ_INSERT_TAIL(&c->queue, d, link);
	ev_io_start(c->user->all->config.loop, &c->out);
}

void
collector_tell_bytes(struct collector *c, const char *bytes, size_t len)
{
	if (!TAILQ_EMPTY(&c->queue) ||
	    (seqpacket_send(c->socket, bytes, len, -1) != 0 &&
		would_block(errno)))
		queue_bytes(c, bytes, len);
	/* Any other failure is its end, which the socket's reader sees. */
	collector_watch_answer(c);
}

void
collector_tell(struct collector *c, const struct collector_message *message)
{
	char bytes[512];
	ssize_t n = collector_message_write(message, bytes, sizeof bytes);

	if (n > 0)
		collector_tell_bytes(c, bytes, (size_t)n);
}

static void
on_writable(struct ev_loop *loop, ev_io *io, int events)
{
	struct collector *c = io->data;
	struct collector_datagram *d;

	(void)events;
	while ((d = TAILQ_FIRST(&c->queue)) != NULL) {
		if (seqpacket_send(c->socket, d->bytes, d->len, -1) != 0 &&
		    would_block(errno))
			return;
		TAILQ_REMOVE(&c->queue, d, link);
		free(d);
	}
	ev_io_stop(loop, io);
	collector_user_settle(c->user);
}

bool
collector_has_room(const struct collector *c)
{
	return c->state == COLLECTOR_READY && TAILQ_EMPTY(&c->queue) &&
	       c->untaken < COLLECTOR_UNTAKEN_MAX;
}

/* Receiving */

/* The log takes no line now: those of this collector are kept until it does, a
 * few, and so is the end of a run behind them, which is logged, too. Its other
 * words, on which the starts of its user's jobs wait, are heard all the same.
 */
static bool
is_to_wait(const struct collector *c, size_t len)
{
	const struct collectors *all = c->user->all;
	bool behind_lines = !TAILQ_EMPTY(&c->lines);

	switch (collector_message_word(all->bytes, len)) {
	case WORD_LOG:
		return behind_lines || log_is_behind(all->config.log);
	case WORD_OVER:
		return behind_lines;
	default:
		return false;
	}
}

/* false: no memory. */
static bool
keep_line(struct collector *c, const char *bytes, size_t len)
{
	struct collectors *all = c->user->all;
	struct collector_datagram *d = malloc(sizeof *d + len + 1);

	if (d == NULL)
		return false;
	d->len = len;
	memcpy(d->bytes, bytes, len);
	if (TAILQ_EMPTY(&c->lines))
		TAILQ_INSERT_TAIL(&all->line_turns, c, line_turn);
	TAILQ_INSERT_TAIL(&c->lines, d, link);
	c->line_bytes += len;
	if (c->line_bytes >= LINES_MAX)
		ev_io_stop(all->config.loop, &c->in);
	ev_prepare_start(all->config.loop, &all->log_room);
	return true;
}

/* And on to the end of the turns, where there are more of it. */
static void
log_first_line(struct collector *c)
{
	struct collectors *all = c->user->all;
	struct collector_datagram *d = TAILQ_FIRST(&c->lines);
	struct collector_message message;

	TAILQ_REMOVE(&c->lines, d, link);
	c->line_bytes -= d->len;
	TAILQ_REMOVE(&all->line_turns, c, line_turn);
	if (!TAILQ_EMPTY(&c->lines))
		TAILQ_INSERT_TAIL(&all->line_turns, c, line_turn);
	if (collector_message_read(&message, d->bytes, d->len))
		(void)collector_heard(c, &message);
	free(d);
}

static void
log_lines(struct collectors *all)
{
	struct collector *c;

	while ((c = TAILQ_FIRST(&all->line_turns)) != NULL &&
	       !log_is_behind(all->config.log)) {
		log_first_line(c);
		if (c->line_bytes < LINES_MAX && !c->ended)
			ev_io_start(all->config.loop, &c->in);
		if (c->ended && TAILQ_EMPTY(&c->lines))
			collector_close(c);
	}
}

void
collectors_log_lines(struct ev_loop *loop, ev_prepare *w, int events)
{
	struct collectors *all = w->data;

	(void)events;
	log_lines(all);
	if (TAILQ_EMPTY(&all->line_turns))
		ev_prepare_stop(loop, w);
}

/* false: c is gone. */
static bool
hear(struct collector *c, size_t len)
{
	struct collectors *all = c->user->all;
	struct collector_message message;

	/* Without memory the log counts what it can't take. */
	if (is_to_wait(c, len) && keep_line(c, all->bytes, len))
		return true;
	if (!collector_message_read(&message, all->bytes, len) ||
	    !collector_heard(c, &message))
		return true;
	collector_close(c);
	return false;
}

/* Nothing more comes. Its last lines are not lost: it is here until they are
 * logged, and takes nothing. */
static void
end(struct collector *c)
{
	if (TAILQ_EMPTY(&c->lines) || c->state == COLLECTOR_STARTING) {
		collector_close(c);
		return;
	}
	ev_io_stop(c->user->all->config.loop, &c->in);
	ev_timer_stop(c->user->all->config.loop, &c->patience);
	c->ended = true;
	if (c->state != COLLECTOR_LEAVING)
		c->state = COLLECTOR_LEFT;
	collector_user_settle(c->user);
}

/* false: there is nothing now, or c is gone. */
static bool
read_one(struct collector *c)
{
	int attached;
	ssize_t n = seqpacket_receive(c->socket, c->user->all->bytes,
	    COLLECTOR_MESSAGE_MAX, &attached);

	fd_close(&attached);
	if (n < 0 && errno == EMSGSIZE)
		return true;
	if (n < 0 && would_block(errno))
		return false;
	if (n > 0)
		return hear(c, (size_t)n);
	end(c);
	return false;
}

static void
read_some(struct collector *c)
{
	int i;

	for (i = 0; i < MESSAGES_MAX; i++)
		if (c->line_bytes >= LINES_MAX || !read_one(c))
			return;
}

static void
on_readable(struct ev_loop *loop, ev_io *io, int events)
{
	(void)loop;
	(void)events;
	read_some(io->data);
}

static void
read_all(struct collectors *all)
{
	struct collector_user *u;
	struct collector *c, *next;
	size_t i;

	for (i = 0; i < COLLECTOR_BUCKETS; i++)
		LIST_FOREACH(u, &all->buckets[i], link)
			for (c = LIST_FIRST(&u->collectors); c != NULL;
			     c = next) {
				next = LIST_NEXT(c, link);
				if (!c->ended)
					read_some(c);
			}
}

void
collectors_drain(struct collectors *all)
{
	int64_t until_ns = clock_mono_ns() + DRAIN_NS;

	do {
		read_all(all);
		log_lines(all);
	} while (!TAILQ_EMPTY(&all->line_turns) &&
		 log_wait(all->config.log, until_ns));
}

/* Does it answer? */

/* Which of the user's is to take starts that wait. */
static bool
is_waited_for(const struct collector *c)
{
	return !TAILQ_EMPTY(&c->user->waits) &&
	       LIST_FIRST(&c->user->collectors) == c;
}

static bool
owes_an_answer(const struct collector *c)
{
	return c->state == COLLECTOR_STARTING || c->ping != 0 ||
	       (c->state == COLLECTOR_READY &&
		   (c->untaken > 0 || !TAILQ_EMPTY(&c->queue) ||
		       is_waited_for(c)));
}

void
collector_watch_answer(struct collector *c)
{
	struct ev_loop *loop = c->user->all->config.loop;
	double secs = answer_secs(c);

	if (!owes_an_answer(c) || c->state == COLLECTOR_LEFT) {
		ev_timer_stop(loop, &c->patience);
		return;
	}
	if (ev_is_active(&c->patience))
		return;
	/* Of these five seconds the ping has most. */
	if (c->state == COLLECTOR_READY)
		secs = c->ping == 0 ? secs * .1 : secs * .9;
	ev_now_update(loop);
	ev_timer_set(&c->patience, secs, 0.);
	ev_timer_start(loop, &c->patience);
}

void
collector_leave_alone(struct collector *c)
{
	struct collector_user *u = c->user;
	bool was_starting = c->state == COLLECTOR_STARTING;

	c->state = COLLECTOR_LEFT;
	ev_timer_stop(u->all->config.loop, &c->patience);
	if (c->pid != 0) /* else it never said hello: told as a failed start */
		log_event(u->all->config.log, LOG_WARNING, u->name, "COLLECTOR",
		    0,
		    "process %ld, which reads what the jobs of %s write, does "
		    "not answer; another one takes those that start now",
		    (long)c->pid, u->name);
	next_attempts_tried(c);
	if (was_starting)
		collector_user_failed(u, ETIMEDOUT);
	collector_user_settle(u);
}

static void
on_patience(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct collector *c = timer->data;

	(void)loop;
	(void)events;
	/* It may have answered while we did not run. */
	if (ev_is_pending(&c->in) || !ev_is_active(&c->in)) {
		ev_timer_set(timer, answer_secs(c) * .1, 0.);
		ev_timer_start(loop, timer);
		return;
	}
	if (!owes_an_answer(c))
		return;
	if (c->state == COLLECTOR_READY && c->ping == 0) {
		c->ping = ++c->user->all->pings;
		collector_tell(c, &(struct collector_message){.word = WORD_PING,
				      .number = c->ping});
		return;
	}
	collector_leave_alone(c);
}

/* From start to end */

static void
on_stay(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct collector *c = timer->data;

	(void)loop;
	(void)events;
	if (!c->idle || c->untaken > 0 || is_waited_for(c))
		return;
	collector_send_away(c);
}

void
collector_send_away(struct collector *c)
{
	collector_tell(c, &(struct collector_message){.word = WORD_BYE});
	c->state = COLLECTOR_LEAVING;
}

static void
enlist(struct collector *c)
{
	struct collector *newer = LIST_FIRST(&c->user->collectors), *next;

	if (newer == NULL || newer->generation < c->generation) {
		LIST_INSERT_HEAD(&c->user->collectors, c, link);
		return;
	}
	while ((next = LIST_NEXT(newer, link)) != NULL &&
	       next->generation > c->generation)
		newer = next;
	LIST_INSERT_AFTER(newer, c, link);
}

struct collector *
collector_open(struct collector_user *u, uint64_t generation, int socket)
{
	struct collector *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->user = u;
	c->generation = generation;
	c->socket = socket;
	TAILQ_INIT(&c->queue);
	TAILQ_INIT(&c->lines);
	ev_io_init(&c->in, on_readable, socket, EV_READ);
	ev_io_init(&c->out, on_writable, socket, EV_WRITE);
	ev_init(&c->patience, on_patience);
	ev_init(&c->stay, on_stay);
	c->in.data = c->out.data = c->patience.data = c->stay.data = c;
	enlist(c);
	ev_io_start(u->all->config.loop, &c->in);
	collector_watch_answer(c);
	return c;
}

static void
free_queue(struct collector *c)
{
	struct collector_datagram *d;

	while ((d = TAILQ_FIRST(&c->queue)) != NULL) {
		TAILQ_REMOVE(&c->queue, d, link);
		free(d);
	}
}

void
collector_close(struct collector *c)
{
	struct collector_user *u = c->user;
	struct ev_loop *loop = u->all->config.loop;
	struct collector_run *run;

	while (!TAILQ_EMPTY(&c->lines))
		log_first_line(c);
	if (c->state == COLLECTOR_STARTING && !c->inherited)
		collector_user_failed(u, 0);
	else if (c->state != COLLECTOR_LEAVING)
		next_attempts_soon(u); /* for letters it was at */
	else
		next_attempts_go_on(u);
	next_attempts_tried(c);
	grants_forget(c);
	collector_lookup_cancel(c);
	ev_io_stop(loop, &c->in);
	ev_io_stop(loop, &c->out);
	ev_timer_stop(loop, &c->patience);
	ev_timer_stop(loop, &c->stay);
	free_queue(c);
	fd_close(&c->socket);
	LIST_REMOVE(c, link);
	LIST_FOREACH(run, &u->runs, link)
		if (run->collector == c) {
			run->collector = NULL;
			run->sent_now = false;
			u->orphans = true;
		}
	free(c);
	collector_user_settle(u);
}
