/*
 * Minutes done, on disk. Made by main; told by the tick and by runs, through
 * main's hooks.
 *
 * The file is open all the time: a start costs one write of 17 bytes. What it
 * holds is true at any moment, whenever the daemon is killed: the front is
 * written at once, and keys behind it count only for minutes that it does not
 * call done. Where starts begin, which minute that is goes in front first.
 */
#include "daemon/schedule/progress_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/random.h"
#include "sys/fd.h"
#include "sys/files/run_files.h"

/* Keys of starts in minutes that are not done: more than that are only there
 * if a start waits while thousands go on; then the oldest are let go. */
#define KEYS_MAX ((size_t)1 << 16)

struct minutes {
	struct handover *handover;
	struct log *log;
	int fd; /* -1: nothing is kept */
	bool failing;
	struct past past; /* as in the file */
	size_t keys;      /* behind the front */
	struct past_left left;
	bool reboots_left;
};

struct minutes *
minutes_new(struct handover *handover, const struct state_key *key,
    struct log *log)
{
	struct minutes *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->handover = handover;
	m->log = log;
	m->fd = -1;
	m->past.key = *key;
	m->past.stopped_at = -1;
	return m;
}

void
minutes_free(struct minutes *m)
{
	if (m == NULL)
		return;
	fd_close(&m->fd);
	past_left_clear(&m->left);
	free(m);
}

/* Writing */

static void
check(struct minutes *m, bool written)
{
	if (!written && !m->failing)
		log_event(m->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't write %s/%s: minutes missed are not known to the "
		    "next crond",
		    handover_path(m->handover), MINUTES_FILE);
	m->failing = !written;
}

static void
write_front(struct minutes *m)
{
	char front[PAST_FRONT];

	if (m->fd < 0)
		return;
	past_write(&m->past, front);
	check(m, pwrite(m->fd, front, sizeof front, 0) == PAST_FRONT);
}

static void
write_key(struct minutes *m, uint64_t key)
{
	off_t at = PAST_FRONT + (off_t)(m->keys % KEYS_MAX * PAST_ENTRY);
	char text[PAST_ENTRY];

	past_entry_write(key, text);
	check(m, pwrite(m->fd, text, sizeof text, at) == PAST_ENTRY);
	m->keys++;
}

/* The front first: keys of minutes that it calls done mean nothing. Nothing is
 * left of this life's own. */
static void
write_settled(struct minutes *m)
{
	size_t i;

	m->past.begun.n = 0;
	m->past.held.n = m->left.count > 0 ? m->left.through.n : 0;
	write_front(m);
	if (m->fd < 0 || m->keys == m->left.count)
		return;
	m->keys = 0;
	for (i = 0; i < m->left.count; i++)
		write_key(m, m->left.keys[i]);
	(void)!ftruncate(m->fd, PAST_FRONT + (off_t)(m->keys * PAST_ENTRY));
}

static bool
is_reboot(const struct schedule *when)
{
	return (when->flags & SCHEDULE_REBOOT) != 0;
}

/* One entry, in one minute; @reboot entries have no minute. */
static uint64_t
key_of(struct entry *entry, struct minute due)
{
	const struct table *table = entry_table(entry);
	const struct schedule *when = entry_when(table, entry);
	const char *command = entry_command(table, entry);
	uint64_t key = is_reboot(when) ? 0 : (uint64_t)due.n;

	key = random_mix(key, table->path, strlen(table->path));
	key = random_mix(key, when, sizeof *when);
	return past_key(random_mix(key, command, strlen(command)), when);
}

void
minutes_starts(struct minutes *m, struct entry *entry, struct minute due)
{
	if (m->fd < 0)
		return;
	if (due.n > m->past.begun.n &&
	    !is_reboot(entry_when(entry_table(entry), entry))) {
		m->past.begun = due;
		write_front(m);
	}
	write_key(m, key_of(entry, due));
}

void
minutes_settle(struct minutes *m, const struct jump_done *done,
    struct minute next)
{
	bool same;

	past_left_settle(&m->left, &m->past.done, done);
	same = m->past.next.n == next.n && m->past.stopped_at < 0 &&
	       m->keys == m->left.count && !m->past.reboots &&
	       m->past.done.wild.n <= done->wild.n &&
	       m->past.done.fixed.n <= done->fixed.n;
	if (same)
		return;
	m->past.done = *done;
	m->past.next = next;
	m->past.stopped_at = -1;
	m->past.reboots = false;
	write_settled(m);
}

void
minutes_reboots(struct minutes *m)
{
	m->past.reboots = true;
	write_front(m);
}

void
minutes_stop(struct minutes *m, int64_t now_at, const struct jump_done *done,
    struct minute next)
{
	if (done != NULL)
		minutes_settle(m, done, next);
	m->past.stopped_at = now_at;
	write_front(m);
}

void
minutes_go_on(struct minutes *m)
{
	m->past.stopped_at = -1;
	write_front(m);
}

/* Reading */

/* 0: nothing to resume; it is no news where there was nothing. */
static bool
read_file(struct minutes *m, struct past *past)
{
	const size_t max = PAST_FRONT + KEYS_MAX * PAST_ENTRY;
	const char *why = NULL;
	char *bytes;
	size_t len;

	if (m->handover == NULL)
		return false;
	if (handover_read(m->handover, MINUTES_FILE, max, &bytes, &len) != 0) {
		if (errno == ENOENT)
			return false;
		bytes = NULL;
		why = strerror(errno);
	} else if (!past_read(past, bytes, len)) {
		why = "it is broken, or another version's";
	} else if (!state_key_same(&past->key, &m->past.key)) {
		why = "it is of another boot or another container";
	} else {
		past_left_read(&m->left, past, bytes, len);
		m->keys = m->left.count;
	}
	free(bytes);
	if (why == NULL)
		return true;
	log_event(m->log, LOG_INFO, "CRON", "HANDOVER", 0,
	    "%s/%s is set aside, minutes missed are not made up: %s",
	    handover_path(m->handover), MINUTES_FILE, why);
	(void)handover_set_aside(m->handover, MINUTES_FILE);
	return false;
}

static void
say(struct minutes *m, enum past_verdict verdict, int64_t left_out)
{
	if (left_out <= 0)
		return;
	log_event(m->log, LOG_WARNING, "CRON", "MISSED", 0,
	    "%s of %lld minute%s without a daemon %s left out",
	    verdict == PAST_FIXED ? "wildcard jobs" : "all jobs",
	    (long long)left_out, left_out == 1 ? "" : "s",
	    left_out == 1 ? "is" : "are");
}

struct jump_done
minutes_resume(struct minutes *m, int64_t now_at)
{
	struct minute now = minute_of(now_at);
	struct jump_done done = {now, now};
	enum past_verdict verdict;
	struct past past = {.stopped_at = -1};
	int64_t left_out;

	if (read_file(m, &past)) {
		done =
		    past_resume(&past, &m->left, now_at, &verdict, &left_out);
		say(m, verdict, left_out);
		m->reboots_left = m->past.reboots = past.reboots;
	}
	/* Until it has settled, another start would begin here too. */
	m->past.done = done;
	m->past.next =
	    minute_plus(done.wild.n < done.fixed.n ? done.wild : done.fixed, 1);
	if (m->handover != NULL)
		m->fd = handover_file(m->handover, MINUTES_FILE);
	if (m->fd >= 0)
		write_settled(m);
	else if (m->handover != NULL)
		check(m, false);
	return done;
}

bool
minutes_reboots_left(const struct minutes *m)
{
	return m->reboots_left;
}

bool
minutes_was_started(struct minutes *m, struct entry *entry, struct minute due)
{
	return m->left.count > 0 &&
	       past_left_take(&m->left, key_of(entry, due));
}
