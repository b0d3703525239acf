#include "collector_pair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "run_world.h"
#include "sys/seqpacket.h"

int
open_pair(uid_t uid, uint64_t generation, struct collector **c)
{
	struct collector_user *u =
	    collector_user_get(world.collectors, uid, "somebody");
	int ends[2];

	assert_non_null(u);
	assert_int_equal(seqpacket_pair(ends), 0);
	*c = collector_open(u, generation, ends[0]);
	assert_non_null(*c);
	return ends[1];
}

void
say(int socket, const struct collector_message *m)
{
	char bytes[512];
	ssize_t n = collector_message_write(m, bytes, sizeof bytes);

	assert_true(n > 0);
	assert_int_equal(seqpacket_send(socket, bytes, (size_t)n, -1), 0);
}

void
be_ready(int socket, uid_t uid, uint64_t generation)
{
	say(socket, &(struct collector_message){.word = WORD_HELLO,
			.number = COLLECTOR_VERSION,
			.uid = uid,
			.generation = generation,
			.pid = getpid()});
	say(socket, &(struct collector_message){.word = WORD_READY});
}

int
grants(int socket)
{
	char bytes[512];
	int attached, count = 0;
	ssize_t n;

	while ((n = seqpacket_receive(socket, bytes, sizeof bytes - 1,
		    &attached)) > 0) {
		bytes[n] = '\0';
		count += strncmp(bytes, "grant\t", 6) == 0;
	}
	return count;
}

void
want(struct collector *c, int count)
{
	char id[16];

	while (count-- > 0) {
		snprintf(id, sizeof id, "l%d", count);
		grants_want(c, id);
		grants_want(c, id); /* asked twice, granted once */
	}
}
