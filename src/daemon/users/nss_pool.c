/*
 * The pool of lookup children. Owns them, the names that they are to ask, and
 * the list of names that were slow.
 */
#include "daemon/users/nss_pool.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/child.h"
#include "sys/fd.h"

/* Children at a time: one for names of which nothing bad is known, the others
 * for a slow one each. */
#define CHILDREN_MAX 8
#define SLOW_MAX     (CHILDREN_MAX - 1)
/* How long a name may take until those behind it are asked by another child;
 * until whoever asks is told that it failed; and how often that, until its
 * child is ended. In between a late answer still counts. */
#define HURRY_SECS   1.0
#define SILENCE_SECS 10.0
#define SILENCES_MAX 6
/* Slow names that are remembered. */
#define REMEMBERED_MAX 1024

struct slow_name {
	struct slow_name *next;
	bool said; /* the log has a line */
	char name[];
};

struct lookup {
	struct nss_pool *all;
	struct child child;
	int pipe; /* -1: this place is free */
	ev_io answers;
	ev_timer silence;
	struct lookup_reader reader;
	struct lookup_name *names; /* owned, as are their names */
	size_t count, answered;
	bool slow;
	unsigned silences;
};

struct nss_pool {
	struct ev_loop *loop;
	struct children *children;
	struct log *log;
	struct nss_pool_hooks hooks;
	struct lookup list[CHILDREN_MAX];
	struct slow_name *slow;
	size_t slow_count;
};

/* ---- names that were slow ---- */

static struct slow_name **
slow_at(struct nss_pool *l, const char *name)
{
	struct slow_name **at = &l->slow;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

/* Without memory it is not remembered: it may hold others up once more. */
static void
slow_add(struct nss_pool *l, const char *name)
{
	struct slow_name *slow;

	if (l->slow_count >= REMEMBERED_MAX || *slow_at(l, name) != NULL)
		return;
	slow = malloc(sizeof(*slow) + strlen(name) + 1);
	if (slow == NULL)
		return;
	strcpy(slow->name, name);
	slow->said = false;
	slow->next = l->slow;
	l->slow = slow;
	l->slow_count++;
}

static void
slow_remove(struct nss_pool *l, struct slow_name **at)
{
	struct slow_name *gone = *at;

	if (gone == NULL)
		return;
	*at = gone->next;
	free(gone);
	l->slow_count--;
}

bool
nss_pool_is_slow(const struct nss_pool *l, const char *name)
{
	const struct slow_name *slow = l->slow;

	while (slow != NULL && strcmp(slow->name, name) != 0)
		slow = slow->next;
	return slow != NULL;
}

void
nss_pool_forget_slow(struct nss_pool *l)
{
	while (l->slow != NULL)
		slow_remove(l, &l->slow);
}

/* ---- a child ---- */

static void
free_names(struct lookup_name *names, size_t from, size_t count)
{
	size_t i;

	for (i = from; i < count; i++)
		free((char *)(uintptr_t)names[i].name);
}

/* Ends it, whether it has said all or not. Nobody is told. */
static void
stop(struct lookup *lookup)
{
	struct nss_pool *l = lookup->all;

	ev_io_stop(l->loop, &lookup->answers);
	ev_timer_stop(l->loop, &lookup->silence);
	if (lookup->child.pid != 0)
		kill(lookup->child.pid, SIGKILL);
	child_stop(l->children, &lookup->child);
	fd_close(&lookup->pipe);
	lookup_reader_clear(&lookup->reader);
	free_names(lookup->names, 0, lookup->count);
	free(lookup->names);
	lookup->names = NULL;
	lookup->count = lookup->answered = 0;
}

/* The child has said all that it will say; what is not answered has failed. */
static void
end(struct lookup *lookup)
{
	struct nss_pool *l = lookup->all;
	size_t i;

	for (i = lookup->answered; i < lookup->count; i++)
		l->hooks.answer(l->hooks.context, lookup->names[i].name,
		    LOOKUP_FAILED, NULL, false);
	stop(lookup);
	l->hooks.ready(l->hooks.context);
}

static void
take_answer(struct lookup *lookup, enum lookup_verdict verdict,
    struct account *account)
{
	struct nss_pool *l = lookup->all;
	const char *name = lookup->names[lookup->answered++].name;

	if (!lookup->slow || lookup->silences == 0)
		slow_remove(l, slow_at(l, name));
	l->hooks.answer(l->hooks.context, name, verdict, account,
	    lookup->silences > 0);
}

static void
on_answers(struct ev_loop *loop, ev_io *w, int revents)
{
	struct lookup *lookup = w->data;
	enum lookup_verdict verdict;
	struct account account;
	size_t index;
	int more;

	(void)revents;
	more = lookup_read(&lookup->reader, lookup->pipe);
	while (lookup_next(&lookup->reader, &index, &verdict, &account)) {
		/* One left to a slow name goes on with what others ask now. */
		if (index != lookup->answered || index >= lookup->count) {
			more = -1;
			break;
		}
		take_answer(lookup, verdict, &account);
		ev_timer_again(loop, &lookup->silence);
	}
	if (more != 1 || lookup->answered == lookup->count)
		end(lookup);
}

static void
on_child_end(struct child *child, int status, const struct rusage *usage)
{
	/* Its pipe tells all, and may still hold answers. */
	(void)child;
	(void)status;
	(void)usage;
}

static size_t
slow_children(const struct nss_pool *l)
{
	size_t i, count = 0;

	for (i = 0; i < CHILDREN_MAX; i++)
		count += l->list[i].pipe != -1 && l->list[i].slow;
	return count;
}

/* The name that it is at is slow: it keeps that one alone. */
static void
leave_behind(struct lookup *lookup)
{
	struct nss_pool *l = lookup->all;
	size_t kept = lookup->answered + 1, count = lookup->count, i;

	slow_add(l, lookup->names[lookup->answered].name);
	for (i = kept; i < count; i++)
		l->hooks.returned(l->hooks.context, lookup->names[i].name);
	free_names(lookup->names, kept, count);
	lookup->count = kept;
	if (slow_children(l) >= SLOW_MAX) {
		end(lookup); /* its turn comes again */
		return;
	}
	lookup->slow = true;
	ev_timer_again(l->loop, &lookup->silence);
	l->hooks.ready(l->hooks.context);
}

static void
on_silence(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct lookup *lookup = w->data;
	struct nss_pool *l = lookup->all;
	struct slow_name *slow;
	const char *name;

	(void)loop;
	(void)revents;
	assert(lookup->answered < lookup->count);
	lookup->silence.repeat = SILENCE_SECS;
	if (!lookup->slow) {
		leave_behind(lookup);
		return;
	}
	name = lookup->names[lookup->answered].name;
	slow = *slow_at(l, name);
	if (slow == NULL || !slow->said)
		log_event(l->log, LOG_WARNING, "CRON", "ERROR", 0,
		    "getpwnam() hangs, user %s", name);
	if (slow != NULL)
		slow->said = true;
	if (++lookup->silences >= SILENCES_MAX)
		end(lookup);
	else
		l->hooks.answer(l->hooks.context, name, LOOKUP_FAILED, NULL,
		    false);
}

/* ---- for user_cache.c ---- */

struct nss_pool *
nss_pool_new(struct ev_loop *loop, struct children *children, struct log *log,
    const struct nss_pool_hooks *hooks)
{
	struct nss_pool *l = calloc(1, sizeof(*l));
	size_t i;

	if (l == NULL)
		return NULL;
	l->loop = loop;
	l->children = children;
	l->log = log;
	l->hooks = *hooks;
	for (i = 0; i < CHILDREN_MAX; i++) {
		struct lookup *lookup = &l->list[i];

		lookup->all = l;
		lookup->pipe = -1;
		lookup_reader_init(&lookup->reader);
		ev_io_init(&lookup->answers, on_answers, -1, EV_READ);
		ev_timer_init(&lookup->silence, on_silence, 0., 0.);
		lookup->answers.data = lookup->silence.data = lookup;
	}
	return l;
}

void
nss_pool_free(struct nss_pool *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < CHILDREN_MAX; i++)
		if (l->list[i].pipe != -1)
			stop(&l->list[i]);
	nss_pool_forget_slow(l);
	free(l);
}

static struct lookup *
free_place(struct nss_pool *l)
{
	size_t i;

	for (i = 0; i < CHILDREN_MAX; i++)
		if (l->list[i].pipe == -1)
			return &l->list[i];
	return NULL;
}

bool
nss_pool_may_start(const struct nss_pool *l, bool slow)
{
	size_t i;

	if (slow)
		return slow_children(l) < SLOW_MAX;
	for (i = 0; i < CHILDREN_MAX; i++)
		if (l->list[i].pipe != -1 && !l->list[i].slow)
			return false;
	return true;
}

void
nss_pool_ask_anew(struct nss_pool *l)
{
	size_t i, j;

	for (i = 0; i < CHILDREN_MAX; i++) {
		struct lookup *lookup = &l->list[i];

		if (lookup->pipe == -1 || !lookup->slow)
			continue;
		for (j = lookup->answered; j < lookup->count; j++)
			l->hooks.returned(l->hooks.context,
			    lookup->names[j].name);
		stop(lookup);
	}
}

static void
not_started(struct nss_pool *l, struct lookup_name *names, size_t count)
{
	size_t i;

	log_event(l->log, LOG_ERR, "CRON", "CAN'T FORK", errno, "getpwnam");
	for (i = 0; i < count; i++)
		l->hooks.answer(l->hooks.context, names[i].name, LOOKUP_FAILED,
		    NULL, false);
	free_names(names, 0, count);
	free(names);
}

int
nss_pool_start(struct nss_pool *l, struct lookup_name *names, size_t count,
    bool slow)
{
	struct lookup *lookup = free_place(l);
	pid_t pid;

	assert(lookup != NULL && count > 0);
	pid = lookup_start(names, count, &lookup->pipe);
	if (pid == -1) {
		not_started(l, names, count);
		return -1;
	}
	lookup->names = names;
	lookup->count = count;
	lookup->answered = 0;
	lookup->slow = slow;
	lookup->silences = 0;
	child_start(l->children, &lookup->child, pid, on_child_end, lookup);
	ev_io_set(&lookup->answers, lookup->pipe, EV_READ);
	ev_io_start(l->loop, &lookup->answers);
	lookup->silence.repeat = slow ? SILENCE_SECS : HURRY_SECS;
	ev_timer_again(l->loop, &lookup->silence);
	return 0;
}

bool
nss_pool_has(const struct nss_pool *l, const char *name, bool with_groups)
{
	size_t i, j;

	for (i = 0; i < CHILDREN_MAX; i++) {
		const struct lookup *lookup = &l->list[i];

		for (j = lookup->answered; j < lookup->count; j++)
			if ((lookup->names[j].with_groups || !with_groups) &&
			    strcmp(lookup->names[j].name, name) == 0)
				return true;
	}
	return false;
}
