/*
 * Messages of a child to the daemon, one packet each: the first byte tells its
 * kind. Written by sys/spawn/spawn.c and sys/spawn/session_pam.c, read by
 * daemon/run/pam_sessions.c.
 */
#include "sys/spawn/spawn_report.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "sys/fd.h"

int
spawn_report_open(int ends[2])
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == -1)
		return -1;
	if (fd_nonblock(ends[0]) == 0)
		return 0;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	return -1;
}

/* Room for one descriptor in a message. */
union attachment {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

static void
attach(struct msghdr *message, union attachment *room, int fd)
{
	struct cmsghdr *head;

	memset(room, 0, sizeof(*room));
	message->msg_control = room->bytes;
	message->msg_controllen = sizeof(room->bytes);
	head = CMSG_FIRSTHDR(message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
}

int
spawn_report_send(int fd, enum spawn_report_kind kind, const void *bytes,
    size_t len, int attached)
{
	char first = (char)kind;
	struct iovec parts[2] = {{&first, 1}, {NULL, len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	union attachment room;
	ssize_t n;

	if (len > SPAWN_REPORT_BYTES_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	/* sendmsg does not write there. */
	memcpy(&parts[1].iov_base, &bytes, sizeof(bytes));
	if (attached != -1)
		attach(&message, &room, attached);
	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n == -1 ? -1 : 0;
}

int
spawn_report_send_session(int fd, const char *env, size_t size, int attached)
{
	size_t len;

	if (size > SPAWN_REPORT_ENV_MAX) {
		errno = E2BIG;
		return -1;
	}
	for (; size > 0; env += len, size -= len) {
		len = size < SPAWN_REPORT_BYTES_MAX ? size
						    : SPAWN_REPORT_BYTES_MAX;
		if (spawn_report_send(fd, SPAWN_REPORT_ENV, env, len, -1) == -1)
			return -1;
	}
	return spawn_report_send(fd, SPAWN_REPORT_SESSION, NULL, 0, attached);
}

static int
take_attached(struct msghdr *message)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(message);
	int fd;

	if (head == NULL || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

enum spawn_report_kind
spawn_report_receive(int fd, char *bytes, size_t *len, int *attached)
{
	char first = SPAWN_REPORT_NOTHING;
	struct iovec parts[2] = {{&first, 1}, {bytes, SPAWN_REPORT_BYTES_MAX}};
	union attachment room;
	struct msghdr message = {
	    .msg_iov = parts,
	    .msg_iovlen = 2,
	    .msg_control = room.bytes,
	    .msg_controllen = sizeof(room.bytes),
	};
	ssize_t n;

	*len = 0;
	*attached = -1;
	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EAGAIN)
		return SPAWN_REPORT_NOTHING;
	if (n <= 0)
		return SPAWN_REPORT_END;
	*attached = take_attached(&message);
	*len = (size_t)n - 1;
	return (enum spawn_report_kind)first;
}
