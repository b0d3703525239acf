/*
 * The directory of sent letters, bounded by size and age. What it takes is
 * counted once and then kept count of, under the collector's lock; several
 * threads may trim it at once.
 */
#include "collector/archive.h"

#include <errno.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/job_log.h"
#include "sys/clock.h"
#include "sys/fd.h"

static bool
never_busy(void *context, const char *name)
{
	(void)context;
	(void)name;
	return false;
}

static void
was_dropped(void *context, const char *name, uint64_t bytes)
{
	job_log(context, NULL, LOG_INFO, "CRON", "MAIL", 0,
	    "no room for more letters of failed runs: dropped the oldest that "
	    "was sent, %s, %llu bytes",
	    name, (unsigned long long)bytes);
}

static void
set_bytes(struct collector *c, uint64_t bytes)
{
	pthread_mutex_lock(&c->lock);
	c->sent_bytes = bytes;
	c->sent_counted = true;
	pthread_mutex_unlock(&c->lock);
}

/* Adds bytes; what there is then. false: it has to be counted. */
static bool
add_bytes(struct collector *c, uint64_t bytes, uint64_t *sum)
{
	bool counted;

	pthread_mutex_lock(&c->lock);
	c->sent_bytes += bytes;
	*sum = c->sent_bytes;
	counted = c->sent_counted;
	pthread_mutex_unlock(&c->lock);
	return counted;
}

static void
bound(struct collector *c, struct outbox *sent, uint64_t added)
{
	const struct outbox_hooks hooks = {c, never_busy, was_dropped};
	uint64_t max = c->options->sent_max, sum;

	if (!add_bytes(c, added, &sum)) {
		sum = outbox_trim(sent, UINT64_MAX, NULL);
		set_bytes(c, sum);
	}
	if (sum > max)
		set_bytes(c, outbox_trim(sent, max - max / 10, &hooks));
}

/* From now on it is as old as its sending. */
static void
touch(struct outbox *sent, const char *name)
{
	int fd = outbox_reader(sent, name);

	if (fd >= 0)
		(void)futimens(fd, NULL);
	fd_close(&fd);
}

bool
archive_keep(struct letter *l)
{
	struct collector *c = l->collector;
	uint64_t bytes = outbox_bytes(l->outbox, l->name);
	struct outbox *sent;
	bool moved;

	/* Mail that is still to be sent needs the last room more. */
	if (c->options->sent_dir == NULL || outbox_room(l->outbox) == 0 ||
	    bytes > c->options->sent_max)
		return false;
	sent = outbox_open_user(c->options->sent_dir);
	if (sent == NULL)
		return false;
	worker_risk(l->worker);
	moved = outbox_move(l->outbox, l->name, sent) == 0;
	worker_safe(l->worker);
	if (moved) {
		touch(sent, l->name);
		bound(c, sent, bytes);
	} else {
		job_log(c, NULL, LOG_WARNING, "CRON", "MAIL", errno,
		    "letters of failed runs can't be kept in %s",
		    outbox_path(sent));
	}
	outbox_close(sent);
	return moved;
}

bool
archive_give_way(struct collector *c)
{
	const struct outbox_hooks hooks = {c, never_busy, was_dropped};
	struct outbox *sent;
	bool some = false;

	if (c->options->sent_dir == NULL)
		return false;
	sent = outbox_open_user(c->options->sent_dir);
	if (sent != NULL && outbox_look(sent) == 0 &&
	    outbox_trim(sent, UINT64_MAX, NULL) > 0) {
		set_bytes(c, outbox_trim(sent, 0, &hooks));
		some = true;
	}
	outbox_close(sent);
	return some;
}

int64_t
archive_expire(struct collector *c)
{
	int64_t secs = (int64_t)c->options->sent_secs, oldest = INT64_MAX;
	int64_t now_at = clock_wall_ns() / 1000000000;
	struct outbox *sent;

	if (c->options->sent_dir == NULL)
		return 0;
	sent = outbox_open_user(c->options->sent_dir);
	if (sent != NULL && outbox_look(sent) == 0) {
		oldest = outbox_expire(sent, now_at - secs);
		set_bytes(c, outbox_trim(sent, UINT64_MAX, NULL));
	}
	outbox_close(sent);
	return oldest == INT64_MAX ? 0 : oldest + secs + 1;
}
