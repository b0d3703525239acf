/*
 * The log. Each line becomes one datagram of the shape that syslog(3) of glibc
 * sends, "<PRI>Mmm dd hh:mm:ss ident[pid]: text", made here because syslog(3)
 * blocks for good on a full /dev/log and can't log as another pid; or a line of
 * the stream (logstream.h); or both. Their shapes are logline.c's.
 *
 * This room owns the socket and the queue of lines that wait for it. A line
 * passes the queue only when it can't be sent at once: the order of lines never
 * changes. While syslog is away the socket is tried again with each line and
 * now and then, while it is full the loop waits for it
 * (daemon/base/log_flush.h).
 */
#include "sys/log/log.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/clock.h"
#include "sys/log/logline.h"
#include "sys/log/logstream.h"

#define QUEUE_MAX 1000
#define DRAIN_NS  ((int64_t)1000000000)

struct line {
	struct line *next;
	pid_t pid; /* in whose name; 0: the daemon's own */
	size_t len;
	char text[];
};

struct log {
	char *socket_path; /* NULL: no syslog */
	char *ident;
	int fd;        /* connected, or -1 */
	bool full;     /* the last send said EAGAIN */
	bool no_creds; /* the kernel doesn't let us name another pid */
	struct line *head, **tail;
	size_t queued;
	size_t lost;              /* not yet said */
	struct logstream *stream; /* NULL: none */
	char *json;               /* room for a line of it; NULL: it is text */
	bool dim;
	/* Scratch of one line, here because it is too big for the stack. */
	char raw[LOGLINE_DETAIL_MAX];
	char text[LOGLINE_MAX];
	char packet[LOGLINE_MAX];
};

static int
stream_open(struct log *log, const struct log_target *target)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (target->json) {
		log->json = malloc(LOGLINE_JSON_MAX);
		if (log->json == NULL)
			return -1;
	}
	log->stream = logstream_open(target->stream);
	if (log->stream == NULL)
		return -1;
	log->dim = logstream_is_terminal(log->stream) &&
		   (no_color == NULL || no_color[0] == '\0') && term != NULL &&
		   strcmp(term, "dumb") != 0;
	return 0;
}

struct log *
log_open(const struct log_target *target)
{
	struct log *log = calloc(1, sizeof *log);

	if (log == NULL)
		return NULL;
	log->fd = -1;
	log->tail = &log->head;
	log->ident = strdup(target->ident);
	if (target->socket != NULL)
		log->socket_path = strdup(target->socket);
	if (log->ident == NULL ||
	    (target->socket != NULL && log->socket_path == NULL) ||
	    (target->stream != 0 && stream_open(log, target) != 0)) {
		log_close(log);
		return NULL;
	}
	return log;
}

static void
socket_close(struct log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	log->fd = -1;
	log->full = false;
	log->no_creds = false;
}

/* Connects if it isn't. -1: syslog is away. */
static int
socket_ready(struct log *log)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t len = strlen(log->socket_path);

	if (log->fd >= 0)
		return 0;
	if (len >= sizeof to.sun_path)
		return -1;
	memcpy(to.sun_path, log->socket_path, len + 1);
	log->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (log->fd < 0)
		return -1;
	if (connect(log->fd, (struct sockaddr *)&to, sizeof to) != 0) {
		socket_close(log);
		return -1;
	}
	return 0;
}

/* One datagram, with the credentials of pid unless that is 0. */
static int
send_as(struct log *log, char *packet, size_t len, pid_t pid)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec iov = {packet, len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	struct ucred cred = {pid, geteuid(), getegid()};
	struct cmsghdr *cmsg;

	if (pid != 0) {
		memset(&control, 0, sizeof control);
		msg.msg_control = &control;
		msg.msg_controllen = sizeof control;
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_CREDENTIALS;
		cmsg->cmsg_len = CMSG_LEN(sizeof cred);
		memcpy(CMSG_DATA(cmsg), &cred, sizeof cred);
	}
	return sendmsg(log->fd, &msg, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

static int
send_once(struct log *log, char *packet, size_t len, pid_t pid)
{
	if (log->no_creds)
		pid = 0;
	if (pid == 0 || send_as(log, packet, len, pid) == 0)
		return pid == 0 ? send_as(log, packet, len, 0) : 0;
	/* ESRCH: the job has been reaped already. */
	if (errno != EPERM && errno != ESRCH)
		return -1;
	log->no_creds = errno == EPERM;
	return send_as(log, packet, len, 0);
}

enum sent { SENT, SENT_LATER, SENT_NEVER };

static enum sent
send_line(struct log *log, char *packet, size_t len, pid_t pid)
{
	int tries;

	/* A second try: the first may only find out that syslog was started
	 * anew since the last line. */
	for (tries = 0; tries < 2; tries++) {
		if (socket_ready(log) != 0)
			return SENT_LATER;
		if (send_once(log, packet, len, pid) == 0) {
			log->full = false;
			return SENT;
		}
		if (errno == EMSGSIZE || errno == EINVAL)
			return SENT_NEVER;
		if (errno == EAGAIN || errno == ENOBUFS) {
			log->full = true;
			return SENT_LATER;
		}
		socket_close(log);
	}
	return SENT_LATER;
}

static void
queue_line(struct log *log, const char *packet, size_t len, pid_t pid)
{
	struct line *line = NULL;

	if (log->queued < QUEUE_MAX)
		line = malloc(sizeof *line + len);
	if (line == NULL) {
		log->lost++;
		return;
	}
	line->next = NULL;
	line->pid = pid;
	line->len = len;
	memcpy(line->text, packet, len);
	*log->tail = line;
	log->tail = &line->next;
	log->queued++;
}

/* Puts "how many were lost" behind what waits, where the lost ones would be. */
static void
queue_lost(struct log *log)
{
	const struct logline said = {
	    .ident = log->ident,
	    .pid = getpid(),
	    .priority = LOG_WARNING,
	};
	char text[160], packet[256];
	size_t len;

	if (log->lost == 0 || log->queued >= QUEUE_MAX)
		return;
	(void)snprintf(text, sizeof text,
	    "(CRON) WARNING (%zu lines of this log were lost: syslog took "
	    "none)",
	    log->lost);
	log->lost = 0;
	len = logline_syslog(packet, sizeof packet, &said, text);
	queue_line(log, packet, len, 0);
}

static void
drop_head(struct log *log)
{
	struct line *line = log->head;

	log->head = line->next;
	if (log->head == NULL)
		log->tail = &log->head;
	log->queued--;
	free(line);
}

static void
flush_syslog(struct log *log)
{
	struct line *line;
	enum sent sent;

	while ((line = log->head) != NULL) {
		sent = send_line(log, line->text, line->len, line->pid);
		if (sent == SENT_LATER)
			return;
		if (sent == SENT_NEVER)
			log->lost++;
		drop_head(log);
		queue_lost(log);
	}
}

static void
write_syslog(struct log *log, const struct logline *said, pid_t creds)
{
	size_t len =
	    logline_syslog(log->packet, sizeof log->packet, said, log->text);
	enum sent sent = SENT_LATER;

	flush_syslog(log);
	if (log->head == NULL)
		sent = send_line(log, log->packet, len, creds);
	if (sent == SENT_LATER)
		queue_line(log, log->packet, len, creds);
	if (sent == SENT_NEVER)
		log->lost++;
}

/* *line is in the log's scratch. */
static size_t
stream_line(struct log *log, const struct logline *said, const char *text,
    const char **line)
{
	*line = log->json != NULL ? log->json : log->packet;
	return log->json != NULL
		   ? logline_json(log->json, said)
		   : logline_stream(log->packet, sizeof log->packet, said, text,
			 log->dim);
}

static void
put_stream(struct log *log, const struct logline *said, const char *text)
{
	const char *line;
	size_t len = stream_line(log, said, text, &line);

	logstream_put(log->stream, line, len);
}

static void
tell_lost(struct log *log)
{
	size_t lost = logstream_lost(log->stream);
	char detail[128], text[160];
	const char *line;
	const struct logline said = {
	    .ident = log->ident,
	    .pid = getpid(),
	    .priority = LOG_WARNING,
	    .who = "CRON",
	    .event = "WARNING",
	    .bytes = detail,
	    .len = (size_t)snprintf(detail, sizeof detail,
		"%zu lines of this log were lost: nobody took them", lost),
	};
	size_t len;

	if (lost == 0)
		return;
	(void)snprintf(text, sizeof text, "(CRON) WARNING (%s)", detail);
	len = stream_line(log, &said, text, &line);
	logstream_tell(log->stream, line, len);
}

/* job: its pid, whose credentials go with the line; 0: the daemon's own. */
static void
write_line(struct log *log, const struct logline *said, pid_t job)
{
	logline_text(log->text, said);
	if (log->stream != NULL) {
		tell_lost(log);
		put_stream(log, said, log->text);
	}
	if (log->socket_path != NULL)
		write_syslog(log, said, job);
}

static void write_format(struct log *, struct logline *, pid_t job,
    const char *format, va_list) __attribute__((format(printf, 4, 0)));

static void
write_format(struct log *log, struct logline *said, pid_t job,
    const char *format, va_list args)
{
	if (vsnprintf(log->raw, sizeof log->raw, format, args) < 0)
		log->raw[0] = '\0';
	said->bytes = log->raw;
	said->len = strlen(log->raw);
	write_line(log, said, job);
}

void
log_event(struct log *log, int priority, const char *who, const char *event,
    int errnum, const char *format, ...)
{
	struct logline said = {
	    .ident = log->ident,
	    .pid = getpid(),
	    .priority = priority,
	    .who = who,
	    .event = event,
	    .errnum = errnum,
	};
	va_list args;

	va_start(args, format);
	write_format(log, &said, 0, format, args);
	va_end(args);
}

static struct logline
of_job(const struct log_job *job, int priority, const char *who,
    const char *event)
{
	return (struct logline){
	    .ident = job->ident,
	    .pid = job->pid != 0 ? job->pid : getpid(),
	    .table = job->table,
	    .line = job->line,
	    .priority = priority,
	    .who = who,
	    .event = event,
	};
}

void
log_event_as(struct log *log, const struct log_job *job, int priority,
    const char *who, const char *event, int errnum, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vevent_as(log, job, priority, who, event, errnum, format, args);
	va_end(args);
}

void
log_vevent_as(struct log *log, const struct log_job *job, int priority,
    const char *who, const char *event, int errnum, const char *format,
    va_list args)
{
	struct logline said = of_job(job, priority, who, event);

	said.errnum = errnum;
	write_format(log, &said, job->gone ? 0 : job->pid, format, args);
}

void
log_output(struct log *log, const struct log_job *job, const char *who,
    const char *bytes, size_t len, bool cut)
{
	struct logline said = of_job(job, LOG_INFO, who, "CMDOUT");

	said.bytes = bytes;
	said.len = len;
	said.cut = cut;
	write_line(log, &said, job->gone ? 0 : job->pid);
}

void
log_flush(struct log *log)
{
	if (log->stream != NULL)
		logstream_flush(log->stream);
	if (log->socket_path != NULL)
		flush_syslog(log);
}

void
log_drain(struct log *log)
{
	(void)log_wait(log, clock_mono_ns() + DRAIN_NS);
	if (log->stream != NULL)
		logstream_drain(log->stream);
}

int
log_waiting_fd(const struct log *log)
{
	return log->head != NULL && log->full ? log->fd : -1;
}

bool
log_waits(const struct log *log)
{
	return log->head != NULL;
}

int
log_stream_fd(const struct log *log)
{
	return log->stream != NULL ? logstream_waiting_fd(log->stream) : -1;
}

bool
log_wait(struct log *log, int64_t until_ns)
{
	struct pollfd ready = {.events = POLLOUT};
	int64_t left;

	for (;;) {
		log_flush(log);
		ready.fd = log_waiting_fd(log);
		left = (until_ns - clock_mono_ns()) / 1000000;
		if (ready.fd < 0 || left <= 0)
			return log->head == NULL;
		(void)poll(&ready, 1, (int)left);
	}
}

bool
log_is_behind(const struct log *log)
{
	return log_waiting_fd(log) >= 0 ||
	       (log_stream_fd(log) >= 0 && !logstream_is_terminal(log->stream));
}

void
log_reopen(struct log *log)
{
	socket_close(log);
}

void
log_close(struct log *log)
{
	if (log == NULL)
		return;
	if (log->socket_path != NULL)
		flush_syslog(log);
	while (log->head != NULL)
		drop_head(log);
	socket_close(log);
	logstream_close(log->stream);
	free(log->json);
	free(log->socket_path);
	free(log->ident);
	free(log);
}
