/*
 * The log. Each line becomes one datagram of the shape that syslog(3) of glibc
 * sends, "<PRI>Mmm dd hh:mm:ss ident[pid]: text", made here because syslog(3)
 * blocks for good on a full /dev/log and can't log as another pid.
 *
 * This room owns the socket, the queue of lines that wait for it, and, in the
 * foreground, a description of the terminal of its own, so that a terminal
 * stopped by Ctrl-S holds up nobody. A line passes the queue only when it
 * can't be sent at once: the order of lines never changes. While syslog is
 * away the socket is tried again with each line and now and then, while it is
 * full the loop waits for it (daemon/logflush.h).
 */
#include "sys/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/printable.h"
#include "sys/clock.h"

#define QUEUE_MAX  1000
#define DETAIL_MAX 8192
#define WHO_MAX    256
#define EVENT_MAX  256
#define IDENT_MAX  64
#define ERROR_MAX  128
/* Room for all of them, the stamp, and the parentheses. */
#define LINE_MAX_BYTES                                                         \
	(DETAIL_MAX + WHO_MAX + EVENT_MAX + IDENT_MAX + ERROR_MAX + 128)

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
	size_t lost; /* not yet said */
	int mirror;  /* stderr or our own description of it, or -1 */
	bool mirror_owned;
	bool mirror_dim;
	/* Scratch of one line, here because it is too big for the stack. */
	char raw[DETAIL_MAX];
	char detail[DETAIL_MAX];
	char text[LINE_MAX_BYTES];
	char packet[LINE_MAX_BYTES];
};

static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void
mirror_open(struct log *log)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	struct stat st;
	int fd;

	log->mirror = STDERR_FILENO;
	log->mirror_dim = isatty(STDERR_FILENO) &&
			  (no_color == NULL || no_color[0] == '\0') &&
			  term != NULL && strcmp(term, "dumb") != 0;
	/* O_NONBLOCK on descriptor 2 itself would be everybody's who shares
	 * it, the caller's shell first. */
	if (fstat(STDERR_FILENO, &st) != 0 ||
	    !(S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		return;
	fd = open("/proc/self/fd/2",
	    O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd >= 0) {
		log->mirror = fd;
		log->mirror_owned = true;
	}
}

struct log *
log_open(const struct log_target *target)
{
	struct log *log = calloc(1, sizeof *log);

	if (log == NULL)
		return NULL;
	log->fd = -1;
	log->mirror = -1;
	log->tail = &log->head;
	log->ident = strdup(target->ident);
	if (target->socket != NULL)
		log->socket_path = strdup(target->socket);
	if (log->ident == NULL ||
	    (target->socket != NULL && log->socket_path == NULL)) {
		log_close(log);
		return NULL;
	}
	if (target->to_stderr)
		mirror_open(log);
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

/* Not by time(2): it may be a kernel's tick behind, and the jobs of a minute
 * would seem to start at the last second of the one before. */
static void
local_now(struct tm *tm)
{
	time_t now = clock_wall_ns() / 1000000000;

	/* localtime_r, not localtime: it leaves TZ as the process has it. */
	if (localtime_r(&now, tm) == NULL)
		memset(tm, 0, sizeof *tm);
}

static size_t
stamped(char *out, size_t size, int priority, const char *ident, pid_t pid,
    const char *text)
{
	struct tm tm;
	int len;

	local_now(&tm);
	len = snprintf(out, size, "<%d>%s %2d %02d:%02d:%02d %.*s[%d]: %s",
	    LOG_CRON | LOG_PRI(priority), months[tm.tm_mon % 12], tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, IDENT_MAX, ident, (int)pid, text);
	assert(len >= 0);
	return (size_t)len < size ? (size_t)len : size - 1;
}

/* Puts "how many were lost" behind what waits, where the lost ones would be. */
static void
queue_lost(struct log *log)
{
	char text[160], packet[256];
	size_t len;

	if (log->lost == 0 || log->queued >= QUEUE_MAX)
		return;
	(void)snprintf(text, sizeof text,
	    "(CRON) WARNING (%zu lines of this log were lost: syslog took "
	    "none)",
	    log->lost);
	log->lost = 0;
	len = stamped(packet, sizeof packet, LOG_WARNING, log->ident, getpid(),
	    text);
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

void
log_flush(struct log *log)
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
write_syslog(struct log *log, int priority, const char *ident, pid_t pid,
    pid_t creds, const char *text)
{
	size_t len = stamped(log->packet, sizeof log->packet, priority, ident,
	    pid, text);
	enum sent sent = SENT_LATER;

	log_flush(log);
	if (log->head == NULL)
		sent = send_line(log, log->packet, len, creds);
	if (sent == SENT_LATER)
		queue_line(log, log->packet, len, creds);
	if (sent == SENT_NEVER)
		log->lost++;
}

static void
write_mirror(struct log *log, const char *ident, pid_t pid, const char *text)
{
	struct tm tm;
	ssize_t n;
	int len;

	local_now(&tm);
	len = snprintf(log->packet, sizeof log->packet,
	    "%s%02d:%02d:%02d%s %.*s[%d]: %s\n",
	    log->mirror_dim ? "\033[2m" : "", tm.tm_hour, tm.tm_min, tm.tm_sec,
	    log->mirror_dim ? "\033[0m" : "", IDENT_MAX, ident, (int)pid, text);
	assert(len > 0 && (size_t)len < sizeof log->packet);
	n = write(log->mirror, log->packet, (size_t)len);
	(void)n; /* nobody is left to tell */
}

static void write_line(struct log *, const char *ident, pid_t pid, pid_t creds,
    int priority, const char *who, const char *event, int errnum,
    const char *format, va_list) __attribute__((format(printf, 9, 0)));

static void
write_line(struct log *log, const char *ident, pid_t pid, pid_t creds,
    int priority, const char *who, const char *event, int errnum,
    const char *format, va_list args)
{
	char who_safe[WHO_MAX], error[ERROR_MAX] = "";
	int n;

	n = vsnprintf(log->raw, sizeof log->raw, format, args);
	if (n < 0)
		log->raw[0] = '\0';
	printable_string(log->detail, sizeof log->detail, log->raw);
	/* A name may be a file's in the spool. */
	printable_string(who_safe, sizeof who_safe, who != NULL ? who : "");
	if (errnum != 0)
		(void)snprintf(error, sizeof error, ": %s", strerror(errnum));
	if (who == NULL)
		n = snprintf(log->text, sizeof log->text, "%s%s", log->detail,
		    error);
	else if (event == NULL)
		n = snprintf(log->text, sizeof log->text, "(%s) %s%s", who_safe,
		    log->detail, error);
	else
		n = snprintf(log->text, sizeof log->text, "(%s) %.*s (%s)%s",
		    who_safe, EVENT_MAX, event, log->detail, error);
	assert(n >= 0 && (size_t)n < sizeof log->text);

	if (log->mirror >= 0)
		write_mirror(log, ident, pid, log->text);
	if (log->socket_path != NULL)
		write_syslog(log, priority, ident, pid, creds, log->text);
}

void
log_event(struct log *log, int priority, const char *who, const char *event,
    int errnum, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(log, log->ident, getpid(), 0, priority, who, event, errnum,
	    format, args);
	va_end(args);
}

void
log_event_as(struct log *log, const char *ident, pid_t pid, int priority,
    const char *who, const char *event, int errnum, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vevent_as(log, ident, pid, true, priority, who, event, errnum,
	    format, args);
	va_end(args);
}

void
log_vevent_as(struct log *log, const char *ident, pid_t pid, bool there,
    int priority, const char *who, const char *event, int errnum,
    const char *format, va_list args)
{
	write_line(log, ident, pid, there ? pid : 0, priority, who, event,
	    errnum, format, args);
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
		log_flush(log);
	while (log->head != NULL)
		drop_head(log);
	socket_close(log);
	if (log->mirror_owned)
		close(log->mirror);
	free(log->socket_path);
	free(log->ident);
	free(log);
}
