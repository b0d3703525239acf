/*
 * Feeding a mailer from a letter that still grows. Owns the writing end of the
 * mailer's stdin and the watcher on it; held by daemon/mail/post.c.
 *
 * The file is always ready, so splice's EAGAIN here has one meaning: the pipe
 * is full. The watcher runs only while there is something to send.
 *
 * Pages are spliced, not copied: what lies in the pipe is still the letter's
 * own pages, and a hole punched there would be seen by the mailer. So only what
 * it has read (what was sent, less FIONREAD) is punched out.
 */
#include "daemon/mail/mailer_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/fd.h"

#define FEED_MAX   (1024 * 1024) /* in one callback: others wait too */
#define PIPE_SIZE  (512 * 1024)
#define PUNCH_UNIT (256 * 1024) /* a multiple of every page's size */

struct mailer_stream {
	struct office *office;
	const struct mailer_stream_hooks *hooks;
	void *context;
	struct mailer *mailer;
	ev_io io; /* on the pipe's writing end */
	int letter_fd;
	int pipe;    /* -1: closed, all was sent; or it broke */
	uint64_t at; /* sent up to here */
	uint64_t end;
	uint64_t body_at;
	uint64_t punched; /* up to here */
	uint64_t seen;    /* read up to here when last looked */
	bool closing;     /* end is the last word */
	bool whole;       /* all was sent, and that was all */
};

/* The mailer has read up to here. */
static uint64_t
read_up_to(const struct mailer_stream *s)
{
	int unread = 0;

	if (s->pipe >= 0 && ioctl(s->pipe, FIONREAD, &unread) != 0)
		unread = 0;
	return s->at - (uint64_t)unread;
}

uint64_t
mailer_stream_backlog(const struct mailer_stream *s)
{
	return s->end - s->at;
}

uint64_t
mailer_stream_first(const struct mailer_stream *s)
{
	return s->punched;
}

static void
punch(struct mailer_stream *s)
{
	uint64_t upto = read_up_to(s) / PUNCH_UNIT * PUNCH_UNIT;

	/* A file system that can't do it keeps the bytes: its last 5 % stay
	 * free all the same. */
	if (upto > s->punched &&
	    fallocate(s->letter_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		(off_t)s->punched, (off_t)(upto - s->punched)) == 0)
		s->punched = upto;
}

static void
pipe_close(struct mailer_stream *s)
{
	ev_io_stop(s->office->config.loop, &s->io);
	fd_close(&s->pipe);
}

/* Sends what it can. -1: the mailer reads no more. */
static int
feed(struct mailer_stream *s)
{
	uint64_t left = FEED_MAX;
	loff_t from;
	ssize_t n;

	while (left > 0 && s->at < s->end) {
		uint64_t want = s->end - s->at < left ? s->end - s->at : left;

		from = (loff_t)s->at;
		n = splice(s->letter_fd, &from, s->pipe, NULL, (size_t)want,
		    SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n <= 0)
			return -1;
		s->at += (uint64_t)n;
		left -= (uint64_t)n;
	}
	return 0;
}

static void
on_pipe(struct ev_loop *loop, ev_io *io, int events)
{
	struct mailer_stream *s = io->data;

	(void)events;
	if (feed(s) != 0) {
		/* It has closed its stdin or is gone: its end tells more. */
		pipe_close(s);
		return;
	}
	punch(s);
	if (s->at == s->end) {
		ev_io_stop(loop, io);
		if (s->closing) {
			s->whole = true;
			pipe_close(s);
		}
	}
	s->hooks->moved(s->context);
}

static bool
stalled(void *context)
{
	struct mailer_stream *s = context;
	uint64_t now = read_up_to(s);
	bool idle = s->pipe >= 0 && now == s->end; /* waits for the job */
	bool moved = now != s->seen;

	s->seen = now;
	return !idle && !moved;
}

static void
ended(void *context, const struct mailer_end *end)
{
	struct mailer_stream *s = context;

	/* It may have gone before we came to close the pipe. */
	s->whole = s->whole || (s->closing && s->at == s->end);
	pipe_close(s);
	s->mailer = NULL;
	s->hooks->ended(s->context, end, s->whole);
	free(s);
}

static const struct mailer_hooks mailer_hooks = {
    .stalled = stalled,
    .ended = ended,
};

/* Only our end may not block. */
static int
pipe_open(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	/* Fewer wake-ups of both sides; the usual 64 KiB will do too. */
	(void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
	if (fd_nonblock(ends[1]) == 0)
		return 0;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return -1;
}

struct mailer_stream *
mailer_stream_start(struct office *office, struct run_record *record,
    const struct mailer_stream_letter *letter,
    const struct mailer_stream_hooks *hooks, void *context)
{
	struct mailer_stream *s = calloc(1, sizeof *s);
	int ends[2];

	if (s == NULL || pipe_open(ends) != 0) {
		free(s);
		return NULL;
	}
	s->office = office;
	s->hooks = hooks;
	s->context = context;
	s->letter_fd = letter->fd;
	s->pipe = ends[1];
	s->at = s->seen = letter->from;
	s->end = letter->end;
	s->body_at = s->punched = letter->body_at;
	s->mailer = mailer_start(office, record, ends[0], &mailer_hooks, s);
	if (s->mailer == NULL) {
		fd_close(&ends[1]);
		free(s);
		return NULL;
	}
	ev_io_init(&s->io, on_pipe, s->pipe, EV_WRITE);
	s->io.data = s;
	ev_io_start(office->config.loop, &s->io);
	return s;
}

void
mailer_stream_extend(struct mailer_stream *s, uint64_t end)
{
	s->end = end;
	if (s->pipe >= 0)
		ev_io_start(s->office->config.loop, &s->io);
}

void
mailer_stream_close(struct mailer_stream *s)
{
	s->closing = true;
	if (s->pipe >= 0) /* the end of file too is sent from there */
		ev_io_start(s->office->config.loop, &s->io);
}

void
mailer_stream_forget(struct mailer_stream *s)
{
	pipe_close(s);
	if (s->mailer != NULL)
		mailer_forget(s->mailer);
	free(s);
}
