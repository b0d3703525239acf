/*
 * A zone's offsets, asked of the C library instant by instant and kept as a
 * list. TZ is switched for the length of one call and put back as it was,
 * pointer and all, in its place in the environment: setenv would keep each name
 * that a user ever wrote, and putenv frees what stood there, with musl.
 *
 * Not for use beside other threads.
 */
#include "sys/zoneinfo.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	NAME_MAX_BYTES = 128,
	/* The longest between two looks. Of two changes within one such step
	 * neither would be seen if they undid each other; the closest that
	 * tzdata knows (Morocco's Ramadan) are weeks apart. */
	STEP_SECS = 86400,
	/* A clock that is started in a repeated hour must know that it is. */
	BEFORE_SECS = 4 * 86400,
	YEARS = 40,
};

#define YEAR_SECS INT64_C(31556952)
#define ZONES_DIR "/usr/share/zoneinfo"

/* ---- names ---- */

const char *
zoneinfo_dir(void)
{
	const char *dir = getenv("TZDIR");

	return dir != NULL && *dir == '/' ? dir : ZONES_DIR;
}

/* "Europe/Berlin": letters, digits, "+-_" and single slashes inside. A dot is
 * in no zone's name, and so no ".." can be. */
static bool
is_plain_name(const char *name)
{
	const char *c;

	if (strlen(name) > NAME_MAX_BYTES || *name == '/')
		return false;
	for (c = name; *c != '\0'; c++) {
		if (*c == '/' && (c[1] == '/' || c[1] == '\0'))
			return false;
		if (!isalnum((unsigned char)*c) && strchr("+-_/", *c) == NULL)
			return false;
	}
	return c != name;
}

static bool
is_zone_file(const char *name)
{
	char path[4096], magic[4];
	struct stat st;
	bool good;
	int fd, length;

	length = snprintf(path, sizeof path, "%s/%s", zoneinfo_dir(), name);
	if (length < 0 || (size_t)length >= sizeof path)
		return false;
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       read(fd, magic, sizeof magic) == (ssize_t)sizeof magic &&
	       memcmp(magic, "TZif", sizeof magic) == 0;
	close(fd);
	return good;
}

/* ---- POSIX TZ strings: std offset [dst [offset] [,start[/time],end[/time]]]
 * Each reader moves *at behind what it has read, false if it isn't there. ----
 */

static bool
read_abbreviation(const char **at)
{
	const char *c = *at;
	size_t length;

	if (*c == '<') {
		c++;
		length = strspn(c, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-");
		if (c[length] != '>')
			return false;
		*at = c + length + 1;
	} else {
		length = strspn(c, "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
		*at = c + length;
	}
	return length >= 3 && length <= 16;
}

static bool
read_number(const char **at, int low, int high)
{
	const char *c = *at;
	int n = 0;

	for (; isdigit((unsigned char)*c) && c - *at < 3; c++)
		n = n * 10 + (*c - '0');
	if (c == *at || isdigit((unsigned char)*c) || n < low || n > high)
		return false;
	*at = c;
	return true;
}

/* [+-]h[:m[:s]] */
static bool
read_time(const char **at, int hours_max)
{
	int i;

	if (**at == '+' || **at == '-')
		++*at;
	if (!read_number(at, 0, hours_max))
		return false;
	for (i = 0; i < 2 && **at == ':'; i++) {
		++*at;
		if (!read_number(at, 0, 59))
			return false;
	}
	return true;
}

static bool
read_char(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

/* Mm.w.d, Jn or n, each with /time or without */
static bool
read_rule(const char **at)
{
	if (read_char(at, 'M')) {
		if (!read_number(at, 1, 12) || !read_char(at, '.') ||
		    !read_number(at, 1, 5) || !read_char(at, '.') ||
		    !read_number(at, 0, 6))
			return false;
	} else if (read_char(at, 'J')) {
		if (!read_number(at, 1, 365))
			return false;
	} else if (!read_number(at, 0, 365)) {
		return false;
	}
	return !read_char(at, '/') || read_time(at, 167);
}

static bool
is_posix_string(const char *at)
{
	if (!read_abbreviation(&at) || !read_time(&at, 24))
		return false;
	if (*at == '\0')
		return true;
	if (!read_abbreviation(&at))
		return false;
	if (*at != ',' && *at != '\0' && !read_time(&at, 24))
		return false;
	if (*at == '\0')
		return true;
	return read_char(&at, ',') && read_rule(&at) && read_char(&at, ',') &&
	       read_rule(&at) && *at == '\0';
}

bool
zoneinfo_is_file(const char *name)
{
	return is_plain_name(name) && is_zone_file(name);
}

bool
zoneinfo_known(const char *name)
{
	/* UTC is there without any file */
	return strcmp(name, "UTC") == 0 || zoneinfo_is_file(name) ||
	       is_posix_string(name);
}

/* ---- offsets ---- */

struct list {
	struct zone_span *spans;
	size_t count, room;
};

static int
list_add(struct list *l, int64_t from_at, int64_t offset_secs)
{
	size_t room = l->room == 0 ? 128 : l->room * 2;
	struct zone_span *spans;

	if (l->count == l->room) {
		spans = reallocarray(l->spans, room, sizeof *spans);
		if (spans == NULL)
			return -1;
		l->spans = spans;
		l->room = room;
	}
	l->spans[l->count++] = (struct zone_span){
	    .from_at = from_at,
	    .offset_secs = offset_secs,
	};
	return 0;
}

static int64_t
offset_at(int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	/* past the end of time_t's years: as good as UTC */
	return localtime_r(&t, &tm) == NULL ? 0 : tm.tm_gmtoff;
}

/* The first instant after low, at most high, whose offset is not low's. */
static int64_t
change_between(int64_t low, int64_t high)
{
	int64_t offset = offset_at(low), middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (offset_at(middle) == offset)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static int
scan(struct list *l, int64_t from_at, int64_t until_at)
{
	int64_t at = from_at, next, change, offset = offset_at(at);

	if (list_add(l, at, offset) != 0)
		return -1;
	for (; at < until_at; at = next) {
		next = at + STEP_SECS;
		while (offset_at(next) != offset) {
			change = change_between(at, next);
			offset = offset_at(change);
			if (list_add(l, change, offset) != 0)
				return -1;
			at = change;
		}
	}
	return 0;
}

/* ---- TZ, there and back ---- */

/* Where it stands; NULL: nowhere. */
static char **
tz_slot(void)
{
	char **at = environ;

	while (at != NULL && *at != NULL && strncmp(*at, "TZ=", 3) != 0)
		at++;
	return at != NULL && *at != NULL ? at : NULL;
}

/* The C library looks at a file again only if TZ has changed meanwhile; without
 * TZ it would never see that /etc/localtime has. */
static int
forget_zone(char *utc)
{
	char **slot = tz_slot();

	if (slot != NULL)
		*slot = utc;
	else if (putenv(utc) != 0)
		return -1;
	tzset();
	return 0;
}

static void
set_zone(char *setting)
{
	/* forget_zone has put TZ there */
	if (setting == NULL)
		unsetenv("TZ");
	else
		*tz_slot() = setting;
	tzset();
}

static struct zone *
take(const char *name, char *setting, int64_t from_at)
{
	char utc[] = "TZ=UTC0", **slot = tz_slot();
	char *old = slot != NULL ? *slot : NULL;
	int64_t until_at = from_at + YEARS * YEAR_SECS;
	struct list l = {0};
	struct zone *z = NULL;

	if (forget_zone(utc) != 0)
		return NULL;
	set_zone(setting != NULL ? setting : old);
	from_at -= BEFORE_SECS;
	if (scan(&l, from_at, until_at) == 0)
		z = zone_new(name, l.spans, l.count, until_at);
	free(l.spans);
	if (setting != NULL)
		set_zone(old);
	return z;
}

/* Why a file could not be read: does that tell nothing of whether there is one?
 * 0: it is not known to have failed. */
static bool
passes(int errnum)
{
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM ||
	       errnum == EIO || errnum == EINTR || errnum == ESTALE ||
	       errnum == ETIMEDOUT;
}

struct zone *
zoneinfo_take(const char *name, int64_t from_at, bool *known)
{
	char *setting = NULL;
	struct zone *z;
	bool good;

	errno = 0;
	good = *name == '\0' || zoneinfo_known(name);
	if (!good && passes(errno))
		return NULL;
	if (known != NULL)
		*known = good;
	if (*name == '\0')
		return take(name, NULL, from_at);
	if (asprintf(&setting, "TZ=%s", good ? name : "UTC0") < 0)
		return NULL;
	z = take(name, setting, from_at);
	free(setting);
	return z;
}
