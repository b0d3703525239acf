/*
 * Names that no user answers to. They are asked again each minute for an hour,
 * then forgotten: who still cares asks again when told of a change. There is a
 * timer only while there are such names.
 */
#ifndef EVCRON_DAEMON_USERS_MISSING_USERS_H
#define EVCRON_DAEMON_USERS_MISSING_USERS_H

#include <ev.h>
#include <stdbool.h>

struct missing_user {
	struct missing_user *next;
	char name[];
};

struct missing_users {
	struct ev_loop *loop;
	struct missing_user *first;
	unsigned rounds;
	ev_timer again;
	/* Time to ask; forgotten: this was the last time, the list is empty
	 * now. */
	void (*due)(void *context, bool forgotten);
	void *context;
};

void missing_users_init(struct missing_users *, struct ev_loop *,
    void (*due)(void *context, bool forgotten), void *context);
/* Forgets all, stops the timer. It can be used again. */
void missing_users_clear(struct missing_users *);

bool missing_users_has(const struct missing_users *, const char *name);
/* Without memory the name is just asked again when it is next wanted. */
void missing_users_add(struct missing_users *, const char *name);
/* False: it was not there. */
bool missing_users_remove(struct missing_users *, const char *name);

#endif
