/*
 * Starts. Owns what is queued (struct start, with a reference to its table).
 * The tick fills the queue; the loop empties it in slices, so that a thousand
 * jobs of one minute hold up neither reaping nor the words of collectors.
 *
 * Every start goes through pass_gate. Today it asks for the user and for the
 * user's collector; limits of load and overlap, and services that answer later,
 * have their place there.
 */
#include "daemon/run/starts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/command.h"
#include "daemon/run/run.h"
#include "daemon/run/run_log.h"
#include "daemon/run/start_queue.h"
#include "sys/clock.h"

/* Starts between two looks at everything else; at most for that long, unless a
 * single one takes longer: each waits for its process to become the job. */
#define SLICE    32
#define SLICE_NS 20000000
/* How often what failed is tried again. */
#define AGAIN_SECS 1.0

struct starts {
	struct runs *runs;
	const struct runs_config *config; /* theirs */
	const struct run_log *log;
	bool as_root;
	bool in_want; /* the log was told that starts fail */
	bool refused; /* nothing is started any more */
	bool freed;   /* what waits has not been started */
	struct start_queue queue;
	/* For a user's account, for a collector, for another try, for a run of
	 * its user to end. */
	struct start_list asking, collecting, again, held;
	size_t count;
	ev_timer slice, retry;
};

enum gate { GATE_NOW, GATE_LATER, GATE_NO };

/* The queue */

static const char *
start_user(const struct start *start)
{
	return entry_user(entry_table(start->entry), start->entry);
}

static void
start_free(struct start *start)
{
	struct starts *starts = start->starts;

	TAILQ_REMOVE(start->list, start, link);
	starts->count--;
	user_cache_cancel(&start->question);
	collector_wait_cancel(&start->wait);
	share_wait_cancel(&start->run_wait);
	share_give(start->account, SHARE_STARTS, 1);
	table_unref(entry_table(start->entry));
	free(start);
	if (starts->count == 0 && !starts->freed &&
	    starts->config->hooks != NULL)
		starts->config->hooks->settled(starts->config->context);
}

static void
go_on(void *context)
{
	struct starts *starts = context;

	if (!starts->refused && !ev_is_active(&starts->slice))
		ev_timer_start(starts->config->loop, &starts->slice);
}

static void
queue(struct start *start)
{
	start_queue_put(&start->starts->queue, start);
	go_on(start->starts);
}

/* The command as CMD would have shown it: what is for its stdin is nobody's
 * business. */
static void
log_missed(const struct starts *starts, struct entry *entry, int error)
{
	const struct table *table = entry_table(entry);
	const char *user = entry_user(table, entry);
	const char *text = entry_command(table, entry);
	struct command command;

	if (command_split(&command, text, strlen(text),
		starts->config->personality->backslash_pairs) == -1) {
		run_log_missed(starts->log, user, "no memory to tell", error);
		return;
	}
	run_log_missed(starts->log, user, command.shell, error);
	command_clear(&command);
}

/* Tries again while its minute lasts. */
static void
wait_again(struct start *start)
{
	struct starts *starts = start->starts;

	if (clock_mono_ns() >= start->until_ns) {
		log_missed(starts, start->entry, start->error);
		start_free(start);
		return;
	}
	start_move(start, &starts->again);
	if (!ev_is_active(&starts->retry))
		ev_timer_again(starts->config->loop, &starts->retry);
}

static void
on_run_over(void *context)
{
	queue(context);
}

/* Its user has as many runs as they may: it waits for one to end, as long as
 * its minute lasts. The log has one line for all such starts of a user
 * (share.h). */
static void
hold(struct start *start, const struct account *account)
{
	struct starts *starts = start->starts;
	const struct share_user user = {account->uid, account->name};

	if (clock_mono_ns() >= start->until_ns) {
		start_free(start);
		return;
	}
	start->run_wait.ready = on_run_over;
	start->run_wait.context = start;
	if (!share_wait(starts->config->shares, &user, &start->run_wait)) {
		start->error = ENOMEM;
		wait_again(start);
		return;
	}
	start_move(start, &starts->held);
	if (!ev_is_active(&starts->retry))
		ev_timer_again(starts->config->loop, &starts->retry);
}

/* One a second is tried though no run has ended: where one did, the start that
 * was woken for it may have failed for another reason. */
static void
look_at_held(struct starts *starts)
{
	int64_t now_ns = clock_mono_ns();
	struct start *start;

	while ((start = TAILQ_FIRST(&starts->held)) != NULL &&
	       now_ns >= start->until_ns)
		start_free(start);
	if (start == NULL)
		return;
	share_wait_cancel(&start->run_wait);
	queue(start);
	if (!TAILQ_EMPTY(&starts->held))
		ev_timer_again(starts->config->loop, &starts->retry);
}

static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct starts *starts = w->data;
	struct start *start;

	(void)revents;
	ev_timer_stop(loop, w);
	while ((start = TAILQ_FIRST(&starts->again)) != NULL)
		queue(start);
	look_at_held(starts);
}

/* Counts it for its user, by name alone where the uid is not known yet. */
static struct share_account *
take_share(const struct starts *starts, struct entry *entry)
{
	const char *name = entry_user(entry_table(entry), entry);
	struct share_user user = {SHARE_NO_UID, name};
	const struct account *account;

	if (user_cache_find(starts->config->users, name, starts->as_root,
		&account) == USER_FOUND)
		user.uid = account->uid;
	return share_take(starts->config->shares, SHARE_STARTS, &user, 1);
}

void
starts_due(struct starts *starts, struct entry *entry, struct minute due)
{
	const struct runs_config *config = starts->config;
	struct share_account *account;
	struct start *start;

	if (config->hooks != NULL &&
	    config->hooks->was_started(config->context, entry, due))
		return;
	account = take_share(starts, entry);
	if (account == NULL && errno == EDQUOT)
		return; /* the log has it */
	start = account == NULL ? NULL : calloc(1, sizeof(*start));
	if (start == NULL) {
		if (account != NULL)
			share_give(account, SHARE_STARTS, 1);
		log_missed(starts, entry, ENOMEM);
		return;
	}
	start->account = account;
	start->starts = starts;
	start->entry = entry;
	start->due = due;
	start->until_ns =
	    clock_mono_ns() + (int64_t)config->patience_secs * 1000000000;
	table_ref(entry_table(entry));
	starts->count++;
	start->turn = ev_iteration(config->loop);
	start_queue_begin(&starts->queue, start->turn);
	queue(start);
}

/* The gate */

static void
user_failed(struct start *start)
{
	if (!start->nss_told)
		run_log_not_told(start->starts->log, start_user(start));
	start->nss_told = true;
	start->error = 0;
}

static void
on_user(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct start *start = context;

	(void)name;
	(void)account;
	if (answer == USER_FAILED) {
		user_failed(start);
		wait_again(start);
	} else if (answer == USER_NOBODY) {
		run_log_nobody(start->starts->log, start_user(start));
		start_free(start);
	} else {
		queue(start);
	}
}

/* Failures in a row are one line; each start that is missed is logged. */
static void
start_failed(struct start *start, enum run_log_want want, int error)
{
	struct starts *starts = start->starts;

	start->error = error;
	if (!starts->in_want)
		run_log_wants(starts->log, want, error);
	starts->in_want = true;
	wait_again(start);
}

static void
on_collector(void *context, int error)
{
	struct start *start = context;

	if (error == 0) {
		queue(start);
		return;
	}
	if (error == EAGAIN || error == ENOMEM) {
		start_failed(start, WANT_PROCESS, error);
		return;
	}
	/* Why, the log has already. */
	start->error = error;
	wait_again(start);
}

static enum gate
pass_collector(struct start *start, const struct account *account)
{
	struct starts *starts = start->starts;

	start->wait.turn = start->turn;
	start->wait.done = on_collector;
	start->wait.context = start;
	start_move(start, &starts->collecting);
	switch (collectors_gate(starts->config->collectors, account,
	    &start->wait)) {
	case COLLECTORS_NOW:
		return GATE_NOW;
	case COLLECTORS_LATER:
		break;
	case COLLECTORS_NEVER:
		start_failed(start, WANT_MEMORY, errno);
		break;
	}
	return GATE_LATER;
}

static enum gate
refuse(struct start *start,
    void (*say)(const struct run_log *, const char *user))
{
	say(start->starts->log, start_user(start));
	start_free(start);
	return GATE_NO;
}

/* May this entry start now? LATER: it waits in some list, and comes back into
 * the queue. NO: the log has the reason, and the start is gone. */
static enum gate
pass_gate(struct start *start, const struct account **account)
{
	struct starts *starts = start->starts;
	struct user_cache *users = starts->config->users;
	const char *user = start_user(start);

	switch (user_cache_find(users, user, starts->as_root, account)) {
	case USER_FOUND:
		break;
	case USER_NOBODY:
		return refuse(start, run_log_nobody);
	case USER_ASKING:
		start_move(start, &starts->asking);
		user_cache_ask(users, &start->question, user, starts->as_root,
		    on_user, start);
		return GATE_LATER;
	case USER_FAILED:
		user_failed(start);
		wait_again(start);
		return GATE_LATER;
	}
	if (!starts->as_root && (*account)->uid != geteuid())
		return refuse(start, run_log_not_ours);
	return pass_collector(start, *account);
}

static void
try_start(struct start *start)
{
	struct starts *starts = start->starts;
	const struct account *account;
	enum run_log_want want;

	if (pass_gate(start, &account) != GATE_NOW)
		return;
	if (runs_start(starts->runs, start->entry, account, start->due,
		&want) != 0) {
		if (want == WANT_SHARE)
			hold(start, account);
		else
			start_failed(start, want, errno);
		return;
	}
	starts->in_want = false;
	start_free(start);
}

static void
on_slice(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct starts *starts = w->data;
	int64_t until_ns = clock_mono_ns() + SLICE_NS;
	int i = 0;

	(void)revents;
	do {
		if (start_queue_empty(&starts->queue) ||
		    runs_are_full(starts->runs))
			return;
		try_start(start_queue_next(&starts->queue));
	} while (++i < SLICE && clock_mono_ns() < until_ns);
	if (!start_queue_empty(&starts->queue) && !ev_is_active(w))
		ev_timer_start(loop, w);
}

/* From outside */

struct starts *
starts_new(struct runs *runs)
{
	struct starts *starts = calloc(1, sizeof(*starts));

	if (starts == NULL)
		return NULL;
	starts->runs = runs;
	starts->config = runs_config(runs);
	starts->log = runs_log(runs);
	starts->as_root = geteuid() == 0;
	start_queue_init(&starts->queue);
	TAILQ_INIT(&starts->asking);
	TAILQ_INIT(&starts->collecting);
	TAILQ_INIT(&starts->again);
	TAILQ_INIT(&starts->held);
	ev_timer_init(&starts->slice, on_slice, 0., 0.);
	ev_timer_init(&starts->retry, on_retry, 0., AGAIN_SECS);
	starts->slice.data = starts->retry.data = starts;
	runs_on_room(runs, go_on, starts);
	return starts;
}

static void
drop_starts(struct start_list *list)
{
	struct start *start;

	while ((start = TAILQ_FIRST(list)) != NULL)
		start_free(start);
}

void
starts_free(struct starts *starts)
{
	if (starts == NULL)
		return;
	ev_timer_stop(starts->config->loop, &starts->slice);
	ev_timer_stop(starts->config->loop, &starts->retry);
	runs_on_room(starts->runs, NULL, NULL);
	starts->freed = true;
	drop_starts(&starts->queue.due);
	drop_starts(&starts->queue.late);
	drop_starts(&starts->queue.bulk);
	drop_starts(&starts->asking);
	drop_starts(&starts->collecting);
	drop_starts(&starts->again);
	drop_starts(&starts->held);
	free(starts);
}

/* One line for those in a row of one user: there may be thousands. */
static void
log_held_missed(const struct starts *starts)
{
	const struct start *start = TAILQ_FIRST(&starts->held), *next;
	char text[80];
	size_t count = 0;

	for (; start != NULL; start = next) {
		next = TAILQ_NEXT(start, link);
		count++;
		if (next != NULL &&
		    strcmp(start_user(start), start_user(next)) == 0)
			continue;
		snprintf(text, sizeof(text),
		    "%zu starts that waited for running jobs", count);
		run_log_missed(starts->log, start_user(start), text, 0);
		count = 0;
	}
}

void
starts_refuse(struct starts *starts, bool say)
{
	const struct start_list *const lists[] = {&starts->queue.due,
	    &starts->queue.late, &starts->queue.bulk, &starts->asking,
	    &starts->collecting, &starts->again};
	const struct start *start;
	size_t i;

	starts->refused = true;
	ev_timer_stop(starts->config->loop, &starts->slice);
	ev_timer_stop(starts->config->loop, &starts->retry);
	for (i = 0; say && i < sizeof(lists) / sizeof(lists[0]); i++)
		TAILQ_FOREACH(start, lists[i], link)
			log_missed(starts, start->entry, 0);
	if (say)
		log_held_missed(starts);
}

size_t
starts_count(const struct starts *starts)
{
	return starts->count;
}
