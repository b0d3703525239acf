/*
 * Workers, as main sees them. A run without output has no thread: its FIFO is
 * polled, which takes none of its locks, and the thread begins with the first
 * byte, the hang-up or the end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/hub.h"
#include "collector/job_log.h"
#include "collector/run_file.h"
#include "collector/run_output.h"
#include "sys/clock.h"

#define SECOND_NS ((int64_t)1000000000)
#define HANG_NS   (30 * SECOND_NS)
#define LATE_MAX  64 /* late outputs that are kept */

struct worker *
runs_find(struct hub *h, const char *id)
{
	struct worker *w;

	TAILQ_FOREACH(w, &h->workers, all)
		if (w->kind == WORKER_RUN && !w->over &&
		    strcmp(w->name, id) == 0)
			return w;
	return NULL;
}

void
runs_start(struct hub *h, struct worker *w)
{
	w->wanted = true;
	if (w->threaded)
		return;
	if (w->polled) {
		(void)epoll_ctl(h->epoll, EPOLL_CTL_DEL, w->fifo, NULL);
		w->polled = false;
	}
	/* They are root's, so no limit of the user's own bounds them. */
	if (h->threads >= h->threads_max || worker_start(w) != 0)
		h->retry_ns = clock_mono_ns() + SECOND_NS;
	else
		h->threads++;
}

void
runs_readable(struct hub *h, struct worker *w)
{
	runs_start(h, w);
}

static struct worker *
add_run(struct hub *h, const char *id)
{
	struct worker *w =
	    worker_new(&h->collector, WORKER_RUN, run_output, id);

	if (w == NULL)
		return NULL;
	w->told.crond = h->crond >= 0;
	TAILQ_INSERT_TAIL(&h->workers, w, all);
	h->held++;
	h->idle_said = false;
	return w;
}

/* What can be known of a descriptor without touching what it is of. */
static bool
is_file(int fd)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static void
poll_fifo(struct hub *h, struct worker *w)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = w};

	w->polled = epoll_ctl(h->epoll, EPOLL_CTL_ADD, w->fifo, &event) == 0;
	if (!w->polled)
		runs_start(h, w);
}

void
runs_begin(struct hub *h, const char *id, int fd)
{
	struct worker *w = runs_find(h, id);

	if (w == NULL)
		w = add_run(h, id);
	/* Without memory its FIFO stays open and unread: crond hears of no
	 * have, and leaves us alone. */
	if (w == NULL)
		return;
	if (is_file(fd)) {
		w->record_fd = fd;
		return;
	}
	/* None is taken twice. */
	if (w->fifo < 0 && !w->wanted) {
		w->fifo = fd;
		if (fd >= 0)
			poll_fifo(h, w);
		else
			runs_start(h, w);
	}
	link_say(h,
	    &(struct collector_message){.word = WORD_HAVE, .id = w->name});
}

static void
tell(struct hub *h, struct worker *w, const struct worker_told *told)
{
	pthread_mutex_lock(&h->collector.lock);
	w->told = *told;
	pthread_mutex_unlock(&h->collector.lock);
	worker_wake(w);
}

void
runs_ended(struct hub *h, const struct collector_message *m)
{
	static const enum worker_end ends[] = {
	    [END_KNOWN] = WORKER_ENDED,
	    [END_UNKNOWN] = WORKER_ENDED_UNKNOWN,
	    [END_NONE] = WORKER_NO_JOB,
	};
	struct worker *w = runs_find(h, m->id);
	struct worker_told told;

	if (w == NULL)
		return;
	told = worker_told(w);
	if (told.end == WORKER_NOT_ENDED) {
		told.end = ends[m->end];
		told.status = m->status;
	}
	if (told.end == WORKER_NO_JOB) {
		w->over = true;
		h->held--;
	}
	tell(h, w, &told);
	runs_start(h, w);
}

void
runs_tell_crond(struct hub *h, bool crond)
{
	struct worker_told told;
	struct worker *w;

	TAILQ_FOREACH(w, &h->workers, all) {
		told = worker_told(w);
		told.crond = crond;
		tell(h, w, &told);
	}
}

/* One that did not answer, and was left alone, still has its runs. */
static bool
is_anothers(struct hub *h, uint64_t generation)
{
	return generation != 0 && generation != h->options.generation &&
	       link_is_there(h, generation);
}

static void
recover(struct hub *h, const char *id)
{
	struct run_file file;
	struct run_record *record =
	    run_file_read(h->options.runs_dir, id, -1, &file);
	struct worker *w;

	if (record == NULL)
		return;
	run_record_unref(record);
	if (file.over || is_anothers(h, file.generation))
		return;
	w = add_run(h, id);
	if (w != NULL)
		runs_start(h, w);
}

void
runs_recover(struct hub *h)
{
	char **ids;
	size_t count, i;

	if (h->options.runs_dir == NULL ||
	    run_file_list(h->options.runs_dir, false, &ids, &count) != 0)
		return;
	for (i = 0; i < count; i++) {
		recover(h, ids[i]);
		free(ids[i]);
	}
	free(ids);
}

/* ".late.GENERATION.ID", of a collector that is gone. */
static void
recover_late(struct hub *h, const char *name)
{
	const char *dir = h->options.runs_dir, *id;
	char ours[RUN_FILE_NAME], *end;
	uint64_t generation = strtoull(name + strlen(RUN_FILE_LATE), &end, 10);
	struct worker *w;

	if (*end != '.' || is_anothers(h, generation))
		return;
	id = end + 1;
	run_file_late_name(ours, h->options.generation, id);
	if (run_file_rename_fifo(dir, name, ours) != 0)
		return;
	w = add_run(h, id);
	if (w == NULL)
		return;
	h->held--;
	w->over = w->late = true;
	runs_start(h, w);
}

void
runs_recover_late(struct hub *h)
{
	char **names;
	size_t count, i;

	if (h->options.runs_dir == NULL || h->options.generation == 0 ||
	    run_file_list(h->options.runs_dir, true, &names, &count) != 0)
		return;
	for (i = 0; i < count; i++) {
		recover_late(h, names[i]);
		free(names[i]);
	}
	free(names);
}

/* Notices */

/* Of late outputs a user has his share: of the oldest beyond that no more is
 * kept. */
static void
bound_late(struct hub *h, struct worker *latest)
{
	struct worker *w, *oldest = NULL;
	struct worker_told told;
	size_t count = 0;

	/* In the order in which they became late. */
	TAILQ_REMOVE(&h->workers, latest, all);
	TAILQ_INSERT_TAIL(&h->workers, latest, all);
	latest->late = true;
	TAILQ_FOREACH(w, &h->workers, all) {
		if (!w->late || w->enough)
			continue;
		if (oldest == NULL)
			oldest = w;
		count++;
	}
	if (count <= LATE_MAX)
		return;
	oldest->enough = true;
	told = worker_told(oldest);
	told.enough = true;
	tell(h, oldest, &told);
}

static void
gone(struct hub *h, struct worker *w)
{
	TAILQ_REMOVE(&h->workers, w, all);
	letters_worker_gone(h, w);
	if (w->threaded)
		h->threads--;
	/* Those that wait for one need not wait for a second. */
	if (h->retry_ns != 0 && h->threads == h->threads_max / 4 * 3)
		h->retry_ns = clock_mono_ns();
	if (w->kind == WORKER_RUN && !w->over)
		h->held--;
	if (w->kind != WORKER_RUN)
		h->letters--;
	worker_free(w);
}

/* true: the item is still in use. */
static bool
hear(struct hub *h, struct talk_item *item)
{
	struct worker *w = item->worker;

	switch (item->kind) {
	case TALK_OVER:
		if (!w->over)
			h->held--;
		w->over = true;
		link_send(h, item);
		return true;
	case TALK_WORD:
	case TALK_LINE:
		link_send(h, item);
		return true;
	case TALK_LATE:
		bound_late(h, w);
		break;
	case TALK_WANT:
		letters_want(h, w, item->bytes);
		break;
	case TALK_FREE:
		letters_free(h, w, item->bytes);
		break;
	case TALK_LETTER:
		letters_handed_on(h, item->letter);
		break;
	case TALK_WAITS:
		letters_waits(h, item);
		break;
	case TALK_FAILED:
		mail_alert_failed(h, item->bytes, item->secs);
		break;
	case TALK_TAKEN:
		mail_alert_worked(h);
		break;
	case TALK_GONE:
		gone(h, w);
		break;
	}
	return false;
}

void
runs_hear(struct hub *h)
{
	struct talk_items items;
	struct talk_item *item;

	talk_take(h->collector.talk, &items);
	while ((item = TAILQ_FIRST(&items)) != NULL) {
		TAILQ_REMOVE(&items, item, link);
		if (!hear(h, item))
			free(item);
	}
}

/* Now and then */

static void
look_whether_it_hangs(struct hub *h, struct worker *w, int64_t now)
{
	int64_t since = atomic_load(&w->risky_since_ns);
	const struct run_record *record;
	const char *dir = h->options.runs_dir;

	if (since == 0 || w->hang_logged || now - since < HANG_NS)
		return;
	w->hang_logged = true;
	record = w->kind == WORKER_RUN && dir != NULL
		     ? run_file_read(dir, w->name, -1, NULL)
		     : NULL;
	job_log(&h->collector, record, LOG_WARNING, h->options.name,
	    "COLLECTOR", 0,
	    "a process of user %s's holds up what reads %s %s%s%s: only that "
	    "waits for it",
	    h->options.name,
	    w->kind == WORKER_RUN ? "the output of run" : "letter", w->name,
	    record != NULL ? ", " : "", record != NULL ? record->command : "");
	if (record != NULL)
		run_record_unref((struct run_record *)(uintptr_t)record);
}

void
runs_look(struct hub *h)
{
	int64_t now = clock_mono_ns();
	struct worker *w;

	TAILQ_FOREACH(w, &h->workers, all) {
		if (w->threaded)
			look_whether_it_hangs(h, w, now);
		else if (w->wanted)
			runs_start(h, w);
	}
}
