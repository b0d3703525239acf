/* Shapes of log lines. The clock is read here. */
#include "sys/log/logline.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "core/json.h"
#include "core/printable.h"
#include "sys/clock.h"

#define NS_PER_S  1000000000
#define NS_PER_MS 1000000

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Not by time(2): it may be a kernel's tick behind, and the jobs of a minute
 * would seem to start at the last second of the one before. Returns the
 * milliseconds. */
static int
local_now(struct tm *tm)
{
	int64_t now_ns = clock_wall_ns();
	time_t now = (time_t)(now_ns / NS_PER_S);

	/* localtime_r, not localtime: it leaves TZ as the process has it. */
	if (localtime_r(&now, tm) == NULL)
		memset(tm, 0, sizeof *tm);
	return (int)(now_ns % NS_PER_S / NS_PER_MS);
}

/* Formatted text behind what is in out already. */
static size_t add(char *out, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static size_t
add(char *out, size_t at, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out + at, LOGLINE_MAX - at, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < LOGLINE_MAX - at);
	return at + (size_t)n;
}

void
logline_text(char *out, const struct logline *line)
{
	char who[LOGLINE_WHO_MAX];
	size_t at = 0;

	if (line->who != NULL) {
		/* A name may be a file's in the spool. */
		printable_string(who, sizeof who, line->who);
		at = add(out, at, "(%s) ", who);
		if (line->event != NULL)
			at = add(out, at, "%.*s (", LOGLINE_EVENT_MAX,
			    line->event);
	}
	printable(out + at, LOGLINE_DETAIL_MAX, line->bytes, line->len);
	at += strlen(out + at);
	if (line->who != NULL && line->event != NULL)
		at = add(out, at, ")");
	if (line->errnum != 0)
		(void)add(out, at, ": %.*s", LOGLINE_ERROR_MAX - 3,
		    strerror(line->errnum));
}

size_t
logline_syslog(char *out, size_t size, const struct logline *line,
    const char *text)
{
	struct tm tm;
	int len;

	(void)local_now(&tm);
	len = snprintf(out, size, "<%d>%s %2d %02d:%02d:%02d %.*s[%d]: %s",
	    LOG_CRON | LOG_PRI(line->priority), months[tm.tm_mon % 12],
	    tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, LOGLINE_IDENT_MAX,
	    line->ident, (int)line->pid, text);
	assert(len >= 0);
	return (size_t)len < size ? (size_t)len : size - 1;
}

/* "TABLE:LINE", or nothing; a long path loses its beginning. */
static void
job_name(char out[LOGLINE_JOB_MAX], const struct logline *line)
{
	size_t len, max = LOGLINE_JOB_MAX - 16;

	out[0] = '\0';
	if (line->table == NULL)
		return;
	len = strlen(line->table);
	(void)snprintf(out, LOGLINE_JOB_MAX, "%s:%u",
	    line->table + (len > max ? len - max : 0), line->line);
}

size_t
logline_stream(char *out, size_t size, const struct logline *line,
    const char *text, bool dim)
{
	char name[LOGLINE_JOB_MAX], job[LOGLINE_JOB_MAX];
	struct tm tm;
	int len;

	(void)local_now(&tm);
	job_name(name, line);
	printable_string(job, sizeof job, name);
	len = snprintf(out, size, "%s%02d:%02d:%02d%s %.*s[%d]%s%s: %s\n",
	    dim ? "\033[2m" : "", tm.tm_hour, tm.tm_min, tm.tm_sec,
	    dim ? "\033[0m" : "", LOGLINE_IDENT_MAX, line->ident,
	    (int)line->pid, job[0] != '\0' ? " " : "", job, text);
	assert(len > 0 && (size_t)len < size);
	return (size_t)len;
}

/* JSON */

struct json {
	char *at;
	size_t left;
};

static void
put(struct json *json, const char *bytes, size_t len)
{
	assert(len < json->left);
	memcpy(json->at, bytes, len);
	json->at += len;
	json->left -= len;
}

static void
put_value(struct json *json, const char *name, const char *bytes, size_t len)
{
	size_t n;

	put(json, ",\"", 2);
	put(json, name, strlen(name));
	put(json, "\":", 2);
	n = json_string(json->at, json->left, bytes, len);
	json->at += n;
	json->left -= n;
}

static void
put_string(struct json *json, const char *name, const char *value, size_t max)
{
	if (value != NULL && value[0] != '\0')
		put_value(json, name, value, strnlen(value, max));
}

/* RFC 3339. */
static void
put_time(struct json *json)
{
	char text[96];
	struct tm tm;
	int ms = local_now(&tm), len;
	long mins = tm.tm_gmtoff / 60, away = mins < 0 ? -mins : mins;

	len = snprintf(text, sizeof text,
	    "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02ld:%02ld\"",
	    tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, ms, mins < 0 ? '-' : '+', away / 60, away % 60);
	assert(len > 0 && (size_t)len < sizeof text);
	put(json, text, (size_t)len);
}

size_t
logline_json(char *out, const struct logline *line)
{
	static const char *const levels[] = {"emerg", "alert", "crit", "err",
	    "warning", "notice", "info", "debug"};
	struct json json = {out, LOGLINE_JSON_MAX};
	char name[LOGLINE_JOB_MAX], pid[32];

	put_time(&json);
	put_string(&json, "level", levels[LOG_PRI(line->priority)], 16);
	put_string(&json, "ident", line->ident, LOGLINE_IDENT_MAX);
	(void)snprintf(pid, sizeof pid, ",\"pid\":%d", (int)line->pid);
	put(&json, pid, strlen(pid));
	if (line->who != NULL && strcmp(line->who, "CRON") != 0)
		put_string(&json, "user", line->who, LOGLINE_WHO_MAX);
	job_name(name, line);
	put_string(&json, "job", name, sizeof name);
	put_string(&json, "event", line->event, LOGLINE_EVENT_MAX);
	put_value(&json, "message", line->bytes, line->len);
	if (line->errnum != 0)
		put_string(&json, "error", strerror(line->errnum),
		    LOGLINE_ERROR_MAX);
	if (line->cut)
		put(&json, ",\"cut\":true", 11);
	put(&json, "}\n", 2);
	*json.at = '\0';
	return LOGLINE_JSON_MAX - json.left;
}
