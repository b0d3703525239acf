/*
 * The zones in use. Owns their lists and an inotify instance with a watch for
 * each directory in which a name leads to one of their files: for a system zone
 * that is /etc (localtime) and, link by link, the directory of its target.
 * Packages replace zone files by renames, many in a row; all are taken anew
 * when that has been over for a while.
 */
#include "daemon/schedule/zones.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/files/watch.h"
#include "sys/zoneinfo.h"

enum {
	/* Names that users may make up; more are UTC until old ones go. */
	ZONES_MAX = 1024,
	FULL_SECS = 3600, /* how often one looks whether old ones have gone */
	LINKS_MAX = 16,
};

#define QUIET_SECS 1.0

/* Lists reach 40 years ahead, as far as the next 29 February on a weekday may
 * be. After so long all are taken anew, so that they reach far enough again. */
#define LIST_SECS INT64_C(315569520) /* ten years */

struct kept_zone {
	struct zone *zone;
	bool known;
	bool asked; /* since the last refresh */
};

/* A name in a directory that leads to a zone's file. */
struct lead {
	int id; /* the directory's watch */
	char *name;
};

struct zones {
	struct ev_loop *loop;
	struct log *log;
	zones_changed_cb changed;
	void *context;

	struct kept_zone *list; /* by name; "" is always the first */
	size_t count, room;
	int64_t taken_at;
	bool full_said;

	struct watch *watch; /* NULL: files can't be watched */
	struct lead *leads;
	size_t lead_count, lead_room;
	struct ev_io readable;
	struct ev_timer quiet;
};

static int64_t
now_secs(void)
{
	return clock_wall_ns() / 1000000000;
}

/* ---- watches ---- */

/* Watches the directory of path for its last component. */
static void
watch_lead(struct zones *z, char *path)
{
	size_t room = z->lead_room == 0 ? 16 : z->lead_room * 2;
	char *slash = strrchr(path, '/');
	struct lead *leads;
	int id;

	if (slash == NULL || slash[1] == '\0')
		return;
	if (z->lead_count == z->lead_room) {
		leads = reallocarray(z->leads, room, sizeof *leads);
		if (leads == NULL)
			return;
		z->leads = leads;
		z->lead_room = room;
	}
	*slash = '\0';
	id = watch_add(z->watch, slash == path ? "/" : path, WATCH_CHANGES);
	*slash = '/';
	if (id < 0)
		return; /* no such directory: no file there either */
	z->leads[z->lead_count].id = id;
	z->leads[z->lead_count].name = strdup(slash + 1);
	if (z->leads[z->lead_count].name != NULL)
		z->lead_count++;
}

/* Puts into path what the link there points to; false: it is no link. */
static bool
follow(char *path, size_t size)
{
	char target[PATH_MAX], *slash = strrchr(path, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	ssize_t length = readlink(path, target, sizeof target);

	if (length <= 0 || (size_t)length >= sizeof target)
		return false;
	if (target[0] == '/')
		dir = 0;
	if (dir + (size_t)length >= size)
		return false;
	memcpy(path + dir, target, (size_t)length);
	path[dir + (size_t)length] = '\0';
	return true;
}

static void
watch_path(struct zones *z, const char *dir, const char *name)
{
	char path[PATH_MAX];
	int length, links = 0;

	length = snprintf(path, sizeof path, "%s/%s", dir, name);
	if (z->watch == NULL || length < 0 || (size_t)length >= sizeof path)
		return;
	do
		watch_lead(z, path);
	while (follow(path, sizeof path) && ++links < LINKS_MAX);
}

static void
watch_zone(struct zones *z, const char *name)
{
	const char *tz;

	if (*name != '\0') {
		if (zoneinfo_is_file(name))
			watch_path(z, zoneinfo_dir(), name);
		return;
	}
	tz = getenv("TZ");
	if (tz == NULL)
		watch_path(z, "/etc", "localtime");
	else if (*tz == ':' && tz[1] == '/')
		watch_path(z, "", tz + 2);
	else if (zoneinfo_is_file(*tz == ':' ? tz + 1 : tz))
		watch_path(z, zoneinfo_dir(), *tz == ':' ? tz + 1 : tz);
}

static void
watch_event(void *context, int id, uint32_t mask, const char *name)
{
	struct zones *z = context;
	bool matters =
	    id == -1 ||
	    (mask & (IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT)) != 0;
	size_t i;

	for (i = 0; i < z->lead_count && !matters; i++)
		matters =
		    z->leads[i].id == id && strcmp(z->leads[i].name, name) == 0;
	if (matters)
		ev_timer_again(z->loop, &z->quiet);
}

static void
watch_readable(struct ev_loop *loop, struct ev_io *w, int revents)
{
	struct zones *z = w->data;

	(void)loop;
	(void)revents;
	assert(w == &z->readable);
	(void)watch_read(z->watch, watch_event, z);
}

static void
stop_watching(struct zones *z)
{
	if (z->watch == NULL)
		return;
	ev_io_stop(z->loop, &z->readable);
	watch_close(z->watch);
	z->watch = NULL;
	while (z->lead_count > 0)
		free(z->leads[--z->lead_count].name);
}

/* From nothing: links may lead elsewhere now. A file is read after that, so
 * that no change falls between. */
static void
start_watching(struct zones *z)
{
	size_t i;

	stop_watching(z);
	z->watch = watch_open();
	if (z->watch == NULL) {
		log_event(z->log, LOG_WARNING, "CRON", "INFO", errno,
		    "changes of time zones won't be noticed before a HUP");
		return;
	}
	ev_io_set(&z->readable, watch_fd(z->watch), EV_READ);
	ev_io_start(z->loop, &z->readable);
	watch_zone(z, "");
	for (i = 1; i < z->count; i++)
		watch_zone(z, z->list[i].zone->name);
}

/* ---- lists ---- */

static struct kept_zone *
find(const struct zones *z, const char *name)
{
	size_t i;

	for (i = 0; i < z->count; i++)
		if (strcmp(z->list[i].zone->name, name) == 0)
			return &z->list[i];
	return NULL;
}

/* NULL: no room, no memory. */
static struct kept_zone *
keep(struct zones *z, const char *name)
{
	size_t room = z->room == 0 ? 16 : z->room * 2;
	struct kept_zone *list, *k;

	if (z->count == ZONES_MAX)
		return NULL;
	if (z->count == z->room) {
		list = reallocarray(z->list, room, sizeof *list);
		if (list == NULL)
			return NULL;
		z->list = list;
		z->room = room;
	}
	k = &z->list[z->count];
	k->zone = zoneinfo_take(name, z->taken_at, &k->known);
	if (k->zone == NULL)
		return NULL;
	k->asked = true;
	z->count++;
	return k;
}

const struct zone *
zones_of(void *context, const char *name)
{
	struct zones *z = context;
	struct kept_zone *k = find(z, name);

	if (k != NULL) {
		k->asked = true;
		return k->zone;
	}
	if (z->count < ZONES_MAX)
		watch_zone(z, name);
	k = keep(z, name);
	if (k == NULL) {
		if (!z->full_said)
			log_event(z->log, LOG_ERR, "CRON", "ERROR", 0,
			    "too many time zones, UTC is used for %s", name);
		z->full_said = true;
		return z->list[1].zone;
	}
	return k->zone;
}

/* Takes all anew. Those that nobody asked for since the last time go. True if
 * any differs; what was in the list before is then in *old. */
static bool
take_anew(struct zones *z, struct zone **old, size_t *old_count)
{
	struct zone *fresh;
	bool differs = false, known;
	size_t i, kept = 0;

	*old_count = 0;
	for (i = 0; i < z->count; i++) {
		if (i > 1 && !z->list[i].asked) {
			old[(*old_count)++] = z->list[i].zone;
			continue;
		}
		fresh =
		    zoneinfo_take(z->list[i].zone->name, z->taken_at, &known);
		z->list[kept] = z->list[i];
		if (fresh != NULL) {
			if (z->list[i].known && !known)
				log_event(z->log, LOG_ERR, "CRON", "ERROR", 0,
				    "time zone %s is gone, UTC is used",
				    fresh->name);
			if (!zone_agrees(fresh, z->list[i].zone))
				differs = true;
			old[(*old_count)++] = z->list[i].zone;
			z->list[kept].zone = fresh;
			z->list[kept].known = known;
		}
		z->list[kept].asked = false;
		kept++;
	}
	z->count = kept;
	return differs;
}

void
zones_refresh(struct zones *z)
{
	struct zone **old = calloc(z->count, sizeof(struct zone *));
	size_t old_count, i;

	ev_timer_stop(z->loop, &z->quiet);
	if (old == NULL)
		return;
	z->taken_at = now_secs();
	z->full_said = false;
	start_watching(z);
	if (take_anew(z, old, &old_count))
		log_event(z->log, LOG_INFO, "CRON", "INFO", 0,
		    "time zones have changed");
	/* also if none differs: the lists that the agenda holds are gone */
	z->changed(z->context);
	for (i = 0; i < old_count; i++)
		zone_free(old[i]);
	free(old);
}

static void
quiet_over(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct zones *z = w->data;

	(void)loop;
	(void)revents;
	assert(w == &z->quiet);
	zones_refresh(z);
}

void
zones_check(struct zones *z)
{
	int64_t now = now_secs();

	if (now < z->taken_at - 86400 || now > z->taken_at + LIST_SECS ||
	    (z->count == ZONES_MAX && now > z->taken_at + FULL_SECS))
		zones_refresh(z);
}

/* ---- life ---- */

struct zones *
zones_new(struct ev_loop *loop, struct log *log, zones_changed_cb changed,
    void *context)
{
	struct zones *z = calloc(1, sizeof *z);

	if (z == NULL)
		return NULL;
	z->loop = loop;
	z->log = log;
	z->changed = changed;
	z->context = context;
	z->taken_at = now_secs();
	ev_io_init(&z->readable, watch_readable, -1, EV_READ);
	z->readable.data = z;
	ev_timer_init(&z->quiet, quiet_over, 0., QUIET_SECS);
	z->quiet.data = z;
	start_watching(z);
	/* the two that are always there: the system's, and the last resort */
	if (keep(z, "") == NULL || keep(z, "UTC") == NULL) {
		zones_free(z);
		return NULL;
	}
	return z;
}

void
zones_free(struct zones *z)
{
	if (z == NULL)
		return;
	ev_timer_stop(z->loop, &z->quiet);
	stop_watching(z);
	while (z->count > 0)
		zone_free(z->list[--z->count].zone);
	free(z->list);
	free(z->leads);
	free(z);
}
