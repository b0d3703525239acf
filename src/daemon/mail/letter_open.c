/*
 * Letters come back. Only reads and writes the front of letters that nobody
 * else has at work.
 */
#include "daemon/mail/letter_open.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/letter_meta.h"
#include "daemon/mail/letter_front.h"
#include "sys/fd.h"
#include "sys/files/letter_file.h"

static struct post *
make_post(struct office *office, const char *name,
    const struct letter_meta *label, uint64_t size)
{
	struct post *p = post_new(office, label->record, 1);

	if (p == NULL)
		return NULL;
	/* What was to be logged of it has been. */
	free(p->cmdout);
	p->cmdout = NULL;
	p->name = strdup(name);
	if (p->name == NULL || post_attempts(p) == NULL) {
		free(p->name);
		p->name = p->record->id;
		post_free(p);
		return NULL;
	}
	p->again = p->complete = p->in_file = p->over = true;
	p->part = strcmp(name, p->record->id) == 0 ? 1 : 2;
	p->body_at = label->body_at;
	p->headers_at = label->headers_at;
	p->body_len = size - label->body_at;
	p->first = label->first;
	p->attempts->tries = label->tries;
	post_set_why(p, label->why);
	p->cut = label->cut || !label->record->ended;
	/* Headers before the end of the run: a stream's. */
	p->streamed = label->streamed || label->first > 0 ||
		      (label->headers_at > 0 && !label->record->ended);
	/* An end that nobody saw counts as a failure (DESIGN.md "Outliving the
	 * daemon"). */
	label->record->ended = true;
	return p;
}

struct post *
letter_open(struct office *office, const char *name,
    enum letter_open_verdict *verdict)
{
	int fd = outbox_reader(office->outbox, name);
	struct post *p = NULL;
	struct letter_meta label;
	uint64_t size;

	*verdict = errno == ENOENT  ? LETTER_OPEN_GONE
		   : errno == ELOOP ? LETTER_OPEN_STRANGE
				    : LETTER_OPEN_NOT_NOW;
	if (fd < 0)
		return NULL;
	switch (letter_file_read(fd, &label, &size)) {
	case LETTER_META_GOOD:
		if (size > label.body_at + label.first)
			p = make_post(office, name, &label, size);
		*verdict = p != NULL ? LETTER_OPEN_GOOD
			   : size > label.body_at + label.first
			       ? LETTER_OPEN_NOT_NOW
			       : LETTER_OPEN_EMPTY;
		run_record_unref(label.record);
		break;
	case LETTER_META_NO_MEMORY:
		*verdict = LETTER_OPEN_NOT_NOW;
		break;
	case LETTER_META_FOREIGN:
	case LETTER_META_BROKEN:
		*verdict = LETTER_OPEN_STRANGE;
		break;
	}
	close(fd);
	return p;
}

int
letter_open_write_label(struct post *p)
{
	int fd = outbox_writer(p->office->outbox, p->name);
	int result = fd < 0 ? -1 : letter_front_write_label(p, fd);

	fd_close(&fd);
	return result;
}

int
letter_open_prepare(struct post *p)
{
	int fd = outbox_writer(p->office->outbox, p->name);
	uint64_t before = p->headers_at;
	struct stat st;
	int result;

	if (fd < 0)
		return -1;
	result = fstat(fd, &st);
	if (result == 0)
		result = letter_front_write_headers(p, fd, true);
	if (result == 0) {
		const struct timespec times[2] = {st.st_atim, st.st_mtim};

		result = letter_front_write_label(p, fd);
		(void)futimens(fd, times);
	}
	if (result != 0)
		p->headers_at = before;
	fd_close(&fd);
	return result;
}
