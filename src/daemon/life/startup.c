/*
 * The start, in the incumbents' words and with their modes. All of it is
 * synchronous: the loop does not run yet.
 */
#include "daemon/life/startup.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/mkdirs.h"

void
startup_death(struct log *log, const struct personality *personality,
    int errnum, const char *format, ...)
{
	char text[4096 + 256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	(void)fprintf(stderr, "%s: %s%s%s\n", personality->daemon, text,
	    errnum != 0 ? ": " : "", errnum != 0 ? strerror(errnum) : "");
	if (!personality->debian)
		log_event(log, LOG_ERR, "CRON", "DEATH", errnum, "%s", text);
	else if (errnum != 0)
		log_event(log, LOG_INFO, "CRON", "DEATH", 0, "%s: %s", text,
		    strerror(errnum));
	else
		log_event(log, LOG_INFO, "CRON", "DEATH", 0, "%s", text);
}

int
startup_own_dirs(const struct paths *paths)
{
	struct stat st;
	int error = 0;

	if (mkdirs(paths->run_dir, 0700) < 0 || stat(paths->run_dir, &st) != 0)
		error = errno;
	else if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
		error = EPERM;
	/* For mail alone: jobs matter more, and mail tells what is wrong. */
	(void)mkdirs(paths->state_dir, 0700);
	errno = error;
	return error == 0 ? 0 : -1;
}

void
startup_no_dirs(const struct paths *paths,
    const struct personality *personality, struct log *log)
{
	startup_death(log, personality, errno,
	    "can't use the directory %s, which must be uid %ld's, writable for "
	    "nobody else, and on a file system that can be written to",
	    paths->run_dir, (long)geteuid());
}

/* Gives the new spool to the personality's group. Below --root the group may
 * be unknown to this machine, or not ours to give: then it stays as it is. */
static int
spool_to_group(const struct paths *paths, const struct personality *personality,
    struct log *log)
{
	struct group *group;
	bool strict = paths->root[0] == '\0';

	errno = 0;
	group = getgrnam(personality->spool_group);
	if (group == NULL && strict) {
		startup_death(log, personality, errno,
		    "%s: getgrnam: no group %s", paths->spool_dir,
		    personality->spool_group);
		return -1;
	}
	if (group != NULL &&
	    chown(paths->spool_dir, (uid_t)-1, group->gr_gid) != 0 && strict) {
		startup_death(log, personality, errno, "%s: chown",
		    paths->spool_dir);
		return -1;
	}
	/* Changing the group takes setuid bits away; say the mode again. */
	if (chmod(paths->spool_dir, personality->spool_mode) != 0 && strict) {
		startup_death(log, personality, errno, "%s: chmod",
		    paths->spool_dir);
		return -1;
	}
	return 0;
}

int
startup_spool(const struct paths *paths, const struct personality *personality,
    struct log *log)
{
	int made;

	if (paths->spool_parent != NULL &&
	    mkdirs(paths->spool_parent, 0755) < 0) {
		startup_death(log, personality, errno, "can't make %s",
		    paths->spool_parent);
		return -1;
	}
	made = mkdirs(paths->spool_dir, personality->spool_mode);
	if (made < 0) {
		startup_death(log, personality, errno, "can't make %s",
		    paths->spool_dir);
		return -1;
	}
	if (made > 0) {
		(void)fprintf(stderr, "%s: %s\n%s: created\n", paths->spool_dir,
		    strerror(ENOENT), paths->spool_dir);
		if (personality->spool_group != NULL &&
		    spool_to_group(paths, personality, log) != 0)
			return -1;
	}
	if (paths->work_dir != NULL && chdir(paths->work_dir) != 0) {
		startup_death(log, personality, errno, "can't chdir to %s",
		    paths->work_dir);
		return -1;
	}
	return 0;
}

void
startup_say(struct log *log, const struct personality *personality, bool forked,
    int lock_fd, unsigned delay_percent)
{
	if (personality->debian) {
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "pidfile fd = %d",
		    lock_fd);
		if (forked)
			log_event(log, LOG_INFO, "CRON", "STARTUP", 0,
			    "fork ok");
		return;
	}
	log_event(log, LOG_INFO, "CRON", "STARTUP", 0, "evcron %s",
	    EVCRON_VERSION);
	log_event(log, LOG_INFO, "CRON", "INFO", 0,
	    "RANDOM_DELAY will be scaled with factor %u%% if used.",
	    delay_percent);
}

static void
say_boot(struct log *log, const struct personality *personality, bool again)
{
	const char *text = NULL;

	if (personality->debian)
		text = again ? "Skipping @reboot jobs -- not system startup"
			     : "Running @reboot jobs";
	else if (again)
		text = "@reboot jobs will be run at computer's startup.";
	if (text != NULL)
		log_event(log, LOG_INFO, "CRON", "INFO", 0, "%s", text);
}

/* Takes a marker of another boot away. */
static void
drop_stale_marker(const char *path, const char *boot_id)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[64];
	ssize_t n;

	if (fd < 0)
		return;
	n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	if (n >= 0 && strcmp(text, boot_id) != 0)
		(void)unlink(path);
}

/* Looks first: an open that may create takes the lock of /run, which users can
 * list and so hold (SECURITY.md). */
static int
make_marker(const char *path, const char *boot_id)
{
	size_t len = boot_id != NULL ? strlen(boot_id) : 0;
	struct stat st;
	int fd;

	if (lstat(path, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    boot_id != NULL ? 0600 : 0);

	/* A marker without its name would count for another boot's. */
	if (fd >= 0 && len > 0 && write(fd, boot_id, len) < 0)
		(void)unlink(path);
	return fd;
}

void
startup_new_boot(const struct paths *paths)
{
	(void)unlink(paths->reboot_marker);
}

enum startup_boot
startup_claim_boot(const struct paths *paths,
    const struct personality *personality, struct log *log, const char *boot_id)
{
	int fd;

	if (boot_id != NULL)
		drop_stale_marker(paths->reboot_marker, boot_id);
	fd = make_marker(paths->reboot_marker, boot_id);
	if (fd >= 0) {
		close(fd);
		say_boot(log, personality, false);
		return BOOT_FIRST;
	}
	if (errno == EEXIST) {
		say_boot(log, personality, true);
		return BOOT_AGAIN;
	}
	if (personality->marker_required) {
		startup_death(log, personality, errno,
		    "Can't create reboot check file");
		return BOOT_DEATH;
	}
	log_event(log, LOG_INFO, "CRON", "INFO", errno,
	    "Can't create lock for reboot jobs.");
	return BOOT_FIRST;
}
