/*
 * Letters come back. Used by daemon/kept.c; what is here only reads and writes
 * the front of letters that nobody else has at work.
 *
 *	| label | ... | headers | note |         body          |
 *	| label | ... (what a stream took) | headers | note | body |
 *
 * Headers and note end where the rest of the body begins. Each time they are
 * made from the label alone, so it does no harm if that is cut short.
 */
#include "daemon/again.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/label.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/letterfile.h"

/* Digits that the numbers of a label may gain. */
#define NUMBERS_MAX 256

static struct post *
make_post(struct office *office, const char *name, const struct label *label,
    uint64_t size)
{
	struct post *p = post_new(office, label->facts, 1);

	if (p == NULL)
		return NULL;
	/* What was to be logged of it has been. */
	free(p->cmdout);
	p->cmdout = NULL;
	p->name = strdup(name);
	if (p->name == NULL) {
		p->name = p->facts->id;
		post_free(p);
		return NULL;
	}
	p->again = p->complete = p->in_file = true;
	p->body_at = label->body_at;
	p->headers_at = label->headers_at;
	p->body_len = size - label->body_at;
	p->first = label->first;
	p->tries = label->tries;
	post_set_why(p, label->why);
	p->cut = label->cut || !label->facts->ended;
	/* Headers before the end of the run: a stream's. */
	p->streamed = label->streamed || label->first > 0 ||
		      (label->headers_at > 0 && !label->facts->ended);
	/* An end that nobody saw counts as a failure (design.md). */
	label->facts->ended = true;
	return p;
}

struct post *
again_open(struct office *office, const char *name, enum again_verdict *verdict)
{
	int fd = outbox_reader(office->outbox, name);
	struct post *p = NULL;
	struct label label;
	uint64_t size;

	*verdict = errno == ENOENT  ? AGAIN_GONE
		   : errno == ELOOP ? AGAIN_STRANGE
				    : AGAIN_NOT_NOW;
	if (fd < 0)
		return NULL;
	switch (letterfile_read(fd, &label, &size)) {
	case LABEL_GOOD:
		if (size > label.body_at + label.first)
			p = make_post(office, name, &label, size);
		*verdict = p != NULL                            ? AGAIN_GOOD
			   : size > label.body_at + label.first ? AGAIN_NOT_NOW
								: AGAIN_EMPTY;
		facts_unref(label.facts);
		break;
	case LABEL_NO_MEMORY:
		*verdict = AGAIN_NOT_NOW;
		break;
	case LABEL_FOREIGN:
	case LABEL_BROKEN:
		*verdict = AGAIN_STRANGE;
		break;
	}
	close(fd);
	return p;
}

/* What is not in the letter, or may have come before. Returns note, or NULL:
 * there is nothing to say. */
static const char *
make_note(const struct post *p, char *note, size_t size)
{
	size_t n = 0;

	note[0] = '\0';
	if (p->cut)
		n += (size_t)snprintf(note + n, size - n,
		    "[The end of this run is not known: the machine or the "
		    "cron daemon went down before.]\n");
	if (p->streamed)
		n += (size_t)snprintf(note + n, size - n,
		    "[This was being sent while the job ran, and the mailer "
		    "failed or was cut off: parts\nof it may have arrived "
		    "before.]\n");
	if (p->first > 0)
		n += (size_t)snprintf(note + n, size - n,
		    "[The first %llu bytes of output are not in it: the mailer "
		    "had taken them.]\n",
		    (unsigned long long)p->first);
	if (p->streamed && p->facts->lost_bytes > 0)
		n += (size_t)snprintf(note + n, size - n,
		    "[%llu bytes at the end of the output were discarded.]\n",
		    (unsigned long long)p->facts->lost_bytes);
	if (n == 0)
		return NULL;
	snprintf(note + n, size - n, "\n");
	return note;
}

/* The most that a label of this letter can take, but for its complaint. */
static uint64_t
label_room(const struct post *p)
{
	struct label label;
	size_t len;
	char *text;

	post_label(p, &label);
	label.why[0] = '\0';
	text = label_write(&label, &len);
	if (text == NULL)
		return UINT64_MAX;
	free(text);
	return len + NUMBERS_MAX;
}

static int
write_headers(struct post *p, int fd, const char *note)
{
	uint64_t end = p->body_at + p->first, room = label_room(p);
	size_t len, note_at;
	char date[64], *text;
	ssize_t n;

	clock_show(date, sizeof date, CLOCK_MAIL, facts_began_at(p->facts));
	text = letter_late(&p->office->style, p->facts, date, note, &len,
	    &note_at);
	if (text == NULL)
		return -1;
	if (room > end || len > end - room) {
		free(text);
		errno = EMSGSIZE;
		return -1;
	}
	n = pwrite(fd, text, len, (off_t)(end - len));
	free(text);
	if (n != (ssize_t)len)
		return -1;
	p->headers_at = end - len;
	p->text_at = p->headers_at + note_at;
	return 0;
}

static int
write_label(const struct post *p, int fd)
{
	struct label label;

	post_label(p, &label);
	return letterfile_write(fd, &label);
}

int
again_write_label(struct post *p)
{
	int fd = outbox_writer(p->office->outbox, p->name);
	int result = fd < 0 ? -1 : write_label(p, fd);

	fd_close(&fd);
	return result;
}

int
again_prepare(struct post *p)
{
	int fd = outbox_writer(p->office->outbox, p->name);
	uint64_t before = p->headers_at;
	char note[LETTER_NOTE_MAX];
	const char *what = make_note(p, note, sizeof note);
	struct stat st;
	int result;

	if (fd < 0)
		return -1;
	result = fstat(fd, &st);
	if (result == 0)
		result = write_headers(p, fd, what);
	/* An earlier version left no room for notes: a letter without one is
	 * better than none. */
	if (result != 0 && errno == EMSGSIZE)
		result = write_headers(p, fd, NULL);
	if (result == 0) {
		const struct timespec times[2] = {st.st_atim, st.st_mtim};

		result = write_label(p, fd);
		(void)futimens(fd, times);
	}
	if (result != 0)
		p->headers_at = before;
	fd_close(&fd);
	return result;
}
