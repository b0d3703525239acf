/*
 * The watch on a user's mail as a whole: said in the log once, at warning
 * level, when no mailer has taken anything for an hour, and again when one
 * does. A collector may be gone in between: a mark beside the runs remembers.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/hub.h"
#include "collector/job_log.h"
#include "core/duration.h"
#include "sys/clock.h"
#include "sys/fd.h"

#define FAILING ".failing"
#define SAID    ".alerted"

static int64_t
now_at(void)
{
	return clock_wall_ns() / 1000000000;
}

/* Where marks are; -1: nowhere. */
static int
open_dir(const struct hub *h)
{
	const char *dir = h->options.runs_dir;

	return dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int
open_mark(const struct hub *h, const char *name, int flags)
{
	int dir = open_dir(h), fd = -1;

	if (dir >= 0)
		fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	fd_close(&dir);
	return fd;
}

static void
read_mark(struct hub *h, const char *name)
{
	struct mail_alert *a = &h->alert;
	int fd = open_mark(h, name, O_RDONLY);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, a->last, sizeof a->last - 1);
	a->last[n > 0 ? n : 0] = '\0';
	a->failing = true;
	a->due_at = fstat(fd, &st) == 0 ? (int64_t)st.st_mtim.tv_sec +
					      (int64_t)h->options.warn_secs
					: now_at();
	fd_close(&fd);
}

void
mail_alert_init(struct hub *h)
{
	read_mark(h, SAID);
	h->alert.said = h->alert.failing;
	if (!h->alert.said)
		read_mark(h, FAILING);
}

static void
write_mark(struct hub *h, int64_t since_at)
{
	const struct timespec times[2] = {{.tv_sec = (time_t)since_at},
	    {.tv_sec = (time_t)since_at}};
	int fd = open_mark(h, FAILING, O_WRONLY | O_CREAT | O_TRUNC);

	if (fd < 0)
		return;
	(void)!write(fd, h->alert.last, strlen(h->alert.last));
	(void)futimens(fd, times);
	fd_close(&fd);
}

void
mail_alert_failed(struct hub *h, const char *why, uint64_t since_secs)
{
	struct mail_alert *a = &h->alert;
	int64_t since_at = now_at() - (int64_t)since_secs;

	(void)snprintf(a->last, sizeof a->last, "%s", why);
	if (a->failing)
		return;
	a->failing = true;
	a->due_at = since_at + (int64_t)h->options.warn_secs;
	write_mark(h, since_at);
	mail_alert_look(h);
}

void
mail_alert_look(struct hub *h)
{
	struct mail_alert *a = &h->alert;
	char length[32];
	int dir;

	if (!a->failing || a->said || now_at() < a->due_at)
		return;
	a->said = true;
	dir = open_dir(h);
	(void)renameat(dir, FAILING, dir, SAID);
	fd_close(&dir);
	job_log(&h->collector, NULL, LOG_WARNING, "CRON", "MAIL", 0,
	    "no mail could be sent for %s; letters wait in %s; last: %s",
	    duration_show(length, sizeof length, h->options.warn_secs),
	    outbox_path(h->outbox), a->last);
}

void
mail_alert_worked(struct hub *h)
{
	struct mail_alert *a = &h->alert;
	int dir;

	if (!a->failing)
		return;
	if (a->said)
		job_log(&h->collector, NULL, LOG_WARNING, "CRON", "MAIL", 0,
		    "mail can be sent again");
	dir = open_dir(h);
	(void)unlinkat(dir, a->said ? SAID : FAILING, 0);
	fd_close(&dir);
	*a = (struct mail_alert){0};
}
