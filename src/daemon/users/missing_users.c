/* Names that no user answers to, and the timer that has them asked again. */
#include "daemon/users/missing_users.h"

#include <stdlib.h>
#include <string.h>

#define AGAIN_SECS 60.0
#define ROUNDS_MAX 60

static void
on_again(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct missing_users *names = w->data;
	bool last = ++names->rounds >= ROUNDS_MAX;

	(void)loop;
	(void)revents;
	if (last)
		missing_users_clear(names);
	names->due(names->context, last);
}

void
missing_users_init(struct missing_users *names, struct ev_loop *loop,
    void (*due)(void *context, bool forgotten), void *context)
{
	memset(names, 0, sizeof(*names));
	names->loop = loop;
	names->due = due;
	names->context = context;
	ev_timer_init(&names->again, on_again, 0., AGAIN_SECS);
	names->again.data = names;
}

static void
forget(struct missing_users *names, struct missing_user **at)
{
	struct missing_user *gone = *at;

	*at = gone->next;
	free(gone);
	if (names->first == NULL)
		ev_timer_stop(names->loop, &names->again);
}

void
missing_users_clear(struct missing_users *names)
{
	while (names->first != NULL)
		forget(names, &names->first);
	names->rounds = 0;
}

bool
missing_users_has(const struct missing_users *names, const char *name)
{
	const struct missing_user *unknown = names->first;

	while (unknown != NULL && strcmp(unknown->name, name) != 0)
		unknown = unknown->next;
	return unknown != NULL;
}

void
missing_users_add(struct missing_users *names, const char *name)
{
	struct missing_user *unknown;

	if (missing_users_has(names, name))
		return;
	unknown = malloc(sizeof(*unknown) + strlen(name) + 1);
	if (unknown == NULL)
		return;
	strcpy(unknown->name, name);
	unknown->next = names->first;
	names->first = unknown;
	if (!ev_is_active(&names->again))
		ev_timer_again(names->loop, &names->again);
}

bool
missing_users_remove(struct missing_users *names, const char *name)
{
	struct missing_user **at = &names->first;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at == NULL)
		return false;
	forget(names, at);
	return true;
}
