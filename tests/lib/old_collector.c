/*
 * For LD_PRELOAD: makes a collector one of an older version. The first message
 * that it sends, "hello VERSION ...", has version 0; all else is as it is.
 */
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define HELLO "hello\t"

static void
grow_old(void *bytes, size_t len)
{
	char *text = bytes;

	if (len > sizeof(HELLO) && memcmp(text, HELLO, sizeof(HELLO) - 1) == 0)
		text[sizeof(HELLO) - 1] = '0';
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t (*next)(int, const struct msghdr *, int) = (ssize_t(*)(int,
	    const struct msghdr *, int))dlsym(RTLD_NEXT, "sendmsg");

	if (message->msg_iovlen > 0)
		grow_old(message->msg_iov[0].iov_base,
		    message->msg_iov[0].iov_len);
	return next(fd, message, flags);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	struct iovec piece = {(void *)bytes, len};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

	return sendmsg(fd, &message, flags);
}
