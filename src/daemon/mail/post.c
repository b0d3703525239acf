/*
 * One letter under way. Owns the letter's file while it is written, its mailer
 * or stream, and the CMDOUT line that has no end yet. Fed by
 * daemon/mail/output.c, queued and freed by daemon/mail/mail.c.
 *
 * The file is made with the first byte. Its body begins behind the longest
 * label and headers that its record can have, so bytes go in at once; the
 * headers come last, right before the body, and tell how the run ended.
 */
#include "daemon/mail/post.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/letter_meta.h"
#include "daemon/mail/mail_address.h"
#include "daemon/mail/cmdout.h"
#include "daemon/mail/deliver.h"
#include "daemon/mail/letter_front.h"
#include "daemon/mail/job_log.h"
#include "daemon/mail/mailer.h"
#include "daemon/mail/sent.h"
#include "daemon/mail/post_adopt.h"
#include "daemon/mail/mailer_stream.h"
#include "sys/fd.h"

#define LINES_MAX  512  /* bytes in one go that become log lines */
#define PAUSE_SECS 0.01 /* while the log is behind */
#define CHUNK      4096
#define STREAM_BIT (64 * 1024)
#define NOTE_MAX   160

enum sink { SINK_NULL, SINK_LINES, SINK_FILE };

static void
on_pause(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct post *p = timer->data;

	(void)loop;
	(void)events;
	if (p->hooks != NULL)
		p->hooks->room(p->context);
}

struct post *
post_new(struct office *office, struct run_record *record, unsigned part)
{
	struct post *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	if (record->mail == MAIL_SYSLOG || office->lines_too) {
		p->cmdout = calloc(1, sizeof *p->cmdout);
		if (p->cmdout == NULL) {
			free(p);
			return NULL;
		}
		ev_timer_init(&p->cmdout->pause, on_pause, PAUSE_SECS, 0.);
		p->cmdout->pause.data = p;
	}
	p->office = office;
	p->record = record;
	run_record_ref(record);
	p->fd = p->reader = p->held = p->session_fifo = -1;
	p->part = part;
	p->name = record->id;
	if (part > 1 && asprintf(&p->name, "%s-%u", record->id, part) < 0) {
		p->name = record->id;
		post_free(p);
		return NULL;
	}
	return p;
}

void
post_free(struct post *p)
{
	if (p->stream != NULL)
		mailer_stream_forget(p->stream);
	if (p->mailer != NULL)
		mailer_forget(p->mailer);
	fd_close(&p->fd);
	fd_close(&p->reader);
	if (p->cmdout != NULL)
		ev_timer_stop(p->office->config.loop, &p->cmdout->pause);
	free(p->cmdout);
	if (p->attempts != NULL)
		free(p->attempts->why);
	free(p->attempts);
	if (p->name != p->record->id)
		free(p->name);
	run_record_unref(p->record);
	free(p);
}

void
post_set_hooks(struct post *p, const struct post_hooks *hooks, void *context)
{
	p->hooks = hooks;
	p->context = context;
}

void
post_log(const struct post *p, int priority, const char *who, const char *event,
    int errnum, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	job_vlog(p->office->config.log, p->office->config.personality,
	    p->record, priority, who, event, errnum, format, args);
	va_end(args);
}

static enum sink
sink_of(const struct post *p)
{
	switch (p->record->mail) {
	case MAIL_SYSLOG:
		return SINK_LINES;
	case MAIL_ON_FAILURE:
		return p->record->ended && !run_record_failed(p->record)
			   ? SINK_NULL
			   : SINK_FILE;
	case MAIL_ALWAYS:
		return SINK_FILE;
	case MAIL_NEVER:
		break;
	}
	return SINK_NULL;
}

static void
add_lines(struct post *p, const char *bytes, size_t len)
{
	cmdout_add(p->cmdout, p->office->config.log,
	    p->office->config.personality, p->record, bytes, len);
}

/* Attempts in vain */

const struct letter_tries *
post_tries(const struct post *p)
{
	static const struct letter_tries none = {0};

	return p->attempts != NULL ? &p->attempts->tries : &none;
}

struct post_attempts *
post_attempts(struct post *p)
{
	if (p->attempts == NULL)
		p->attempts = calloc(1, sizeof *p->attempts);
	return p->attempts;
}

void
post_set_why(struct post *p, const char *why)
{
	struct post_attempts *attempts = post_attempts(p);

	if (attempts == NULL)
		return;
	free(attempts->why);
	attempts->why = strndup(why, LETTER_META_WHY_MAX);
}

const char *
post_why(const struct post *p)
{
	return p->attempts != NULL && p->attempts->why != NULL
		   ? p->attempts->why
		   : "";
}

/* The file */

/* Not every file system can do that. */
static int
reserve(int fd, uint64_t len)
{
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)len) != 0 &&
	    errno != EOPNOTSUPP && errno != ENOSYS)
		return -1;
	return 0;
}

static int
make_file(struct post *p)
{
	int error;

	p->body_at = letter_front_size(p);
	p->fd = outbox_create(p->office->outbox, p->name);
	if (p->fd < 0)
		return -1;
	p->in_file = true;
	/* Room for the headers must be there when the disk is full. */
	if (reserve(p->fd, p->body_at) == 0 &&
	    letter_front_write_label(p, p->fd) == 0 &&
	    lseek(p->fd, (off_t)p->body_at, SEEK_SET) >= 0)
		return 0;
	error = errno;
	post_remove(p);
	errno = error;
	return -1;
}

void
post_remove(struct post *p)
{
	fd_close(&p->fd);
	if (p->in_file)
		(void)outbox_remove(p->office->outbox, p->name);
	p->in_file = false;
}

/* Taking bytes */

static enum post_took
took(ssize_t n, size_t *taken)
{
	*taken = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return POST_TOOK;
	/* A file is always ready, so EAGAIN speaks of the FIFO alone. */
	return n == 0 ? POST_EOF : POST_EMPTY;
}

/* Is there a byte to make a file for? Told without taking it. */
static enum post_took
look(int fifo)
{
	struct pollfd poll_fd = {.fd = fifo, .events = POLLIN};

	if (poll(&poll_fd, 1, 0) < 0)
		return POST_EMPTY;
	if (poll_fd.revents & POLLIN)
		return POST_TOOK;
	return poll_fd.revents & POLLHUP ? POST_EOF : POST_EMPTY;
}

static ssize_t
move(int from, int to, size_t max)
{
	ssize_t n;

	do
		n = splice(from, NULL, to, NULL, max,
		    SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
	while (n < 0 && errno == EINTR);
	return n;
}

/* For file systems that can't splice. What was read and could not be written
 * is in *lost. */
static ssize_t
copy(int from, int to, size_t max, size_t *lost)
{
	char bytes[CHUNK];
	ssize_t n = read(from, bytes, max < sizeof bytes ? max : sizeof bytes);

	if (n > 0 && fd_write_whole(to, bytes, (size_t)n) != 0) {
		*lost = (size_t)n;
		return -1;
	}
	return n;
}

static enum post_took
discard(struct post *p, int fifo, size_t max, size_t *n)
{
	enum post_took took_what = took(move(fifo, p->office->null_fd, max), n);

	p->record->output_bytes += *n;
	return took_what;
}

static void
count_lost(struct post *p, size_t n)
{
	p->record->output_bytes += n;
	p->record->lost_bytes += n;
	p->lost += n;
}

static enum post_took
read_lines(struct post *p, int fifo, size_t max, size_t *n)
{
	char bytes[CHUNK];
	enum post_took took_what =
	    took(read(fifo, bytes, max < sizeof bytes ? max : sizeof bytes), n);

	add_lines(p, bytes, *n);
	return took_what;
}

/* For the mail; where there are lines too, it is in them. */
static enum post_took
lose(struct post *p, int fifo, size_t max, size_t *n)
{
	enum post_took took_what =
	    p->cmdout != NULL ? read_lines(p, fifo, max, n)
			      : took(move(fifo, p->office->null_fd, max), n);

	count_lost(p, *n);
	return took_what;
}

static enum post_took
begin_losing(struct post *p, const char *why, int fifo, size_t max, size_t *n)
{
	p->losing = true;
	p->lost_why = why;
	post_note(p);
	return lose(p, fifo, max, n);
}

static enum post_took
take_lines(struct post *p, int fifo, size_t max, size_t *n)
{
	enum post_took took_what = read_lines(p, fifo, max, n);

	p->record->output_bytes += *n;
	return took_what;
}

/* Reads back what went into the file: bytes move there by splice alone, so
 * that a crash in between loses and doubles nothing. */
static void
log_body(struct post *p)
{
	char bytes[CHUNK];
	ssize_t n;

	while (p->logged < p->body_len) {
		n = pread(p->fd, bytes, sizeof bytes,
		    (off_t)(p->body_at + p->logged));
		if (n <= 0)
			break;
		add_lines(p, bytes, (size_t)n);
		p->logged += (uint64_t)n;
	}
}

/* Its mailer takes more out of the letter: that will make room. */
static bool
drains(const struct post *p)
{
	return p->stream != NULL && mailer_stream_backlog(p->stream) > 0;
}

static enum post_took
take_to_file(struct post *p, int fifo, size_t max, size_t *n)
{
	ssize_t moved = move(fifo, p->fd, max);
	enum post_took took_what;
	size_t lost = 0;

	if (moved < 0 && errno == EINVAL)
		moved = copy(fifo, p->fd, max, &lost);
	if (moved < 0 && (errno == ENOSPC || errno == EDQUOT) && lost == 0 &&
	    drains(p))
		return POST_BLOCKED;
	if (moved < 0 && errno != EAGAIN) {
		count_lost(p, lost);
		return begin_losing(p, strerror(errno), fifo, max, n);
	}
	took_what = took(moved, n);
	p->record->output_bytes += *n;
	p->body_len += *n;
	if (p->stream != NULL && *n > 0)
		mailer_stream_extend(p->stream, p->body_at + p->body_len);
	if (p->cmdout != NULL)
		log_body(p);
	return took_what;
}

/* And by the disk. What is kept as sent goes first. */
static uint64_t
disk_room(const struct post *p)
{
	uint64_t room = outbox_room(p->office->outbox);

	if (room == 0 && sent_give_way(p->office->sent))
		room = outbox_room(p->office->outbox);
	return room;
}

/* How much the letter may still take by its own limit. */
static uint64_t
letter_room(const struct post *p)
{
	uint64_t max = p->office->config.letter_max;
	/* What a stream took is gone, also if it broke. */
	uint64_t used = p->stream != NULL ? mailer_stream_backlog(p->stream)
					  : p->body_len - p->first;

	return used < max ? max - used : 0;
}

static enum post_took
take_file(struct post *p, int fifo, size_t max, enum post_press press,
    size_t *n)
{
	enum post_took there;
	bool force_in;
	uint64_t disk;

	if (p->losing)
		return lose(p, fifo, max, n);
	if (p->fd < 0 && (there = look(fifo)) != POST_TOOK)
		return there;
	/* It is tried again as a whole, when the run is over. */
	if (letter_room(p) == 0 && p->broken)
		return begin_losing(p, "the mailer failed", fifo, max, n);
	if (letter_room(p) == 0 && p->stream == NULL && deliver_stream(p) != 0)
		return begin_losing(p, "the letter is full", fifo, max, n);
	/* The limit is there for slow mailers; one more pipe does no harm. */
	force_in = press != POST_GENTLY && p->stream != NULL;
	if (letter_room(p) == 0 && !force_in)
		return POST_BLOCKED;
	disk = disk_room(p);
	if (disk == 0 && drains(p) && !force_in)
		return POST_BLOCKED;
	/* What it takes of the last 5 % it gives back with the next bytes. */
	if (disk == 0 && p->stream != NULL)
		disk = STREAM_BIT;
	if (disk == 0)
		return begin_losing(p, "no space left for letters", fifo, max,
		    n);
	if (!force_in && letter_room(p) < max)
		max = (size_t)letter_room(p);
	if (disk < max)
		max = (size_t)disk;
	if (p->fd < 0 && make_file(p) != 0)
		return begin_losing(p, strerror(errno), fifo, max, n);
	return take_to_file(p, fifo, max, n);
}

/* A timer that has fired has nothing left of its time. */
static void
begin_pause(struct post *p)
{
	ev_timer *pause = &p->cmdout->pause;

	if (ev_is_active(pause))
		return;
	ev_timer_set(pause, PAUSE_SECS, 0.);
	ev_timer_start(p->office->config.loop, pause);
}

static enum post_took
take_as_wanted(struct post *p, int fifo, size_t max, enum post_press press,
    size_t *n)
{
	switch (sink_of(p)) {
	case SINK_LINES:
		return take_lines(p, fifo, max, n);
	case SINK_FILE:
		return take_file(p, fifo, max, press, n);
	case SINK_NULL:
		break;
	}
	if (p->cmdout != NULL) /* no mail of it, but lines */
		return take_lines(p, fifo, max, n);
	return discard(p, fifo, max, n);
}

enum post_took
post_take(struct post *p, int fifo, size_t max, enum post_press press,
    size_t *n)
{
	bool silent = p->record->output_bytes == 0;
	enum post_took took_what;

	*n = 0;
	/* The log's queue is for everybody: output waits for it, so that
	 * no line is lost, not even the end's of this run. */
	if (p->cmdout != NULL && press != POST_REGARDLESS &&
	    log_is_behind(p->office->config.log)) {
		begin_pause(p);
		return POST_BLOCKED;
	}
	if (p->cmdout != NULL && max > LINES_MAX)
		max = LINES_MAX;
	took_what = take_as_wanted(p, fifo, max, press, n);
	if (silent && p->record->output_bytes > 0)
		mail_address_log_unsafe(p->office, p->record);
	return took_what;
}

/* The end */

/* What is missing, at the end of the body. */
static int
write_note(struct post *p)
{
	char note[NOTE_MAX];
	int len = snprintf(note, sizeof note,
	    "\n[%llu more bytes of output were discarded: %s]\n",
	    (unsigned long long)p->lost, p->lost_why);
	uint64_t at = p->body_at + p->body_len;

	if (pwrite(p->fd, note, (size_t)len, (off_t)at) != len ||
	    ftruncate(p->fd, (off_t)(at + (uint64_t)len)) != 0)
		return -1;
	if (p->stream != NULL)
		mailer_stream_extend(p->stream, at + (uint64_t)len);
	return 0;
}

/* For whom the mail is, in it; the log says it too. On a disk without a byte
 * left the note takes the place of the last of the output. */
static void
note_loss(struct post *p)
{
	bool in_letter = p->fd >= 0 && !p->broken;

	if (in_letter && write_note(p) != 0 && p->stream == NULL &&
	    p->body_len >= NOTE_MAX) {
		p->body_len -= NOTE_MAX;
		count_lost(p, NOTE_MAX);
		p->record->output_bytes -= NOTE_MAX;
		(void)write_note(p);
	}
	post_log(p, LOG_ERR, p->record->user, "MAIL", 0,
	    "%llu bytes of output were discarded: %s",
	    (unsigned long long)p->lost, p->lost_why);
}

int
post_complete(struct post *p, post_done_cb done, void *context)
{
	p->complete = true;
	p->done = done;
	p->done_context = context;
	p->hooks = NULL;
	if (p->cmdout != NULL)
		cmdout_end(p->cmdout, p->office->config.log,
		    p->office->config.personality, p->record);
	if (p->lost > 0)
		note_loss(p);
	if (p->stream != NULL) {
		mailer_stream_close(p->stream);
		return 0;
	}
	if (p->fd < 0)
		return 0;
	p->kept = p->broken; /* logged when it broke */
	if (!p->broken && letter_front_write_headers(p, p->fd, false) != 0) {
		deliver_keep(p, LOG_ERR, "the letter can't be completed");
	}
	(void)letter_front_write_label(p, p->fd);
	fd_close(&p->fd);
	return p->kept ? -1 : 0;
}
