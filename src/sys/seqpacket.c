/*
 * SEQPACKET sockets. Nothing here waits, and no length of a path matters: a
 * socket is bound and connected to below /proc/self/fd, for sun_path holds 108
 * bytes only. That is the table of the main thread, whose room this is.
 */
#include "sys/seqpacket.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/fd.h"

/* Connections that wait to be accepted: there is one crond. */
#define BACKLOG 8

union control { /* room for one descriptor, aligned as the kernel wants it */
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr header;
};

int
seqpacket_send(int sock, const char *bytes, size_t len, int attach)
{
	struct iovec part = {.iov_base = (char *)(uintptr_t)bytes,
	    .iov_len = len};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union control control = {0};
	ssize_t n;

	if (attach >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof attach);
		memcpy(CMSG_DATA(&control.header), &attach, sizeof attach);
	}
	do
		n = sendmsg(sock, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == ETOOMANYREFS)
		errno = EAGAIN;
	return n < 0 ? -1 : 0;
}

static int
attached_to(struct msghdr *message)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fd;

	if (header == NULL || header->cmsg_level != SOL_SOCKET ||
	    header->cmsg_type != SCM_RIGHTS ||
	    header->cmsg_len < CMSG_LEN(sizeof fd))
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof fd);
	return fd;
}

ssize_t
seqpacket_receive(int sock, char *bytes, size_t size, int *attached)
{
	struct iovec part = {.iov_base = bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	union control control = {0};
	ssize_t n;

	*attached = -1;
	do {
		message.msg_control = control.bytes;
		/* Of several the kernel drops what finds no room. */
		message.msg_controllen = CMSG_LEN(sizeof *attached);
		n = recvmsg(sock, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		/* The peer ended and had not read all: the kernel tells that
		 * once, before what the peer said last. */
	} while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return -1;
	*attached = attached_to(&message);
	if ((message.msg_flags & MSG_TRUNC) == 0)
		return n;
	fd_close(attached);
	errno = EMSGSIZE;
	return -1;
}

static int
seqpacket(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
}

int
seqpacket_pair(int ends[2])
{
	return socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends);
}

static int
address_of(struct sockaddr_un *address, int dirfd, const char *name)
{
	int len;

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	len = snprintf(address->sun_path, sizeof address->sun_path,
	    "/proc/self/fd/%d/%s", dirfd, name);
	if (len > 0 && (size_t)len < sizeof address->sun_path)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

int
seqpacket_listen(int dirfd, const char *name)
{
	struct sockaddr_un address;
	int fd;

	if (address_of(&address, dirfd, name) != 0 ||
	    (unlinkat(dirfd, name, 0) != 0 && errno != ENOENT))
		return -1;
	fd = seqpacket();
	if (fd < 0)
		return -1;
	/* The mode of the socket is that of the name. */
	if (fchmod(fd, 0600) == 0 &&
	    bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	fd_close(&fd);
	return -1;
}

int
seqpacket_accept(int listener)
{
	int fd;

	do
		fd =
		    accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	return fd;
}

int
seqpacket_connect(int dirfd, const char *name)
{
	struct sockaddr_un address;
	int fd;

	if (address_of(&address, dirfd, name) != 0)
		return -1;
	fd = seqpacket();
	if (fd < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	fd_close(&fd);
	return -1;
}
