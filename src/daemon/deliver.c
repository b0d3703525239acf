/*
 * A letter's way out. Held together by struct post: its mailer, or its stream
 * and that one's mailer. What a mailer leaves behind is logged here, in the
 * incumbents' shape where they have one (compat.md 7, 8).
 */
#include "daemon/deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "daemon/mailer.h"
#include "daemon/stream.h"
#include "sys/fd.h"

void
deliver_log_kept(struct post *p, int priority, const char *what)
{
	log_event(p->office->config.log, priority, p->facts->user, "MAIL", 0,
	    "%s; kept in %s/%s", what, outbox_path(p->office->outbox), p->name);
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
	log_event(p->office->config.log, LOG_INFO, p->facts->user, NULL, 0,
	    "MAIL (mailed %llu byte%s of output but got status 0x%04x%s)%s%s; "
	    "kept in %s/%s",
	    (unsigned long long)p->body_len, p->body_len == 1 ? "" : "s",
	    status, p->office->config.personality->debian ? " from MTA" : "",
	    end->complaint[0] != '\0' ? ": " : "", end->complaint,
	    outbox_path(p->office->outbox), p->name);
}

static void
log_no_user(struct post *p, const struct mailer_end *end)
{
	deliver_log_kept(p, LOG_ERR,
	    end->error == 0
		? "the user is gone, no mailer can be started as him"
		: "the user can't be looked up, no mailer was started");
}

static void
log_end(struct post *p, const struct mailer_end *end)
{
	struct log *log = p->office->config.log;
	char what[256];

	switch (end->fate) {
	case MAILER_ENDED:
		if (end->status == 0)
			deliver_log_kept(p, LOG_ERR,
			    "the mailer ended before it had read all");
		else
			log_status(p, end, shown_status(p, end->status));
		break;
	case MAILER_STALLED:
		snprintf(what, sizeof what,
		    "the mailer did not read for %u s and was stopped",
		    p->office->config.stall_secs);
		deliver_log_kept(p, LOG_ERR, what);
		break;
	case MAILER_OVERDUE:
		snprintf(what, sizeof what,
		    "the mailer took more than %u s and was stopped",
		    p->office->config.limit_secs);
		deliver_log_kept(p, LOG_ERR, what);
		break;
	case MAILER_NO_USER:
		log_no_user(p, end);
		break;
	case MAILER_NOT_STARTED:
		log_event(log, LOG_ERR, "CRON",
		    end->step == SPAWN_EXEC      ? "EXEC FAILED"
		    : end->step == SPAWN_STARTED ? "CAN'T FORK"
						 : "error",
		    end->error, "%s",
		    end->step == SPAWN_EXEC || end->step == SPAWN_STARTED
			? end->program
			: spawn_step_text(end->step));
		log_status(p, end, 1);
		break;
	}
}

/* Returns false if the letter had to be kept. */
static bool
settle(struct post *p, const struct mailer_end *end, bool whole)
{
	if (end->fate == MAILER_ENDED && end->status == 0 && whole) {
		post_remove(p);
		return true;
	}
	p->kept = true;
	log_end(p, end);
	return false;
}

/* A letter whose run is over */

static bool
mailer_stalled(void *context)
{
	struct post *p = context;
	int64_t before = p->seen;

	p->seen = lseek(p->reader, 0, SEEK_CUR);
	return p->seen == before;
}

static void
mailer_ended(void *context, const struct mailer_end *end)
{
	struct post *p = context;

	p->mailer = NULL;
	fd_close(&p->reader);
	settle(p, end, true);
	p->done(p->done_context, p);
}

static const struct mailer_hooks mailer_hooks = {
    .limited = true,
    .stalled = mailer_stalled,
    .ended = mailer_ended,
};

int
deliver_start(struct post *p)
{
	uint64_t from = p->office->body_only ? p->body_at : p->headers_at;
	int input = outbox_reader(p->office->outbox, p->name);
	char what[128];

	if (input >= 0 && lseek(input, (off_t)from, SEEK_SET) >= 0)
		p->reader = fcntl(input, F_DUPFD_CLOEXEC, 3);
	if (p->reader >= 0) {
		p->seen = (int64_t)from;
		p->mailer =
		    mailer_start(p->office, p->facts, input, &mailer_hooks, p);
		if (p->mailer != NULL)
			return 0;
		input = -1;
	}
	snprintf(what, sizeof what, "no mailer can be started: %s",
	    strerror(errno));
	fd_close(&input);
	fd_close(&p->reader);
	p->kept = true;
	deliver_log_kept(p, LOG_ERR, what);
	return -1;
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

	p->first = stream_first(p->stream) - p->body_at;
	p->stream = NULL;
	if (!settle(p, end, whole)) {
		p->broken = p->losing = true;
		p->lost_why = "the mailer failed";
		(void)post_write_label(p);
	}
	if (p->complete)
		p->done(p->done_context, p);
	else if (p->hooks != NULL)
		p->hooks->room(p->context);
}

static const struct stream_hooks stream_hooks = {
    .moved = stream_moved,
    .ended = stream_ended,
};

static bool
may_stream(const struct post *p)
{
	const struct facts *facts = p->facts;
	const struct mail_config *config = &p->office->config;

	if (p->fd < 0 || facts->recipient == NULL)
		return false;
	/* Still undecided; where it is decided sink_of has seen it. */
	if (facts->mail == MAIL_ON_FAILURE && !facts->ended)
		return false;
	return config->command != NULL || access(config->sendmail, X_OK) == 0;
}

int
deliver_stream(struct post *p)
{
	struct stream_letter letter = {
	    .fd = p->fd,
	    .body_at = p->body_at,
	    .end = p->body_at + p->body_len,
	};

	if (!may_stream(p) || post_write_headers(p) != 0 ||
	    post_write_label(p) != 0)
		return -1;
	letter.from = p->office->body_only ? p->body_at : p->headers_at;
	p->stream =
	    stream_start(p->office, p->facts, &letter, &stream_hooks, p);
	return p->stream != NULL ? 0 : -1;
}
