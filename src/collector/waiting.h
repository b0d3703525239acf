/*
 * Letters that wait for their next attempt: a heap by when that is. Main's. An
 * entry is a name and no more, for there may be as many as an outbox holds; a
 * letter that is gone meanwhile is missed only when its time comes.
 */
#ifndef EVCRON_COLLECTOR_WAITING_H
#define EVCRON_COLLECTOR_WAITING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct waiting_letter {
	char *name;     /* of its own malloc */
	int64_t due_ns; /* monotonic */
	uint64_t bytes; /* of disk */
	bool asked;     /* at once, whatever its time */
	bool unread;    /* nobody has looked yet when it is due */
};

struct waiting { /* all zero: empty */
	struct waiting_letter *heap;
	size_t count, size;
	uint64_t bytes;
};

/* One more, in so many seconds. Copies name. -1: no memory. */
int waiting_add(struct waiting *, const char *name, uint64_t secs,
    uint64_t bytes, bool unread);
/* The next one whose time has come is taken out; its name is the caller's to
 * free. false: none. */
bool waiting_pop(struct waiting *, struct waiting_letter *);
/* One by name. false: it is not there. */
bool waiting_remove(struct waiting *, const char *name);
/* That one is due, or, NULL, all are. */
void waiting_ask(struct waiting *, const char *name);
/* When the next one is (monotonic); INT64_MAX: none. */
int64_t waiting_due_ns(const struct waiting *);
void waiting_clear(struct waiting *);

#endif
