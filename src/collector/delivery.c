/*
 * Deliveries. A mailer may start when crond says so: there are 16 in all, and
 * what a mailer leaves behind is logged here, in the incumbents' shape where
 * they have one (COMPAT.md 7, 8).
 */
#include "collector/delivery.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/mail_users.h"
#include "collector/deferred.h"
#include "collector/job_log.h"
#include "collector/letter_front.h"
#include "collector/letter_open.h"
#include "collector/mailer_stream.h"
#include "collector/talk.h"
#include "core/backoff.h"
#include "core/mail_rule.h"
#include "sys/fd.h"

#define NOT_NOW_SECS 60
/* For what crond says of a user. */
#define LOOKS            200
#define LOOKS_A_QUESTION 20
#define LOOK_MS          50

/* Notes the reason. Is it another one than the last time? A letter is tried
 * more than a hundred times: the log has each reason once in a row. */
static bool
is_news(struct letter *l, const char *why)
{
	l->fate = LETTER_KEPT;
	if (l->tries.count > 0 &&
	    strncmp(letter_why(l), why, LETTER_META_WHY_MAX) == 0)
		return false;
	letter_set_why(l, why);
	return true;
}

void
delivery_keep(struct letter *l, int priority, const char *what)
{
	if (is_news(l, what))
		job_log(l->collector, l->record, priority, l->record->user,
		    "MAIL", 0, "%s; kept in %s/%s", what,
		    outbox_path(l->outbox), l->name);
}

/* As the incumbents log it: RHEL the exit code or signal, Debian -1 for one. */
static unsigned
shown_status(const struct letter *l, int status)
{
	if (WIFEXITED(status))
		return (unsigned)WEXITSTATUS(status);
	if (l->collector->personality->debian)
		return 0xffffffff;
	return (unsigned)WTERMSIG(status);
}

/* The incumbents' line to its parenthesis, without the newline that they have
 * before that; logwatch counts it. Ours comes after it. */
static void
log_status(const struct letter *l, const struct mailer_end *end,
    unsigned status)
{
	job_log(l->collector, l->record, LOG_INFO, l->record->user, NULL, 0,
	    "MAIL (mailed %llu byte%s of output but got status 0x%04x%s)%s%s; "
	    "kept in %s/%s",
	    (unsigned long long)l->body_len, l->body_len == 1 ? "" : "s",
	    status, l->collector->personality->debian ? " from MTA" : "",
	    end->complaint[0] != '\0' ? ": " : "", end->complaint,
	    outbox_path(l->outbox), l->name);
}

static void
keep_status(struct letter *l, const struct mailer_end *end)
{
	char why[LETTER_META_WHY_MAX + 1];
	int n = WIFEXITED(end->status)
		    ? snprintf(why, sizeof why, "%s: exit status %d",
			  end->program, WEXITSTATUS(end->status))
		    : snprintf(why, sizeof why, "%s: killed by signal %d",
			  end->program, WTERMSIG(end->status));

	if (end->complaint[0] != '\0' && n > 0 && (size_t)n < sizeof why)
		(void)snprintf(why + n, sizeof why - (size_t)n, ": %s",
		    end->complaint);
	if (is_news(l, why))
		log_status(l, end, shown_status(l, end->status));
	l->tries.final = backoff_final(end->status);
}

static void
keep_not_started(struct letter *l, const struct mailer_end *end)
{
	bool of_program = end->step == SPAWN_EXEC || end->step == SPAWN_STARTED;
	const char *what =
	    of_program ? end->program : spawn_step_text(end->step);
	char why[LETTER_META_WHY_MAX + 1];

	(void)snprintf(why, sizeof why, "not started: %.300s: %s", what,
	    strerror(end->error));
	if (!is_news(l, why))
		return;
	job_log(l->collector, l->record, LOG_ERR, "CRON",
	    end->step == SPAWN_EXEC      ? "EXEC FAILED"
	    : end->step == SPAWN_STARTED ? "CAN'T FORK"
					 : "error",
	    end->error, "%s", what);
	log_status(l, end, 1);
}

static void
keep(struct letter *l, const struct mailer_end *end)
{
	const struct collector_options *o = l->collector->options;
	char what[128];

	switch (end->fate) {
	case MAILER_ENDED:
		if (end->status != 0)
			keep_status(l, end);
		else
			delivery_keep(l, LOG_ERR,
			    "the mailer ended before it had read all");
		break;
	case MAILER_STALLED:
		(void)snprintf(what, sizeof what,
		    "the mailer did not read for %u s and was stopped",
		    o->stall_secs);
		delivery_keep(l, LOG_ERR, what);
		break;
	case MAILER_OVERDUE:
		(void)snprintf(what, sizeof what,
		    "the mailer took more than %u s and was stopped",
		    o->limit_secs);
		delivery_keep(l, LOG_ERR, what);
		break;
	case MAILER_NO_USER:
	case MAILER_OTHER_USER:
		delivery_keep(l, LOG_ERR,
		    "the user is gone, no mailer can be started as him");
		break;
	case MAILER_NOT_STARTED:
		keep_not_started(l, end);
		break;
	case MAILER_RUNNING:
		break;
	}
}

/* Returns false if the letter had to be kept. */
static bool
settle(struct letter *l, const struct mailer_end *end, bool whole)
{
	l->mailing = false;
	if (end->fate == MAILER_ENDED && end->status == 0 && whole)
		l->fate = LETTER_TAKEN;
	else
		keep(l, end);
	return l->fate == LETTER_TAKEN;
}

/* A letter whose run is over */

static void
wait_for_grant(struct letter *l)
{
	struct worker *w = l->worker;

	pthread_mutex_lock(&l->collector->lock);
	w->told.granted = false;
	pthread_mutex_unlock(&l->collector->lock);
	talk_notice(l->collector->talk, TALK_WANT, w, l->name);
	while (!worker_told(w).granted)
		worker_wait(w, -1);
}

/* A collector killed from here on leaves a letter that may have been mailed. */
static void
note_mailing(struct letter *l)
{
	l->mailing = true;
	(void)letter_open_write_label(l);
}

static void
mail(struct letter *l, int input, int64_t from)
{
	struct mailer mailer;

	note_mailing(l);
	if (mailer_start(&mailer, l->worker, l->record, input) == 0) {
		mailer.limited = true;
		mailer_wait(&mailer, input, from);
	}
	(void)settle(l, &mailer.end, true);
}

static enum account_answer
account_of(const struct letter *l)
{
	struct mailer_account account;
	enum account_answer answer =
	    mail_users_find(l->collector, l->record->user, &account);

	mailer_account_clear(&account);
	return answer;
}

/* Whose the letter is now: as crond has said, or says when it is asked. */
static enum account_answer
look_up(const struct letter *l)
{
	const struct collector_message lookup = {
	    .word = WORD_LOOKUP,
	    .name = l->record->user,
	};
	enum account_answer answer;
	int i;

	if (!l->collector->as_root)
		return ACCOUNT_FOUND;
	if (l->record->uid != l->collector->options->uid)
		return ACCOUNT_OTHER;
	answer = account_of(l);
	for (i = 0; i < LOOKS && answer == ACCOUNT_UNKNOWN; i++) {
		if (i % LOOKS_A_QUESTION == 0)
			talk_word(l->collector->talk, &lookup);
		worker_wait(l->worker, LOOK_MS);
		answer = account_of(l);
	}
	return answer;
}

/* A letter of another name's is not mailed, and not removed: nobody but root
 * can say whose it is. */
static void
set_aside(const struct letter *l)
{
	job_log(l->collector, NULL, LOG_WARNING, l->record->user, "MAIL", 0,
	    "uid %ld is another user's now: letter %s is set aside as "
	    "%s/" OUTBOX_ASIDE "%s",
	    (long)l->collector->options->uid, l->name, outbox_path(l->outbox),
	    l->name);
	(void)outbox_set_aside(l->outbox, l->name);
}

static void
send(struct letter *l)
{
	uint64_t text_at = l->text_at != 0 ? l->text_at : l->body_at;
	uint64_t from = l->collector->body_only ? text_at : l->headers_at;
	char what[128];
	int input;

	wait_for_grant(l);
	switch (look_up(l)) {
	case ACCOUNT_UNKNOWN:
		delivery_keep(l, LOG_ERR,
		    "the user can't be looked up, no mailer was started");
		break;
	case ACCOUNT_OTHER:
		set_aside(l);
		l->fate = LETTER_ASIDE;
		break;
	default:
		input = outbox_reader(l->outbox, l->name);
		if (input >= 0 && lseek(input, (off_t)from, SEEK_SET) >= 0) {
			mail(l, input, (int64_t)from);
		} else {
			(void)snprintf(what, sizeof what,
			    "no mailer can be started: %s", strerror(errno));
			delivery_keep(l, LOG_ERR, what);
		}
		fd_close(&input);
	}
	talk_notice(l->collector->talk, TALK_FREE, l->worker, l->name);
}

static void
tell_done(const struct letter *l)
{
	static const enum collector_mail how[] = {
	    [LETTER_OPEN] = COLLECTOR_MAIL_NONE,
	    [LETTER_NOTHING] = COLLECTOR_MAIL_NONE,
	    [LETTER_TAKEN] = COLLECTOR_MAILED,
	    [LETTER_KEPT] = COLLECTOR_KEPT,
	    [LETTER_BOXED] = COLLECTOR_BOXED,
	    [LETTER_DROPPED] = COLLECTOR_DROPPED,
	    [LETTER_ASIDE] = COLLECTOR_KEPT,
	};
	char where[1024] = "";

	if (l->fate == LETTER_KEPT)
		(void)snprintf(where, sizeof where, "%s/%s",
		    outbox_path(l->outbox), l->name);
	else if (l->fate == LETTER_BOXED)
		(void)snprintf(where, sizeof where, "%s/%s",
		    l->collector->options->mailbox_dir, l->record->user);
	/* That it still waits is nothing new. */
	if (l->fate != LETTER_KEPT || !l->again)
		talk_word(l->collector->talk,
		    &(struct collector_message){.word = WORD_DONE,
			.id = l->name,
			.mail = how[l->fate],
			.text = where});
}

static bool
is_for_mailbox(const struct letter *l)
{
	return mail_rule_is_for_mailbox(l->collector->personality, l->record);
}

static void
keep_for_mailbox(struct letter *l)
{
	l->fate = LETTER_KEPT;
	if (!l->tries.final)
		letter_set_why(l,
		    "no mailer can be given the name of this user");
	l->tries.final = true;
}

void
delivery_run(struct letter *l)
{
	bool no_mta = mailer_is_missing(l->collector);

	if (l->fate == LETTER_OPEN && !l->in_file)
		l->fate = LETTER_NOTHING;
	else if (l->fate == LETTER_OPEN && is_for_mailbox(l))
		keep_for_mailbox(l);
	else if (l->fate == LETTER_OPEN && (no_mta || l->tries.final))
		l->fate = LETTER_KEPT;
	else if (l->fate == LETTER_OPEN)
		send(l);
	if (l->fate == LETTER_TAKEN)
		deferred_accepted(l);
	else if (l->fate == LETTER_KEPT)
		deferred_add(l, no_mta);
	fd_close(&l->fd);
	tell_done(l);
}

/* A letter from the outbox */

/* What need not be sent: its run was good, and its mail is for bad ones. */
static bool
is_unwanted(const struct letter *l)
{
	return l->record->recipient == NULL ||
	       (l->record->mail == MAIL_ON_FAILURE &&
		   !run_record_failed(l->record));
}

static struct letter *
open_letter(struct worker *w, struct outbox *outbox)
{
	enum letter_open_verdict verdict;
	struct letter *l;

	worker_risk(w);
	l = letter_open(w, outbox, w->name, &verdict);
	worker_safe(w);
	switch (verdict) {
	case LETTER_OPEN_GOOD:
		if (!is_unwanted(l))
			return l;
		letter_remove(l);
		letter_free(l);
		break;
	case LETTER_OPEN_EMPTY:
		(void)outbox_remove(outbox, w->name);
		break;
	case LETTER_OPEN_STRANGE:
		job_log(w->collector, NULL, LOG_ERR, "CRON", "MAIL", 0,
		    "%s/%s is no letter that can be read; it is set aside "
		    "as " OUTBOX_ASIDE "%s",
		    outbox_path(outbox), w->name, w->name);
		(void)outbox_set_aside(outbox, w->name);
		break;
	case LETTER_OPEN_BUSY:
	case LETTER_OPEN_NOT_NOW:
		talk_waits(w->collector->talk, w, w->name, NOT_NOW_SECS,
		    outbox_bytes(outbox, w->name));
		break;
	case LETTER_OPEN_GONE:
		break;
	}
	return NULL;
}

/* One that an earlier collector has tried may have to wait on. */
static bool
waits_on(struct letter *l)
{
	struct worker *w = l->worker;
	uint64_t left = deferred_left(l);

	l->early_secs = w->early_secs;
	if (!w->unread || left == 0)
		return false;
	if (w->asked) {
		l->early_secs = left;
		return false;
	}
	talk_waits(w->collector->talk, w, l->name, left,
	    outbox_bytes(l->outbox, l->name));
	return true;
}

static void
try_again(struct letter *l)
{
	bool no_mta = mailer_is_missing(l->collector);

	if (waits_on(l))
		return;
	if (!no_mta && !l->tries.final && letter_open_prepare(l) != 0 &&
	    (errno != EMSGSIZE || l->headers_at == 0))
		delivery_keep(l, LOG_ERR, "the letter can't be completed");
	delivery_run(l);
}

/* A run that goes on reading has handed it on. */
static void
go_on(struct letter *l, struct worker *w, struct outbox *outbox)
{
	if (letter_reopen(l, w, outbox) != 0 && l->in_file &&
	    l->fate == LETTER_OPEN)
		delivery_keep(l, LOG_ERR, "the letter can't be opened");
	delivery_run(l);
}

static void
remove_letter(struct worker *w, struct outbox *outbox)
{
	uint64_t bytes = outbox_bytes(outbox, w->name);
	int fd;

	worker_risk(w);
	fd = outbox_again(outbox, w->name);
	if (fd >= 0 && letter_lock(fd)) {
		job_log(w->collector, NULL, LOG_ERR, "CRON", "MAIL", 0,
		    "the outbox is full: dropped its oldest letter %s, %llu "
		    "bytes",
		    w->name, (unsigned long long)bytes);
		(void)!ftruncate(fd, 0);
		(void)outbox_remove(outbox, w->name);
	}
	fd_close(&fd);
	worker_safe(w);
}

void
delivery(struct worker *w, int fifo, int record_fd)
{
	struct outbox *outbox =
	    outbox_open_user(w->collector->options->outbox_dir);
	struct letter *l = NULL;

	(void)fifo;
	(void)record_fd;
	if (outbox == NULL || outbox_ready(outbox) != 0) {
		if (w->letter != NULL)
			letter_free(w->letter);
		talk_waits(w->collector->talk, w, w->name, NOT_NOW_SECS, 0);
		outbox_close(outbox);
		return;
	}
	if (w->kind == WORKER_REMOVE)
		remove_letter(w, outbox);
	else if (w->letter != NULL)
		go_on(l = w->letter, w, outbox);
	else if ((l = open_letter(w, outbox)) != NULL)
		try_again(l);
	if (l != NULL)
		letter_free(l);
	outbox_close(outbox);
}

/* A letter at its cap */

static bool
may_stream(const struct letter *l)
{
	const struct run_record *record = l->record;

	if (l->fd < 0 || record->recipient == NULL || is_for_mailbox(l))
		return false;
	/* Still undecided; where it is decided sink_of has seen it. */
	if (record->mail == MAIL_ON_FAILURE && !record->ended)
		return false;
	return !mailer_is_missing(l->collector) && look_up(l) == ACCOUNT_FOUND;
}

int
delivery_stream(struct letter *l)
{
	struct mailer_stream_letter letter = {
	    .fd = l->fd,
	    .body_at = l->body_at + l->first,
	    .end = l->body_at + l->body_len,
	};

	bool before = l->streamed;

	if (!may_stream(l))
		return -1;
	l->streamed = l->mailing = true;
	if (letter_front_write_headers(l, l->fd, false) == 0 &&
	    letter_front_write_label(l, l->fd) == 0) {
		letter.from =
		    l->collector->body_only ? l->text_at : l->headers_at;
		l->stream = mailer_stream_start(l->worker, l->record, &letter);
	}
	if (l->stream != NULL)
		return 0;
	l->streamed = before;
	l->mailing = false;
	(void)letter_front_write_label(l, l->fd);
	return -1;
}

bool
delivery_stream_ended(struct letter *l, const struct mailer_end *end,
    bool whole, uint64_t first)
{
	l->stream = NULL;
	l->first = first - l->body_at;
	if (settle(l, end, whole))
		return true;
	l->broken = true;
	(void)letter_front_write_label(l, l->fd);
	return false;
}
