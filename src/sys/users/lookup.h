/*
 * Asking NSS for users: the work of a short-lived child, many names at a time,
 * and the records it sends over a pipe. The child may hang in a network; its
 * parent never does (daemon/users/user_cache.h waits, and kills it after a
 * while).
 */
#ifndef EVCRON_SYS_USERS_LOOKUP_H
#define EVCRON_SYS_USERS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include "sys/users/account.h"

struct lookup_name {
	const char *name;
	bool with_groups;
};

/* Forks a child that answers all names in order and ends. *fd is the
 * non-blocking, close-on-exec end of a pipe with its records. Its pid, or -1
 * with errno. */
pid_t lookup_start(const struct lookup_name *, size_t count, int *fd);

enum lookup_verdict {
	LOOKUP_FOUND,
	LOOKUP_NOBODY, /* no such user */
	LOOKUP_FAILED, /* NSS could not tell */
};

/* Records as they arrive. */
struct lookup_reader {
	char *bytes;
	size_t used, size, taken;
};

void lookup_reader_init(struct lookup_reader *);
void lookup_reader_clear(struct lookup_reader *);

/* Reads what the pipe has. 1: there may be more later, 0: the end, -1 with
 * errno: an error, or more than a sane child would send (EMSGSIZE). */
int lookup_read(struct lookup_reader *, int fd);

/* Takes the next whole record: which of the names it answers, and how. When
 * FOUND the account is filled but for its name; its memory is the reader's,
 * good until the next lookup_read. False: none is whole yet, or the rest makes
 * no sense. */
bool lookup_next(struct lookup_reader *, size_t *index, enum lookup_verdict *,
    struct account *);

#endif
