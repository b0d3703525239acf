/*
 * Ties the log's socket to the loop. Any room may log at any time, so whether
 * a line waits is looked at just before the loop sleeps.
 */
#include "daemon/base/log_flush.h"

#define RETRY_MIN_SECS 1.
#define RETRY_MAX_SECS 60.

static void
writable_cb(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct log_flush *flush = w->data;

	(void)loop;
	(void)revents;
	log_flush(flush->log);
}

static void
retry_cb(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct log_flush *flush = w->data;

	(void)loop;
	(void)revents;
	log_flush(flush->log);
	flush->retry_secs *= 2;
	if (flush->retry_secs > RETRY_MAX_SECS)
		flush->retry_secs = RETRY_MAX_SECS;
}

/* The timer runs only while lines wait and there is nothing to wait on. */
static void
retry_settle(struct log_flush *flush)
{
	if (!log_waits(flush->log)) {
		ev_timer_stop(flush->loop, &flush->retry);
		flush->retry_secs = RETRY_MIN_SECS;
	} else if (log_waiting_fd(flush->log) < 0 &&
		   !ev_is_active(&flush->retry)) {
		ev_timer_set(&flush->retry, flush->retry_secs, 0.);
		ev_timer_start(flush->loop, &flush->retry);
	}
}

/* Set anew each time: a reopened socket may have the same number. */
static void
wait_on(struct ev_loop *loop, struct ev_io *w, int fd)
{
	ev_io_stop(loop, w);
	if (fd < 0)
		return;
	ev_io_set(w, fd, EV_WRITE);
	ev_io_start(loop, w);
}

static void
prepare_cb(struct ev_loop *loop, struct ev_prepare *w, int revents)
{
	struct log_flush *flush = w->data;

	(void)revents;
	retry_settle(flush);
	wait_on(loop, &flush->writable, log_waiting_fd(flush->log));
	wait_on(loop, &flush->stream, log_stream_fd(flush->log));
}

void
log_flush_start(struct log_flush *flush, struct ev_loop *loop, struct log *log)
{
	flush->loop = loop;
	flush->log = log;
	ev_io_init(&flush->writable, writable_cb, -1, EV_WRITE);
	ev_io_init(&flush->stream, writable_cb, -1, EV_WRITE);
	flush->writable.data = flush->stream.data = flush;
	ev_timer_init(&flush->retry, retry_cb, RETRY_MIN_SECS, 0.);
	flush->retry.data = flush;
	flush->retry_secs = RETRY_MIN_SECS;
	ev_prepare_init(&flush->prepare, prepare_cb);
	flush->prepare.data = flush;
	/* The last of all prepare watchers: what others log is seen. */
	ev_set_priority(&flush->prepare, EV_MINPRI);
	ev_prepare_start(loop, &flush->prepare);
}

void
log_flush_stop(struct log_flush *flush)
{
	ev_prepare_stop(flush->loop, &flush->prepare);
	ev_io_stop(flush->loop, &flush->writable);
	ev_io_stop(flush->loop, &flush->stream);
	ev_timer_stop(flush->loop, &flush->retry);
}
