/*
 * Files that are tables. The incumbents differ in what they check, in which
 * order, and in how they say it; both sets stand here side by side, each as one
 * function that reads like its part of COMPAT.md 4.2.
 */
#include "core/line.h"
#include "sys/files/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/fd.h"

#define READ_AGAIN_MAX 5 /* times, for a file that changes under the read */

/* --- names --- */

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_lower_or_digit(char c)
{
	return is_lower(c) || is_digit(c);
}

static bool
ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && strcmp(name + len - end_len, end) == 0;
}

static bool
cronie_name(const char *name)
{
	size_t len = strlen(name);

	if (name[0] == '.' || name[0] == '#' || len >= 255)
		return false;
	return name[len - 1] != '~' && !ends_with(name, ".rpmsave") &&
	       !ends_with(name, ".rpmorig") && !ends_with(name, ".rpmnew");
}

/* ^[A-Za-z0-9_-]+$ */
static bool
run_parts_name(const char *name)
{
	for (; *name != '\0'; name++)
		if (!is_lower_or_digit(*name) &&
		    !(*name >= 'A' && *name <= 'Z') && *name != '_' &&
		    *name != '-')
			return false;
	return true;
}

/* ^[a-z0-9][a-z0-9-]*$ */
static bool
lsb_plain_name(const char *name)
{
	if (!is_lower_or_digit(*name))
		return false;
	for (; *name != '\0'; name++)
		if (!is_lower_or_digit(*name) && *name != '-')
			return false;
	return true;
}

/* ^_?([a-z0-9_.]+-)+[a-z0-9]+$: words ended by '-', then a last one. */
static bool
lsb_hierarchical_name(const char *name)
{
	const char *last = strrchr(name, '-'), *s;
	size_t word = 0;

	if (last == NULL || last[1] == '\0')
		return false;
	for (s = last + 1; *s != '\0'; s++)
		if (!is_lower_or_digit(*s))
			return false;
	/* a leading '_' may be either the prefix or the first word's own */
	for (s = name; s <= last; s++) {
		if (*s == '-') {
			if (word == 0)
				return false;
			word = 0;
		} else if (is_lower_or_digit(*s) || *s == '_' || *s == '.') {
			word++;
		} else {
			return false;
		}
	}
	return true;
}

/* ^[a-z0-9-].*dpkg-(old|dist)$ */
static bool
dpkg_leftover(const char *name)
{
	return (is_lower_or_digit(name[0]) || name[0] == '-') &&
	       ((ends_with(name, "dpkg-old") && strlen(name) > 8) ||
		   (ends_with(name, "dpkg-dist") && strlen(name) > 9));
}

bool
spool_is_table(const struct personality *p, enum table_kind kind,
    const char *name, bool lsb)
{
	if (name[0] == '\0' || kind == TABLE_SYSTEM)
		return false;
	lsb = lsb && kind == TABLE_DROPIN;
	if (p->names == NAMES_CRONIE && !lsb)
		return cronie_name(name);
	if (name[0] == '.')
		return false;
	if (kind == TABLE_USER)
		return true;
	if (!lsb)
		return run_parts_name(name);
	return lsb_plain_name(name) ||
	       (lsb_hierarchical_name(name) && !dpkg_leftover(name));
}

/* --- listing --- */

static int
names_add(struct spool_names *names, const char *name)
{
	if (names->count == names->size) {
		size_t size = names->size == 0 ? 64 : names->size * 2;
		char **list = realloc(names->list, size * sizeof(char *));

		if (list == NULL)
			return -1;
		names->list = list;
		names->size = size;
	}
	names->list[names->count] = strdup(name);
	if (names->list[names->count] == NULL)
		return -1;
	names->count++;
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
spool_list(const char *dir, const struct personality *p, enum table_kind kind,
    bool lsb, struct spool_names *names)
{
	struct dirent *entry;
	DIR *d;
	int saved;

	memset(names, 0, sizeof(*names));
	d = opendir(dir);
	if (d == NULL)
		return -1;
	while (errno = 0, (entry = readdir(d)) != NULL)
		if (spool_is_table(p, kind, entry->d_name, lsb) &&
		    names_add(names, entry->d_name) < 0)
			break;
	saved = errno;
	closedir(d);
	if (saved != 0) {
		spool_names_clear(names);
		errno = saved;
		return -1;
	}
	if (names->count > 1)
		qsort(names->list, names->count, sizeof(char *), compare_names);
	return 0;
}

void
spool_names_clear(struct spool_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
	memset(names, 0, sizeof(*names));
}

/* --- what killed crontabs leave --- */

static bool
is_temporary(const struct personality *p, const char *name)
{
	size_t prefix = strlen(p->temp_prefix);

	if (strncmp(name, p->temp_prefix, prefix) != 0)
		return false;
	/* what is no table in any case need not be looked at closely */
	return name[0] == '#' || strlen(name) == prefix + 6;
}

size_t
spool_clean(const char *dir, const struct personality *p, int64_t before_at,
    bool (*spare)(void *context, const char *name), void *context)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	struct stat st;
	size_t count = 0;

	while (d != NULL && (entry = readdir(d)) != NULL)
		if (is_temporary(p, entry->d_name) &&
		    fstatat(dirfd(d), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && st.st_mtim.tv_sec < before_at &&
		    !spare(context, entry->d_name))
			count += unlinkat(dirfd(d), entry->d_name, 0) == 0;
	if (d != NULL)
		closedir(d);
	return count;
}

/* --- opening and checking --- */

static int
fail(struct spool_file *f, enum spool_problem problem, int errnum)
{
	f->problem = problem;
	f->errnum = errnum;
	fd_close(&f->fd);
	return -1;
}

static enum spool_problem
open_problem(const struct spool_file *f, int errnum)
{
	if (errnum != ENOENT && errnum != ENOTDIR)
		return SPOOL_CANT_OPEN;
	return f->is_link ? SPOOL_CANT_FOLLOW : SPOOL_ABSENT;
}

/* Debian's cron: a user could link to another's table. */
static bool
follows_no_link(const struct spool_rules *rules)
{
	return rules->personality->names == NAMES_DEBIAN &&
	       rules->kind == TABLE_USER && !rules->permit_all;
}

int
spool_open_unchecked(const struct spool_rules *rules, int dirfd,
    const char *name, struct spool_file *f)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	struct stat link;

	memset(f, 0, sizeof(*f));
	f->fd = openat(dirfd, name, flags | O_NOFOLLOW);
	if (f->fd < 0 && errno == ELOOP &&
	    fstatat(dirfd, name, &link, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(link.st_mode)) {
		f->is_link = true;
		f->link_uid = link.st_uid;
		if (rules->keep_links && !follows_no_link(rules))
			return fail(f, SPOOL_IS_LINK, ELOOP);
		errno = ELOOP;
		if (!follows_no_link(rules))
			f->fd = openat(dirfd, name, flags);
	}
	if (f->fd < 0)
		return fail(f, open_problem(f, errno), errno);
	if (fstat(f->fd, &f->st) < 0)
		return fail(f, SPOOL_CANT_STAT, errno);
	return 0;
}

static bool
owner_is_right(const struct spool_rules *rules, uid_t uid)
{
	return uid == 0 || uid == rules->root_uid ||
	       (rules->kind == TABLE_USER && uid == rules->user_uid);
}

/* Readable by its owner; no execute bit, no writing for others, no suid. */
#define CRONIE_MODE_MASK 07533
#define CRONIE_MODE      0400

static enum spool_problem
check_cronie(const struct spool_rules *rules, const struct spool_file *f)
{
	if (!S_ISREG(f->st.st_mode))
		return SPOOL_NOT_REGULAR;
	if ((f->st.st_mode & CRONIE_MODE_MASK) != CRONIE_MODE)
		return SPOOL_BAD_MODE;
	if (!owner_is_right(rules, f->st.st_uid))
		return SPOOL_WRONG_OWNER;
	if (rules->kind == TABLE_USER && f->st.st_nlink != 1)
		return SPOOL_HARD_LINKS;
	return SPOOL_GOOD;
}

static enum spool_problem
check_debian(const struct spool_rules *rules, const struct spool_file *f)
{
	mode_t mode = f->st.st_mode;

	if (f->is_link && f->link_uid != 0 && f->link_uid != rules->root_uid)
		return SPOOL_LINK_OWNER;
	if (!owner_is_right(rules, f->st.st_uid))
		return SPOOL_WRONG_OWNER;
	if (!S_ISREG(mode))
		return SPOOL_NOT_REGULAR;
	if (rules->kind == TABLE_USER ? (mode & 07777) != 0600
				      : (mode & 022) != 0)
		return SPOOL_BAD_MODE;
	return f->st.st_nlink != 1 ? SPOOL_HARD_LINKS : SPOOL_GOOD;
}

enum spool_problem
spool_check(const struct spool_rules *rules, const struct spool_file *f)
{
	enum spool_problem problem = SPOOL_GOOD;

	if (f->problem != SPOOL_GOOD)
		return f->problem;
	if (!rules->permit_all)
		problem = rules->personality->names == NAMES_DEBIAN
			      ? check_debian(rules, f)
			      : check_cronie(rules, f);
	if (problem != SPOOL_GOOD)
		return problem;
	/* with or without checks: a FIFO or a device is no table */
	if (!S_ISREG(f->st.st_mode))
		return SPOOL_NOT_REGULAR;
	return f->st.st_size > (off_t)SPOOL_BYTES_MAX ? SPOOL_TOO_LARGE
						      : SPOOL_GOOD;
}

int
spool_open(const struct spool_rules *rules, int dirfd, const char *name,
    struct spool_file *f)
{
	enum spool_problem problem;

	if (spool_open_unchecked(rules, dirfd, name, f) < 0)
		return -1;
	problem = spool_check(rules, f);
	return problem == SPOOL_GOOD ? 0 : fail(f, problem, 0);
}

void
spool_close(struct spool_file *f)
{
	fd_close(&f->fd);
}

/* --- reading --- */

static bool
same_version(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Reads once. Files of /proc say that they are empty and are not, so the size
 * is only a first guess. 0, -1 with errno. */
static int
read_once(int fd, size_t guess, char **bytes, size_t *len)
{
	size_t size = guess + 512;
	char *block = NULL;

	*len = 0;
	for (;;) {
		char *bigger = realloc(block, size + 1);
		ssize_t n;

		if (bigger == NULL)
			break;
		block = bigger;
		n = fd_read_whole(fd, block + *len, size - *len);
		if (n < 0)
			break;
		*len += (size_t)n;
		if (*len < size) {
			block[*len] = '\0';
			*bytes = block;
			return 0;
		}
		if (size > SPOOL_BYTES_MAX) {
			errno = EFBIG;
			break;
		}
		size *= 2;
	}
	free(block);
	return -1;
}

int
spool_read(struct spool_file *f, char **bytes, size_t *len)
{
	struct stat before = f->st;

	for (int times = 0; times < READ_AGAIN_MAX; times++) {
		if (times > 0 && lseek(f->fd, 0, SEEK_SET) < 0)
			return fail(f, SPOOL_CANT_READ, errno);
		if (read_once(f->fd, (size_t)before.st_size, bytes, len) < 0)
			return fail(f,
			    errno == EFBIG ? SPOOL_TOO_LARGE : SPOOL_CANT_READ,
			    errno);
		if (fstat(f->fd, &f->st) < 0) {
			free(*bytes);
			return fail(f, SPOOL_CANT_STAT, errno);
		}
		if (same_version(&before, &f->st))
			return 0;
		free(*bytes);
		if (f->st.st_size > (off_t)SPOOL_BYTES_MAX)
			return fail(f, SPOOL_TOO_LARGE, EFBIG);
		before = f->st;
	}
	return fail(f, SPOOL_CANT_READ, ETXTBSY);
}

/* --- words --- */

bool
spool_passes(enum spool_problem problem, int errnum)
{
	if (problem == SPOOL_NO_ANSWER)
		return true;
	if (problem != SPOOL_CANT_OPEN && problem != SPOOL_CANT_STAT &&
	    problem != SPOOL_CANT_READ)
		return false;
	switch (errnum) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EIO:
	case EAGAIN:
	case EINTR:
	case EBUSY:
	case ETXTBSY:
	case ESTALE:
	case ETIMEDOUT:
	case ENOBUFS:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENETUNREACH:
	case ENOTCONN:
	case ECONNABORTED:
	case EREMOTEIO:
		return true;
	default:
		return false;
	}
}

static const char *
event_debian(enum table_kind kind, enum spool_problem problem)
{
	switch (problem) {
	case SPOOL_CANT_FOLLOW:
		return "CAN'T OPEN SYMLINK";
	case SPOOL_CANT_STAT:
		return "FSTAT FAILED";
	case SPOOL_LINK_OWNER:
		return "WRONG SYMLINK OWNER";
	case SPOOL_NOT_REGULAR:
		return "NOT A REGULAR FILE";
	case SPOOL_WRONG_OWNER:
		return "WRONG FILE OWNER";
	case SPOOL_BAD_MODE:
		return kind == TABLE_USER
			   ? "INSECURE MODE (mode 0600 expected)"
			   : "INSECURE MODE (group/other writable)";
	case SPOOL_HARD_LINKS:
		return "NUMBER OF HARD LINKS > 1";
	default:
		return "CAN'T OPEN";
	}
}

static const char *
event_cronie(enum spool_problem problem)
{
	switch (problem) {
	case SPOOL_CANT_STAT:
		return "STAT FAILED";
	case SPOOL_NOT_REGULAR:
		return "NOT REGULAR";
	case SPOOL_WRONG_OWNER:
		return "WRONG FILE OWNER";
	case SPOOL_BAD_MODE:
		return "BAD FILE MODE";
	case SPOOL_HARD_LINKS:
		return "BAD LINK COUNT";
	default:
		return "CAN'T OPEN";
	}
}

const char *
spool_event(const struct spool_rules *rules, enum spool_problem problem)
{
	if (problem == SPOOL_TOO_LARGE)
		return "FILE TOO LARGE";
	if (problem == SPOOL_CANT_READ)
		return "CAN'T READ";
	return rules->personality->names == NAMES_DEBIAN
		   ? event_debian(rules->kind, problem)
		   : event_cronie(problem);
}

static const char *
wanted_mode(const struct spool_rules *rules)
{
	if (rules->personality->names == NAMES_CRONIE)
		return "must be readable by its owner, not writable by others, "
		       "not executable: 0600 or 0644";
	return rules->kind == TABLE_USER ? "must be 0600"
					 : "must not be writable by group or "
					   "others: 0644";
}

static void
explain_owner(const struct spool_rules *rules, uid_t uid, char *out,
    size_t size)
{
	if (rules->kind == TABLE_USER && rules->user_uid != 0)
		snprintf(out, size,
		    "it belongs to uid %ju, must belong to uid %ju or root",
		    (uintmax_t)uid, (uintmax_t)rules->user_uid);
	else
		snprintf(out, size,
		    "it belongs to uid %ju, must belong to root",
		    (uintmax_t)uid);
}

/* The incumbents' word for it first; then what it means here. */
static void
explain_errno(const struct spool_rules *rules, const struct spool_file *f,
    char *out, size_t size)
{
	const char *means = "";

	if (f->errnum == 0)
		return;
	if (f->problem == SPOOL_CANT_FOLLOW)
		means = ": it is a link, and there is no file behind it";
	else if (f->errnum == ELOOP && f->is_link && follows_no_link(rules))
		means = ": a user's table must not be a link";
	else if (f->errnum == ELOOP)
		means = ": its links lead round in a circle";
	else if (f->errnum == ENXIO)
		means = ": it is a socket, must be a regular file";
	snprintf(out, size, "%s%s", strerror(f->errnum), means);
}

char *
spool_explain(const struct spool_rules *rules, const struct spool_file *f,
    char *out, size_t size)
{
	out[0] = '\0';
	switch (f->problem) {
	case SPOOL_LINK_OWNER:
		snprintf(out, size,
		    "the link belongs to uid %ju, must belong to root",
		    (uintmax_t)f->link_uid);
		break;
	case SPOOL_NOT_REGULAR:
		snprintf(out, size, "it is %s, must be a regular file",
		    S_ISDIR(f->st.st_mode)    ? "a directory"
		    : S_ISFIFO(f->st.st_mode) ? "a FIFO"
					      : "a special file");
		break;
	case SPOOL_WRONG_OWNER:
		explain_owner(rules, f->st.st_uid, out, size);
		break;
	case SPOOL_BAD_MODE:
		snprintf(out, size, "its mode is %04o, %s",
		    (unsigned)(f->st.st_mode & 07777), wanted_mode(rules));
		break;
	case SPOOL_HARD_LINKS:
		snprintf(out, size, "it has %ju hard links, must have one",
		    (uintmax_t)f->st.st_nlink);
		break;
	case SPOOL_TOO_LARGE:
		snprintf(out, size, "it is larger than %zu MiB",
		    SPOOL_BYTES_MAX >> 20);
		break;
	case SPOOL_NO_ANSWER:
		snprintf(out, size, "its file system%s does not answer",
		    context_wanted() ? " or the user database" : "");
		break;
	case SPOOL_CONTEXT:
		snprintf(out, size, "SELinux does not let its jobs run");
		break;
	default:
		explain_errno(rules, f, out, size);
		break;
	}
	return out;
}
