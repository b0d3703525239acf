/*
 * The log: syslog lines in the incumbents' words (compat.md 8), sent by our own
 * non-blocking datagrams. syslog(3) blocks for good on a full /dev/log and
 * can't log as another pid. What can't be sent waits in a queue of 1,000
 * lines; what the queue can't hold is counted, and said once when it flows
 * again. On a terminal the same lines go to stderr, with the time before them.
 */
#ifndef EVCRON_SYS_LOG_H
#define EVCRON_SYS_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <sys/types.h>
#include <syslog.h>

struct log;

struct log_target {
	const char *socket; /* "/dev/log" below the root; NULL: no syslog */
	bool to_stderr;     /* also to stderr */
	const char *ident;  /* of the daemon: "crond" */
};

/* Copies target's strings. A socket that can't be opened yet is tried again
 * with each line. NULL: no memory. */
struct log *log_open(const struct log_target *);
/* Sends what it can without blocking and frees. */
void log_close(struct log *);

/* One line, "(WHO) EVENT (DETAIL)" with DETAIL formatted, made printable and
 * cut at 8 KiB. priority: LOG_INFO, LOG_ERR, ... errnum not 0 appends ":
 * strerror". who and event are shown as given (event NULL: the bare "(WHO)
 * DETAIL"; who NULL too: DETAIL alone). */
void log_event(struct log *, int priority, const char *who, const char *event,
    int errnum, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Likewise in the name of a job: its ident and pid. While pid is a live or
 * zombie child its credentials are sent too, so that journald files the line
 * under it. */
void log_event_as(struct log *, const char *ident, pid_t pid, int priority,
    const char *who, const char *event, int errnum, const char *format, ...)
    __attribute__((format(printf, 8, 9)));

/* Likewise, for functions that pass their own arguments on. there: it is such a
 * child; else its pid, which may be another's by now, is only shown. */
void log_vevent_as(struct log *, const char *ident, pid_t pid, bool there,
    int priority, const char *who, const char *event, int errnum,
    const char *format, va_list) __attribute__((format(printf, 9, 0)));

/* For the loop: a descriptor to wait on until it is writable, or -1 when no
 * line waits for that; then log_flush sends what it can. The descriptor may
 * change with every call of this room. */
int log_waiting_fd(const struct log *);
/* Does any line wait? If not for that descriptor, then for syslog to be there
 * again: log_flush is to be called now and then. */
bool log_waits(const struct log *);
void log_flush(struct log *);

/* HUP: opens the socket anew with the next line. */
void log_reopen(struct log *);

#endif
