/*
 * Users for the loop. Owns the cache (sys/users/account.h), the watch on /etc,
 * the questions, and the lookup children that are under way (nss_pool.h).
 *
 * Whether the cache is still true is checked by three stats at its first use in
 * an iteration, so no job starts as somebody who was just changed; the watch
 * only wakes those who wait for a name that nobody answers to
 * (missing_users.h).
 */
#include "daemon/users/user_cache.h"

#include <assert.h>
#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/users/nss_pool.h"
#include "daemon/users/missing_users.h"
#include "daemon/users/userdb_ask.h"
#include "sys/clock.h"
#include "sys/files/watch.h"

/* How long what came from elsewhere than the files is trusted. */
#define OTHER_SOURCES_MS ((int64_t)60 * 1000)
/* Names in one child; the rest waits for the next. */
#define NAMES_MAX     1024
#define LISTENERS_MAX 8

/* What stat tells of a file: another one, or the same one changed. */
struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

struct listener {
	user_cache_changed_cb cb;
	void *context;
};

struct user_cache {
	struct ev_loop *loop;
	struct log *log;

	const struct account_files *files;
	struct accounts *accounts;
	struct account_rules rules;
	struct stamp stamps[3];
	unsigned checked_turn; /* of the loop, that looked at the stamps */
	bool checked;
	bool swept;
	bool changed; /* and nobody was told yet */
	bool anew; /* the files are others, and who hangs was not asked again */

	struct missing_users unknown;
	struct userdb_ask userdb;

	struct watch *watch;
	ev_io etc;

	struct user_question *waiting; /* the last one first */
	struct user_question *asked;   /* some child will tell */
	struct nss_pool *lookups;
	/* What the next child is to ask, while that is gathered. */
	struct lookup_name *names; /* owned, as are their names */
	size_t name_count;
	ev_timer soon;

	struct listener listeners[LISTENERS_MAX];
	size_t listener_count;
};

static int64_t
now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

/* Is the cache still true? */

static void
take_stamp(const char *path, struct stamp *stamp)
{
	struct stat st;

	memset(stamp, 0, sizeof(*stamp));
	if (stat(path, &st) == -1)
		return;
	stamp->dev = st.st_dev;
	stamp->ino = st.st_ino;
	stamp->size = st.st_size;
	stamp->mtime = st.st_mtim;
	stamp->ctime = st.st_ctim;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool
same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(&a->mtime, &b->mtime) &&
	       same_time(&a->ctime, &b->ctime);
}

static void
drop(struct user_cache *users)
{
	accounts_drop(users->accounts);
	missing_users_clear(&users->unknown);
	nss_pool_forget_slow(users->lookups);
	users->swept = false;
	account_rules_read(users->files, &users->rules);
	if (users->rules.userdb) {
		/* until a child has looked */
		users->rules.sweep_groups = false;
		userdb_ask(&users->userdb);
	}
}

/* The groups in the file are all that there are: they are swept, too. */
static void
on_no_userdb(void *context)
{
	struct user_cache *users = context;

	if (!users->rules.userdb)
		return;
	users->rules.sweep_groups = true;
	accounts_drop(users->accounts);
	users->swept = false;
}

/* In the next iteration. */
static void
look_soon(struct user_cache *users)
{
	if (!ev_is_active(&users->soon))
		ev_timer_start(users->loop, &users->soon);
}

/* Listeners ask questions, so they are told from the loop. */
static void
tell_soon(struct user_cache *users)
{
	users->changed = true;
	look_soon(users);
}

/* Looks at the files once more. True: one of them is another now. */
static bool
take_stamps(struct user_cache *users)
{
	const char *const paths[] = {users->files->passwd, users->files->group,
	    users->files->nsswitch};
	struct stamp stamp;
	bool changed = false;
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		take_stamp(paths[i], &stamp);
		if (!same_stamp(&stamp, &users->stamps[i]))
			changed = true;
		users->stamps[i] = stamp;
	}
	return changed;
}

/* Drops the cache if a file it came from is another one now. Once in an
 * iteration, so that pointers to accounts stay good that long. */
static void
refresh(struct user_cache *users)
{
	unsigned turn = ev_iteration(users->loop);

	if (users->checked && users->checked_turn == turn)
		return;
	users->checked = true;
	users->checked_turn = turn;
	if (take_stamps(users)) {
		drop(users);
		users->anew = true;
		tell_soon(users);
	}
}

static void
tell_listeners(struct user_cache *users)
{
	size_t i;

	for (i = 0; i < users->listener_count; i++)
		users->listeners[i].cb(users->listeners[i].context);
}

static bool
is_file(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash == NULL ? path : slash + 1, name) == 0;
}

struct etc_events {
	const struct account_files *files;
	bool interesting;
};

static void
on_etc_event(void *context, int id, uint32_t mask, const char *name)
{
	struct etc_events *events = context;

	(void)id;
	if ((mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_MOVE_SELF)) != 0 ||
	    is_file(events->files->passwd, name) ||
	    is_file(events->files->group, name) ||
	    is_file(events->files->nsswitch, name))
		events->interesting = true;
}

static void
on_etc(struct ev_loop *loop, ev_io *w, int revents)
{
	struct user_cache *users = w->data;
	struct etc_events events = {.files = users->files};

	(void)loop;
	(void)revents;
	if (watch_read(users->watch, on_etc_event, &events) == -1)
		ev_io_stop(users->loop, &users->etc);
	/* Not now: what changed after this iteration's look would be missed. */
	if (events.interesting)
		look_soon(users);
}

/* Without a watch late names are found by the timer alone. */
static void
watch_etc(struct user_cache *users)
{
	char *path = strdup(users->files->passwd);

	if (path == NULL)
		return;
	users->watch = watch_open();
	if (users->watch != NULL &&
	    watch_add(users->watch, dirname(path),
		IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVE_SELF) == -1) {
		watch_close(users->watch);
		users->watch = NULL;
	}
	free(path);
	if (users->watch == NULL)
		return;
	ev_io_init(&users->etc, on_etc, watch_fd(users->watch), EV_READ);
	users->etc.data = users;
	ev_io_start(users->loop, &users->etc);
}

/* Questions */

static void
link_question(struct user_question **at, struct user_question *question)
{
	question->next = *at;
	question->prev = at;
	if (*at != NULL)
		(*at)->prev = &question->next;
	*at = question;
}

static void
unlink_question(struct user_question *question)
{
	assert(question->prev != NULL);
	*question->prev = question->next;
	if (question->next != NULL)
		question->next->prev = question->prev;
	question->prev = NULL;
}

static void
answer_question(struct user_question *question, enum user_answer answer,
    const struct account *account)
{
	char *name = question->name;

	unlink_question(question);
	question->name = NULL;
	/* The question may be gone after this. */
	question->cb(question->context, name, answer, account);
	free(name);
}

/* Answers all questions for this name. A callback may cancel others, so the
 * list is looked at anew each time. */
static void
answer_name(struct user_cache *users, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct user_question *question = users->asked;

	while (question != NULL) {
		if (question->name == NULL ||
		    strcmp(question->name, name) != 0) {
			question = question->next;
			continue;
		}
		answer_question(question, answer, account);
		question = users->asked;
	}
}

static void
take_answer(void *context, const char *name, enum lookup_verdict verdict,
    struct account *account, bool late)
{
	struct user_cache *users = context;
	bool appeared = late;

	refresh(users);
	switch (verdict) {
	case LOOKUP_FOUND:
		if (missing_users_remove(&users->unknown, name))
			appeared = true;
		account->name = (char *)(uintptr_t)name;
		/* Without memory it isn't cached, but answered. */
		(void)accounts_put(users->accounts, account,
		    now_ms() + OTHER_SOURCES_MS);
		answer_name(users, name, USER_FOUND, account);
		break;
	case LOOKUP_NOBODY:
		missing_users_add(&users->unknown, name);
		answer_name(users, name, USER_NOBODY, NULL);
		break;
	case LOOKUP_FAILED:
		answer_name(users, name, USER_FAILED, NULL);
		break;
	}
	if (appeared)
		tell_soon(users);
}

/* The questions for a name that its child did not come to wait again. */
static void
name_returned(void *context, const char *name)
{
	struct user_cache *users = context;
	struct user_question *question, *next;

	for (question = users->asked; question != NULL; question = next) {
		next = question->next;
		if (question->name == NULL || strcmp(question->name, name) != 0)
			continue;
		unlink_question(question);
		link_question(&users->waiting, question);
	}
}

static void
lookups_ready(void *context)
{
	struct user_cache *users = context;

	if (users->waiting != NULL)
		look_soon(users);
}

/* Gathering names */

static struct lookup_name *
name_in_batch(struct user_cache *users, const char *name)
{
	size_t i;

	/* Questions of one table come in a row: look from the end. */
	for (i = users->name_count; i > 0; i--) {
		if (strcmp(users->names[i - 1].name, name) == 0)
			return &users->names[i - 1];
	}
	return NULL;
}

/* Adds a name to what the next child is asked. -1: no memory, or full. */
static int
add_name(struct user_cache *users, const char *name, bool with_groups)
{
	struct lookup_name *in = name_in_batch(users, name);
	char *copy;

	if (in != NULL) {
		in->with_groups |= with_groups;
		return 0;
	}
	if (users->name_count == NAMES_MAX)
		return -1;
	if (users->names == NULL) {
		users->names = calloc(NAMES_MAX, sizeof(*users->names));
		if (users->names == NULL)
			return -1;
	}
	copy = strdup(name);
	if (copy == NULL)
		return -1;
	users->names[users->name_count++] =
	    (struct lookup_name){copy, with_groups};
	return 0;
}

static void
reverse(struct user_question **list)
{
	struct user_question *rest = *list, *question;

	*list = NULL;
	while ((question = rest) != NULL) {
		rest = question->next;
		link_question(list, question);
	}
}

/* May this question leave with the child that is being put together, or with
 * one that is under way? A slow name goes alone. */
static bool
goes_along(struct user_cache *users, const struct user_question *question,
    bool slow)
{
	if (question->name == NULL ||
	    nss_pool_has(users->lookups, question->name, question->with_groups))
		return true;
	if (nss_pool_is_slow(users->lookups, question->name) != slow)
		return false;
	if (slow && users->name_count > 0 &&
	    name_in_batch(users, question->name) == NULL)
		return false;
	if (add_name(users, question->name, question->with_groups) == 0)
		return true;
	return users->name_count == 0; /* no memory: end_unasked fails it */
}

/* Moves questions from waiting to asked, in the order in which they came, while
 * there is room. One without a name had no memory for it: it will fail. */
static void
gather(struct user_cache *users, bool slow)
{
	struct user_question *list = users->waiting, *question;
	struct user_question **end = &users->asked;

	if (list != NULL)
		list->prev = &list;
	users->waiting = NULL;
	reverse(&list);
	while (*end != NULL)
		end = &(*end)->next;
	while ((question = list) != NULL) {
		unlink_question(question);
		if (!goes_along(users, question, slow)) {
			link_question(&users->waiting, question);
			continue;
		}
		link_question(end, question);
		end = &question->next;
	}
}

static void
gather_unknown(struct user_cache *users)
{
	const struct missing_user *unknown;

	for (unknown = users->unknown.first; unknown != NULL;
	     unknown = unknown->next) {
		if (!nss_pool_is_slow(users->lookups, unknown->name) &&
		    !nss_pool_has(users->lookups, unknown->name, false) &&
		    add_name(users, unknown->name, false) == -1)
			break;
	}
}

/* Those for which there was no memory. */
static void
end_unasked(struct user_cache *users)
{
	struct user_question *question = users->asked;

	while (question != NULL) {
		if (question->name != NULL &&
		    nss_pool_has(users->lookups, question->name,
			question->with_groups)) {
			question = question->next;
			continue;
		}
		answer_question(question, USER_FAILED, NULL);
		question = users->asked;
	}
}

/* False: there was nothing to ask, or no child for it. */
static bool
start_gathered(struct user_cache *users, bool slow)
{
	struct lookup_name *names = users->names;
	size_t count = users->name_count;

	users->names = NULL;
	users->name_count = 0;
	if (count == 0) {
		free(names);
		return false;
	}
	return nss_pool_start(users->lookups, names, count, slow) == 0;
}

/* Asks all that may be asked now. */
static void
start_lookups(struct user_cache *users)
{
	if (nss_pool_may_start(users->lookups, false)) {
		gather(users, false);
		gather_unknown(users);
		(void)start_gathered(users, false);
	}
	while (users->waiting != NULL &&
	       nss_pool_may_start(users->lookups, true)) {
		gather(users, true);
		if (!start_gathered(users, true))
			break;
	}
	end_unasked(users);
}

static void
on_soon(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct user_cache *users = w->data;

	(void)revents;
	refresh(users);
	if (users->anew) {
		users->anew = false;
		nss_pool_ask_anew(users->lookups);
	}
	if (users->changed) {
		users->changed = false;
		ev_timer_stop(loop, w); /* refresh may have started it */
		tell_listeners(users);
	}
	if (users->waiting != NULL)
		start_lookups(users);
}

/* Slow ones are asked by whoever wants them, each by itself. */
static bool
forget_slow_unknown(struct user_cache *users)
{
	struct missing_user *unknown = users->unknown.first, *next;
	bool any = false;

	for (; unknown != NULL; unknown = next) {
		next = unknown->next;
		if (nss_pool_is_slow(users->lookups, unknown->name))
			any |= missing_users_remove(&users->unknown,
			    unknown->name);
	}
	return any;
}

static void
on_unknown_due(void *context, bool forgotten)
{
	struct user_cache *users = context;

	refresh(users);
	if (forgotten || forget_slow_unknown(users))
		tell_soon(users);
	if (users->unknown.first != NULL)
		start_lookups(users);
}

/* From outside */

struct user_cache *
user_cache_new(struct ev_loop *loop, struct children *children, struct log *log)
{
	return user_cache_new_from(loop, children, log, &account_files);
}

struct user_cache *
user_cache_new_from(struct ev_loop *loop, struct children *children,
    struct log *log, const struct account_files *files)
{
	struct user_cache *users = calloc(1, sizeof(*users));
	const struct nss_pool_hooks hooks = {users, take_answer, name_returned,
	    lookups_ready};

	if (users == NULL)
		return NULL;
	users->accounts = accounts_new();
	users->lookups = nss_pool_new(loop, children, log, &hooks);
	if (users->accounts == NULL || users->lookups == NULL) {
		accounts_free(users->accounts);
		nss_pool_free(users->lookups);
		free(users);
		return NULL;
	}
	users->loop = loop;
	users->files = files;
	users->log = log;
	ev_timer_init(&users->soon, on_soon, 0., 0.);
	missing_users_init(&users->unknown, loop, on_unknown_due, users);
	userdb_ask_init(&users->userdb, loop, files, on_no_userdb, users);
	users->soon.data = users;
	watch_etc(users);
	(void)take_stamps(users);
	drop(users);
	return users;
}

void
user_cache_free(struct user_cache *users)
{
	if (users == NULL)
		return;
	ev_timer_stop(users->loop, &users->soon);
	nss_pool_free(users->lookups);
	while (users->asked != NULL)
		user_cache_cancel(users->asked);
	while (users->waiting != NULL)
		user_cache_cancel(users->waiting);
	missing_users_clear(&users->unknown);
	userdb_ask_clear(&users->userdb);
	if (users->watch != NULL) {
		ev_io_stop(users->loop, &users->etc);
		watch_close(users->watch);
	}
	accounts_free(users->accounts);
	free(users);
}

static const struct account *
find_cached(struct user_cache *users, const char *name, bool with_groups)
{
	const struct account *account;
	int64_t until_ms;

	account = accounts_find(users->accounts, name, &until_ms);
	if (account == NULL || now_ms() >= until_ms ||
	    (with_groups && !account->groups_known))
		return NULL;
	return account;
}

enum user_answer
user_cache_find(struct user_cache *users, const char *name, bool with_groups,
    const struct account **account)
{
	refresh(users);
	*account = find_cached(users, name, with_groups);
	if (*account == NULL && !users->swept) {
		user_cache_sweep(users);
		*account = find_cached(users, name, with_groups);
	}
	if (*account != NULL)
		return USER_FOUND;
	if (missing_users_has(&users->unknown, name))
		return USER_NOBODY;
	/* Only where a later change of the file will be seen. */
	if (users->swept && users->rules.sweep_final && users->watch != NULL &&
	    accounts_find(users->accounts, name, NULL) == NULL)
		return USER_NOBODY;
	return USER_ASKING;
}

void
user_cache_ask(struct user_cache *users, struct user_question *question,
    const char *name, bool with_groups, user_cache_cb cb, void *context)
{
	question->name = strdup(name);
	question->cb = cb;
	question->context = context;
	question->with_groups = with_groups;
	link_question(&users->waiting, question);
	look_soon(users);
}

void
user_cache_cancel(struct user_question *question)
{
	if (question->prev == NULL)
		return;
	unlink_question(question);
	free(question->name);
	question->name = NULL;
}

void
user_cache_on_change(struct user_cache *users, user_cache_changed_cb cb,
    void *context)
{
	assert(users->listener_count < LISTENERS_MAX);
	users->listeners[users->listener_count++] =
	    (struct listener){cb, context};
}

void
user_cache_sweep(struct user_cache *users)
{
	refresh(users);
	if (users->swept || !users->rules.sweep)
		return;
	if (account_sweep(users->files, &users->rules, users->accounts,
		INT64_MAX) == -1) {
		log_event(users->log, LOG_ERR, "CRON", "CAN'T OPEN", errno,
		    "%s", users->files->passwd);
		users->rules.sweep = false; /* ask for all, until a change */
		return;
	}
	users->swept = true;
}

void
user_cache_forget(struct user_cache *users)
{
	drop(users);
}
