/*
 * Names that no user answers to. They are asked again each minute for an hour,
 * then forgotten: who still cares asks again when told of a change. There is a
 * timer only while there are such names. Used by users.c alone.
 */
#ifndef EVCRON_DAEMON_USERS_MISSING_USERS_H
#define EVCRON_DAEMON_USERS_MISSING_USERS_H

#include <ev.h>
#include <stdbool.h>

struct unknown_name {
	struct unknown_name *next;
	char name[];
};

struct unknown_names {
	struct ev_loop *loop;
	struct unknown_name *first;
	unsigned rounds;
	ev_timer again;
	/* Time to ask; forgotten: this was the last time, the list is empty
	 * now. */
	void (*due)(void *context, bool forgotten);
	void *context;
};

void unknown_names_init(struct unknown_names *, struct ev_loop *,
    void (*due)(void *context, bool forgotten), void *context);
/* Forgets all, stops the timer. It can be used again. */
void unknown_names_clear(struct unknown_names *);

bool unknown_names_has(const struct unknown_names *, const char *name);
/* Without memory the name is just asked again when it is next wanted. */
void unknown_names_add(struct unknown_names *, const char *name);
/* False: it was not there. */
bool unknown_names_remove(struct unknown_names *, const char *name);

#endif
