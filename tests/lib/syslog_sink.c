/*
 * A /dev/log for tests: binds a datagram socket and writes each datagram as one
 * line to a file, "FACILITY.PRIORITY SENDER IDENT[PID]: TEXT", without its
 * time. SENDER is the pid that the kernel vouches for. Control characters
 * become \xNN, so that a datagram can't pass for two lines.
 *
 * Started by tests/e2e/lib.sh as "syslog_sink SOCKET FILE"; ends with its
 * process group or namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DATAGRAM_MAX  65536
#define FACILITY_CRON 9

static const char *const priorities[8] = {"emerg", "alert", "crit", "err",
    "warning", "notice", "info", "debug"};

static void
die(const char *what)
{
	fprintf(stderr, "syslog_sink: %s: %s\n", what, strerror(errno));
	exit(99);
}

static int
sink_open(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int on = 1, fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		die(path);
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == -1)
		die("SO_PASSCRED");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		die(path);
	if (chmod(path, 0666) == -1)
		die(path);
	return fd;
}

/* Receives one datagram; its length, and who sent it. */
static size_t
sink_receive(int fd, char *text, pid_t *sender)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = {.iov_base = text, .iov_len = DATAGRAM_MAX};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	const struct cmsghdr *c;
	struct ucred who;
	ssize_t n;

	do
		n = recvmsg(fd, &message, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		die("recvmsg");
	*sender = 0;
	c = CMSG_FIRSTHDR(&message);
	if (c != NULL && c->cmsg_type == SCM_CREDENTIALS) {
		memcpy(&who, CMSG_DATA(c), sizeof(who));
		*sender = who.pid;
	}
	return (size_t)n;
}

/* Reads "<N>" and the time (RFC 3164: 16 bytes) off the front; returns N. */
static unsigned
sink_header(const char **text, size_t *len)
{
	const char *p = *text, *end = p + *len;
	unsigned number = 0;

	if (p < end && *p == '<') {
		for (p++; p < end && *p >= '0' && *p <= '9'; p++)
			number = number * 10 + (unsigned)(*p - '0');
		if (p < end && *p == '>')
			p++;
	}
	if (end - p >= 16 && p[3] == ' ' && p[6] == ' ' && p[9] == ':' &&
	    p[12] == ':' && p[15] == ' ')
		p += 16;
	*len = (size_t)(end - p);
	*text = p;
	return number;
}

static void
sink_write(FILE *out, const char *text, size_t len, pid_t sender)
{
	unsigned number = sink_header(&text, &len);
	size_t i;

	if (number >> 3 == FACILITY_CRON)
		fputs("cron", out);
	else
		fprintf(out, "%u", number >> 3);
	fprintf(out, ".%s %d ", priorities[number & 7], (int)sender);
	for (i = 0; i < len && text[i] != '\0'; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 127)
			fprintf(out, "\\x%02x", (unsigned char)text[i]);
		else
			putc(text[i], out);
	putc('\n', out);
	if (fflush(out) == EOF)
		die("write");
}

int
main(int argc, char **argv)
{
	char *text = malloc(DATAGRAM_MAX);
	FILE *out;
	pid_t sender;
	size_t len;
	int fd;

	if (argc != 3) {
		fputs("usage: syslog_sink SOCKET FILE\n", stderr);
		return 99;
	}
	if (text == NULL)
		die("malloc");
	fd = sink_open(argv[1]);
	out = fopen(argv[2], "ae");
	if (out == NULL)
		die(argv[2]);
	for (;;) {
		len = sink_receive(fd, text, &sender);
		sink_write(out, text, len, sender);
	}
}
