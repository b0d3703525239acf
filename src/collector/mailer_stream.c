/*
 * Feeding a mailer from a letter that still grows. Owns the writing end of the
 * mailer's stdin.
 *
 * The file is always ready, so splice's EAGAIN here has one meaning: the pipe
 * is full. Pages are spliced, not copied: what lies in the pipe is still the
 * letter's own pages, and a hole punched there would be seen by the mailer. So
 * only what it has read (what was sent, less FIONREAD) is punched out.
 */
#include "collector/mailer_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/fd.h"

#define FEED_MAX   (1024 * 1024) /* in one go: the job waits too */
#define PIPE_SIZE  (512 * 1024)
#define PUNCH_UNIT (256 * 1024) /* a multiple of every page's size */

struct mailer_stream {
	struct mailer mailer;
	int letter_fd;
	int pipe;    /* -1: closed, all was sent; or it broke */
	uint64_t at; /* sent up to here */
	uint64_t end;
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

void
mailer_stream_extend(struct mailer_stream *s, uint64_t end)
{
	s->end = end;
}

void
mailer_stream_close(struct mailer_stream *s)
{
	s->closing = true;
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
send_some(struct mailer_stream *s)
{
	bool reads;

	if (s->pipe < 0)
		return;
	worker_risk(s->mailer.worker);
	reads = feed(s) == 0;
	/* Also what it read last: that makes room for what comes now. */
	punch(s);
	s->whole = reads && s->closing && s->at == s->end;
	/* Else it has closed its stdin or is gone: its end tells more. */
	if (!reads || s->whole)
		fd_close(&s->pipe);
	worker_safe(s->mailer.worker);
}

static bool
is_stalled(struct mailer_stream *s)
{
	uint64_t now = read_up_to(s);
	bool idle = s->pipe >= 0 && now == s->end; /* waits for the job */
	bool moved = now != s->seen;

	s->seen = now;
	return !idle && !moved;
}

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
mailer_stream_start(struct worker *worker, struct run_record *record,
    const struct mailer_stream_letter *letter)
{
	struct mailer_stream *s = calloc(1, sizeof *s);
	int ends[2], result;

	if (s == NULL || pipe_open(ends) != 0) {
		free(s);
		return NULL;
	}
	s->letter_fd = letter->fd;
	s->pipe = ends[1];
	s->at = s->seen = letter->from;
	s->end = letter->end;
	s->punched = letter->body_at;
	result = mailer_start(&s->mailer, worker, record, ends[0]);
	fd_close(&ends[0]);
	if (result == 0)
		return s;
	fd_close(&ends[1]);
	free(s);
	return NULL;
}

int
mailer_stream_wants(const struct mailer_stream *s, struct pollfd wants[2])
{
	bool sends = s->pipe >= 0 && (s->at < s->end || s->closing);

	wants[0] =
	    (struct pollfd){.fd = sends ? s->pipe : -1, .events = POLLOUT};
	wants[1] = (struct pollfd){.fd = s->mailer.pidfd, .events = POLLIN};
	return mailer_wait_ms(&s->mailer);
}

bool
mailer_stream_go_on(struct mailer_stream *s, struct mailer_end *end,
    bool *whole, uint64_t *first)
{
	bool stalled;

	send_some(s);
	if (!mailer_poll(&s->mailer)) {
		if (mailer_is_look_due(&s->mailer)) {
			worker_risk(s->mailer.worker);
			stalled = is_stalled(s);
			worker_safe(s->mailer.worker);
			mailer_look(&s->mailer, stalled);
		}
		return true;
	}
	/* It may have gone before we came to close the pipe. */
	*whole = s->whole || (s->closing && s->at == s->end);
	*end = s->mailer.end;
	worker_risk(s->mailer.worker);
	if (s->pipe >= 0)
		punch(s);
	fd_close(&s->pipe);
	worker_safe(s->mailer.worker);
	*first = s->punched;
	free(s);
	return false;
}
