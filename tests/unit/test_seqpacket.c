/* Datagrams with and without a descriptor, over a pair and over a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/seqpacket.h"

static void
test_pair(void **unused)
{
	int ends[2], fd;
	char bytes[16];

	(void)unused;
	assert_int_equal(seqpacket_pair(ends), 0);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 16, &fd), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(seqpacket_send(ends[0], "one", 3, -1), 0);
	assert_int_equal(seqpacket_send(ends[0], "twotwo", 6, -1), 0);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 16, &fd), 3);
	assert_int_equal(fd, -1);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 4, &fd), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 16, &fd), -1);
	assert_int_equal(errno, EAGAIN);
	close(ends[0]);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 16, &fd), 0);
	/* No signal. */
	assert_int_equal(seqpacket_send(ends[1], "x", 1, -1), -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
}

/* Who ends without having read all is heard to the end all the same. */
static void
test_unread(void **unused)
{
	int ends[2], fd;
	char bytes[16];

	(void)unused;
	assert_int_equal(seqpacket_pair(ends), 0);
	assert_int_equal(seqpacket_send(ends[0], "unread", 6, -1), 0);
	assert_int_equal(seqpacket_send(ends[1], "last", 4, -1), 0);
	close(ends[1]);
	assert_int_equal(seqpacket_receive(ends[0], bytes, 16, &fd), 4);
	assert_memory_equal(bytes, "last", 4);
	assert_int_equal(seqpacket_receive(ends[0], bytes, 16, &fd), 0);
	close(ends[0]);
}

static void
test_attached(void **unused)
{
	int ends[2], pipes[2], fd;
	char bytes[16];

	(void)unused;
	assert_int_equal(seqpacket_pair(ends), 0);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(seqpacket_send(ends[0], "run", 3, pipes[0]), 0);
	close(pipes[0]);
	assert_int_equal(write(pipes[1], "out", 3), 3);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 16, &fd), 3);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(read(fd, bytes, 16), 3);
	assert_memory_equal(bytes, "out", 3);
	close(fd);
	/* With a message that is too long it goes too. */
	assert_int_equal(seqpacket_send(ends[0], "run", 3, pipes[1]), 0);
	assert_int_equal(seqpacket_receive(ends[1], bytes, 2, &fd), -1);
	assert_int_equal(fd, -1);
	close(pipes[1]);
	close(ends[0]);
	close(ends[1]);
}

static void
test_full(void **unused)
{
	int ends[2], result, sent = 0;

	(void)unused;
	assert_int_equal(seqpacket_pair(ends), 0);
	while ((result = seqpacket_send(ends[0], "x", 1, -1)) == 0)
		assert_true(++sent < 1000000);
	assert_int_equal(errno, EAGAIN);
	close(ends[0]);
	close(ends[1]);
}

static void
test_named(void **unused)
{
	char dir[] = "/tmp/seqpacket.XXXXXX", deep[256], bytes[16];
	int dirfd, listener, other, ours, theirs, fd;
	struct stat st;

	(void)unused;
	assert_non_null(mkdtemp(dir));
	/* Longer than an address. */
	memset(deep, 'd', sizeof deep);
	deep[200] = '\0';
	dirfd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(mkdirat(dirfd, deep, 0700), 0);
	other = openat(dirfd, deep, O_RDONLY | O_DIRECTORY);
	assert_true(other >= 0);
	assert_int_equal(seqpacket_connect(other, "socket"), -1);
	assert_int_equal(errno, ENOENT);
	listener = seqpacket_listen(other, "socket");
	assert_true(listener >= 0);
	assert_int_equal(fstatat(other, "socket", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(seqpacket_accept(listener), -1);
	assert_int_equal(errno, EAGAIN);
	ours = seqpacket_connect(other, "socket");
	assert_true(ours >= 0);
	theirs = seqpacket_accept(listener);
	assert_true(theirs >= 0);
	assert_int_equal(seqpacket_send(ours, "hello", 5, -1), 0);
	assert_int_equal(seqpacket_receive(theirs, bytes, 16, &fd), 5);
	close(ours);
	close(theirs);
	close(listener);
	/* A dead one's name is taken over. */
	assert_int_equal(seqpacket_connect(other, "socket"), -1);
	assert_int_equal(errno, ECONNREFUSED);
	listener = seqpacket_listen(other, "socket");
	assert_true(listener >= 0);
	close(listener);
	assert_int_equal(unlinkat(other, "socket", 0), 0);
	assert_int_equal(unlinkat(dirfd, deep, AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(dir), 0);
	close(other);
	close(dirfd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pair),
	    cmocka_unit_test(test_unread),
	    cmocka_unit_test(test_attached),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
