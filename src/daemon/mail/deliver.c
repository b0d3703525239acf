/*
 * A letter's way out. Held together by struct post: its mailer, or its stream
 * and that one's mailer. What a mailer leaves behind is logged here, in the
 * incumbents' shape where they have one (COMPAT.md 7, 8).
 */
#include "daemon/mail/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "core/backoff.h"
#include "daemon/mail/letter_front.h"
#include "daemon/mail/mailer.h"
#include "daemon/mail/post_adopt.h"
#include "daemon/mail/mailer_stream.h"
#include "sys/fd.h"

bool
deliver_no_mta(const struct office *office)
{
	return office->config.command == NULL &&
	       access(office->config.sendmail, X_OK) != 0;
}

/* Notes the reason. Is it another one than the last time? A letter is tried
 * more than a hundred times: the log has each reason once in a row. */
static bool
is_news(struct post *p, const char *why)
{
	p->kept = true;
	if (post_tries(p)->count > 0 &&
	    strncmp(post_why(p), why, LETTER_META_WHY_MAX) == 0)
		return false;
	post_set_why(p, why);
	return true;
}

void
deliver_keep(struct post *p, int priority, const char *what)
{
	if (is_news(p, what))
		post_log(p, priority, p->record->user, "MAIL", 0,
		    "%s; kept in %s/%s", what, outbox_path(p->office->outbox),
		    p->name);
}

/* As the incumbents log it: RHEL the exit code or signal, Debian -1 for one. */
static unsigned
shown_status(const struct post *p, int status)
{
	if (WIFEXITED(status))
		return (unsigned)WEXITSTATUS(status);
	if (p->office->config.personality->debian)
		return 0xffffffff;
	return (unsigned)WTERMSIG(status);
}

/* The incumbents' line to its parenthesis, without the newline that they have
 * before that; logwatch counts it. Ours comes behind it. */
static void
log_status(struct post *p, const struct mailer_end *end, unsigned status)
{
	post_log(p, LOG_INFO, p->record->user, NULL, 0,
	    "MAIL (mailed %llu byte%s of output but got status 0x%04x%s)%s%s; "
	    "kept in %s/%s",
	    (unsigned long long)p->body_len, p->body_len == 1 ? "" : "s",
	    status, p->office->config.personality->debian ? " from MTA" : "",
	    end->complaint[0] != '\0' ? ": " : "", end->complaint,
	    outbox_path(p->office->outbox), p->name);
}

void
deliver_log_unknown(struct post *p)
{
	post_log(p, LOG_WARNING, p->record->user, "MAIL", 0,
	    "how the mailer of %s ended is not known, it was another crond's: "
	    "the letter is mailed again",
	    p->name);
}

static void
keep_status(struct post *p, const struct mailer_end *end)
{
	char why[LETTER_META_WHY_MAX + 1];
	int n = WIFEXITED(end->status)
		    ? snprintf(why, sizeof why, "%s: exit status %d",
			  end->program, WEXITSTATUS(end->status))
		    : snprintf(why, sizeof why, "%s: killed by signal %d",
			  end->program, WTERMSIG(end->status));
	struct post_attempts *attempts;

	if (end->complaint[0] != '\0' && n > 0 && (size_t)n < sizeof why)
		snprintf(why + n, sizeof why - (size_t)n, ": %s",
		    end->complaint);
	if (is_news(p, why))
		log_status(p, end, shown_status(p, end->status));
	attempts = post_attempts(p);
	if (attempts != NULL)
		attempts->tries.final = backoff_final(end->status);
}

static void
keep_not_started(struct post *p, const struct mailer_end *end)
{
	bool of_program = end->step == SPAWN_EXEC || end->step == SPAWN_STARTED;
	const char *what =
	    of_program ? end->program : spawn_step_text(end->step);
	char why[LETTER_META_WHY_MAX + 1];

	snprintf(why, sizeof why, "not started: %s: %s", what,
	    strerror(end->error));
	if (!is_news(p, why))
		return;
	post_log(p, LOG_ERR, "CRON",
	    end->step == SPAWN_EXEC      ? "EXEC FAILED"
	    : end->step == SPAWN_STARTED ? "CAN'T FORK"
					 : "error",
	    end->error, "%s", what);
	log_status(p, end, 1);
}

static void
keep(struct post *p, const struct mailer_end *end)
{
	char what[128];

	switch (end->fate) {
	case MAILER_ENDED:
		if (end->status != 0)
			keep_status(p, end);
		else
			deliver_keep(p, LOG_ERR,
			    "the mailer ended before it had read all");
		break;
	case MAILER_STALLED:
		snprintf(what, sizeof what,
		    "the mailer did not read for %u s and was stopped",
		    p->office->config.stall_secs);
		deliver_keep(p, LOG_ERR, what);
		break;
	case MAILER_OVERDUE:
		snprintf(what, sizeof what,
		    "the mailer took more than %u s and was stopped",
		    p->office->config.limit_secs);
		deliver_keep(p, LOG_ERR, what);
		break;
	case MAILER_NO_USER:
		deliver_keep(p, LOG_ERR,
		    end->error == 0 ? "the user is gone, no mailer can be "
				      "started as him"
				    : "the user can't be looked up, no mailer "
				      "was started");
		break;
	case MAILER_NOT_STARTED:
		keep_not_started(p, end);
		break;
	case MAILER_UNKNOWN:
		deliver_log_unknown(p);
		break;
	}
}

/* Returns false if the letter had to be kept. */
static bool
settle(struct post *p, const struct mailer_end *end, bool whole)
{
	p->taken = end->fate == MAILER_ENDED && end->status == 0 && whole;
	if (end->fate == MAILER_UNKNOWN)
		deliver_log_unknown(p);
	else if (!p->taken)
		keep(p, end);
	return p->taken;
}

/* A letter whose run is over */

static bool
mailer_stalled(void *context)
{
	struct post *p = context;
	int64_t before = p->seen;

	if (p->reader < 0) /* another crond's: where it reads can't be seen */
		return false;
	p->seen = lseek(p->reader, 0, SEEK_CUR);
	return p->seen == before;
}

static void
mailer_ended(void *context, const struct mailer_end *end)
{
	struct post *p = context;

	p->mailer = NULL;
	p->mailer_pid = 0;
	p->starting = false;
	fd_close(&p->reader);
	settle(p, end, true);
	p->doubtful = end->fate == MAILER_UNKNOWN;
	p->done(p->done_context, p);
}

/* A crond killed between the fork and the note of the pid would leave nothing
 * that says that the letter may have been mailed. */
static void
mailer_starts(void *context)
{
	struct post *p = context;

	p->starting = true;
	post_note(p);
}

static void
mailer_started(void *context, pid_t pid)
{
	struct post *p = context;

	p->starting = false;
	p->mailer_pid = pid;
	p->mailer_start = process_start_time(pid);
	post_note(p);
}

static const struct mailer_hooks mailer_hooks = {
    .limited = true,
    .starts = mailer_starts,
    .started = mailer_started,
    .stalled = mailer_stalled,
    .ended = mailer_ended,
};

int
deliver_start(struct post *p)
{
	uint64_t text_at = p->text_at != 0 ? p->text_at : p->body_at;
	uint64_t from = p->office->body_only ? text_at : p->headers_at;
	int input = outbox_reader(p->office->outbox, p->name);
	char what[128];

	if (input >= 0 && lseek(input, (off_t)from, SEEK_SET) >= 0)
		p->reader = fcntl(input, F_DUPFD_CLOEXEC, 3);
	if (p->reader >= 0) {
		p->seen = (int64_t)from;
		p->mailer =
		    mailer_start(p->office, p->record, input, &mailer_hooks, p);
		if (p->mailer != NULL)
			return 0;
		input = -1;
	}
	snprintf(what, sizeof what, "no mailer can be started: %s",
	    strerror(errno));
	fd_close(&input);
	fd_close(&p->reader);
	deliver_keep(p, LOG_ERR, what);
	return -1;
}

int
deliver_adopt(struct post *p)
{
	p->mailer = mailer_adopt(p->office, p->record, p->mailer_pid,
	    p->mailer_start, &mailer_hooks, p);
	return p->mailer != NULL ? 0 : -1;
}

/* A letter at its cap */

static void
stream_moved(void *context)
{
	struct post *p = context;

	if (!p->complete && p->hooks != NULL)
		p->hooks->room(p->context);
}

static void
stream_ended(void *context, const struct mailer_end *end, bool whole)
{
	struct post *p = context;

	p->first = mailer_stream_first(p->stream) - p->body_at;
	p->stream = NULL;
	p->streaming = false;
	if (!settle(p, end, whole)) {
		p->broken = true;
		(void)letter_front_write_label(p, p->fd);
		post_note(p);
	}
	if (p->complete)
		p->done(p->done_context, p);
	else if (p->hooks != NULL)
		p->hooks->room(p->context);
}

static const struct mailer_stream_hooks stream_hooks = {
    .moved = stream_moved,
    .ended = stream_ended,
};

static bool
may_stream(const struct post *p)
{
	const struct run_record *record = p->record;

	if (p->fd < 0 || record->recipient == NULL)
		return false;
	/* Still undecided; where it is decided sink_of has seen it. */
	if (record->mail == MAIL_ON_FAILURE && !record->ended)
		return false;
	return !deliver_no_mta(p->office);
}

int
deliver_stream(struct post *p)
{
	struct mailer_stream_letter letter = {
	    .fd = p->fd,
	    .body_at = p->body_at + p->first,
	    .end = p->body_at + p->body_len,
	};

	p->streamed = true;
	if (!may_stream(p) ||
	    letter_front_write_headers(p, p->fd, false) != 0 ||
	    letter_front_write_label(p, p->fd) != 0) {
		p->streamed = false;
		return -1;
	}
	letter.from = p->office->body_only ? p->text_at : p->headers_at;
	p->streaming = true;
	post_note(p); /* as mailer_starts */
	p->stream = mailer_stream_start(p->office, p->record, &letter,
	    &stream_hooks, p);
	p->streamed = p->streaming = p->stream != NULL;
	if (p->stream == NULL)
		post_note(p);
	return p->stream != NULL ? 0 : -1;
}
