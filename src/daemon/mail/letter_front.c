/*
 * Fronts of letters, of those being written and of those that come back.
 */
#include "daemon/mail/letter_front.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/letter_notice.h"
#include "sys/clock.h"
#include "sys/files/letter_file.h"

#define BODY_ALIGN 4096
/* For what notes and headers of a later version may have more. */
#define SPARE_MAX 512
/* Digits that the numbers of a label may gain. */
#define NUMBERS_MAX 256

uint64_t
letter_front_size(const struct post *p)
{
	uint64_t front = letter_meta_max(p->record) + SPARE_MAX +
			 mail_headers_max(&p->office->style, p->record);

	return (front + BODY_ALIGN - 1) / BODY_ALIGN * BODY_ALIGN;
}

void
letter_front_label(const struct post *p, struct letter_meta *label)
{
	*label = (struct letter_meta){
	    .headers_at = p->headers_at,
	    .body_at = p->body_at,
	    .first = p->first,
	    .streamed = p->streamed,
	    .cut = p->cut,
	    .tries = *post_tries(p),
	    .record = p->record,
	};
	snprintf(label->why, sizeof label->why, "%s", post_why(p));
}

int
letter_front_write_label(const struct post *p, int fd)
{
	struct letter_meta label;

	letter_front_label(p, &label);
	return letter_file_write(fd, &label);
}

/* The most that a label of this letter can take, but for its complaint. */
static uint64_t
label_room(const struct post *p)
{
	struct letter_meta label;
	size_t len;
	char *text;

	letter_front_label(p, &label);
	label.why[0] = '\0';
	text = letter_meta_write(&label, &len);
	if (text == NULL)
		return UINT64_MAX;
	free(text);
	return len + NUMBERS_MAX;
}

/* A stream that goes on has all of it: nothing is to be said of that. */
static void
make_note(const struct post *p, bool back, char note[MAIL_NOTE_MAX + 1])
{
	const struct letter_notice top = {
	    .doubtful = p->doubtful,
	    .streamed = p->second || (back && p->streamed),
	    .first = p->first,
	    .discarded =
		back && p->streamed ? p->record->lost_bytes : UINT64_C(0),
	    .cut = p->cut,
	    .unseen = p->unseen,
	    .unknown = p->record->ended && !p->record->status_known,
	};

	letter_notice_write(&top, note);
}

static int
write_headers(struct post *p, int fd, bool back, const char *note)
{
	uint64_t end = p->body_at + p->first, room = label_room(p);
	char date[64], *text;
	size_t len, note_at;
	ssize_t n;

	clock_show(date, sizeof date, CLOCK_MAIL,
	    run_record_began_at(p->record));
	text = letter_late(&p->office->style, p->record, back ? date : NULL,
	    note, &len, &note_at);
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

int
letter_front_write_headers(struct post *p, int fd, bool back)
{
	char note[MAIL_NOTE_MAX + 1];

	make_note(p, back, note);
	if (write_headers(p, fd, back, note) == 0)
		return 0;
	/* An earlier version left no room for notes: a letter without one is
	 * better than none. */
	return errno == EMSGSIZE ? write_headers(p, fd, back, NULL) : -1;
}
