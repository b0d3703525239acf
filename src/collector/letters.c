/*
 * Letters that wait, and mailers. crond has one timer for all users and grants
 * mailers in turns; where there is no crond, one mailer at a time.
 */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "collector/mail_users.h"
#include "collector/archive.h"
#include "collector/delivery.h"
#include "collector/hub.h"
#include "collector/job_log.h"
#include "collector/letter.h"
#include "collector/run_file.h"
#include "sys/clock.h"

#define SECOND_NS   ((int64_t)1000000000)
#define THREADS_MAX 8 /* of letters that waited */
#define AGAIN_SECS  60

/* The outbox */

/* A run's letters are ID and ID-2; once it has late output, the first one is
 * another thread's, and where that is too much, both are. */
static bool
is_its(const struct worker *w, const char *name)
{
	size_t len = strlen(w->name);

	if (w->kind != WORKER_RUN)
		return strcmp(w->name, name) == 0;
	if (strncmp(w->name, name, len) != 0 || w->enough)
		return false;
	return name[len] == '-' || (name[len] == '\0' && !w->late);
}

/* Is some worker at it? */
static bool
is_busy(const struct hub *h, const char *name)
{
	const struct worker *w;

	TAILQ_FOREACH(w, &h->workers, all)
		if (is_its(w, name))
			return true;
	return false;
}

void
letters_scan(struct hub *h)
{
	struct outbox_names names;
	size_t i;

	h->expire_at = archive_expire(&h->collector);
	if (h->outbox == NULL || outbox_ready(h->outbox) != 0) {
		if (h->options.output != OUTPUT_LOGGED)
			job_log(&h->collector, NULL, LOG_ERR, "CRON", "MAIL",
			    errno,
			    "can't use %s, which must be a directory of uid "
			    "%ld's in another that only he can write to; "
			    "output of jobs is discarded until it is",
			    h->options.outbox_dir, (long)geteuid());
		return;
	}
	if (outbox_list(h->outbox, &names) != 0)
		job_log(&h->collector, NULL, LOG_ERR, "CRON", "MAIL", errno,
		    "letters in %s wait for the next start",
		    h->options.outbox_dir);
	for (i = 0; i < names.count; i++)
		if (!is_busy(h, names.list[i]))
			(void)waiting_add(&h->waiting, names.list[i], 0,
			    outbox_bytes(h->outbox, names.list[i]), true);
	outbox_names_clear(&names);
	mail_alert_init(h);
}

/* Attempts */

static struct worker *
add_worker(struct hub *h, enum worker_kind kind, const char *name)
{
	struct worker *w = worker_new(&h->collector, kind, delivery, name);

	if (w == NULL)
		return NULL;
	w->told.crond = h->crond >= 0;
	TAILQ_INSERT_TAIL(&h->workers, w, all);
	h->letters++;
	h->idle_said = false;
	return w;
}

/* Is it the output of a run that another collector still reads? When that one
 * is gone, crond has us go on with the run, and with its letter. */
static bool
is_growing(const struct hub *h, const char *name)
{
	struct run_file file;
	struct run_record *record =
	    h->options.runs_dir != NULL
		? run_file_read(h->options.runs_dir, name, -1, &file)
		: NULL;

	if (record == NULL)
		return false;
	run_record_unref(record);
	return !file.over;
}

static void
attempt(struct hub *h, const struct waiting_letter *letter,
    enum worker_kind kind)
{
	int64_t early_ns = letter->due_ns - clock_mono_ns();
	struct worker *w = NULL;

	if (!is_busy(h, letter->name) && !is_growing(h, letter->name))
		w = add_worker(h, kind, letter->name);
	if (w == NULL) {
		(void)waiting_add(&h->waiting, letter->name, AGAIN_SECS,
		    letter->bytes, letter->unread);
		return;
	}
	w->early_secs = early_ns > 0 ? (uint64_t)(early_ns / SECOND_NS) : 0;
	w->unread = letter->unread;
	w->asked = letter->asked;
	runs_start(h, w);
}

static int64_t
wall_at(int64_t mono_ns)
{
	int64_t left = mono_ns - clock_mono_ns();

	return (clock_wall_ns() + (left > 0 ? left : 0)) / SECOND_NS +
	       (left > 0);
}

static int64_t
sooner(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a == 0 ? b : a;
	return a < b ? a : b;
}

static void
tell_kept(struct hub *h)
{
	int64_t due_ns = waiting_due_ns(&h->waiting);
	struct kept kept = {h->waiting.count, h->waiting.bytes, 0};

	if (due_ns != INT64_MAX)
		kept.at = wall_at(due_ns);
	kept.at = sooner(kept.at, h->expire_at);
	if (h->alert.failing && !h->alert.said)
		kept.at = sooner(kept.at, h->alert.due_at);
	/* The same instant, worked out again, may be a second off. */
	if (h->kept_said && kept.count == h->kept.count &&
	    kept.bytes == h->kept.bytes && kept.at >= h->kept.at - 1 &&
	    kept.at <= h->kept.at + 1)
		return;
	h->kept = kept;
	h->kept_said = true;
	link_say(h, &(struct collector_message){.word = WORD_KEPT,
			.number = kept.count,
			.bytes = kept.bytes,
			.at = kept.at});
}

void
letters_pump(struct hub *h)
{
	struct waiting_letter letter;

	while (h->letters < THREADS_MAX && waiting_pop(&h->removing, &letter)) {
		attempt(h, &letter, WORKER_REMOVE);
		free(letter.name);
	}
	while (h->letters < THREADS_MAX && waiting_pop(&h->waiting, &letter)) {
		attempt(h, &letter, WORKER_LETTER);
		free(letter.name);
	}
	if (h->expire_at != 0 && clock_wall_ns() / SECOND_NS >= h->expire_at)
		h->expire_at = archive_expire(&h->collector);
	mail_alert_look(h);
	if (h->greeted)
		tell_kept(h);
}

int64_t
letters_due_ns(const struct hub *h)
{
	int64_t due_ns = INT64_MAX, alert_ns;

	if (h->letters < THREADS_MAX)
		due_ns = waiting_due_ns(&h->waiting);
	if (!h->alert.failing || h->alert.said)
		return due_ns;
	alert_ns =
	    clock_mono_ns() + h->alert.due_at * SECOND_NS - clock_wall_ns();
	return alert_ns < due_ns ? alert_ns : due_ns;
}

void
letters_waits(struct hub *h, const struct talk_item *item)
{
	if (waiting_add(&h->waiting, item->bytes, item->secs, item->number,
		false) != 0)
		job_log(&h->collector, NULL, LOG_ERR, "CRON", "MAIL", ENOMEM,
		    "letter %s waits for the next start", item->bytes);
	if (item->worker->flush)
		(void)snprintf(item->worker->again, sizeof item->worker->again,
		    "%s", item->bytes);
	item->worker->flush = false;
}

void
letters_worker_gone(struct hub *h, const struct worker *w)
{
	if (w->again[0] != '\0')
		waiting_ask(&h->waiting, w->again);
}

/* A run reads on; its letter is done with by a thread of its own. */
void
letters_handed_on(struct hub *h, struct letter *letter)
{
	struct worker *w = add_worker(h, WORKER_LETTER, letter->name);

	if (w == NULL) {
		(void)waiting_add(&h->waiting, letter->name, AGAIN_SECS, 0,
		    true);
		letter_free(letter);
		return;
	}
	w->letter = letter;
	runs_start(h, w);
}

void
letters_flush(struct hub *h)
{
	struct worker *w;

	waiting_ask(&h->waiting, NULL);
	/* One whose attempt began before, and fails, is among them; so is one
	 * that is only looked at now, and found to wait. */
	TAILQ_FOREACH(w, &h->workers, all)
		w->flush = true;
}

void
letters_drop(struct hub *h, uint64_t bytes)
{
	struct outbox_names names;
	uint64_t size;
	size_t i;

	if (h->outbox == NULL || outbox_ready(h->outbox) != 0 ||
	    outbox_list(h->outbox, &names) != 0)
		return;
	for (i = 0; i < names.count && bytes > 0; i++) {
		if (is_busy(h, names.list[i]))
			continue;
		size = outbox_bytes(h->outbox, names.list[i]);
		bytes -= size < bytes ? size : bytes;
		(void)waiting_remove(&h->waiting, names.list[i]);
		(void)waiting_add(&h->removing, names.list[i], 0, 0, false);
	}
	outbox_names_clear(&names);
	h->kept_said = false;
}

/* Mailers */

static void
grant(struct hub *h, struct worker *w)
{
	pthread_mutex_lock(&h->collector.lock);
	w->told.granted = true;
	pthread_mutex_unlock(&h->collector.lock);
	w->granted = true;
	worker_wake(w);
}

void
letters_grant_alone(struct hub *h)
{
	struct worker *w, *first = NULL;

	if (h->crond >= 0)
		return;
	TAILQ_FOREACH(w, &h->workers, all) {
		if (w->mailing[0] == '\0')
			continue;
		if (w->granted)
			return;
		if (first == NULL)
			first = w;
	}
	if (first != NULL)
		grant(h, first);
}

void
letters_want(struct hub *h, struct worker *w, const char *name)
{
	(void)strncpy(w->mailing, name, sizeof w->mailing - 1);
	w->granted = w->flush = false;
	if (h->crond >= 0)
		link_say(h,
		    &(struct collector_message){.word = WORD_WANT, .id = name});
	else
		letters_grant_alone(h);
}

void
letters_grant(struct hub *h, const char *name)
{
	struct worker *w;

	TAILQ_FOREACH(w, &h->workers, all)
		if (strcmp(w->mailing, name) == 0) {
			grant(h, w);
			return;
		}
	link_say(h, &(struct collector_message){.word = WORD_FREE, .id = name});
}

void
letters_free(struct hub *h, struct worker *w, const char *name)
{
	memset(w->mailing, 0, sizeof w->mailing);
	w->granted = false;
	if (h->crond >= 0)
		link_say(h,
		    &(struct collector_message){.word = WORD_FREE, .id = name});
	letters_grant_alone(h);
}
