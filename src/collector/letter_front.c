/* Fronts of letters: of those that are written, and of those that come back. */
#include "collector/letter_front.h"

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
/* Digits and marks that a label may gain. */
#define NUMBERS_MAX 256
/* What PAM's environment may come to, where it is not known yet. */
#define SESSION_MAX 4096

uint64_t
letter_front_size(const struct letter *l)
{
	uint64_t front = letter_meta_max(l->record) + SPARE_MAX +
			 mail_headers_max(&l->collector->style, l->record);

	if (l->record->session_env == NULL)
		front += SESSION_MAX;
	return (front + BODY_ALIGN - 1) / BODY_ALIGN * BODY_ALIGN;
}

static void
make_label(const struct letter *l, struct letter_meta *label)
{
	*label = (struct letter_meta){
	    .headers_at = l->headers_at,
	    .body_at = l->body_at,
	    .first = l->first,
	    .streamed = l->streamed,
	    .cut = (l->notes & NOTE_CUT) != 0,
	    .mailing = l->mailing,
	    .losing = l->losing,
	    .tries = l->tries,
	    .record = l->record,
	};
	(void)snprintf(label->why, sizeof label->why, "%s", letter_why(l));
}

/* A session's environment that came late and is long has no room; a mailer that
 * is started later does without. */
static int
write_without_session(struct run_record *record,
    const struct letter_meta *label, int fd)
{
	char *session_env = record->session_env;
	int result;

	record->session_env = NULL;
	result = letter_file_write(fd, label);
	record->session_env = session_env;
	return result;
}

int
letter_front_write_label(const struct letter *l, int fd)
{
	struct letter_meta label;

	make_label(l, &label);
	if (letter_file_write(fd, &label) == 0)
		return 0;
	return errno == ENOSPC && l->record->session_env != NULL
		   ? write_without_session(l->record, &label, fd)
		   : -1;
}

/* The most that a label of this letter can take, but for its complaint. */
static uint64_t
label_room(const struct letter *l)
{
	struct letter_meta label;
	size_t len;
	char *text;

	make_label(l, &label);
	label.why[0] = '\0';
	text = letter_meta_write(&label, &len);
	if (text == NULL)
		return UINT64_MAX;
	free(text);
	return len + NUMBERS_MAX;
}

/* A stream that goes on has all of it: nothing is to be said of that. */
static void
make_note(const struct letter *l, bool back, char note[MAIL_NOTE_MAX + 1])
{
	const struct letter_notice top = {
	    .doubtful = (l->notes & NOTE_DOUBTFUL) != 0,
	    .streamed =
		(l->notes & NOTE_STREAMED) != 0 || (back && l->streamed),
	    .first = l->first,
	    .discarded =
		back && l->streamed ? l->record->lost_bytes : UINT64_C(0),
	    .cut = (l->notes & NOTE_CUT) != 0,
	    .unseen = (l->notes & NOTE_UNSEEN) != 0,
	    .unknown = l->record->ended && !l->record->status_known,
	};

	letter_notice_write(&top, note);
}

static int
write_headers(struct letter *l, int fd, bool back, const char *note)
{
	uint64_t end = l->body_at + l->first, room = label_room(l);
	char date[64], *text;
	size_t len, note_at;
	ssize_t n;

	clock_show(date, sizeof date, CLOCK_MAIL,
	    run_record_began_at(l->record));
	text = letter_late(&l->collector->style, l->record, back ? date : NULL,
	    note, &len, &note_at);
	if (text == NULL)
		return -1;
	/* Of a label without room for the session's environment there is still
	 * one without it. */
	if (len > end || (room > end - len && l->record->session_env == NULL)) {
		free(text);
		errno = EMSGSIZE;
		return -1;
	}
	n = pwrite(fd, text, len, (off_t)(end - len));
	free(text);
	if (n != (ssize_t)len)
		return -1;
	l->headers_at = end - len;
	l->text_at = l->headers_at + note_at;
	return 0;
}

int
letter_front_write_headers(struct letter *l, int fd, bool back)
{
	char note[MAIL_NOTE_MAX + 1];

	make_note(l, back, note);
	if (write_headers(l, fd, back, note) == 0)
		return 0;
	/* An earlier version left no room for notes: a letter without one is
	 * better than none. */
	return errno == EMSGSIZE ? write_headers(l, fd, back, NULL) : -1;
}
