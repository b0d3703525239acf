/*
 * The log: syslog lines in the incumbents' words (COMPAT.md 8), sent by our own
 * non-blocking datagrams. syslog(3) blocks for good on a full /dev/log and
 * can't log as another pid. What can't be sent waits in a queue of 1,000
 * lines; what the queue can't hold is counted, and said once when it flows
 * again. Instead, or as well, lines go to a stream: standard error for who runs
 * crond at a terminal, standard output for who runs it in a container.
 */
#ifndef EVCRON_SYS_LOG_LOG_H
#define EVCRON_SYS_LOG_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <sys/types.h>
#include <syslog.h>

struct log;

struct log_target {
	const char *socket; /* "/dev/log" below the root; NULL: no syslog */
	const char *ident;  /* of the daemon: "crond" */
	int stream;         /* STDOUT_FILENO or STDERR_FILENO; 0: none */
	bool json;          /* the lines of the stream */
};

struct log_job { /* in whose name a line is */
	const char *ident;
	pid_t pid;         /* 0: none yet */
	const char *table; /* its path and the line there, for streams; NULL */
	unsigned line;
	bool gone; /* its pid, which may be another's by now, is only shown */
};

/* Copies target's strings. A socket that can't be opened yet is tried again
 * with each line. NULL: no memory. */
struct log *log_open(const struct log_target *);
/* Sends what syslog takes without blocking, waits two seconds at most for the
 * stream, and frees. */
void log_close(struct log *);

/* One line, "(WHO) EVENT (DETAIL)" with DETAIL formatted, made printable and
 * cut at 8 KiB. priority: LOG_INFO, LOG_ERR, ... errnum not 0 appends ":
 * strerror". who and event are shown as given (event NULL: the bare "(WHO)
 * DETAIL"; who NULL too: DETAIL alone). */
void log_event(struct log *, int priority, const char *who, const char *event,
    int errnum, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Likewise in the name of a job. While pid is a live or zombie child its
 * credentials are sent too, so that journald files the line under it. */
void log_event_as(struct log *, const struct log_job *, int priority,
    const char *who, const char *event, int errnum, const char *format, ...)
    __attribute__((format(printf, 7, 8)));

/* Likewise, for functions that pass their own arguments on. */
void log_vevent_as(struct log *, const struct log_job *, int priority,
    const char *who, const char *event, int errnum, const char *format, va_list)
    __attribute__((format(printf, 7, 0)));

/* A line of a job's output, any bytes, as CMDOUT. cut: it had no end yet. */
void log_output(struct log *, const struct log_job *, const char *who,
    const char *bytes, size_t len, bool cut);

/* For the loop: descriptors to wait on until they are writable, syslog's and
 * the stream's, or -1 when no line waits for that; then log_flush sends what it
 * can. Which ones may change with every call of this room. */
int log_waiting_fd(const struct log *);
int log_stream_fd(const struct log *);
/* Does any line wait for syslog? If not for that descriptor, then for syslog to
 * be there again: log_flush is to be called now and then. */
bool log_waits(const struct log *);
void log_flush(struct log *);
/* Likewise, and waits up to a second for syslog, and for the stream as
 * log_close does. */
void log_drain(struct log *);
/* Waits until syslog has taken all lines, at most until then (monotonic).
 * false: some still wait. */
bool log_wait(struct log *, int64_t until_ns);

/* Who can wait should, so that no line is lost. A terminal is not waited for:
 * one stopped by Ctrl-S holds up nobody. */
bool log_is_behind(const struct log *);

/* HUP: opens the socket anew with the next line. */
void log_reopen(struct log *);

#endif
