/*
 * A directory of tables. Its watch is set before it is listed, so what happens
 * during the listing comes as events after it. A directory that is not there
 * has no tables; one that can't be listed for another reason keeps those it
 * had.
 *
 * In a cluster the spool is closed unless its cluster file names this host: it
 * is looked at before each listing, and a closed directory has no tables.
 */
#include "daemon/tables/table_dir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "sys/clock.h"
#include "sys/files/spool.h"

#define AGAIN_MIN_MS INT64_C(1000)
#define AGAIN_DOUBLE 6
/* So often, in 31 seconds, the start waits for what may pass by itself. */
#define AWAITED_TRIES 5
/* So old are files that a crontab has no use for any more, and so often is
 * looked for them at most. */
#define CLEAN_SECS INT64_C(3600)

static int64_t
now_ms(void)
{
	return clock_mono_ns() / 1000000;
}

int
table_dir_init(struct table_dir *place, const struct reload_config *config,
    struct table_set *slots, enum table_kind kind, const char *dir)
{
	memset(place, 0, sizeof(*place));
	place->config = config;
	place->slots = slots;
	place->kind = kind;
	place->way.data = place;
	place->dir = strdup(dir);
	if (place->dir == NULL)
		return -1;
	place->mounts_below = mounts_below(config->mounts, dir);
	place->clustered = config->cluster && kind == TABLE_USER;
	place->closed = place->clustered;
	return path_watch_open(slots->ways, &place->way, dir, true);
}

void
table_dir_clear(struct table_dir *place)
{
	table_reader_cancel(place->reader);
	place->reader = NULL;
	if (place->slots != NULL)
		path_watch_close(place->slots->ways, &place->way);
	free(place->dir);
	place->dir = NULL;
}

/* The slot of a listed name; NULL: no memory, noted. */
static struct table_slot *
slot_for(struct table_dir *place, const char *name)
{
	struct table_set *slots = place->slots;
	struct table_slot *slot = table_set_find(slots, place->kind, name);
	char path[PATH_MAX];

	if (slot != NULL)
		return slot;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", place->dir, name) >=
	    sizeof(path))
		return NULL;
	return table_set_add(slots, place->kind, name, path, false);
}

static void
list_again(struct table_dir *place)
{
	unsigned doublings =
	    place->tries < AGAIN_DOUBLE ? place->tries++ : AGAIN_DOUBLE;

	place->dirty = true;
	place->quiet = false;
	place->due_at_ms = now_ms() + (AGAIN_MIN_MS << doublings);
}

static void
drop_unseen(struct table_dir *place)
{
	struct catalog_slot *base;

	while (
	    (base = catalog_unseen(place->slots->catalog, place->kind)) != NULL)
		table_set_remove(place->slots, (struct table_slot *)base);
}

/* For want of processes, descriptors or memory. */
static bool
passes_soon(int errnum)
{
	return errnum == EAGAIN || errnum == ENOMEM || errnum == EMFILE ||
	       errnum == ENFILE;
}

/* errnum 0: it could be listed. */
static void
listing_ended(struct table_dir *place, int errnum)
{
	bool gone = errnum == ENOENT || errnum == ENOTDIR;

	if (errnum == 0 || gone)
		drop_unseen(place);
	if (errnum != 0 && errnum != place->logged_errnum)
		table_log_unlisted(&place->slots->loader.report, place->dir,
		    errnum, !gone);
	place->logged_errnum = errnum;
	place->awaited = place->slots->starting && passes_soon(errnum) &&
			 place->tries < AWAITED_TRIES;
	if (errnum != 0 && !gone)
		list_again(place);
	else if (place->slots->no_memory)
		list_again(place);
	else
		place->tries = 0;
	place->slots->no_memory = false;
}

/* --- the cluster file --- */

static void
say_cluster(const struct table_dir *place)
{
	const struct cluster *cluster = &place->cluster;
	struct log *log = place->config->log;

	if (cluster->errnum != 0 && cluster->errnum != ENODATA)
		log_event(log, LOG_INFO, "CRON", "INFO", cluster->errnum,
		    "cluster: the tables in %s are not run here: %s",
		    place->dir, CLUSTER_FILE);
	else if (cluster->host[0] == '\0')
		log_event(log, LOG_INFO, "CRON", "INFO", 0,
		    "cluster: the tables in %s are not run here: %s names no "
		    "host",
		    place->dir, CLUSTER_FILE);
	else if (place->closed)
		log_event(log, LOG_INFO, "CRON", "INFO", 0,
		    "cluster: the tables in %s are not run here: %s names %s",
		    place->dir, CLUSTER_FILE, cluster->host);
	else
		log_event(log, LOG_INFO, "CRON", "INFO", 0,
		    "cluster: the tables in %s are run here", place->dir);
}

/* What counts from now on; said when it is news. */
static void
take_cluster(struct table_dir *place, const struct cluster *cluster)
{
	bool closed = !cluster_is_here(cluster);
	bool news = !place->cluster_said || closed != place->closed ||
		    !cluster_equal(cluster, &place->cluster);

	place->cluster = *cluster;
	place->closed = closed;
	place->cluster_said = true;
	if (news)
		say_cluster(place);
}

static void
on_cluster(void *context, const struct cluster *cluster)
{
	take_cluster(context, cluster);
}

/* --- what killed crontabs leave --- */

/* A name that no user answers to is known as an orphan's. */
static bool
spare(void *context, const char *name)
{
	struct table_dir *place = context;
	const struct table_slot *slot;

	if (!spool_is_table(place->config->source->personality, place->kind,
		name, false))
		return false;
	slot = table_set_find(place->slots, place->kind, name);
	return slot == NULL || !slot->orphan;
}

void
table_dir_clean(struct table_dir *place)
{
	size_t count;

	if (place->kind != TABLE_USER || place->way.end != MOUNTS_REACHED ||
	    place->slots->loader.spool_open ||
	    (place->cleaned_at_ms != 0 &&
		now_ms() < place->cleaned_at_ms + CLEAN_SECS * 1000))
		return;
	place->cleaned_at_ms = now_ms();
	count = spool_clean(place->dir, place->config->source->personality,
	    clock_wall_ns() / 1000000000 - CLEAN_SECS, spare, place);
	if (count > 0)
		log_event(place->config->log, LOG_INFO, "CRON", "INFO", 0,
		    "%zu files that killed crontabs left in %s were removed",
		    count, place->dir);
}

static void list_here(struct table_dir *, bool anew);

/* A directory that others can list is locked while they do, for as long as they
 * like (src/SECURITY.md). */
static bool
lists_elsewhere(const struct table_dir *place)
{
	return place->kind != TABLE_USER || place->slots->loader.spool_open ||
	       place->way.end == MOUNTS_HANGS;
}

static void
look_whether_open(struct table_dir *place)
{
	struct stat st;

	if (place->kind == TABLE_USER)
		place->slots->loader.spool_open =
		    place->way.end == MOUNTS_REACHED &&
		    stat(place->dir, &st) == 0 && (st.st_mode & S_IROTH) != 0;
}

/* --- by a child --- */

static void
on_file(void *context, const char *name, struct spool_file *file,
    const char *bytes, size_t len)
{
	struct table_dir *place = context;
	struct table_slot *slot = slot_for(place, name);

	if (slot == NULL)
		return;
	slot->base.seen = true;
	loader_accept_file(&place->slots->loader, slot, file, bytes, len);
}

static void
on_end(void *context, bool answered, int errnum)
{
	struct table_dir *place = context;

	place->reader = NULL;
	place->slots->loader.waiting--;
	if (!answered && errnum == 0)
		errnum = EIO;
	/* The user database hangs for one of the names. By themselves the
	 * others are not held up. */
	if (!answered && !lists_elsewhere(place))
		list_here(place, false);
	else
		listing_ended(place, errnum);
	if (place->again && !place->dirty)
		table_dir_touch(place);
	place->again = false;
	place->slots->stirred(place->slots->context);
}

static void
list_elsewhere(struct table_dir *place)
{
	struct table_reader_hooks hooks = {place, on_file, on_cluster, on_end};
	struct spool_rules rules = {
	    .personality = place->config->source->personality,
	    .kind = place->kind,
	};
	struct table_reader_job job = {.rules = &rules,
	    .dir = place->dir,
	    .lsb = place->config->lsb_names,
	    .patient = place->way.end != MOUNTS_HANGS && !context_wanted(),
	    .cluster = place->clustered};

	place->reader =
	    table_reader_start(&place->slots->loader.readers, &job, &hooks);
	if (place->reader == NULL)
		listing_ended(place, errno);
	else
		place->slots->loader.waiting++;
}

/* --- by ourselves --- */

static void
list_here(struct table_dir *place, bool anew)
{
	struct spool_names names;
	struct cluster cluster;

	if (place->clustered) {
		cluster_read(place->dir, &cluster);
		take_cluster(place, &cluster);
		if (place->closed) {
			listing_ended(place, 0);
			return;
		}
	}
	if (spool_list(place->dir, place->config->source->personality,
		place->kind, place->config->lsb_names, &names) < 0) {
		listing_ended(place, errno);
		return;
	}
	mounts_stay(place->config->mounts, place->dir);
	for (size_t i = 0; i < names.count; i++) {
		struct table_slot *slot = slot_for(place, names.list[i]);

		if (slot == NULL)
			continue;
		slot->base.seen = true;
		/* a file that its writer still has open is not judged yet */
		if (slot->pending != TABLE_SLOT_CREATED)
			loader_look_at(&place->slots->loader, slot, anew, true);
	}
	mounts_leave(place->config->mounts);
	spool_names_clear(&names);
	listing_ended(place, 0);
}

void
table_dir_list(struct table_dir *place, bool anew)
{
	place->dirty = false;
	if (place->reader != NULL) {
		place->again = true;
		return;
	}
	(void)path_watch_follow(place->slots->ways, &place->way);
	catalog_list_begin(place->slots->catalog, place->kind);
	look_whether_open(place);
	if (lists_elsewhere(place) || context_wanted())
		list_elsewhere(place);
	else
		list_here(place, anew);
}

/* --- events --- */

void
table_dir_touch(struct table_dir *place)
{
	place->dirty = true;
	place->quiet = true;
	place->due_at_ms = now_ms() + TABLE_SET_QUIET_MS;
}

void
table_dir_apply(struct table_dir *place, bool settle)
{
	if (place->dirty &&
	    (place->due_at_ms <= now_ms() || (settle && place->quiet)))
		table_dir_list(place, false);
}

int64_t
table_dir_wait_ms(const struct table_dir *place)
{
	int64_t now = now_ms();

	if (!place->dirty)
		return -1;
	return place->due_at_ms > now ? place->due_at_ms - now : 0;
}

bool
table_dir_needs_sweep(const struct table_dir *place)
{
	return place->way.blind || (place->clustered && place->cluster.is_link);
}

/* A link to a table makes no event on the table, which may have one name too
 * many now. A directory whose file system may hang has no events, so that
 * lstat is safe here. */
static bool
is_another_link(const struct table_dir *place, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return (size_t)snprintf(path, sizeof(path), "%s/%s", place->dir, name) <
		   sizeof(path) &&
	       lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 1;
}

void
table_dir_name(struct table_dir *place, uint32_t mask, const char *name)
{
	struct table_slot *slot;

	/* Perhaps it can be listed now. No table is another one for that. */
	if (name[0] == '\0') {
		if (place->logged_errnum != 0)
			table_dir_touch(place);
		return;
	}
	if (place->clustered && strcmp(name, CLUSTER_FILE) == 0)
		table_dir_touch(place);
	if (place->closed) /* what is there counts when it opens */
		return;
	if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0 &&
	    is_another_link(place, name))
		table_dir_touch(place);
	if (!spool_is_table(place->config->source->personality, place->kind,
		name, place->config->lsb_names))
		return;
	slot = table_set_find(place->slots, place->kind, name);
	if (slot == NULL && (mask & (IN_DELETE | IN_MOVED_FROM)) != 0)
		return;
	if (slot == NULL)
		slot = slot_for(place, name);
	if (slot != NULL)
		table_set_touch(place->slots, slot, mask);
	else
		table_dir_touch(place);
}

void
table_dir_remounted(struct table_dir *place)
{
	size_t below = mounts_below(place->config->mounts, place->dir);

	/* a file mounted over a table makes no event */
	if (below != place->mounts_below || below > 0)
		table_dir_touch(place);
	place->mounts_below = below;
}
