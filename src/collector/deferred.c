/* What becomes of letters after an attempt. */
#include "collector/deferred.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/archive.h"
#include "collector/job_log.h"
#include "collector/letter_open.h"
#include "collector/mailbox.h"
#include "collector/mailer.h"
#include "collector/talk.h"
#include "core/backoff.h"
#include "core/duration.h"
#include "sys/clock.h"

/* Between a mailer's complaint and a mailbox's. */
#define BOX_MARK "; mailbox: "

static int64_t
now_at(void)
{
	return clock_wall_ns() / 1000000000;
}

static const struct collector_options *
options_of(const struct letter *l)
{
	return l->collector->options;
}

uint64_t
deferred_left(const struct letter *l)
{
	if (l->tries.count == 0)
		return 0;
	return backoff_left(&options_of(l)->backoff, l->tries.waited_secs,
	    l->tries.next_at, now_at());
}

/* Waiting */

static void
count_attempt(struct letter *l)
{
	const struct backoff *backoff = &options_of(l)->backoff;
	struct letter_tries *tries = &l->tries;
	uint64_t whole = backoff_next(backoff, tries->waited_secs);
	uint64_t early = l->early_secs < whole ? l->early_secs : whole;

	if (tries->count == 0)
		tries->since_at = now_at();
	else
		tries->waited_secs += whole - early;
	if (tries->count < UINT32_MAX)
		tries->count++;
	if (backoff_over(backoff, tries->waited_secs))
		tries->final = true;
}

static void
drop(struct letter *l)
{
	char age[32];

	job_log(l->collector, l->record, LOG_ERR, l->record->user, "MAIL", 0,
	    "dropped letter %s, %llu bytes, which nobody took in %s: %s",
	    l->name, (unsigned long long)l->body_len,
	    duration_show(age, sizeof age, l->tries.waited_secs),
	    letter_why(l));
	letter_remove(l);
	l->fate = LETTER_DROPPED;
}

/* Until its next attempt. */
static void
wait_for_next(struct letter *l)
{
	const struct collector_options *o = options_of(l);
	uint64_t secs = backoff_next(&o->backoff, l->tries.waited_secs);

	if (l->tries.waited_secs >= o->outbox_secs) {
		drop(l);
		return;
	}
	l->tries.next_at = now_at() + (int64_t)secs;
	/* Without a label it is tried sooner after a restart, no more. */
	(void)letter_open_write_label(l);
	/* It is to outlive a power cut. */
	if (l->tries.count == 1) {
		(void)fdatasync(l->fd);
		(void)fsync(outbox_fd(l->outbox));
	}
	talk_waits(l->collector->talk, l->worker, l->name, secs,
	    outbox_bytes(l->outbox, l->name));
}

/* Mailboxes */

static void
log_no_mta(const struct letter *l, const char *done, const char *dir,
    const char *name)
{
	if (l->collector->personality->debian)
		job_log(l->collector, l->record, LOG_INFO, "CRON", "info", 0,
		    "No MTA installed, %s %s/%s", done, dir, name);
	else
		job_log(l->collector, l->record, LOG_INFO, l->record->user,
		    "MAIL", 0,
		    "no mailer at %s; %llu byte%s of output %s %s/%s",
		    options_of(l)->sendmail, (unsigned long long)l->body_len,
		    l->body_len == 1 ? "" : "s", done, dir, name);
}

/* There never was a mailer that could have taken it. */
static bool
is_without_mta(const struct letter *l)
{
	return mailer_is_missing(l->collector) && !l->tries.final;
}

/* Why it comes to a mailbox: without what a mailbox has said of it before. */
static void
reason_of(const struct letter *l, char *out, size_t size)
{
	const char *why = letter_why(l), *box = strstr(why, BOX_MARK);
	size_t len = box != NULL ? (size_t)(box - why) : strlen(why);

	if (is_without_mta(l))
		(void)snprintf(out, size, "there is no mailer at %s",
		    options_of(l)->sendmail);
	else
		(void)snprintf(out, size, "%.*s", (int)len, why);
}

static void
not_boxed(struct letter *l, const char *problem)
{
	const char *path = outbox_path(l->outbox),
		   *boxes = options_of(l)->mailbox_dir;
	char reason[LETTER_META_WHY_MAX + 1], why[2 * LETTER_META_WHY_MAX];
	bool news;

	reason_of(l, reason, sizeof reason);
	(void)snprintf(why, sizeof why, "%s" BOX_MARK "%.300s", reason,
	    problem);
	news = strncmp(why, letter_why(l), LETTER_META_WHY_MAX) != 0;
	letter_set_why(l, why);
	if (!news)
		return;
	if (is_without_mta(l))
		log_no_mta(l,
		    l->collector->personality->debian ? "keeping output in"
						      : "kept in",
		    path, l->name);
	if (boxes != NULL)
		job_log(l->collector, l->record, LOG_ERR, l->record->user,
		    "MAIL", 0, "can't be put into %s/%s: %s; kept in %s/%s",
		    boxes, l->record->user, problem, path, l->name);
}

static void
boxed(struct letter *l)
{
	const char *boxes = options_of(l)->mailbox_dir;
	char reason[LETTER_META_WHY_MAX + 1];

	if (is_without_mta(l)) {
		log_no_mta(l,
		    l->collector->personality->debian ? "output is in"
						      : "put into",
		    boxes, l->record->user);
	} else {
		reason_of(l, reason, sizeof reason);
		job_log(l->collector, l->record, LOG_WARNING, l->record->user,
		    "MAIL", 0, "%s; %llu byte%s of output put into %s/%s",
		    reason, (unsigned long long)l->body_len,
		    l->body_len == 1 ? "" : "s", boxes, l->record->user);
	}
	letter_remove(l);
	l->fate = LETTER_BOXED;
}

static const char *
put_into_mailbox(struct letter *l)
{
	char reason[LETTER_META_WHY_MAX + 1];

	if (options_of(l)->mailbox_dir == NULL)
		return "there are no mailboxes";
	if (letter_open_prepare(l) != 0 &&
	    (errno != EMSGSIZE || l->headers_at == 0))
		return strerror(errno);
	if (l->text_at == 0)
		l->text_at = l->body_at + l->first;
	reason_of(l, reason, sizeof reason);
	return mailbox_put(l, reason);
}

void
deferred_add(struct letter *l, bool no_mta)
{
	const char *problem;

	count_attempt(l);
	if (!no_mta && !l->tries.final)
		talk_failed(l->collector->talk, letter_why(l),
		    backoff_passed(l->tries.since_at, now_at()));
	if (no_mta || l->tries.final) {
		problem = put_into_mailbox(l);
		if (problem == NULL) {
			boxed(l);
			return;
		}
		not_boxed(l, problem);
	}
	wait_for_next(l);
}

/* Taken */

static void
log_late(const struct letter *l)
{
	char length[32];
	uint64_t secs = backoff_passed(l->tries.since_at, now_at());

	if (l->tries.count == 0)
		job_log(l->collector, l->record, LOG_INFO, l->record->user,
		    "MAIL", 0, "sent letter %s, left by an earlier daemon",
		    l->name);
	else
		job_log(l->collector, l->record, LOG_INFO, l->record->user,
		    "MAIL", 0, "sent letter %s at attempt %llu, after %s",
		    l->name, (unsigned long long)l->tries.count + 1,
		    duration_show(length, sizeof length, secs));
}

void
deferred_accepted(struct letter *l)
{
	talk_notice(l->collector->talk, TALK_TAKEN, l->worker, "");
	if (l->again)
		log_late(l);
	if (run_record_failed(l->record) && archive_keep(l))
		l->in_file = false;
	else
		letter_remove(l);
}
