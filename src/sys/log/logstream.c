/*
 * A stream of lines. Owned by log.c.
 *
 * O_NONBLOCK on the descriptor itself would be everybody's who shares it, the
 * caller's shell first. So a pipe or a terminal is opened once more by its name
 * in /proc; where that is refused (an ordinary user and a pipe of root's) it is
 * asked before each write whether it takes a page, and is given no more: then
 * none blocks, as long as nobody else writes at that moment.
 */
#include "sys/log/logstream.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fd.h"

#define WAITING_MAX ((size_t)1 << 20) /* bytes */
#define DRAIN_NS    INT64_C(2000000000)
#define NS_PER_MS   1000000

struct waiting {
	STAILQ_ENTRY(waiting) link;
	size_t len, at; /* written up to there */
	char bytes[];
};

struct logstream {
	int fd;
	bool owned;   /* a description of our own, non-blocking */
	bool asks;    /* one that may block: asked first */
	bool is_sock; /* can be asked by a flag */
	bool terminal;
	STAILQ_HEAD(, waiting) queue;
	size_t bytes; /* in it */
	size_t lost;
};

/* Pipes and character devices; files never block for long. */
static void
open_again(struct logstream *s)
{
	struct stat st;
	char path[64];
	int fd;

	if (fstat(s->fd, &st) != 0)
		return;
	s->is_sock = S_ISSOCK(st.st_mode);
	if (!S_ISCHR(st.st_mode) && !S_ISFIFO(st.st_mode))
		return;
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", s->fd);
	fd =
	    open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	s->asks = fd < 0;
	s->owned = fd >= 0;
	if (fd >= 0)
		s->fd = fd;
}

struct logstream *
logstream_open(int fd)
{
	struct logstream *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->fd = fd;
	s->terminal = isatty(fd);
	STAILQ_INIT(&s->queue);
	open_again(s);
	return s;
}

static ssize_t
write_some(const struct logstream *s, const char *bytes, size_t len)
{
	struct pollfd ready = {.fd = s->fd, .events = POLLOUT};

	if (s->is_sock)
		return send(s->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (s->asks) {
		if (poll(&ready, 1, 0) != 1) {
			errno = EAGAIN;
			return -1;
		}
		len = len < PIPE_BUF ? len : PIPE_BUF;
	}
	return write(s->fd, bytes, len);
}

/* How much was written; less than len: it would block, or *gone: nobody will
 * ever read it. */
static size_t
write_all(const struct logstream *s, const char *bytes, size_t len, bool *gone)
{
	size_t done = 0;
	ssize_t n;

	*gone = false;
	while (done < len) {
		n = write_some(s, bytes + done, len - done);
		if (n > 0) {
			done += (size_t)n;
		} else if (n == 0 || errno != EINTR) {
			*gone =
			    n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
			break;
		}
	}
	return done;
}

static bool
enqueue(struct logstream *s, const char *bytes, size_t len)
{
	struct waiting *w = NULL;

	if (s->bytes + len <= WAITING_MAX)
		w = malloc(sizeof *w + len);
	if (w == NULL)
		return false;
	w->at = 0;
	w->len = len;
	memcpy(w->bytes, bytes, len);
	STAILQ_INSERT_TAIL(&s->queue, w, link);
	s->bytes += len;
	return true;
}

static void
drop_first(struct logstream *s)
{
	struct waiting *w = STAILQ_FIRST(&s->queue);

	STAILQ_REMOVE_HEAD(&s->queue, link);
	s->bytes -= w->len;
	free(w);
}

void
logstream_flush(struct logstream *s)
{
	struct waiting *w;
	bool gone;

	while ((w = STAILQ_FIRST(&s->queue)) != NULL) {
		w->at += write_all(s, w->bytes + w->at, w->len - w->at, &gone);
		if (w->at < w->len && !gone)
			return;
		s->lost += gone;
		drop_first(s);
	}
}

/* false: it is lost. */
static bool
put(struct logstream *s, const char *line, size_t len)
{
	size_t done = 0;
	bool gone = false;

	logstream_flush(s);
	if (STAILQ_EMPTY(&s->queue))
		done = write_all(s, line, len, &gone);
	return done == len || (!gone && enqueue(s, line + done, len - done));
}

void
logstream_put(struct logstream *s, const char *line, size_t len)
{
	if (!put(s, line, len))
		s->lost++;
}

size_t
logstream_lost(const struct logstream *s)
{
	return s->lost;
}

void
logstream_tell(struct logstream *s, const char *line, size_t len)
{
	size_t lost = s->lost;

	/* What is lost while it is put is not in it. */
	if (s->bytes <= WAITING_MAX / 2 && put(s, line, len))
		s->lost -= lost;
}

int
logstream_waiting_fd(const struct logstream *s)
{
	return STAILQ_EMPTY(&s->queue) ? -1 : s->fd;
}

bool
logstream_is_terminal(const struct logstream *s)
{
	return s->terminal;
}

void
logstream_drain(struct logstream *s)
{
	int64_t until_ns = clock_mono_ns() + DRAIN_NS, left;
	struct pollfd ready = {.fd = s->fd, .events = POLLOUT};

	for (;;) {
		logstream_flush(s);
		left = (until_ns - clock_mono_ns()) / NS_PER_MS;
		/* Ctrl-S holds up nobody. */
		if (STAILQ_EMPTY(&s->queue) || s->terminal || left <= 0)
			return;
		(void)poll(&ready, 1, (int)left);
	}
}

void
logstream_close(struct logstream *s)
{
	if (s == NULL)
		return;
	logstream_drain(s);
	while (!STAILQ_EMPTY(&s->queue))
		drop_first(s);
	if (s->owned)
		fd_close(&s->fd);
	free(s);
}
