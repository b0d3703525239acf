/*
 * Letters being written. The file is made with the first byte. Its body begins
 * after the longest label and headers that its record can have, so bytes go in
 * at once; the headers come last, right before the body, and tell how the run
 * ended. Bytes move into the file by splice alone, so that a crash in between
 * loses and doubles nothing.
 */
#include "collector/letter_write.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/archive.h"
#include "collector/cmdout.h"
#include "collector/delivery.h"
#include "collector/job_log.h"
#include "collector/letter_front.h"
#include "collector/mail_address.h"
#include "collector/mailer_stream.h"
#include "collector/talk.h"
#include "sys/fd.h"

#define LINES_MAX  512 /* bytes in one go that become log lines */
#define CHUNK      4096
#define STREAM_BIT (64 * 1024)
#define NOTE_MAX   160

enum sink { SINK_NULL, SINK_LINES, SINK_FILE };

/* What becomes of the next byte. */
static enum sink
sink_of(const struct letter *l)
{
	switch (l->record->mail) {
	case MAIL_SYSLOG:
		return SINK_LINES;
	case MAIL_ON_FAILURE:
		return l->record->ended && !run_record_failed(l->record)
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
add_lines(struct letter *l, const char *bytes, size_t len)
{
	cmdout_add(l->cmdout, l->collector, l->record, bytes, len);
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
make_file(struct letter *l)
{
	int error;

	l->body_at = letter_front_size(l);
	l->fd = outbox_create(l->outbox, l->name);
	if (l->fd < 0)
		return -1;
	l->in_file = true;
	/* Room for the headers must be there when the disk is full. */
	if (letter_lock(l->fd) && reserve(l->fd, l->body_at) == 0 &&
	    letter_front_write_label(l, l->fd) == 0 &&
	    lseek(l->fd, (off_t)l->body_at, SEEK_SET) >= 0)
		return 0;
	error = errno;
	letter_remove(l);
	errno = error;
	return -1;
}

/* Taking bytes */

static enum letter_took
took(ssize_t n, size_t *taken)
{
	*taken = n > 0 ? (size_t)n : 0;
	if (n > 0)
		return LETTER_TOOK;
	/* A file is always ready, so EAGAIN speaks of the FIFO alone. */
	return n == 0 ? LETTER_EOF : LETTER_EMPTY;
}

/* poll does not tell of writers that were gone before we opened the FIFO; tee
 * does, and takes nothing. */
static bool
has_writer(int fifo)
{
	ssize_t n;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return true;
	n = tee(fifo, ends[1], 1, SPLICE_F_NONBLOCK);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return n != 0;
}

/* Is there a byte to make a file for? Told without taking it. */
static enum letter_took
look(int fifo)
{
	struct pollfd poll_fd = {.fd = fifo, .events = POLLIN};

	if (poll(&poll_fd, 1, 0) < 0)
		return LETTER_EMPTY;
	if (poll_fd.revents & POLLIN)
		return LETTER_TOOK;
	if (poll_fd.revents & POLLHUP)
		return LETTER_EOF;
	return has_writer(fifo) ? LETTER_EMPTY : LETTER_EOF;
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

/* Where the file system knows no splice. What it can't write is lost. */
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

/* Read, not spliced: there need be no /dev/null. */
enum letter_took
letter_throw_away(int fifo, size_t max, size_t *n)
{
	char bytes[CHUNK];

	return took(read(fifo, bytes, max < sizeof bytes ? max : sizeof bytes),
	    n);
}

static enum letter_took
discard(struct letter *l, int fifo, size_t max, size_t *n)
{
	enum letter_took what = letter_throw_away(fifo, max, n);

	l->record->output_bytes += *n;
	return what;
}

static void
count_lost(struct letter *l, size_t n)
{
	l->record->output_bytes += n;
	l->record->lost_bytes += n;
	l->lost += n;
}

static enum letter_took
read_lines(struct letter *l, int fifo, size_t max, size_t *n)
{
	char bytes[CHUNK];
	enum letter_took what =
	    took(read(fifo, bytes, max < sizeof bytes ? max : sizeof bytes), n);

	add_lines(l, bytes, *n);
	return what;
}

/* For the mail; where there are lines too, it is in them. */
static enum letter_took
lose(struct letter *l, int fifo, size_t max, size_t *n)
{
	enum letter_took what = l->cmdout != NULL
				    ? read_lines(l, fifo, max, n)
				    : letter_throw_away(fifo, max, n);

	count_lost(l, *n);
	return what;
}

static enum letter_took
begin_losing(struct letter *l, const char *why, int fifo, size_t max, size_t *n)
{
	l->losing = true;
	l->lost_why = why;
	/* For a collector that goes on with it: what it reads has a gap before
	 * it. */
	if (l->fd >= 0)
		(void)letter_front_write_label(l, l->fd);
	return lose(l, fifo, max, n);
}

static enum letter_took
take_lines(struct letter *l, int fifo, size_t max, size_t *n)
{
	enum letter_took what = read_lines(l, fifo, max, n);

	l->record->output_bytes += *n;
	return what;
}

/* Reads back what went into the file. */
static void
log_body(struct letter *l)
{
	char bytes[CHUNK];
	ssize_t n;

	while (l->logged < l->body_len) {
		n = pread(l->fd, bytes, sizeof bytes,
		    (off_t)(l->body_at + l->logged));
		if (n <= 0)
			break;
		add_lines(l, bytes, (size_t)n);
		l->logged += (uint64_t)n;
	}
}

/* Its mailer takes more out of the letter: that will make room. */
static bool
drains(const struct letter *l)
{
	return l->stream != NULL && mailer_stream_backlog(l->stream) > 0;
}

static enum letter_took
take_to_file(struct letter *l, int fifo, size_t max, size_t *n)
{
	ssize_t moved = move(fifo, l->fd, max);
	enum letter_took what;
	size_t lost = 0;

	if (moved < 0 && errno == EINVAL)
		moved = copy(fifo, l->fd, max, &lost);
	if (moved < 0 && (errno == ENOSPC || errno == EDQUOT) && lost == 0 &&
	    drains(l))
		return LETTER_BLOCKED;
	if (moved < 0 && errno != EAGAIN) {
		count_lost(l, lost);
		return begin_losing(l, strerror(errno), fifo, max, n);
	}
	what = took(moved, n);
	l->record->output_bytes += *n;
	l->body_len += *n;
	if (l->stream != NULL && *n > 0)
		mailer_stream_extend(l->stream, l->body_at + l->body_len);
	if (l->cmdout != NULL)
		log_body(l);
	return what;
}

/* And by the disk. What is kept as sent goes first. */
static uint64_t
disk_room(const struct letter *l)
{
	uint64_t room = outbox_room(l->outbox);

	if (room == 0 && archive_give_way(l->collector))
		room = outbox_room(l->outbox);
	return room;
}

/* How much the letter may still take by its own limit. */
static uint64_t
letter_room(const struct letter *l)
{
	uint64_t max = l->collector->options->letter_max;
	/* What a stream took is gone, also if it broke. */
	uint64_t used = l->stream != NULL ? mailer_stream_backlog(l->stream)
					  : l->body_len - l->first;

	return used < max ? max - used : 0;
}

/* How much of the next bytes there is room for; 0: none, *why says why, or is
 * NULL where that will be otherwise soon. */
static uint64_t
room_for(struct letter *l, uint64_t max, enum letter_press press,
    const char **why)
{
	bool force_in;
	uint64_t disk;

	*why = NULL;
	/* It is tried again as a whole, when the run is over. */
	if (letter_room(l) == 0 && l->broken)
		*why = "the mailer failed";
	else if (letter_room(l) == 0 && l->stream == NULL &&
		 delivery_stream(l) != 0)
		*why = "the letter is full";
	if (*why != NULL)
		return 0;
	/* The limit is there for slow mailers; one more pipe does no harm. */
	force_in = press != LETTER_GENTLY && l->stream != NULL;
	if (letter_room(l) == 0 && !force_in)
		return 0;
	disk = disk_room(l);
	if (disk == 0 && drains(l) && !force_in)
		return 0;
	/* What it takes of the last 5 % it gives back with the next bytes. */
	if (disk == 0 && l->stream != NULL)
		disk = STREAM_BIT;
	if (disk == 0)
		*why = "no space left for letters";
	if (!force_in && letter_room(l) < max)
		max = letter_room(l);
	return disk < max ? disk : max;
}

static enum letter_took
take_file(struct letter *l, int fifo, size_t max, enum letter_press press,
    size_t *n)
{
	enum letter_took there;
	const char *why;
	uint64_t room;

	if (l->losing)
		return lose(l, fifo, max, n);
	if (l->fd < 0 && (there = look(fifo)) != LETTER_TOOK)
		return there;
	room = room_for(l, max, press, &why);
	if (why != NULL)
		return begin_losing(l, why, fifo, max, n);
	if (room == 0)
		return LETTER_BLOCKED;
	if (l->fd < 0 && make_file(l) != 0)
		return begin_losing(l, strerror(errno), fifo, max, n);
	return take_to_file(l, fifo, (size_t)room, n);
}

static enum letter_took
take_as_wanted(struct letter *l, int fifo, size_t max, enum letter_press press,
    size_t *n)
{
	switch (sink_of(l)) {
	case SINK_LINES:
		return take_lines(l, fifo, max, n);
	case SINK_FILE:
		return take_file(l, fifo, max, press, n);
	case SINK_NULL:
		break;
	}
	if (l->cmdout != NULL) /* no mail of it, but lines */
		return take_lines(l, fifo, max, n);
	return discard(l, fifo, max, n);
}

enum letter_took
letter_take(struct letter *l, int fifo, size_t max, enum letter_press press,
    size_t *n)
{
	bool silent = l->record->output_bytes == 0;
	enum letter_took what;

	*n = 0;
	/* The log's queue is for everybody: output waits for it, so that no
	 * line is lost, not even the end's of this run. */
	if (l->cmdout != NULL && press != LETTER_HURRY &&
	    talk_is_behind(l->collector->talk))
		return LETTER_LOG;
	if (l->cmdout != NULL && max > LINES_MAX)
		max = LINES_MAX;
	worker_risk(l->worker);
	what = take_as_wanted(l, fifo, max, press, n);
	worker_safe(l->worker);
	if (silent && l->record->output_bytes > 0)
		mail_address_log_unsafe(l->collector, l->record);
	return what;
}

/* The end */

/* What is missing, at the end of the body. */
static int
write_note(struct letter *l)
{
	char note[NOTE_MAX];
	int len = snprintf(note, sizeof note,
	    "\n[%llu more bytes of output were discarded: %s]\n",
	    (unsigned long long)l->lost, l->lost_why);
	uint64_t at = l->body_at + l->body_len;

	if (pwrite(l->fd, note, (size_t)len, (off_t)at) != len ||
	    ftruncate(l->fd, (off_t)(at + (uint64_t)len)) != 0)
		return -1;
	if (l->stream != NULL)
		mailer_stream_extend(l->stream, at + (uint64_t)len);
	return 0;
}

/* For whom the mail is, in it; the log says it too. On a disk without a byte
 * left the note takes the place of the last of the output. */
static void
note_loss(struct letter *l)
{
	bool in_letter = l->fd >= 0 && !l->broken;

	if (in_letter && write_note(l) != 0 && l->stream == NULL &&
	    l->body_len >= NOTE_MAX) {
		l->body_len -= NOTE_MAX;
		count_lost(l, NOTE_MAX);
		l->record->output_bytes -= NOTE_MAX;
		(void)write_note(l);
	}
	job_log(l->collector, l->record, LOG_ERR, l->record->user, "MAIL", 0,
	    "%llu bytes of output were discarded: %s",
	    (unsigned long long)l->lost, l->lost_why);
}

/* Is there nobody who wants it? */
static bool
is_unwanted(const struct run_record *record)
{
	return record->mail == MAIL_NEVER || record->mail == MAIL_SYSLOG ||
	       (record->mail == MAIL_ON_FAILURE && !run_record_failed(record));
}

int
letter_complete(struct letter *l)
{
	if (l->stream == NULL && is_unwanted(l->record)) {
		letter_remove(l);
		l->lost = 0;
	}
	if (l->cmdout != NULL)
		cmdout_end(l->cmdout, l->collector, l->record);
	if (l->lost > 0)
		note_loss(l);
	if (l->stream != NULL) {
		mailer_stream_close(l->stream);
		return 0;
	}
	if (l->fd < 0)
		return 0;
	if (l->broken)
		l->fate = LETTER_KEPT; /* logged when it broke */
	else if (letter_front_write_headers(l, l->fd, false) != 0)
		delivery_keep(l, LOG_ERR, "the letter can't be completed");
	(void)letter_front_write_label(l, l->fd);
	return l->fate == LETTER_KEPT ? -1 : 0;
}
