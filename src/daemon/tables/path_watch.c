/*
 * Ways. A directory is known by its watch's id, not by its path: adding a
 * watch to a path tells by the id whether it is still the same directory.
 * Events only mark ways as hit; when the batch is over, each hit way is
 * followed anew and its owner is called, who may then open and close ways.
 */
#include "daemon/tables/path_watch.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sys/files/watch.h"

#define FOLLOW_MAX 4 /* times, while links turn under our feet */

struct way_dir { /* a watched directory, shared by ways */
	int id;  /* -1: the kernel has dropped the watch */
	unsigned refs;
	struct way_dir *next;
};

struct way_step { /* a name on the way whose change would lead elsewhere */
	char *dir_path;
	char *name;
	struct way_dir *dir; /* NULL: can't be watched */
};

struct path_watches {
	struct ev_loop *loop;
	const struct mounts *mounts;
	struct watch *watch; /* NULL: none */
	int errnum;          /* why there is none; 0: not wanted */
	ev_io io;
	struct path_watches_hooks hooks;
	struct path_watch *first;
	struct way_dir *dirs;
	bool lost;
};

/* --- directories --- */

static struct way_dir *
dir_get(struct path_watches *ways, const char *path)
{
	struct way_dir *dir;
	int id;

	if (ways->watch == NULL)
		return NULL;
	id = watch_add(ways->watch, path, WATCH_CHANGES);
	if (id < 0)
		return NULL;
	for (dir = ways->dirs; dir != NULL; dir = dir->next) {
		if (dir->id == id) {
			dir->refs++;
			return dir;
		}
	}
	dir = calloc(1, sizeof(*dir));
	if (dir == NULL) {
		watch_remove(ways->watch, id);
		errno = ENOMEM;
		return NULL;
	}
	dir->id = id;
	dir->refs = 1;
	dir->next = ways->dirs;
	ways->dirs = dir;
	return dir;
}

static void
dir_put(struct path_watches *ways, struct way_dir *dir)
{
	struct way_dir **at = &ways->dirs;

	if (dir == NULL || --dir->refs > 0)
		return;
	while (*at != dir)
		at = &(*at)->next;
	*at = dir->next;
	if (dir->id >= 0)
		watch_remove(ways->watch, dir->id);
	free(dir);
}

/* --- following --- */

struct trail { /* the steps of one walk */
	struct way_step *steps;
	size_t count;
	bool no_memory;
};

static void
trail_clear(struct path_watches *ways, struct trail *trail)
{
	for (size_t i = 0; i < trail->count; i++) {
		free(trail->steps[i].dir_path);
		free(trail->steps[i].name);
		dir_put(ways, trail->steps[i].dir);
	}
	free(trail->steps);
	memset(trail, 0, sizeof(*trail));
}

/* Is the next step's directory simply this step's name? Then nothing but a
 * plain directory lies between, and the way does not hang on its name. */
static bool
leads_straight(const struct way_step *step, const char *next_dir)
{
	size_t len = strlen(step->dir_path);

	if (len == 1)
		len = 0; /* "/" */
	return strncmp(next_dir, step->dir_path, len) == 0 &&
	       next_dir[len] == '/' &&
	       strcmp(next_dir + len + 1, step->name) == 0;
}

static int
trail_step(void *context, const char *dir, const char *name)
{
	struct trail *trail = context;
	struct way_step *step, *bigger;

	if (trail->count > 0 &&
	    leads_straight(&trail->steps[trail->count - 1], dir)) {
		step = &trail->steps[--trail->count];
		free(step->dir_path);
		free(step->name);
	}
	bigger = realloc(trail->steps, (trail->count + 1) * sizeof(*bigger));
	if (bigger == NULL)
		goto no_memory;
	trail->steps = bigger;
	step = &bigger[trail->count++];
	step->dir = NULL;
	step->dir_path = strdup(dir);
	step->name = strdup(name);
	if (step->dir_path != NULL && step->name != NULL)
		return 0;
no_memory:
	trail->no_memory = true;
	return -1;
}

static bool
trails_equal(const struct way_step *a, size_t a_count, const struct way_step *b,
    size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (strcmp(a[i].dir_path, b[i].dir_path) != 0 ||
		    strcmp(a[i].name, b[i].name) != 0)
			return false;
	return true;
}

/* The same directories, not just the same names? */
static bool
same_dirs(const struct trail *a, const struct trail *b)
{
	for (size_t i = 0; i < a->count; i++)
		if (a->steps[i].dir != b->steps[i].dir ||
		    (a->steps[i].dir != NULL && a->steps[i].dir->id < 0))
			return false;
	return true;
}

static void
now_blind(struct path_watch *way, int errnum)
{
	way->blind = true;
	if (way->errnum == 0)
		way->errnum = errnum;
}

/* The directory at the end of the trail. */
static struct way_dir *
end_dir(struct path_watches *ways, struct path_watch *way,
    const struct trail *trail)
{
	const struct way_step *last;
	char path[PATH_MAX];
	struct way_dir *dir;
	int n;

	if (trail->count == 0)
		return dir_get(ways, "/");
	last = &trail->steps[trail->count - 1];
	n = snprintf(path, sizeof(path), "%s/%s", last->dir_path, last->name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return NULL;
	dir = dir_get(ways, path);
	/* no directory (any more): the watch of the last name tells */
	if (dir == NULL && errno != ENOTDIR && errno != ENOENT)
		now_blind(way, errno);
	return dir;
}

/* Walks until two walks agree with watches set between them: then no change
 * can have slipped through. */
static enum mounts_end
walk_watched(struct path_watches *ways, struct path_watch *way,
    struct trail *trail)
{
	enum mounts_end end = MOUNTS_MISSING;

	for (int times = 0; times < FOLLOW_MAX; times++) {
		struct trail fresh = {0};
		bool same;

		end = mounts_walk(ways->mounts, way->path, trail_step, &fresh);
		if (fresh.no_memory)
			now_blind(way, ENOMEM);
		same = times > 0 && trails_equal(trail->steps, trail->count,
					fresh.steps, fresh.count);
		if (same || fresh.no_memory) {
			trail_clear(ways, &fresh);
			break;
		}
		trail_clear(ways, trail);
		*trail = fresh;
		for (size_t i = 0; i < trail->count; i++) {
			struct way_step *step = &trail->steps[i];

			step->dir = dir_get(ways, step->dir_path);
			if (step->dir == NULL)
				now_blind(way, errno);
		}
	}
	return end;
}

bool
path_watch_follow(struct path_watches *ways, struct path_watch *way)
{
	struct trail trail = {0}, old = {way->steps, way->step_count, false};
	struct way_dir *old_dir = way->dir;
	enum mounts_end old_end = way->end;
	bool changed;

	way->blind = ways->watch == NULL;
	way->errnum = 0;
	way->end = walk_watched(ways, way, &trail);
	if (way->end == MOUNTS_HANGS ||
	    mounts_is_blind(ways->mounts, way->path))
		way->blind = true;
	way->dir = way->to_directory && way->end == MOUNTS_REACHED
		       ? end_dir(ways, way, &trail)
		       : NULL;
	way->steps = trail.steps;
	way->step_count = trail.count;
	changed =
	    way->dir != old_dir || way->end != old_end ||
	    (old_dir != NULL && old_dir->id < 0) ||
	    !trails_equal(old.steps, old.count, trail.steps, trail.count) ||
	    !same_dirs(&old, &trail);
	/* only now, so that what is still needed was watched all the time */
	trail_clear(ways, &old);
	dir_put(ways, old_dir);
	return changed;
}

int
path_watch_open(struct path_watches *ways, struct path_watch *way,
    const char *path, bool to_directory)
{
	void *data = way->data;

	memset(way, 0, sizeof(*way));
	way->data = data;
	way->to_directory = to_directory;
	way->path = strdup(path);
	if (way->path == NULL)
		return -1;
	way->next = ways->first;
	way->prev = &ways->first;
	if (ways->first != NULL)
		ways->first->prev = &way->next;
	ways->first = way;
	path_watch_follow(ways, way);
	return 0;
}

void
path_watch_close(struct path_watches *ways, struct path_watch *way)
{
	struct trail trail = {way->steps, way->step_count, false};

	if (way->path == NULL)
		return;
	trail_clear(ways, &trail);
	dir_put(ways, way->dir);
	*way->prev = way->next;
	if (way->next != NULL)
		way->next->prev = way->prev;
	free(way->path);
	way->path = NULL;
}

/* --- events --- */

static void
event_for_way(struct path_watches *ways, struct path_watch *way, int id,
    uint32_t mask, const char *name)
{
	for (size_t i = 0; i < way->step_count; i++) {
		const struct way_step *step = &way->steps[i];

		if (step->dir == NULL || step->dir->id != id ||
		    (name[0] != '\0' && strcmp(name, step->name) != 0))
			continue;
		/* the directory's own attributes lead nowhere else */
		if (name[0] == '\0' && (mask & IN_ATTRIB) != 0)
			continue;
		/* nor do those of a directory that is there: crontab(1) of
		 * Debian sets the spool's times at each change */
		if (way->to_directory && (mask & IN_ATTRIB) != 0 &&
		    way->end == MOUNTS_REACHED)
			continue;
		way->hit = true;
		if (name[0] != '\0' && i == way->step_count - 1)
			way->mask |= mask;
	}
	if (way->dir == NULL || way->dir->id != id)
		return;
	if (name[0] == '\0' && (mask & IN_ATTRIB) == 0)
		way->hit = true;
	else
		ways->hooks.name(ways->hooks.context, way, mask, name);
}

static void
on_event(void *context, int id, uint32_t mask, const char *name)
{
	struct path_watches *ways = context;
	struct way_dir *dir;

	if (id < 0) {
		ways->lost = true;
		return;
	}
	for (struct path_watch *way = ways->first; way != NULL; way = way->next)
		event_for_way(ways, way, id, mask, name);
	if ((mask & IN_IGNORED) == 0)
		return;
	for (dir = ways->dirs; dir != NULL; dir = dir->next)
		if (dir->id == id)
			dir->id = -1;
}

static void
tell_hits(struct path_watches *ways)
{
	struct path_watch *way = ways->first;

	while (way != NULL) {
		uint32_t mask = way->mask;

		if (!way->hit) {
			way = way->next;
			continue;
		}
		way->hit = false;
		way->mask = 0;
		path_watch_follow(ways, way);
		ways->hooks.changed(ways->hooks.context, way, mask);
		way = ways->first; /* the owner may have closed any */
	}
}

static void
tell_lost(struct path_watches *ways)
{
	ways->lost = false;
	for (struct path_watch *way = ways->first; way != NULL;
	     way = way->next) {
		way->hit = false;
		way->mask = 0;
		path_watch_follow(ways, way);
	}
	ways->hooks.lost(ways->hooks.context);
}

void
path_watches_drain(struct path_watches *ways)
{
	if (ways->watch == NULL)
		return;
	if (watch_read(ways->watch, on_event, ways) < 0)
		ways->lost = true;
	if (ways->lost)
		tell_lost(ways);
	tell_hits(ways);
	ways->hooks.over(ways->hooks.context);
}

void
path_watches_remounted(struct path_watches *ways)
{
	for (struct path_watch *way = ways->first; way != NULL; way = way->next)
		if (path_watch_follow(ways, way))
			way->hit = true;
	tell_hits(ways);
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	path_watches_drain(w->data);
}

/* --- lifecycle --- */

struct path_watches *
path_watches_new(struct ev_loop *loop, const struct mounts *mounts,
    bool watching, const struct path_watches_hooks *hooks)
{
	struct path_watches *ways = calloc(1, sizeof(*ways));

	if (ways == NULL)
		return NULL;
	ways->loop = loop;
	ways->mounts = mounts;
	ways->hooks = *hooks;
	if (!watching)
		return ways;
	ways->watch = watch_open();
	if (ways->watch == NULL) {
		ways->errnum = errno;
		return ways;
	}
	ev_io_init(&ways->io, on_readable, watch_fd(ways->watch), EV_READ);
	ways->io.data = ways;
	ev_io_start(loop, &ways->io);
	return ways;
}

void
path_watches_free(struct path_watches *ways)
{
	if (ways == NULL)
		return;
	while (ways->first != NULL)
		path_watch_close(ways, ways->first);
	if (ways->watch != NULL)
		ev_io_stop(ways->loop, &ways->io);
	watch_close(ways->watch);
	assert(ways->dirs == NULL);
	free(ways);
}

bool
path_watches_watching(const struct path_watches *ways, int *errnum)
{
	*errnum = ways->errnum;
	return ways->watch != NULL;
}
