/*
 * What becomes of letters that were not taken. Owns the waiting room, the
 * deliveries into mailboxes, the letters kept as sent, and the bound on the
 * outbox; lives in struct mail, which has the posts.
 *
 * An attempt is a mailer's, or a mailbox's where no mailer is to be tried (any
 * more), or both in a row; one that fails has its letter wait. What the letter
 * has gone through stands in its label, so any crond can go on with it.
 */
#include "daemon/mail/deferred.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/duration.h"
#include "daemon/mail/letter_open.h"
#include "daemon/mail/deliver.h"
#include "daemon/mail/mailbox.h"
#include "daemon/mail/mail_alert.h"
#include "daemon/mail/retry_timer.h"
#include "daemon/mail/sent.h"
#include "daemon/mail/syncer.h"
#include "sys/clock.h"

#define SLICE        32 /* letters of an earlier crond, in one go */
#define NOT_NOW_SECS 60

/* Between a mailer's complaint and a mailbox's. */
#define BOX_MARK "; mailbox: "

/* When the outbox is over its bound, a tenth more goes: the next letter must
 * not mean another look at all of them. */
#define TRIM_TO(max) ((max) - (max) / 10)

struct deferred {
	struct office *office;
	struct deferred_hooks hooks;
	struct retry_timer *retry;
	struct mailboxes *mailboxes;
	struct sent *sent;
	struct syncer *syncer;
	struct mail_alert outage;
	uint64_t bytes;            /* in the outbox, and no post has them */
	bool counted;              /* bytes are known */
	struct outbox_names found; /* of an earlier crond */
	size_t next_found;
	ev_timer finder;
	bool flush_found; /* try them all at once */
};

static int64_t
now_at(void)
{
	return clock_wall_ns() / 1000000000;
}

static const struct mail_config *
config_of(const struct deferred *k)
{
	return &k->office->config;
}

/* The outbox's bound */

static void
was_dropped(void *context, const char *name, uint64_t bytes)
{
	struct deferred *k = context;

	log_event(config_of(k)->log, LOG_ERR, "CRON", "MAIL", 0,
	    "the outbox is full: dropped its oldest letter %s, %llu bytes",
	    name, (unsigned long long)bytes);
}

static bool
is_busy(void *context, const char *name)
{
	struct deferred *k = context;

	return k->hooks.busy(k->hooks.context, name);
}

void
deferred_bound(struct deferred *k)
{
	const struct outbox_hooks hooks = {k, is_busy, was_dropped};
	uint64_t max = config_of(k)->outbox_max;

	if (!k->counted)
		k->bytes = outbox_trim(k->office->outbox, UINT64_MAX, &hooks);
	k->counted = true;
	if (k->bytes > max)
		k->bytes = outbox_trim(k->office->outbox, TRIM_TO(max), &hooks);
}

/* One that is tried again is its post's. */
static void
uncount(struct deferred *k, const char *name)
{
	uint64_t bytes = outbox_bytes(k->office->outbox, name);

	if (k->counted)
		k->bytes -= bytes < k->bytes ? bytes : k->bytes;
}

static void
let_go(struct deferred *k, struct post *p)
{
	k->hooks.gone(k->hooks.context, p);
	deferred_bound(k);
}

/* Waiting */

/* Without memory for it, it is as if there had been none. */
static void
count_attempt(struct deferred *k, struct post *p)
{
	const struct backoff *backoff = &config_of(k)->backoff;
	struct post_attempts *attempts = post_attempts(p);
	struct letter_tries *tries;
	uint64_t whole, early;

	if (attempts == NULL)
		return;
	tries = &attempts->tries;
	early = attempts->early_secs;
	whole = backoff_next(backoff, tries->waited_secs);
	if (tries->count == 0)
		tries->since_at = now_at();
	else
		tries->waited_secs += whole - (early < whole ? early : whole);
	if (tries->count < UINT32_MAX)
		tries->count++;
	if (backoff_over(backoff, tries->waited_secs))
		tries->final = true;
}

static bool
is_too_old(const struct deferred *k, const struct post *p)
{
	return post_tries(p)->waited_secs >= config_of(k)->outbox_secs;
}

static void
drop(struct post *p)
{
	char age[32];

	post_log(p, LOG_ERR, p->record->user, "MAIL", 0,
	    "dropped letter %s, %llu bytes, which nobody took in %s: %s",
	    p->name, (unsigned long long)p->body_len,
	    duration_show(age, sizeof age, post_tries(p)->waited_secs),
	    post_why(p));
	post_remove(p);
}

/* Until its next attempt; the post is not needed for that. */
static void
wait_for_next(struct deferred *k, struct post *p)
{
	uint64_t secs =
	    backoff_next(&config_of(k)->backoff, post_tries(p)->waited_secs);
	bool first = post_tries(p)->count == 1;

	if (is_too_old(k, p)) {
		drop(p);
		return;
	}
	if (p->attempts != NULL)
		p->attempts->tries.next_at = now_at() + (int64_t)secs;
	/* Without a label it is tried sooner after a restart, no more. */
	(void)letter_open_write_label(p);
	if (retry_timer_add(k->retry, p->name, secs) != 0)
		log_event(config_of(k)->log, LOG_ERR, "CRON", "MAIL", ENOMEM,
		    "letter %s waits for the next start", p->name);
	if (first)
		syncer_add(k->syncer, p->name);
	if (k->counted)
		k->bytes += outbox_bytes(k->office->outbox, p->name);
}

/* Mailboxes */

static void
log_no_mta(struct deferred *k, const struct post *p, const char *done,
    const char *dir, const char *name)
{
	const struct mail_config *config = config_of(k);

	if (config->personality->debian)
		post_log(p, LOG_INFO, "CRON", "info", 0,
		    "No MTA installed, %s %s/%s", done, dir, name);
	else
		post_log(p, LOG_INFO, p->record->user, "MAIL", 0,
		    "no mailer at %s; %llu byte%s of output %s %s/%s",
		    config->sendmail, (unsigned long long)p->body_len,
		    p->body_len == 1 ? "" : "s", done, dir, name);
}

/* Why it comes to a mailbox: without what a mailbox has said of it before. */
static void
reason_of(const struct deferred *k, const struct post *p, char *out,
    size_t size)
{
	const char *why = post_why(p), *box = strstr(why, BOX_MARK);
	size_t len = box != NULL ? (size_t)(box - why) : strlen(why);

	if (deliver_no_mta(k->office) && !post_tries(p)->final)
		snprintf(out, size, "there is no mailer at %s",
		    config_of(k)->sendmail);
	else
		snprintf(out, size, "%.*s", (int)len, why);
}

static void
not_boxed(struct deferred *k, struct post *p, const char *problem)
{
	const struct mail_config *config = config_of(k);
	char reason[LETTER_META_WHY_MAX + 1], why[2 * LETTER_META_WHY_MAX];
	bool no_mta = deliver_no_mta(k->office) && !post_tries(p)->final;
	bool news;

	reason_of(k, p, reason, sizeof reason);
	snprintf(why, sizeof why, "%s" BOX_MARK "%s", reason, problem);
	news = strncmp(why, post_why(p), LETTER_META_WHY_MAX) != 0;
	post_set_why(p, why);
	if (!news)
		return;
	if (no_mta && config->personality->debian)
		log_no_mta(k, p, "keeping output in",
		    outbox_path(k->office->outbox), p->name);
	else if (no_mta)
		log_no_mta(k, p, "kept in", outbox_path(k->office->outbox),
		    p->name);
	if (config->mailbox_dir != NULL)
		post_log(p, LOG_ERR, p->record->user, "MAIL", 0,
		    "can't be put into %s/%s: %s; kept in %s/%s",
		    config->mailbox_dir, p->record->user, problem,
		    outbox_path(k->office->outbox), p->name);
}

static void
boxed(struct deferred *k, struct post *p)
{
	const struct mail_config *config = config_of(k);
	char reason[LETTER_META_WHY_MAX + 1];

	if (deliver_no_mta(k->office) && !post_tries(p)->final) {
		log_no_mta(k, p,
		    config->personality->debian ? "output is in" : "put into",
		    config->mailbox_dir, p->record->user);
	} else {
		reason_of(k, p, reason, sizeof reason);
		post_log(p, LOG_WARNING, p->record->user, "MAIL", 0,
		    "%s; %llu byte%s of output put into %s/%s", reason,
		    (unsigned long long)p->body_len,
		    p->body_len == 1 ? "" : "s", config->mailbox_dir,
		    p->record->user);
	}
	post_remove(p);
}

static void
mailbox_done(void *context, struct post *p, const char *problem)
{
	struct deferred *k = context;

	if (problem == NULL) {
		boxed(k, p);
	} else {
		not_boxed(k, p, problem);
		wait_for_next(k, p);
	}
	let_go(k, p);
	deferred_run_due(k);
}

static const char *
put_into_mailbox(struct deferred *k, struct post *p)
{
	char reason[LETTER_META_WHY_MAX + 1];

	if (config_of(k)->mailbox_dir == NULL)
		return "there are no mailboxes";
	if (letter_open_prepare(p) != 0 &&
	    (errno != EMSGSIZE || p->headers_at == 0))
		return strerror(errno);
	if (p->text_at == 0)
		p->text_at = p->body_at + p->first;
	reason_of(k, p, reason, sizeof reason);
	return mailboxes_put(k->mailboxes, p, reason);
}

bool
deferred_add(struct deferred *k, struct post *p, bool no_mta)
{
	const char *problem;

	count_attempt(k, p);
	if (!no_mta && !post_tries(p)->final)
		mail_alert_failed(&k->outage, post_why(p), 0);
	if (no_mta || post_tries(p)->final) {
		problem = put_into_mailbox(k, p);
		if (problem == NULL)
			return true;
		not_boxed(k, p, problem);
	}
	wait_for_next(k, p);
	return false;
}

/* Taken */

static void
log_late(const struct post *p)
{
	char length[32];
	uint64_t secs = backoff_passed(post_tries(p)->since_at, now_at());

	if (post_tries(p)->count == 0)
		post_log(p, LOG_INFO, p->record->user, "MAIL", 0,
		    "sent letter %s, left by an earlier daemon", p->name);
	else
		post_log(p, LOG_INFO, p->record->user, "MAIL", 0,
		    "sent letter %s at attempt %llu, after %s", p->name,
		    (unsigned long long)post_tries(p)->count + 1,
		    duration_show(length, sizeof length, secs));
}

void
deferred_letter_accepted(struct deferred *k, struct post *p)
{
	mail_alert_worked(&k->outage);
	if (p->again)
		log_late(p);
	if (run_record_failed(p->record) && sent_keep(k->sent, p->name))
		p->in_file = false;
	else
		post_remove(p);
}

/* Another attempt */

static void
start_attempt(struct deferred *k, struct post *p)
{
	bool no_mta = deliver_no_mta(k->office);

	if (no_mta || post_tries(p)->final) {
		if (!deferred_add(k, p, no_mta))
			let_go(k, p);
		return;
	}
	if (letter_open_prepare(p) == 0 ||
	    (errno == EMSGSIZE && p->headers_at != 0)) {
		k->hooks.send(k->hooks.context, p);
		return;
	}
	deliver_keep(p, LOG_ERR, "the letter can't be completed");
	if (!deferred_add(k, p, false))
		let_go(k, p);
}

static void
log_strange(struct deferred *k, const char *name)
{
	log_event(config_of(k)->log, LOG_ERR, "CRON", "MAIL", 0,
	    "%s/%s is no letter that can be read; it is left as it is",
	    outbox_path(k->office->outbox), name);
}

/* What need not be sent: its run was good, and its mail is for bad ones. */
static bool
is_unwanted(const struct post *p)
{
	return p->record->mail == MAIL_ON_FAILURE &&
	       !run_record_failed(p->record);
}

static struct post *
open_letter(struct deferred *k, const char *name)
{
	enum letter_open_verdict verdict;
	struct post *p = letter_open(k->office, name, &verdict);

	switch (verdict) {
	case LETTER_OPEN_GOOD:
		if (p->record->recipient != NULL && !is_unwanted(p))
			return p;
		post_remove(p);
		post_free(p);
		break;
	case LETTER_OPEN_EMPTY:
		(void)outbox_remove(k->office->outbox, name);
		break;
	case LETTER_OPEN_STRANGE:
		log_strange(k, name);
		break;
	case LETTER_OPEN_NOT_NOW:
		(void)retry_timer_add(k->retry, name, NOT_NOW_SECS);
		break;
	case LETTER_OPEN_GONE:
		break;
	}
	return NULL;
}

static bool
try_again(void *context, const char *name, uint64_t early_secs)
{
	struct deferred *k = context;
	struct post *p;

	if (!k->hooks.room(k->hooks.context))
		return false;
	if (is_busy(k, name))
		return true;
	p = open_letter(k, name);
	if (p == NULL)
		return true;
	uncount(k, name);
	p->attempts->early_secs = early_secs;
	k->hooks.here(k->hooks.context, p);
	start_attempt(k, p);
	return true;
}

void
deferred_run_due(struct deferred *k)
{
	retry_timer_pump(k->retry);
}

/* Letters of an earlier crond */

static void
find_one(struct deferred *k, const char *name)
{
	struct post *p = open_letter(k, name);
	uint64_t secs = 0;

	if (p == NULL)
		return;
	if (post_tries(p)->count > 0) {
		secs = backoff_left(&config_of(k)->backoff,
		    post_tries(p)->waited_secs, post_tries(p)->next_at,
		    now_at());
		if (!post_tries(p)->final)
			mail_alert_failed(&k->outage, post_why(p),
			    backoff_passed(post_tries(p)->since_at, now_at()));
	}
	(void)retry_timer_add(k->retry, name, secs);
	post_free(p);
}

static void
on_finder(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct deferred *k = timer->data;
	unsigned i;

	(void)events;
	for (i = 0; i < SLICE && k->next_found < k->found.count; i++)
		find_one(k, k->found.list[k->next_found++]);
	if (k->next_found < k->found.count)
		return;
	ev_timer_stop(loop, timer);
	outbox_names_clear(&k->found);
	if (k->flush_found)
		retry_timer_flush(k->retry);
	k->flush_found = false;
}

/* Those that posts go on with are left out now: one of them may be kept before
 * its turn would come. */
static void
leave_out_busy(struct deferred *k)
{
	struct outbox_names *found = &k->found;
	size_t i, n = 0;

	for (i = 0; i < found->count; i++) {
		if (is_busy(k, found->list[i]))
			free(found->list[i]);
		else
			found->list[n++] = found->list[i];
	}
	found->count = n;
}

void
deferred_recover(struct deferred *k)
{
	struct ev_loop *loop = config_of(k)->loop;

	sent_begin(k->sent);
	/* A directory that can't be used was logged. */
	if (outbox_ready(k->office->outbox) != 0)
		return;
	deferred_bound(k);
	k->flush_found = outbox_take_mark(k->office->outbox);
	if (outbox_list(k->office->outbox, &k->found) != 0)
		log_event(config_of(k)->log, LOG_ERR, "CRON", "MAIL", errno,
		    "letters in %s wait for the next start",
		    outbox_path(k->office->outbox));
	leave_out_busy(k);
	k->next_found = 0;
	if (k->found.count == 0) {
		outbox_names_clear(&k->found);
		return;
	}
	ev_timer_set(&k->finder, 0., 1e-9);
	ev_timer_start(loop, &k->finder);
}

void
deferred_flush_if_marked(struct deferred *k)
{
	if (!outbox_take_mark(k->office->outbox))
		return;
	k->flush_found = k->found.count > 0;
	retry_timer_flush(k->retry);
}

/* Setting up */

struct deferred *
deferred_new(struct office *office, const struct deferred_hooks *hooks)
{
	struct deferred *k = calloc(1, sizeof *k);
	const struct retry_timer_hooks retry_hooks = {k, try_again};
	const struct mailboxes_hooks box_hooks = {k, mailbox_done};

	if (k == NULL)
		return NULL;
	k->office = office;
	k->hooks = *hooks;
	ev_init(&k->finder, on_finder);
	k->finder.data = k;
	mail_alert_init(&k->outage, office);
	k->retry = retry_timer_new(office->config.loop, &retry_hooks);
	k->mailboxes = mailboxes_new(office, &box_hooks);
	k->sent = sent_new(office);
	office->sent = k->sent;
	k->syncer = syncer_new(office);
	if (k->retry != NULL && k->mailboxes != NULL && k->sent != NULL &&
	    k->syncer != NULL)
		return k;
	deferred_free(k);
	return NULL;
}

void
deferred_free(struct deferred *k)
{
	if (k == NULL)
		return;
	ev_timer_stop(config_of(k)->loop, &k->finder);
	outbox_names_clear(&k->found);
	mail_alert_clear(&k->outage);
	syncer_free(k->syncer);
	k->office->sent = NULL;
	sent_free(k->sent);
	mailboxes_free(k->mailboxes);
	retry_timer_free(k->retry);
	free(k);
}
