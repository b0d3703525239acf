/*
 * Tables and the file system. Ties the rooms of reload to the loop: events mark
 * tables (table_set.h) and directories (table_dir.h), a timer or the next
 * tick looks at them, the loader brings them to the agenda, and the owner hears
 * of it once a batch. Owned by main.
 *
 * Where events can't be trusted (links, hard links, network file systems, no
 * inotify) a sweep each minute compares what stat tells; it runs only while
 * there is such a table.
 */
#include "daemon/tables/reload.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/tables/table_dir.h"
#include "daemon/tables/table_set.h"
#include "daemon/users/user_cache.h"
#include "daemon/tables/path_watch.h"
#include "sys/clock.h"
#include "sys/malloc_trim.h"

#define SWEEP_SECS     60.0
#define CLUSTER_SECOND 50.0
#define NS_PER_SEC     INT64_C(1000000000)
#define PLACES_MAX     2

struct reload {
	struct reload_config config;
	struct table_set slots;
	struct path_watches *ways;
	struct table_dir places[PLACES_MAX];
	size_t place_count;
	char *spool_dir; /* for the log */
	ev_timer due;    /* the next table or directory to look at */
	ev_timer sweep;
	ev_timer stirred; /* ends the batch of answers of this iteration */
	ev_io mounts;
	ev_timer mounts_first;
	bool mounts_watched;
	bool started;
	bool loading;
	bool copies_settled; /* those of tables that are no more are gone */
};

/* --- after each batch --- */

static bool
sweeps_all(const struct reload *reload)
{
	int errnum;

	return reload->config.sweep_always ||
	       !path_watches_watching(reload->ways, &errnum);
}

static bool
needs_sweep(const struct reload *reload)
{
	if (sweeps_all(reload))
		return true;
	for (size_t i = 0; i < reload->place_count; i++)
		if (table_dir_needs_sweep(&reload->places[i]))
			return true;
	for (struct table_slot *slot = table_set_first(&reload->slots);
	     slot != NULL; slot = table_slot_next(slot))
		if (table_slot_needs_sweep(&reload->slots, slot))
			return true;
	return false;
}

/* In a cluster all hosts look at the same second of each minute, well before
 * its end: so they come to the same answer for the minute that begins. */
static double
sweep_after(const struct reload *reload)
{
	double second, after;

	if (!reload->config.cluster || reload->config.sweep_secs < SWEEP_SECS)
		return reload->config.sweep_secs;
	second = (double)(clock_wall_ns() % (60 * NS_PER_SEC)) / NS_PER_SEC;
	after = CLUSTER_SECOND - second;
	return after >= 1.0 ? after : after + 60.0;
}

static void
arm_sweep(struct reload *reload)
{
	struct ev_loop *loop = reload->config.loop;
	bool needed = needs_sweep(reload);

	if (needed && !ev_is_active(&reload->sweep)) {
		ev_timer_set(&reload->sweep, sweep_after(reload), 0.0);
		ev_timer_start(loop, &reload->sweep);
	} else if (!needed) {
		ev_timer_stop(loop, &reload->sweep);
	}
}

static void
arm_due(struct reload *reload)
{
	struct ev_loop *loop = reload->config.loop;
	int64_t ms = table_set_wait_ms(&reload->slots);

	for (size_t i = 0; i < reload->place_count; i++) {
		int64_t place_ms = table_dir_wait_ms(&reload->places[i]);

		if (place_ms >= 0 && (ms < 0 || place_ms < ms))
			ms = place_ms;
	}
	ev_timer_stop(loop, &reload->due);
	if (ms < 0)
		return;
	/* the loop's idea of now is as old as its last wake-up */
	ev_timer_set(&reload->due,
	    (double)ms / 1000.0 + (ev_time() - ev_now(loop)), 0.0);
	ev_timer_start(loop, &reload->due);
}

/* What can't be watched (any more) is swept: said once, until it can be. */
static void
say_unwatched(struct reload *reload)
{
	int errnum;

	/* Without inotify nothing is, and say_watching has said so. */
	if (!path_watches_watching(reload->ways, &errnum))
		return;
	for (size_t i = 0; i < reload->place_count; i++) {
		struct table_dir *place = &reload->places[i];
		const struct path_watch *way = &place->way;

		if (way->errnum != 0 && way->errnum != place->unwatched)
			table_log_unwatched(&reload->slots.loader.report,
			    way->path, way->errnum);
		place->unwatched = way->errnum;
	}
}

/* Once all tables are known, which a directory that can't be listed now puts
 * off. */
static void
settle_copies(struct reload *reload)
{
	if (reload->copies_settled || reload->loading)
		return;
	for (size_t i = 0; i < reload->place_count; i++)
		if (reload->places[i].dirty)
			return;
	reload->copies_settled = true;
	loader_keep_only(&reload->slots.loader,
	    table_set_first(&reload->slots));
}

/* Is any table or directory of the start still to be read? */
static bool
is_under_way(const struct reload *reload)
{
	for (size_t i = 0; i < reload->place_count; i++)
		if (reload->places[i].awaited)
			return true;
	return reload->slots.loader.waiting > 0;
}

/* Arms what is needed next and tells the owner. */
static void
end_batch(struct reload *reload)
{
	bool tell = reload->slots.loader.changed;

	if (!reload->started)
		return;
	if (reload->loading && !is_under_way(reload)) {
		reload->loading = false;
		reload->slots.starting = false;
		tell = true;
	}
	settle_copies(reload);
	if (reload->slots.loader.waiting == 0)
		for (size_t i = 0; i < reload->place_count; i++)
			table_dir_clean(&reload->places[i]);
	reload->slots.loader.changed = false;
	say_unwatched(reload);
	arm_due(reload);
	arm_sweep(reload);
	if (tell)
		reload->config.changed(reload->config.context);
}

static void
apply(struct reload *reload, bool settle)
{
	for (size_t i = 0; i < reload->place_count; i++)
		table_dir_apply(&reload->places[i], settle);
	table_set_apply(&reload->slots, settle);
	end_batch(reload);
}

/* --- looking at everything --- */

static void
look_at_all(struct reload *reload, bool anew)
{
	struct table_slot *slot, *next;

	user_cache_sweep(reload->config.users);
	for (slot = table_set_first(&reload->slots); slot != NULL;
	     slot = next) {
		next = table_slot_next(slot);
		if (slot->permanent)
			loader_look(&reload->slots.loader, slot, anew);
	}
	for (size_t i = 0; i < reload->place_count; i++)
		table_dir_list(&reload->places[i], anew);
	/* The names of long listings lay below what stays. */
	malloc_trim_all();
}

static void
sweep(struct reload *reload)
{
	bool all = sweeps_all(reload);
	struct table_slot *slot, *next;

	for (size_t i = 0; i < reload->place_count; i++)
		if (all || table_dir_needs_sweep(&reload->places[i]))
			table_dir_list(&reload->places[i], false);
	for (slot = table_set_first(&reload->slots); slot != NULL;
	     slot = next) {
		next = table_slot_next(slot);
		if (slot->pending == TABLE_SLOT_IDLE && slot->reader == NULL &&
		    slot->question == NULL &&
		    ((all && slot->permanent) ||
			table_slot_needs_sweep(&reload->slots, slot)))
			loader_look(&reload->slots.loader, slot, false);
	}
	end_batch(reload);
}

static void
on_users_changed(void *context)
{
	struct reload *reload = context;
	struct table_slot *slot, *next;

	if (!reload->started)
		return;
	user_cache_sweep(reload->config.users);
	for (slot = table_set_first(&reload->slots); slot != NULL;
	     slot = next) {
		next = table_slot_next(slot);
		loader_users_changed(&reload->slots.loader, slot);
	}
	end_batch(reload);
}

/* --- watchers --- */

static void
on_due(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	apply(w->data, false);
}

static void
on_stirred(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	end_batch(w->data);
}

static void
stir(void *context)
{
	struct reload *reload = context;

	if (reload->started)
		ev_timer_start(reload->config.loop, &reload->stirred);
}

static void
on_sweep(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	sweep(w->data);
}

static void
remounted(struct reload *reload)
{
	if (mounts_refresh(reload->config.mounts) < 0)
		log_event(reload->config.log, LOG_ERR, "CRON", "CAN'T READ",
		    errno, "/proc/self/mountinfo");
	path_watches_remounted(reload->ways);
	for (size_t i = 0; i < reload->place_count; i++)
		table_dir_remounted(&reload->places[i]);
	for (struct table_slot *slot = table_set_first(&reload->slots);
	     slot != NULL; slot = table_slot_next(slot))
		if (slot->way != NULL)
			table_set_touch(&reload->slots, slot, 0);
	end_batch(reload);
}

static void
on_mounts(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	remounted(w->data);
}

/* What was mounted between the first reading and the first wait signals
 * nothing (the kernel tells each change once): reads again then. */
static void
on_mounts_first(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct reload *reload = w->data;

	(void)loop;
	(void)revents;
	if (mounts_refresh(reload->config.mounts) != 1)
		remounted(reload);
}

static void
on_way_changed(void *context, struct path_watch *way, uint32_t mask)
{
	struct reload *reload = context;

	if (way->to_directory)
		table_dir_touch(way->data);
	else
		table_set_touch(&reload->slots, way->data, mask);
}

static void
on_name(void *context, struct path_watch *way, uint32_t mask, const char *name)
{
	(void)context;
	table_dir_name(way->data, mask, name);
}

static void
on_lost(void *context)
{
	struct reload *reload = context;

	if (reload->started)
		look_at_all(reload, false);
}

static void
on_events_over(void *context)
{
	end_batch(context);
}

/* --- lifecycle --- */

static char *
below_root(const struct reload *reload, const char *path)
{
	char *joined;

	return asprintf(&joined, "%s%s", reload->config.root, path) < 0
		   ? NULL
		   : joined;
}

struct reload *
reload_new(const struct reload_config *config)
{
	struct reload *reload = calloc(1, sizeof(*reload));
	struct path_watches_hooks hooks = {reload, on_way_changed, on_name,
	    on_lost, on_events_over};

	if (reload == NULL)
		return NULL;
	reload->config = *config;
	if (config->sweep_secs <= 0.0)
		reload->config.sweep_secs = SWEEP_SECS;
	ev_timer_init(&reload->due, on_due, 0.0, 0.0);
	reload->due.data = reload;
	ev_timer_init(&reload->sweep, on_sweep, SWEEP_SECS, SWEEP_SECS);
	reload->sweep.data = reload;
	ev_timer_init(&reload->stirred, on_stirred, 0.0, 0.0);
	reload->stirred.data = reload;
	ev_timer_init(&reload->mounts_first, on_mounts_first, 0.0, 0.0);
	reload->mounts_first.data = reload;
	reload->spool_dir =
	    below_root(reload, config->source->personality->spool_dir);
	reload->ways = path_watches_new(config->loop, config->mounts,
	    !config->sweep_always, &hooks);
	if (table_set_init(&reload->slots, &reload->config) < 0 ||
	    reload->spool_dir == NULL || reload->ways == NULL) {
		reload_free(reload);
		errno = ENOMEM;
		return NULL;
	}
	reload->slots.ways = reload->ways;
	reload->slots.stirred = stir;
	reload->slots.context = reload;
	reload->slots.loader.report.spool_dir = reload->spool_dir;
	user_cache_on_change(config->users, on_users_changed, reload);
	return reload;
}

void
reload_free(struct reload *reload)
{
	if (reload == NULL)
		return;
	ev_timer_stop(reload->config.loop, &reload->due);
	ev_timer_stop(reload->config.loop, &reload->sweep);
	ev_timer_stop(reload->config.loop, &reload->stirred);
	ev_timer_stop(reload->config.loop, &reload->mounts_first);
	if (reload->mounts_watched)
		ev_io_stop(reload->config.loop, &reload->mounts);
	for (size_t i = 0; i < reload->place_count; i++)
		table_dir_clear(&reload->places[i]);
	table_set_clear(&reload->slots);
	path_watches_free(reload->ways);
	free(reload->spool_dir);
	free(reload);
}

static int
add_system(struct reload *reload)
{
	const struct personality *p = reload->config.source->personality;
	char *table = below_root(reload, p->system_table);
	char *dropins = below_root(reload, p->dropin_dir);
	int status = -1;

	if (table == NULL || dropins == NULL ||
	    table_set_add(&reload->slots, TABLE_SYSTEM, "", table, true) ==
		NULL)
		goto end;
	reload->place_count = 1;
	if (table_dir_init(&reload->places[0], &reload->config, &reload->slots,
		TABLE_DROPIN, dropins) < 0)
		goto end;
	reload->place_count = 2;
	status = table_dir_init(&reload->places[1], &reload->config,
	    &reload->slots, TABLE_USER, reload->spool_dir);
end:
	free(table);
	free(dropins);
	return status;
}

static int
add_operands(struct reload *reload)
{
	for (char *const *path = reload->config.operands; *path != NULL; path++)
		if (table_set_find(&reload->slots, TABLE_USER, *path) == NULL &&
		    table_set_add(&reload->slots, TABLE_USER, *path, *path,
			true) == NULL)
			return -1;
	return 0;
}

/* cronie's words about inotify; Debian's cron has none and says nothing. */
static void
say_watching(struct reload *reload)
{
	bool cronie = reload->config.source->personality->names == NAMES_CRONIE;
	int errnum;

	if (path_watches_watching(reload->ways, &errnum)) {
		if (cronie)
			log_event(reload->config.log, LOG_INFO, "CRON", "INFO",
			    0, "running with inotify support");
	} else if (errnum != 0) {
		log_event(reload->config.log, LOG_ERR, "CRON", "INFO", errnum,
		    "running without inotify support");
	} else if (cronie) {
		log_event(reload->config.log, LOG_INFO, "CRON",
		    "No inotify - daemon runs with -i or -c option", 0, "%s",
		    "");
	}
}

static void
watch_mounts(struct reload *reload)
{
	int fd = mounts_fd(reload->config.mounts);

	if (fd < 0)
		return;
	ev_io_init(&reload->mounts, on_mounts, fd, EV_READ);
	reload->mounts.data = reload;
	ev_io_start(reload->config.loop, &reload->mounts);
	ev_timer_start(reload->config.loop, &reload->mounts_first);
	reload->mounts_watched = true;
}

void
reload_start(struct reload *reload)
{
	assert(!reload->started);
	reload->slots.starting = true;
	if ((reload->config.operands != NULL ? add_operands(reload)
					     : add_system(reload)) < 0)
		log_event(reload->config.log, LOG_ERR, "CRON", "ERROR", ENOMEM,
		    "can't watch the tables");
	say_unwatched(reload);
	look_at_all(reload, true);
	reload->slots.loader.changed = false;
	reload->loading = is_under_way(reload);
	reload->slots.starting = reload->loading;
	reload->started = true;
	watch_mounts(reload);
	end_batch(reload);
	say_watching(reload);
}

bool
reload_is_loading(const struct reload *reload)
{
	return reload->loading;
}

static bool
is_awaited(const struct table_slot *slot)
{
	return slot->missed &&
	       (slot->question != NULL || slot->reader != NULL ||
		   slot->logged_unasked || slot->pending == TABLE_SLOT_RETRY);
}

bool
reload_is_incomplete(const struct reload *reload)
{
	const struct table_slot *slot;

	for (slot = table_set_first(&reload->slots); slot != NULL;
	     slot = table_slot_next(slot))
		if (is_awaited(slot))
			return true;
	return reload->loading;
}

void
reload_all(struct reload *reload)
{
	look_at_all(reload, true);
	end_batch(reload);
}

void
reload_apply_now(struct reload *reload)
{
	path_watches_drain(reload->ways);
	apply(reload, true);
}
