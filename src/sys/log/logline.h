/*
 * The shapes of a log line: for syslog, for a stream that people read, and for
 * one that programs read. Plain text from plain values and the time of day.
 *
 *	<78>Nov 25 03:04:05 CRON[77]: (alice) CMD (backup)
 *	03:04:05 CRON[77] /etc/cron.d/backup:3: (alice) CMD (backup)
 *	{"time":"2026-11-25T03:04:05.123+01:00","level":"info","ident":"CRON",
 *	"pid":77,"user":"alice","job":"/etc/cron.d/backup:3","event":"CMD",
 *	"message":"backup"}
 */
#ifndef EVCRON_SYS_LOG_LOGLINE_H
#define EVCRON_SYS_LOG_LOGLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define LOGLINE_DETAIL_MAX 8192
#define LOGLINE_WHO_MAX    256
#define LOGLINE_EVENT_MAX  256
#define LOGLINE_IDENT_MAX  64
#define LOGLINE_ERROR_MAX  128
#define LOGLINE_JOB_MAX    512
/* Room for all of them, the stamp, and the parentheses. */
#define LOGLINE_MAX                                                            \
	(LOGLINE_DETAIL_MAX + LOGLINE_WHO_MAX + LOGLINE_EVENT_MAX +            \
	    LOGLINE_IDENT_MAX + LOGLINE_ERROR_MAX + LOGLINE_JOB_MAX + 128)
/* Likewise, with JSON_WIDTH characters a byte. */
#define LOGLINE_JSON_MAX (6 * LOGLINE_MAX)

struct logline { /* what is said; any bytes */
	const char *ident;
	pid_t pid;
	int priority;      /* LOG_INFO, ... */
	const char *table; /* of the job, or NULL */
	unsigned line;
	const char *who;   /* or NULL */
	const char *event; /* or NULL */
	const char *bytes; /* the detail, at most LOGLINE_DETAIL_MAX */
	size_t len;
	bool cut;   /* it goes on in the next line */
	int errnum; /* or 0 */
};

/* "(WHO) EVENT (DETAIL): error", printable. out: LOGLINE_MAX. */
void logline_text(char *out, const struct logline *);

/* text is logline_text's. All return the length and write a NUL; size is that
 * of out, cut if it does not do. */
size_t logline_syslog(char *out, size_t size, const struct logline *,
    const char *text);
/* With a newline. dim: the stamp in half the colour of a terminal. */
size_t logline_stream(char *out, size_t size, const struct logline *,
    const char *text, bool dim);
/* With a newline. Above "info" the levels are those of syslog(3)'s names. out:
 * LOGLINE_JSON_MAX. */
size_t logline_json(char *out, const struct logline *);

#endif
