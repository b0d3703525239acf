/*
 * A letter into a mailbox. collector/mailbox.c calls it in a child that is
 * root's own until become_user, and the user's from then on: the mailbox, its
 * name and its lock are that user's to play tricks with, and no trick of his
 * may reach further than his own rights and those of group mail.
 */
#include "sys/files/mbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files/mbox_lock.h"

#define CHUNK       ((size_t)64 * 1024)
#define FCNTL_LOOKS 50
#define PAUSE_NS    100000000

static const char from_[] = "From ";

const char *
mbox_problem(int outcome)
{
	switch (outcome) {
	case MBOX_LOCKED:
		return "somebody else holds its lock";
	case MBOX_CAPPED:
		return "it would be larger than --mailbox-max";
	case MBOX_STRANGE:
		return "it is no file that is the user's alone";
	case MBOX_NO_USER:
		return "the user is gone";
	case MBOX_NO_RIGHTS:
		return "can't become the user";
	default:
		return outcome > 0 && outcome < MBOX_LOCKED
			   ? strerror(outcome)
			   : "it was not written";
	}
}

/* The user with group mail and no other, for good. */
static int
become_user(const struct mbox_letter *letter)
{
	const struct passwd *pw = getpwnam(letter->user);
	const struct group *mail;
	gid_t gid;

	if (pw == NULL || pw->pw_uid != letter->uid)
		return MBOX_NO_USER;
	if (!letter->as_root)
		return geteuid() == letter->uid ? MBOX_DONE : MBOX_NO_RIGHTS;
	gid = pw->pw_gid;
	mail = getgrnam("mail");
	if (mail != NULL)
		gid = mail->gr_gid;
	if (setgroups(1, &gid) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(letter->uid, letter->uid, letter->uid) != 0)
		return MBOX_NO_RIGHTS;
	if (letter->uid != 0 && setresuid((uid_t)-1, 0, (uid_t)-1) == 0)
		return MBOX_NO_RIGHTS;
	return MBOX_DONE;
}

/* Whatever stands by that name: only a regular file that is the user's, under
 * one name. */
static int
open_box(const struct mbox_letter *letter, const char *path, int *fd)
{
	struct stat st;

	*fd = open(path,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
	    0660);
	if (*fd < 0)
		return errno == ELOOP || errno == EISDIR || errno == ENXIO
			   ? MBOX_STRANGE
			   : errno;
	if (fstat(*fd, &st) != 0)
		return errno;
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    st.st_uid != letter->uid)
		return MBOX_STRANGE;
	return MBOX_DONE;
}

static int
lock_box(int fd)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int i;

	for (i = 0; i < FCNTL_LOOKS; i++) {
		if (fcntl(fd, F_SETLK, &lock) == 0)
			return MBOX_DONE;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return errno;
		(void)nanosleep(&pause, NULL);
	}
	return MBOX_LOCKED;
}

/* The first line: who and when. A name that could be read as something else is
 * not shown as it is. */
static void
put_first_line(FILE *box, const char *user)
{
	char date[64];

	(void)fputs(from_, box);
	for (; *user != '\0'; user++)
		(void)fputc(*user > ' ' && *user < 0x7f ? *user : '_', box);
	(void)fprintf(box, " %s\n",
	    clock_show(date, sizeof date, CLOCK_MBOX,
		clock_wall_ns() / 1000000000));
}

struct quoting { /* where in a line */
	bool at_start;
	size_t seen; /* bytes of "From " held back, at a line's start */
};

static void
put_quoted(FILE *box, struct quoting *q, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (q->at_start && bytes[i] == from_[q->seen]) {
			q->seen++;
			if (from_[q->seen] != '\0')
				continue;
			(void)fprintf(box, ">%s", from_);
		} else {
			(void)fwrite(from_, 1, q->seen, box);
			(void)fputc(bytes[i], box);
		}
		q->seen = 0;
		q->at_start = bytes[i] == '\n';
	}
}

/* The letter's bytes from at to the end. */
static int
put_part(FILE *box, const struct mbox_letter *letter, struct quoting *q,
    uint64_t at, uint64_t end)
{
	char *bytes = malloc(CHUNK);
	int outcome = MBOX_DONE;
	ssize_t n;

	if (bytes == NULL)
		return ENOMEM;
	while (at < end) {
		n = pread(letter->fd, bytes,
		    end - at < CHUNK ? (size_t)(end - at) : CHUNK, (off_t)at);
		if (n <= 0) {
			outcome = n < 0 ? errno : EIO;
			break;
		}
		put_quoted(box, q, bytes, (size_t)n);
		at += (uint64_t)n;
	}
	free(bytes);
	return outcome;
}

static int
put_letter(FILE *box, const struct mbox_letter *letter, uint64_t end)
{
	struct quoting q = {.at_start = true};
	int outcome;

	put_first_line(box, letter->user);
	outcome = put_part(box, letter, &q, letter->from, letter->text_at);
	(void)fputs(letter->note, box);
	q = (struct quoting){.at_start = true};
	if (outcome == MBOX_DONE)
		outcome = put_part(box, letter, &q, letter->text_at, end);
	(void)fwrite(from_, 1, q.seen, box);
	/* An empty line ends a mail, whatever its last line ended with. */
	(void)fputs(q.at_start && q.seen == 0 ? "\n" : "\n\n", box);
	errno = EIO;
	if (outcome == MBOX_DONE && (fflush(box) != 0 || ferror(box) != 0))
		outcome = errno;
	return outcome;
}

/* Mail readers look for "From " behind an empty line. */
static int
end_last(int fd, uint64_t size)
{
	char last = '\n';

	if (size > 0 && pread(fd, &last, 1, (off_t)(size - 1)) != 1)
		return errno;
	if (last != '\n' && pwrite(fd, "\n\n", 2, (off_t)size) != 2)
		return errno;
	return MBOX_DONE;
}

static int
append(int fd, const struct mbox_letter *letter)
{
	struct stat box_st, st;
	int outcome, copy;
	uint64_t size;
	FILE *box;

	if (fstat(fd, &box_st) != 0 || fstat(letter->fd, &st) != 0)
		return errno;
	size = (uint64_t)box_st.st_size;
	if (size > letter->max ||
	    (uint64_t)st.st_size - letter->from > letter->max - size)
		return MBOX_CAPPED;
	outcome = end_last(fd, size);
	if (outcome != MBOX_DONE)
		return outcome;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	box = copy < 0 ? NULL : fdopen(copy, "r+");
	if (box == NULL) {
		outcome = errno;
		fd_close(&copy);
		return outcome;
	}
	if (fseeko(box, 0, SEEK_END) != 0) {
		outcome = errno;
		(void)fclose(box);
		return outcome;
	}
	outcome = put_letter(box, letter, (uint64_t)st.st_size);
	if (outcome == MBOX_DONE && fsync(fd) != 0)
		outcome = errno;
	if (outcome != MBOX_DONE) {
		__fpurge(box);
		if (ftruncate(fd, box_st.st_size) != 0)
			outcome = errno;
	}
	(void)fclose(box); /* empty by now; the lock goes with it */
	return outcome;
}

static int
append_locked(const struct mbox_letter *letter, const char *path)
{
	int fd, outcome = open_box(letter, path, &fd);

	if (outcome == MBOX_DONE)
		outcome = lock_box(fd);
	if (outcome == MBOX_DONE)
		outcome = append(fd, letter);
	fd_close(&fd);
	return outcome;
}

int
mbox_append(const struct mbox_letter *letter)
{
	char *path = NULL, *lock = NULL;
	int outcome = become_user(letter);
	bool locked;

	if (outcome != MBOX_DONE)
		return outcome;
	if (letter->user[0] == '.' || strchr(letter->user, '/') != NULL)
		return MBOX_STRANGE;
	(void)umask(007);
	if (asprintf(&path, "%s/%s", letter->dir, letter->user) < 0 ||
	    asprintf(&lock, "%s.lock", path) < 0)
		return ENOMEM;
	locked = mbox_lock(lock) == 0;
	/* An ordinary user's own may not make files there: then the lock on
	 * the mailbox itself has to do. */
	if (!locked && (errno == EAGAIN || letter->as_root))
		outcome = errno == EAGAIN ? MBOX_LOCKED : errno;
	else
		outcome = append_locked(letter, path);
	if (locked)
		mbox_unlock(lock);
	free(path);
	free(lock);
	return outcome;
}
