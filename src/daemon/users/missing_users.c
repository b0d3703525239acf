/* Names that no user answers to, and the timer that has them asked again. */
#include "daemon/users/missing_users.h"

#include <stdlib.h>
#include <string.h>

#define AGAIN_SECS 60.0
#define ROUNDS_MAX 60

static void
on_again(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct unknown_names *names = w->data;
	bool last = ++names->rounds >= ROUNDS_MAX;

	(void)loop;
	(void)revents;
	if (last)
		unknown_names_clear(names);
	names->due(names->context, last);
}

void
unknown_names_init(struct unknown_names *names, struct ev_loop *loop,
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
forget(struct unknown_names *names, struct unknown_name **at)
{
	struct unknown_name *gone = *at;

	*at = gone->next;
	free(gone);
	if (names->first == NULL)
		ev_timer_stop(names->loop, &names->again);
}

void
unknown_names_clear(struct unknown_names *names)
{
	while (names->first != NULL)
		forget(names, &names->first);
	names->rounds = 0;
}

bool
unknown_names_has(const struct unknown_names *names, const char *name)
{
	const struct unknown_name *unknown = names->first;

	while (unknown != NULL && strcmp(unknown->name, name) != 0)
		unknown = unknown->next;
	return unknown != NULL;
}

void
unknown_names_add(struct unknown_names *names, const char *name)
{
	struct unknown_name *unknown;

	if (unknown_names_has(names, name))
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
unknown_names_remove(struct unknown_names *names, const char *name)
{
	struct unknown_name **at = &names->first;

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	if (*at == NULL)
		return false;
	forget(names, at);
	return true;
}
