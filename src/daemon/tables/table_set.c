/*
 * The tables that are known. Owns the slots, the catalog that finds them, and
 * the list of those that wait to be looked at. That list is walked as a whole
 * and seldom: once a batch of events, however many tables that names.
 */
#include "daemon/tables/table_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "sys/clock.h"

/* The file is whole after one of these. */
#define WHOLE (IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)

static int64_t
now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

/* --- waiting --- */

static void
forget_pending(struct table_slot *slot)
{
	if (slot->pending == TABLE_SLOT_IDLE)
		return;
	slot->pending = TABLE_SLOT_IDLE;
	*slot->prev_pending = slot->next_pending;
	if (slot->next_pending != NULL)
		slot->next_pending->prev_pending = slot->prev_pending;
}

static void
wait_until(struct table_set *slots, struct table_slot *slot,
    enum table_slot_pending pending, int64_t due_at_ms)
{
	if (slot->pending == TABLE_SLOT_IDLE) {
		slot->next_pending = slots->pending;
		slot->prev_pending = &slots->pending;
		if (slots->pending != NULL)
			slots->pending->prev_pending = &slot->next_pending;
		slots->pending = slot;
	}
	if (slot->pending == TABLE_SLOT_IDLE ||
	    slot->pending == TABLE_SLOT_RETRY)
		slot->pending_since_ms = now_ms();
	slot->pending = pending;
	slot->due_at_ms =
	    due_at_ms > slot->rest_until_ms ? due_at_ms : slot->rest_until_ms;
}

/* A link, by either kind of ln, is whole when it is made. A directory whose
 * file system may hang has no events, so lstat is safe here. */
static bool
is_whole_at_birth(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink > 1;
}

void
table_set_touch(struct table_set *slots, struct table_slot *slot, uint32_t mask)
{
	int64_t now = now_ms(), due = now + TABLE_SET_QUIET_MS;

	if ((mask & WHOLE) == 0) {
		if (slot->pending == TABLE_SLOT_CREATED)
			return; /* chmod before the writer is done */
		if ((mask & IN_CREATE) != 0 && !is_whole_at_birth(slot->path)) {
			wait_until(slots, slot, TABLE_SLOT_CREATED,
			    now + TABLE_SET_CREATED_MS);
			return;
		}
	}
	/* a file that is never quiet is looked at all the same */
	if (slot->pending == TABLE_SLOT_QUIET &&
	    due > slot->pending_since_ms + TABLE_SET_CREATED_MS)
		due = slot->pending_since_ms + TABLE_SET_CREATED_MS;
	wait_until(slots, slot, TABLE_SLOT_QUIET, due);
}

void
table_set_apply(struct table_set *slots, bool settle)
{
	struct table_slot *slot, *next;
	int64_t now = now_ms();

	for (slot = slots->pending; slot != NULL; slot = next) {
		next = slot->next_pending;
		if (slot->due_at_ms > now &&
		    !(settle && slot->pending == TABLE_SLOT_QUIET &&
			slot->rest_until_ms <= now))
			continue;
		forget_pending(slot);
		loader_look(&slots->loader, slot, false);
	}
}

int64_t
table_set_wait_ms(const struct table_set *slots)
{
	const struct table_slot *slot;
	int64_t due = INT64_MAX, now;

	if (slots->pending == NULL)
		return -1;
	for (slot = slots->pending; slot != NULL; slot = slot->next_pending)
		if (slot->due_at_ms < due)
			due = slot->due_at_ms;
	now = now_ms();
	return due > now ? due - now : 0;
}

/* --- its way --- */

/* -1: no memory. */
static int
follow(struct table_set *slots, struct table_slot *slot)
{
	slot->way = calloc(1, sizeof(*slot->way));
	if (slot->way == NULL)
		return -1;
	slot->way->data = slot;
	if (path_watch_open(slots->ways, slot->way, slot->path, false) == 0)
		return 0;
	free(slot->way);
	slot->way = NULL;
	return -1;
}

static void
stop_following(struct table_set *slots, struct table_slot *slot)
{
	if (slot->way == NULL)
		return;
	path_watch_close(slots->ways, slot->way);
	free(slot->way);
	slot->way = NULL;
}

/* --- what the loader tells --- */

static void
on_again(void *context, struct table_slot *slot, int64_t ms)
{
	struct table_set *slots = context;

	if (slot->pending == TABLE_SLOT_IDLE ||
	    slot->pending == TABLE_SLOT_RETRY)
		wait_until(slots, slot, TABLE_SLOT_RETRY, now_ms() + ms);
}

/* A link's target is watched as long as it is one. The watch comes after the
 * first look, so there is a second one. */
static void
on_looked(void *context, struct table_slot *slot)
{
	struct table_set *slots = context;

	if (!slot->exists && !slot->permanent &&
	    slot->pending == TABLE_SLOT_IDLE) {
		table_set_remove(slots, slot);
		return;
	}
	if (slot->permanent || slot->is_link == (slot->way != NULL))
		return;
	if (slot->way != NULL)
		stop_following(slots, slot);
	else if (follow(slots, slot) == 0)
		loader_look(&slots->loader, slot, false);
}

/* --- slots --- */

static void
on_stirred(void *context)
{
	struct table_set *slots = context;

	slots->stirred(slots->context);
}

int
table_set_init(struct table_set *slots, const struct reload_config *config)
{
	struct loader_hooks hooks = {slots, on_again, on_looked, on_stirred};

	memset(slots, 0, sizeof(*slots));
	loader_init(&slots->loader, config, &hooks);
	slots->catalog = catalog_new(&config->source->key);
	return slots->catalog == NULL ? -1 : 0;
}

void
table_set_clear(struct table_set *slots)
{
	struct table_slot *slot;

	if (slots->catalog == NULL)
		return;
	loader_keep_close(&slots->loader);
	while ((slot = table_set_first(slots)) != NULL)
		table_set_remove(slots, slot);
	loader_clear(&slots->loader);
	catalog_free(slots->catalog);
	slots->catalog = NULL;
}

struct table_slot *
table_set_add(struct table_set *slots, enum table_kind kind, const char *name,
    const char *path, bool permanent)
{
	size_t len = strlen(path), name_len = strlen(name);
	struct table_slot *slot = calloc(1, sizeof(*slot) + len + 1);

	assert(name_len <= len && strcmp(path + len - name_len, name) == 0);
	if (slot == NULL) {
		slots->no_memory = true;
		return NULL;
	}
	memcpy(slot->path, path, len + 1);
	catalog_add(slots->catalog, &slot->base, kind,
	    slot->path + len - name_len);
	slot->loader = &slots->loader;
	slot->at_start = slot->missed = slots->starting;
	slot->permanent = permanent;
	if (permanent)
		slots->no_memory |= follow(slots, slot) < 0;
	return slot;
}

void
table_set_remove(struct table_set *slots, struct table_slot *slot)
{
	forget_pending(slot);
	loader_drop(&slots->loader, slot);
	stop_following(slots, slot);
	catalog_remove(slots->catalog, &slot->base);
	free(slot);
}

static struct table_slot *
slot_of(struct catalog_slot *base)
{
	return (struct table_slot *)base;
}

struct table_slot *
table_set_find(struct table_set *slots, enum table_kind kind, const char *name)
{
	return slot_of(catalog_find(slots->catalog, kind, name));
}

struct table_slot *
table_set_first(const struct table_set *slots)
{
	return slot_of(catalog_first(slots->catalog));
}

struct table_slot *
table_slot_next(const struct table_slot *slot)
{
	return slot_of(slot->base.next);
}

bool
table_slot_needs_sweep(const struct table_set *slots,
    const struct table_slot *slot)
{
	int errnum;

	return slot->is_link || slot->unwatched || slot->hangs ||
	       !path_watches_watching(slots->ways, &errnum) ||
	       (slot->way != NULL && slot->way->blind);
}
