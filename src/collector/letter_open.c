/*
 * Letters that come back.
 *
 * A stream that broke with its collector left a letter whose first bytes are
 * gone: what its mailer had read was punched out. Where the first byte is that
 * is left, the file itself tells (SEEK_DATA): nothing had to be written down
 * for it while the bytes flowed.
 */
#include "collector/letter_open.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/job_log.h"
#include "collector/letter_front.h"
#include "sys/fd.h"
#include "sys/files/letter_file.h"

#define LOCK_LOOKS   500
#define LOCK_LOOK_MS 10

/* How much of the body is gone. */
static uint64_t
gone(int fd, uint64_t body_at, uint64_t body_len, uint64_t known)
{
	off_t from = (off_t)(body_at + known), data;

	data = lseek(fd, from, SEEK_DATA);
	if (data >= from)
		return (uint64_t)data - body_at;
	return errno == ENXIO ? body_len : known;
}

/* What the label says, and what follows from it. */
static void
take_over(struct letter *l, int fd, const struct letter_meta *label,
    uint64_t size)
{
	l->in_file = true;
	l->body_at = label->body_at;
	l->headers_at = label->headers_at;
	l->body_len = size > label->body_at ? size - label->body_at : 0;
	l->first = label->first < l->body_len ? label->first : l->body_len;
	l->streamed = label->streamed || label->first > 0;
	l->tries = label->tries;
	if (label->why[0] != '\0')
		letter_set_why(l, label->why);
	if (label->cut)
		l->notes |= NOTE_CUT;
	if (!l->streamed || !label->mailing)
		return;
	/* A mailer was fed from it. */
	l->first = gone(fd, l->body_at, l->body_len, l->first);
	l->notes |= NOTE_STREAMED;
}

static struct letter *
make(struct worker *worker, struct outbox *outbox, const char *name, int fd,
    struct letter_meta *label, uint64_t size)
{
	struct run_record *record = label->record;
	struct letter *l = letter_new(worker, outbox, record, 1);

	if (l == NULL) {
		run_record_unref(record);
		return NULL;
	}
	/* What was to be logged of it has been. */
	free(l->cmdout);
	l->cmdout = NULL;
	(void)snprintf(l->name, sizeof l->name, "%s", name);
	l->again = true;
	take_over(l, fd, label, size);
	if (label->mailing && !l->streamed)
		l->notes |= NOTE_DOUBTFUL;
	if (!record->ended)
		l->notes |= NOTE_CUT;
	/* Headers before the end of the run: a stream's. */
	if (label->headers_at > 0 && !record->ended)
		l->streamed = true;
	/* An end that nobody saw counts as a failure (DESIGN.md "Outliving the
	 * daemon"). */
	record->ended = true;
	return l;
}

static struct letter *
read_letter(struct worker *worker, struct outbox *outbox, const char *name,
    int fd, enum letter_open_verdict *verdict)
{
	struct letter *l = NULL;
	struct letter_meta label;
	struct stat st;
	uint64_t size;

	if (fstat(fd, &st) == 0 && st.st_size == 0) {
		*verdict = LETTER_OPEN_EMPTY;
		return NULL;
	}
	switch (letter_file_read(fd, &label, &size)) {
	case LETTER_META_GOOD:
		*verdict = LETTER_OPEN_EMPTY;
		if (size > label.body_at + label.first) {
			l = make(worker, outbox, name, fd, &label, size);
			*verdict =
			    l != NULL ? LETTER_OPEN_GOOD : LETTER_OPEN_NOT_NOW;
		} else {
			run_record_unref(label.record);
		}
		break;
	case LETTER_META_NO_MEMORY:
		*verdict = LETTER_OPEN_NOT_NOW;
		break;
	case LETTER_META_FOREIGN:
	case LETTER_META_BROKEN:
		*verdict = LETTER_OPEN_STRANGE;
		break;
	}
	return l;
}

struct letter *
letter_open(struct worker *worker, struct outbox *outbox, const char *name,
    enum letter_open_verdict *verdict)
{
	struct letter *l = NULL;
	int fd = outbox_again(outbox, name);

	*verdict = errno == ENOENT                    ? LETTER_OPEN_GONE
		   : errno == ELOOP || errno == EPERM ? LETTER_OPEN_STRANGE
						      : LETTER_OPEN_NOT_NOW;
	if (fd < 0)
		return NULL;
	if (!letter_lock(fd))
		*verdict = LETTER_OPEN_BUSY;
	else
		l = read_letter(worker, outbox, name, fd, verdict);
	if (l == NULL)
		fd_close(&fd);
	else
		l->fd = fd;
	return l;
}

int
letter_reopen(struct letter *l, struct worker *worker, struct outbox *outbox)
{
	l->worker = worker;
	l->outbox = outbox;
	l->fd = outbox_again(outbox, l->name);
	if (l->fd < 0)
		return -1;
	(void)letter_lock(l->fd);
	return 0;
}

/* Where nothing but a part of the label was written yet, it begins anew. */
static void
begin_anew(struct letter *l, uint64_t size)
{
	if (size <= letter_front_size(l)) {
		letter_remove(l);
		return;
	}
	job_log(l->collector, l->record, LOG_ERR, l->record->user, "MAIL", 0,
	    "the letter %s in %s makes no sense and is left there", l->name,
	    outbox_path(l->outbox));
	fd_close(&l->fd);
	l->in_file = false;
	l->losing = true;
	l->lost_why = "its letter makes no sense";
}

/* The label, if it is this run's. */
static bool
read_label(const struct letter *l, struct letter_meta *label, uint64_t *size)
{
	bool good;

	if (letter_file_read(l->fd, label, size) != LETTER_META_GOOD)
		return false;
	good = strcmp(label->record->id, l->record->id) == 0;
	run_record_unref(label->record);
	return good;
}

/* A collector that was killed has closed its socket, but the thread that had
 * the letter may still be on its way to its end. */
static bool
lock_soon(int fd)
{
	int i;

	for (i = 0; i < LOCK_LOOKS; i++) {
		if (letter_lock(fd))
			return true;
		(void)poll(NULL, 0, LOCK_LOOK_MS);
	}
	return letter_lock(fd);
}

void
letter_adopt(struct letter *l)
{
	struct letter_meta label;
	struct stat st;
	uint64_t size;

	l->fd = outbox_again(l->outbox, l->name);
	if (l->fd < 0 && errno == ENOENT)
		return;
	l->in_file = l->fd >= 0;
	l->lost_why = "there was no room when another collector read it";
	if (l->fd < 0 || !lock_soon(l->fd) || fstat(l->fd, &st) != 0) {
		/* What is there is another one's. */
		l->in_file = false;
		l->losing = true;
		l->lost_why = "its letter can't be used";
		fd_close(&l->fd);
		return;
	}
	if (!read_label(l, &label, &size)) {
		begin_anew(l, (uint64_t)st.st_size);
		return;
	}
	take_over(l, l->fd, &label, size);
	l->losing = label.losing;
	/* One that a mailer was fed from, and that one is gone. */
	l->broken = label.streamed && !label.mailing;
	l->text_at = l->body_at + l->first;
	l->logged = l->body_len;
	if (l->record->output_bytes < l->body_len)
		l->record->output_bytes = l->body_len;
	/* splice goes on from there. */
	if (lseek(l->fd, (off_t)(l->body_at + l->body_len), SEEK_SET) < 0)
		l->losing = true;
}

struct letter *
letter_open_late(struct worker *worker, struct outbox *outbox, const char *name)
{
	enum letter_open_verdict verdict;
	struct letter *l = letter_open(worker, outbox, name, &verdict);

	if (l == NULL)
		return NULL;
	l->again = false;
	l->text_at = l->body_at + l->first;
	if (lseek(l->fd, (off_t)(l->body_at + l->body_len), SEEK_SET) < 0)
		l->losing = true;
	l->lost_why = "its letter can't be used";
	return l;
}

int
letter_open_write_label(const struct letter *l)
{
	int result;

	worker_risk(l->worker);
	result = letter_front_write_label(l, l->fd);
	worker_safe(l->worker);
	return result;
}

int
letter_open_prepare(struct letter *l)
{
	uint64_t before = l->headers_at;
	struct stat st;
	int result;

	worker_risk(l->worker);
	result = fstat(l->fd, &st);
	if (result == 0)
		result = letter_front_write_headers(l, l->fd, true);
	if (result == 0) {
		const struct timespec times[2] = {st.st_atim, st.st_mtim};

		result = letter_front_write_label(l, l->fd);
		(void)futimens(l->fd, times);
	}
	worker_safe(l->worker);
	if (result != 0)
		l->headers_at = before;
	return result;
}
