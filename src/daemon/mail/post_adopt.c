/*
 * Posts over a restart: written down whenever it changes what a successor must
 * know, and made from that again.
 *
 * A stream that broke with its daemon left a letter whose first bytes are gone:
 * what its mailer had read was punched out. Where the first byte is that is
 * left, the file itself tells (SEEK_DATA): nothing had to be written down for
 * it while the bytes flowed.
 */
#include "daemon/mail/post_adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "core/letter_meta.h"
#include "core/run_state.h"
#include "daemon/mail/cmdout.h"
#include "daemon/mail/letter_front.h"
#include "daemon/base/state_files.h"
#include "sys/fd.h"

static struct run_state
state_of(const struct post *p)
{
	struct run_state state = {
	    .part = p->part,
	    .over = p->over,
	    .losing = p->losing,
	    .streamed = p->streaming || p->second,
	    .broken = p->broken,
	    .fifo = p->held,
	    .session_fifo = p->session_fifo,
	    .mailer = p->mailer_pid,
	    .mailer_start = p->mailer_start,
	    .starting = p->starting,
	    .record = p->record,
	};
	struct stat st;

	if (p->session_fifo >= 0 && fstat(p->session_fifo, &st) == 0)
		state.session_fifo_inode = st.st_ino;
	return state;
}

void
post_note(struct post *p)
{
	struct run_state state = state_of(p);

	if (p->untold)
		return;
	state_files_note(p->office->config.states, p->name, &state, &p->noted);
}

void
post_note_whole(struct post *p)
{
	struct run_state state = state_of(p);

	if (p->untold)
		return;
	state_files_note_whole(p->office->config.states, p->name, &state,
	    &p->noted);
}

void
post_untold(struct post *p, int errnum)
{
	p->untold = true;
	state_files_cannot(p->office->config.states, errnum);
}

void
post_done_with(struct post *p)
{
	state_files_forget(p->office->config.states, p->name, &p->noted);
}

void
post_hand_over(struct post *p, bool in_place)
{
	p->held = -1;
	if (p->hooks != NULL && p->hooks->hand_over != NULL)
		p->held = p->hooks->hand_over(p->context, in_place);
	/* A line that has no end yet would be lost. */
	if (p->cmdout != NULL)
		cmdout_end(p->cmdout, p->office->config.log,
		    p->office->config.personality, p->record);
	if (p->noted)
		post_note(p);
}

/* Adoption */

/* The label of the letter, if it is this run's. */
static bool
read_label(const struct post *p, struct letter_meta *label)
{
	size_t max = letter_meta_max(p->record);
	char *bytes = malloc(max);
	ssize_t n = -1;
	bool good = false;

	if (bytes != NULL)
		n = pread(p->fd, bytes, max, 0);
	if (n > 0 &&
	    letter_meta_read(label, bytes, (size_t)n) == LETTER_META_GOOD) {
		good = strcmp(label->record->id, p->record->id) == 0;
		run_record_unref(label->record);
	}
	free(bytes);
	return good;
}

/* How much of the body is gone. */
static uint64_t
gone(const struct post *p, uint64_t known)
{
	off_t from = (off_t)(p->body_at + known), data;

	data = lseek(p->fd, from, SEEK_DATA);
	if (data >= from)
		return (uint64_t)data - p->body_at;
	return errno == ENXIO ? p->body_len : known;
}

static void
take_over_file(struct post *p, const struct letter_meta *label, uint64_t size)
{
	struct post_attempts *attempts;

	p->body_at = label->body_at;
	p->headers_at = label->headers_at;
	p->body_len = size > p->body_at ? size - p->body_at : 0;
	p->first = label->first < p->body_len ? label->first : p->body_len;
	p->streamed = label->streamed;
	attempts = post_attempts(p);
	if (attempts != NULL)
		attempts->tries = label->tries;
	if (p->second)
		p->first = gone(p, p->first);
	p->text_at = p->body_at + p->first;
	p->logged = p->body_len;
	if (p->record->output_bytes < p->body_len)
		p->record->output_bytes = p->body_len;
}

/* Where nothing but a part of the label was written yet, it begins anew. */
static void
begin_anew(struct post *p, uint64_t size)
{
	if (size <= letter_front_size(p)) {
		post_remove(p);
		return;
	}
	post_log(p, LOG_ERR, p->record->user, "MAIL", 0,
	    "the letter %s in %s makes no sense and is left there", p->name,
	    outbox_path(p->office->outbox));
	fd_close(&p->fd);
	p->in_file = false;
	p->losing = true;
}

static void
open_file(struct post *p)
{
	struct letter_meta label;
	struct stat st;

	p->fd = outbox_again(p->office->outbox, p->name);
	if (p->fd < 0) {
		p->losing = p->losing || errno != ENOENT;
		return;
	}
	p->in_file = true;
	if (fstat(p->fd, &st) != 0) {
		fd_close(&p->fd);
		p->losing = true;
		return;
	}
	if (!read_label(p, &label)) {
		begin_anew(p, (uint64_t)st.st_size);
		return;
	}
	take_over_file(p, &label, (uint64_t)st.st_size);
	/* splice goes on from there. */
	if (lseek(p->fd, (off_t)(p->body_at + p->body_len), SEEK_SET) < 0)
		p->losing = true;
}

struct post *
post_adopt(struct office *office, const struct run_state *state)
{
	struct post *p = post_new(office, state->record, state->part);

	if (p == NULL)
		return NULL;
	p->noted = true;
	p->over = state->over;
	p->losing = state->losing;
	p->broken = state->broken;
	p->second = state->streamed && !state->broken;
	p->mailer_pid = state->mailer;
	p->mailer_start = state->mailer_start;
	p->starting = state->starting;
	p->lost = state->record->lost_bytes;
	p->lost_why = "there was no room when another cron ran";
	open_file(p);
	return p;
}
