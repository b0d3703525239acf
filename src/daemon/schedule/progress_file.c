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
#include "daemon/base/say_once.h"
#include "sys/fd.h"
#include "sys/files/run_files.h"

/* Keys of starts in minutes that are not done: more than that are only there
 * if a start waits while thousands go on; then the oldest are let go. */
#define KEYS_MAX ((size_t)1 << 16)

struct progress_file {
	struct run_files *handover;
	struct log *log;
	int fd; /* -1: nothing is kept */
	struct say_once failing;
	struct progress past; /* as in the file */
	size_t keys;          /* behind the front */
	struct progress_left left;
	bool reboots_left;
};

struct progress_file *
progress_file_new(struct run_files *handover, const struct run_state_key *key,
    struct log *log)
{
	struct progress_file *m = calloc(1, sizeof *m);

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
progress_file_free(struct progress_file *m)
{
	if (m == NULL)
		return;
	fd_close(&m->fd);
	progress_left_clear(&m->left);
	free(m);
}

/* Writing */

static void
check(struct progress_file *m, bool written)
{
	if (say_once(&m->failing, !written))
		log_event(m->log, LOG_ERR, "CRON", "HANDOVER", errno,
		    "can't write %s/%s: minutes missed are not known to the "
		    "next crond",
		    run_files_path(m->handover), PROGRESS_FILE_FILE);
}

static void
write_front(struct progress_file *m)
{
	char front[PROGRESS_FRONT];

	if (m->fd < 0)
		return;
	progress_write(&m->past, front);
	check(m, pwrite(m->fd, front, sizeof front, 0) == PROGRESS_FRONT);
}

static void
write_key(struct progress_file *m, uint64_t key)
{
	off_t at =
	    PROGRESS_FRONT + (off_t)(m->keys % KEYS_MAX * PROGRESS_ENTRY);
	char text[PROGRESS_ENTRY];

	progress_entry_write(key, text);
	check(m, pwrite(m->fd, text, sizeof text, at) == PROGRESS_ENTRY);
	m->keys++;
}

/* The front first: keys of minutes that it calls done mean nothing. Nothing is
 * left of this life's own. */
static void
write_settled(struct progress_file *m)
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
	(void)!ftruncate(m->fd,
	    PROGRESS_FRONT + (off_t)(m->keys * PROGRESS_ENTRY));
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
	return progress_key(random_mix(key, command, strlen(command)), when);
}

void
progress_file_starts(struct progress_file *m, struct entry *entry,
    struct minute due)
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
progress_file_done(struct progress_file *m, const struct clock_step_done *done,
    struct minute next)
{
	bool same;

	progress_left_forget_done(&m->left, &m->past.done, done);
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
progress_file_reboots(struct progress_file *m)
{
	m->past.reboots = true;
	write_front(m);
}

void
progress_file_stop(struct progress_file *m, int64_t now_at,
    const struct clock_step_done *done, struct minute next)
{
	if (done != NULL)
		progress_file_done(m, done, next);
	m->past.stopped_at = now_at;
	write_front(m);
}

void
progress_file_go_on(struct progress_file *m)
{
	m->past.stopped_at = -1;
	write_front(m);
}

/* Reading */

/* 0: nothing to resume; it is no news where there was nothing. */
static bool
read_file(struct progress_file *m, struct progress *past)
{
	const size_t max = PROGRESS_FRONT + KEYS_MAX * PROGRESS_ENTRY;
	const char *why = NULL;
	char *bytes;
	size_t len;

	if (m->handover == NULL)
		return false;
	if (run_files_read(m->handover, PROGRESS_FILE_FILE, max, &bytes,
		&len) != 0) {
		if (errno == ENOENT)
			return false;
		bytes = NULL;
		why = strerror(errno);
	} else if (!progress_read(past, bytes, len)) {
		why = "it is broken, or another version's";
	} else if (!run_state_key_same(&past->key, &m->past.key)) {
		why = "it is of another boot or another container";
	} else {
		progress_left_read(&m->left, past, bytes, len);
		m->keys = m->left.count;
	}
	free(bytes);
	if (why == NULL)
		return true;
	log_event(m->log, LOG_INFO, "CRON", "HANDOVER", 0,
	    "%s/%s is set aside, minutes missed are not made up: %s",
	    run_files_path(m->handover), PROGRESS_FILE_FILE, why);
	(void)run_files_set_aside(m->handover, PROGRESS_FILE_FILE);
	return false;
}

static void
say(struct progress_file *m, enum progress_verdict verdict, int64_t left_out)
{
	if (left_out <= 0)
		return;
	log_event(m->log, LOG_WARNING, "CRON", "MISSED", 0,
	    "%s of %lld minute%s without a daemon %s left out",
	    verdict == PROGRESS_FIXED ? "wildcard jobs" : "all jobs",
	    (long long)left_out, left_out == 1 ? "" : "s",
	    left_out == 1 ? "is" : "are");
}

struct clock_step_done
progress_file_resume(struct progress_file *m, int64_t now_at)
{
	struct minute now = minute_of(now_at);
	struct clock_step_done done = {now, now};
	enum progress_verdict verdict;
	struct progress past = {.stopped_at = -1};
	int64_t left_out;

	if (read_file(m, &past)) {
		done = progress_resume(&past, &m->left, now_at, &verdict,
		    &left_out);
		say(m, verdict, left_out);
		m->reboots_left = m->past.reboots = past.reboots;
	}
	/* Until it has settled, another start would begin here too. */
	m->past.done = done;
	m->past.next =
	    minute_plus(done.wild.n < done.fixed.n ? done.wild : done.fixed, 1);
	if (m->handover != NULL)
		m->fd = run_files_file(m->handover, PROGRESS_FILE_FILE);
	if (m->fd >= 0)
		write_settled(m);
	else if (m->handover != NULL)
		check(m, false);
	return done;
}

bool
progress_file_reboots_left(const struct progress_file *m)
{
	return m->reboots_left;
}

bool
progress_file_was_started(struct progress_file *m, struct entry *entry,
    struct minute due)
{
	return m->left.count > 0 &&
	       progress_left_take(&m->left, key_of(entry, due));
}
