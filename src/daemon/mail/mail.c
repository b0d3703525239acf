/*
 * The mail. Owns the office, all posts, the queue of those that wait for one
 * of the 16 mailers, and by daemon/mail/deferred.c the letters that nobody
 * took.
 *
 * A letter's way: mail_begin, bytes by post_take, mail_send; then at once to
 * the bin (nothing in it, or nobody wants it), or into the queue, to a mailer,
 * and out of the outbox. What fails on that way stays there, and begins it
 * again in the queue.
 */
#include "daemon/mail/mail.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "core/mailcmd.h"
#include "core/random.h"
#include "core/run_state.h"
#include "daemon/mail/mail_address.h"
#include "daemon/mail/letter_open.h"
#include "daemon/mail/deliver.h"
#include "daemon/mail/job_log.h"
#include "daemon/mail/deferred.h"
#include "daemon/mail/mailer.h"
#include "daemon/mail/office.h"
#include "daemon/mail/post.h"
#include "daemon/mail/post_adopt.h"
#include "sys/fd.h"

#define LOG_MASK_FAILED 4 /* Debian's -L 4 */
#define LIMIT_SECS      3600
#define DAY_SECS        ((uint64_t)86400)
#define MIB             ((uint64_t)1 << 20)
#define LATE_MAX        64   /* letters of late output of one user */
#define HASHES          1024 /* of names; a power of 2 */

struct mail {
	struct office office;
	struct post_list all; /* every post there is */
	LIST_HEAD(, post) by_name[HASHES];
	struct post_list waiting; /* complete, no mailer yet */
	size_t count;
	size_t again; /* of these, tried again */
	unsigned mailers;
	struct deferred *kept;
	char host[256];
};

static bool is_busy(void *context, const char *name);
static bool has_room(void *context);
static void send_again(void *context, struct post *);
static void gone(void *context, struct post *);
static void here(void *context, struct post *);

/* Setting up */

static int
office_command(struct office *office)
{
	const char *command = office->config.command;
	struct mailcmd_values values = {.recipient = "root"};
	enum mailcmd_verdict verdict;
	struct mailcmd cmd;

	if (command == NULL)
		return 0;
	if (strcmp(command, "off") == 0) {
		office->off = true;
		return 0;
	}
	verdict = mailcmd_split(&cmd, command, &values);
	if (verdict != MAILCMD_GOOD) {
		errno = verdict == MAILCMD_NO_MEMORY ? ENOMEM : EINVAL;
		return -1;
	}
	office->body_only = cmd.placeholders;
	mailcmd_clear(&cmd);
	return 0;
}

static void
office_style(struct mail *mail)
{
	const struct mail_config *config = &mail->office.config;

	if (gethostname(mail->host, sizeof mail->host) != 0)
		strcpy(mail->host, "localhost");
	mail->host[sizeof mail->host - 1] = '\0';
	mail->office.style = (struct mail_headers_style){
	    .personality = config->personality,
	    .host = mail->host,
	    .full_host = config->full_hostname,
	    .charset = nl_langinfo(CODESET),
	    .mark_failed = (config->log_mask & LOG_MASK_FAILED) != 0,
	};
}

/* What the config leaves to us. */
static void
office_defaults(struct mail_config *config)
{
	if (config->limit_secs == 0)
		config->limit_secs = LIMIT_SECS;
	if (config->backoff.count == 0)
		backoff_default(&config->backoff);
	if (config->outbox_secs == 0)
		config->outbox_secs = 30 * DAY_SECS;
	if (config->mailbox_max == 0)
		config->mailbox_max = 50 * MIB;
	if (config->warn_secs == 0)
		config->warn_secs = 3600;
	if (config->sent_max == 0)
		config->sent_max = 64 * MIB;
	if (config->sent_secs == 0)
		config->sent_secs = 7 * DAY_SECS;
}

static int
open_kept(struct mail *mail)
{
	const struct deferred_hooks hooks = {
	    .context = mail,
	    .busy = is_busy,
	    .room = has_room,
	    .send = send_again,
	    .gone = gone,
	    .here = here,
	};

	mail->kept = deferred_new(&mail->office, &hooks);
	return mail->kept != NULL ? 0 : -1;
}

struct mail *
mail_new(const struct mail_config *config)
{
	struct mail *mail = calloc(1, sizeof *mail);
	struct office *office;

	if (mail == NULL)
		return NULL;
	office = &mail->office;
	office->config = *config;
	office_defaults(&office->config);
	office->as_root = geteuid() == 0;
	TAILQ_INIT(&mail->all);
	TAILQ_INIT(&mail->waiting);
	office_style(mail);
	office->null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (office->null_fd < 0 || office_command(office) != 0)
		goto fail;
	office->outbox = outbox_open(config->outbox_dir);
	if (office->outbox == NULL || open_kept(mail) != 0)
		goto fail;
	if (outbox_ready(office->outbox) != 0 &&
	    config->output != OUTPUT_LOGGED)
		log_event(config->log, LOG_ERR, "CRON", "MAIL", errno,
		    "can't use %s, which must be a directory of uid %ld's in "
		    "another that only he can write to; output of jobs is "
		    "discarded until it is",
		    config->outbox_dir, (long)geteuid());
	office->lines_too = config->output == OUTPUT_BOTH;
	if (!config->personality->debian && config->output == OUTPUT_MAILED &&
	    deliver_no_mta(office)) {
		office->lines_too = true;
		log_event(config->log, LOG_INFO, "CRON", "INFO", 0,
		    "Syslog will be used instead of sendmail.");
	}
	return mail;
fail:
	outbox_close(office->outbox);
	fd_close(&office->null_fd);
	free(mail);
	return NULL;
}

/* At a start each letter in the outbox is looked up among all posts. */
static size_t
hash_of(const char *name)
{
	return random_mix(0, name, strlen(name)) & (HASHES - 1);
}

static void
enlist(struct mail *mail, struct post *post)
{
	TAILQ_INSERT_TAIL(&mail->all, post, all);
	LIST_INSERT_HEAD(&mail->by_name[hash_of(post->name)], post, same_hash);
	mail->count++;
	mail->again += post->again;
}

void
mail_forget(struct mail *mail, struct post *post)
{
	TAILQ_REMOVE(&mail->all, post, all);
	LIST_REMOVE(post, same_hash);
	if (post->is_waiting)
		TAILQ_REMOVE(&mail->waiting, post, waiting);
	mail->count--;
	mail->again -= post->again;
	post_free(post);
}

void
mail_free(struct mail *mail)
{
	struct post *post;

	if (mail == NULL)
		return;
	deferred_free(mail->kept);
	while ((post = TAILQ_FIRST(&mail->all)) != NULL) {
		if (post->hooks != NULL && post->hooks->forget != NULL)
			post->hooks->forget(post->context);
		mail_forget(mail, post);
	}
	outbox_close(mail->office.outbox);
	fd_close(&mail->office.null_fd);
	free(mail);
}

size_t
mail_count(const struct mail *mail)
{
	return mail->count;
}

int
mail_address(struct mail *mail, const struct env *env, const char *user,
    bool on_failure, enum mail_rule *what, char **recipient, char **sender)
{
	const struct office *office = &mail->office;

	*recipient = *sender = NULL;
	*what = MAIL_SYSLOG;
	if (office->config.output == OUTPUT_LOGGED)
		return 0;
	/* cronie without sendmail logs output that nobody gets, too. */
	if (!office->lines_too)
		*what = MAIL_NEVER;
	if (office->off)
		return 0;
	if (mail_address_find(office, env, user, recipient, sender) == -1)
		return -1;
	if (*recipient != NULL)
		*what = on_failure ? MAIL_ON_FAILURE : MAIL_ALWAYS;
	return 0;
}

void
mail_job_began(struct mail *mail, const struct run_record *record)
{
	mail_address_log_unexpanded(&mail->office, record);
}

/* What is kept */

static void
here(void *context, struct post *post)
{
	enlist(context, post);
}

static void
gone(void *context, struct post *post)
{
	mail_forget(context, post);
}

static bool
is_busy(void *context, const char *name)
{
	struct mail *mail = context;
	struct post *post;

	LIST_FOREACH(post, &mail->by_name[hash_of(name)], same_hash)
		if (strcmp(post->name, name) == 0)
			return true;
	return false;
}

/* Letters tried again have half of the mailers: they may all fail, slowly. */
static bool
has_room(void *context)
{
	const struct mail *mail = context;
	size_t max = mail->office.config.mailers_max / 2;

	return mail->again < (max > 0 ? max : 1);
}

void
mail_recover(struct mail *mail)
{
	deferred_recover(mail->kept);
}

void
mail_flush_if_marked(struct mail *mail)
{
	deferred_flush_if_marked(mail->kept);
}

/* The letter's way is at its end, or has a bend. One that was taken goes before
 * its state does: a letter without one would be mailed again, and nothing would
 * say so. */
static void
finish(struct mail *mail, struct post *post, bool no_mta)
{
	bool kept = post->kept;

	if (post->taken)
		deferred_letter_accepted(mail->kept, post);
	post_done_with(post);
	if (!post->taken && kept && deferred_add(mail->kept, post, no_mta))
		return;
	mail_forget(mail, post);
	if (kept)
		deferred_bound(mail->kept);
}

/* Sending */

/* A mailer runs as its user, who may keep it as long as it is let: he has no
 * more than half of them, even while nobody else waits. */
static bool
has_his_share(const struct mail *mail, uid_t uid)
{
	unsigned max = mail->office.config.mailers_max, his = 0;
	const struct post *post;

	if (uid == geteuid())
		return false;
	TAILQ_FOREACH(post, &mail->all, all)
		his += post->mailer != NULL && post->record->uid == uid;
	return his >= (max > 1 ? max / 2 : 1);
}

static struct post *
next_waiting(struct mail *mail)
{
	struct post *post;

	/* Of many letters of one user the first tells about all in a row. */
	uid_t full = (uid_t)-1;

	if (mail->mailers >= mail->office.config.mailers_max)
		return NULL;
	TAILQ_FOREACH(post, &mail->waiting, waiting) {
		if (post->record->uid == full)
			continue;
		if (!has_his_share(mail, post->record->uid))
			return post;
		full = post->record->uid;
	}
	return NULL;
}

static void
start_mailers(struct mail *mail)
{
	struct post *post;

	while ((post = next_waiting(mail)) != NULL) {
		TAILQ_REMOVE(&mail->waiting, post, waiting);
		post->is_waiting = false;
		if (deliver_start(post) == 0)
			mail->mailers++;
		else
			finish(mail, post, false);
	}
}

static void
wait_for_mailer(struct mail *mail, struct post *post)
{
	TAILQ_INSERT_TAIL(&mail->waiting, post, waiting);
	post->is_waiting = true;
}

/* It may have been mailed, nobody knows: mailed once more, with a note. */
static void
again(struct mail *mail, struct post *post)
{
	fd_close(&post->fd);
	if (letter_open_prepare(post) == 0) {
		wait_for_mailer(mail, post);
		return;
	}
	deliver_keep(post, LOG_ERR, "the letter can't be mailed again");
	finish(mail, post, false);
}

static void
mailer_done(void *context, struct post *post)
{
	struct mail *mail = context;

	assert(mail->mailers > 0);
	mail->mailers--;
	if (post->doubtful)
		again(mail, post);
	else
		finish(mail, post, false);
	start_mailers(mail);
	deferred_run_due(mail->kept);
}

static void
stream_done(void *context, struct post *post)
{
	finish(context, post, false);
}

static void
queue(struct mail *mail, struct post *post)
{
	wait_for_mailer(mail, post);
	start_mailers(mail);
}

static void
send_again(void *context, struct post *post)
{
	struct mail *mail = context;

	post->done = mailer_done;
	post->done_context = mail;
	queue(mail, post);
}

struct post *
mail_begin(struct mail *mail, struct run_record *record, unsigned part)
{
	struct post *post = post_new(&mail->office, record, part);

	if (post != NULL)
		enlist(mail, post);
	return post;
}

static bool
is_late(const struct post *post, uid_t uid)
{
	return post->record->uid == uid && post->hooks != NULL &&
	       post->hooks->enough != NULL;
}

void
mail_bound_late(struct mail *mail, uid_t uid)
{
	struct post *post, *oldest = NULL;
	size_t count = 0;

	TAILQ_FOREACH(post, &mail->all, all) {
		if (!is_late(post, uid))
			continue;
		if (oldest == NULL)
			oldest = post;
		count++;
	}
	/* One came, one goes. */
	if (count > LATE_MAX)
		oldest->hooks->enough(oldest->context);
}

size_t
mail_soon(const struct mail *mail)
{
	const struct post *post;
	size_t count = 0;

	TAILQ_FOREACH(post, &mail->all, all)
		count += !is_late(post, post->record->uid);
	return count;
}

static bool
is_unwanted(const struct run_record *record)
{
	return record->mail == MAIL_NEVER || record->mail == MAIL_SYSLOG ||
	       (record->mail == MAIL_ON_FAILURE && !run_record_failed(record));
}

void
mail_send(struct mail *mail, struct post *post)
{
	bool streamed = post->stream != NULL;

	if (!streamed && is_unwanted(post->record)) {
		post_remove(post);
		post->lost = 0;
	}
	if (post_complete(post, streamed ? stream_done : mailer_done, mail) !=
	    0) {
		finish(mail, post, false);
	} else if (streamed) {
		return; /* goes on by itself */
	} else if (!post->in_file) {
		finish(mail, post, false);
	} else if (deliver_no_mta(&mail->office)) {
		post->kept = true;
		finish(mail, post, true);
	} else {
		queue(mail, post);
	}
}

struct post *
mail_adopt(struct mail *mail, const struct run_state *state)
{
	struct post *post = post_adopt(&mail->office, state);

	if (post != NULL)
		enlist(mail, post);
	return post;
}

void
mail_adopt_sent(struct mail *mail, const struct run_state *state)
{
	struct post *post = mail_adopt(mail, state);

	if (post == NULL) {
		job_log(mail->office.config.log,
		    mail->office.config.personality, state->record, LOG_ERR,
		    state->record->user, "MAIL", ENOMEM,
		    "can't take over the letter %s", state->record->id);
		return;
	}
	post->over = true;
	/* What is missing was noted in it when it was completed. */
	if (post->headers_at != 0 && !post->second)
		post->lost = 0;
	if ((post->mailer_pid == 0 && !post->starting) || !post->in_file) {
		mail_send(mail, post);
		return;
	}
	post->complete = true;
	post->done = mailer_done;
	post->done_context = mail;
	/* The 16 may be exceeded: these are there already. */
	mail->mailers++;
	if (post->mailer_pid == 0 || deliver_adopt(post) != 0) {
		post->starting = false;
		deliver_log_unknown(post);
		post->doubtful = true;
		mailer_done(mail, post);
	}
}

void
mail_poll_children(struct mail *mail)
{
	struct post *post = TAILQ_FIRST(&mail->all);

	/* What is told may change the list. */
	while (post != NULL)
		if (post->mailer != NULL && mailer_poll(post->mailer))
			post = TAILQ_FIRST(&mail->all);
		else
			post = TAILQ_NEXT(post, all);
}

void
mail_hand_over(struct mail *mail, bool in_place)
{
	struct post *post;

	TAILQ_FOREACH(post, &mail->all, all)
		post_hand_over(post, in_place);
}
