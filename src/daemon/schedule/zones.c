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
	BUCKETS_MIN = 64,
	LINKS_MAX = 16,
};

#define QUIET_SECS 1.0
/* A zone that can't be had is asked for again. */
#define AGAIN_SECS 60.0

/* Lists reach 40 years ahead, as far as the next 29 February on a weekday may
 * be. After so long all are taken anew, so that they reach far enough again. */
#define LIST_SECS INT64_C(315569520) /* ten years */

/* A zone that some entry names. */
struct used_zone {
	struct used_zone *next; /* in its bucket */
	struct zone *zone;      /* NULL: it could not be had, which is logged */
	bool known;
	char name[];
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

	struct zone *system; /* "" */
	struct used_zone **buckets;
	size_t bucket_count; /* a power of two */
	size_t count;
	struct hash_key key;
	int64_t taken_at;

	struct watch *watch; /* NULL: files can't be watched */
	struct lead *leads;
	size_t lead_count, lead_room;
	struct ev_io readable;
	struct ev_timer quiet;
	struct ev_timer again; /* active: some zone could not be had */
};

static int64_t
now_secs(void)
{
	return clock_wall_ns() / 1000000000;
}

/* ---- watches ---- */

/* Tables come and go, the files that they name are the same few hundred. */
static bool
is_led(const struct zones *z, int id, const char *name)
{
	for (size_t i = 0; i < z->lead_count; i++)
		if (z->leads[i].id == id && strcmp(z->leads[i].name, name) == 0)
			return true;
	return false;
}

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
	*slash = '\0';
	id = watch_add(z->watch, slash == path ? "/" : path, WATCH_CHANGES);
	*slash = '/';
	if (id < 0) /* no such directory: no file there either */
		return;
	if (is_led(z, id, slash + 1))
		return;
	if (z->lead_count == z->lead_room) {
		leads = reallocarray(z->leads, room, sizeof *leads);
		if (leads == NULL)
			return;
		z->leads = leads;
		z->lead_room = room;
	}
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
	const struct used_zone *u;
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
	for (i = 0; i < z->bucket_count; i++)
		for (u = z->buckets[i]; u != NULL; u = u->next)
			watch_zone(z, u->name);
}

/* ---- lists ---- */

static struct used_zone **
bucket_of(const struct zones *z, const char *name)
{
	uint64_t hash = keyed_hash(&z->key, name, strlen(name));

	return &z->buckets[hash & (z->bucket_count - 1)];
}

/* Where it is, or the end of the chain where it would be. */
static struct used_zone **
find(const struct zones *z, const char *name)
{
	struct used_zone **at = bucket_of(z, name);

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

/* Doubles the buckets; without memory the chains just get longer. */
static void
grow(struct zones *z)
{
	struct used_zone **old = z->buckets, *u, **at;
	size_t count = z->bucket_count, i;

	z->buckets = calloc(count * 2, sizeof(struct used_zone *));
	if (z->buckets == NULL) {
		z->buckets = old;
		return;
	}
	z->bucket_count = count * 2;
	for (i = 0; i < count; i++) {
		while ((u = old[i]) != NULL) {
			old[i] = u->next;
			at = bucket_of(z, u->name);
			u->next = *at;
			*at = u;
		}
	}
	free(old);
}

/* A place for a zone that is not there yet; NULL: no memory. */
static struct used_zone *
add(struct zones *z, const char *name)
{
	size_t size = strlen(name) + 1;
	struct used_zone *u = calloc(1, sizeof(*u) + size), **at;

	if (u == NULL)
		return NULL;
	memcpy(u->name, name, size);
	if (z->count++ >= z->bucket_count)
		grow(z);
	at = bucket_of(z, name);
	u->next = *at;
	*at = u;
	return u;
}

static void
ask_again(struct zones *z)
{
	if (!ev_is_active(&z->again))
		ev_timer_again(z->loop, &z->again);
}

static void
log_not_had(const struct zones *z, const char *name)
{
	log_event(z->log, LOG_ERR, "CRON", "ERROR", errno,
	    "time zone %s can't be read, what has it does not run", name);
}

const struct zone *
zones_of(void *context, const char *name)
{
	struct zones *z = context;
	struct used_zone *u;

	if (*name == '\0')
		return z->system;
	u = *find(z, name);
	if (u != NULL && u->zone != NULL)
		return u->zone;
	if (u == NULL) {
		watch_zone(z, name);
		u = add(z, name);
		if (u == NULL) {
			log_not_had(z, name);
			ask_again(z);
			return NULL;
		}
		u->zone = zoneinfo_take(name, z->taken_at, &u->known);
		if (u->zone == NULL)
			log_not_had(z, name);
	} else {
		u->zone = zoneinfo_take(name, z->taken_at, &u->known);
		if (u->zone != NULL)
			log_event(z->log, LOG_INFO, "CRON", "INFO", 0,
			    "time zone %s is there now", name);
	}
	if (u->zone == NULL)
		ask_again(z);
	return u->zone;
}

void
zones_unused(void *context, const char *name)
{
	struct zones *z = context;
	struct used_zone **at = find(z, name), *u = *at;

	if (u == NULL)
		return;
	*at = u->next;
	z->count--;
	if (u->zone != NULL)
		zone_free(u->zone);
	free(u);
}

/* Takes one anew; what was there is freed later, by the caller, from *old. A
 * zone whose file is gone, or can't be read now, stays as it was known last:
 * its jobs run at their time. True: it differs. */
static bool
take_one_anew(struct zones *z, const char *name, struct zone **zone,
    bool *known, struct zone **old)
{
	bool known_now;
	struct zone *fresh = zoneinfo_take(name, z->taken_at, &known_now);
	bool differs;

	if (fresh != NULL && *zone != NULL && *known && !known_now) {
		log_event(z->log, LOG_ERR, "CRON", "ERROR", 0,
		    "time zone %s is gone, what was known of it is used", name);
		zone_free(fresh);
		return false;
	}
	if (fresh == NULL)
		return false;
	differs = *zone == NULL || !zone_agrees(fresh, *zone);
	*old = *zone;
	*zone = fresh;
	*known = known_now;
	return differs;
}

/* Takes all anew. True if any differs; those before are then in old. */
static bool
take_anew(struct zones *z, struct zone **old)
{
	bool known = true;
	bool differs = take_one_anew(z, "", &z->system, &known, old++);
	struct used_zone *u;

	for (size_t i = 0; i < z->bucket_count; i++)
		for (u = z->buckets[i]; u != NULL; u = u->next)
			if (take_one_anew(z, u->name, &u->zone, &u->known,
				old++))
				differs = true;
	return differs;
}

void
zones_refresh(struct zones *z)
{
	size_t count = z->count + 1, i;
	struct zone **old = calloc(count, sizeof(struct zone *));

	ev_timer_stop(z->loop, &z->quiet);
	if (old == NULL)
		return;
	z->taken_at = now_secs();
	start_watching(z);
	if (take_anew(z, old))
		log_event(z->log, LOG_INFO, "CRON", "INFO", 0,
		    "time zones have changed");
	/* also if none differs: the lists that the agenda holds are gone */
	z->changed(z->context);
	for (i = 0; i < count; i++)
		if (old[i] != NULL)
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

	if (now < z->taken_at - 86400 || now > z->taken_at + LIST_SECS)
		zones_refresh(z);
}

/* The agenda asks for all that it uses, and so for what could not be had. */
static void
on_again(struct ev_loop *loop, struct ev_timer *w, int revents)
{
	struct zones *z = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	z->changed(z->context);
}

/* ---- life ---- */

struct zones *
zones_new(struct ev_loop *loop, struct log *log, const struct hash_key *key,
    zones_changed_cb changed, void *context)
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
	ev_timer_init(&z->again, on_again, 0., AGAIN_SECS);
	z->again.data = z;
	z->key = *key;
	z->bucket_count = BUCKETS_MIN;
	z->buckets = calloc(z->bucket_count, sizeof(struct used_zone *));
	if (z->buckets != NULL)
		start_watching(z);
	if (z->buckets != NULL)
		z->system = zoneinfo_take("", z->taken_at, NULL);
	if (z->system == NULL) {
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
	ev_timer_stop(z->loop, &z->again);
	for (size_t i = 0; z->buckets != NULL && i < z->bucket_count; i++)
		while (z->buckets[i] != NULL)
			zones_unused(z, z->buckets[i]->name);
	if (z->system != NULL)
		zone_free(z->system);
	free(z->buckets);
	free(z->leads);
	free(z);
}
