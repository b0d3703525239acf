/*
 * Mailers, for all users together: so many at once, in turns. A mailer runs as
 * its user, who may keep it as long as it is let: they have no more than half
 * of them, even while nobody else waits, and a few are root's alone.
 */
#include "daemon/collectors/collector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOT_KEEPS 2 /* of the default of 16 */

void
grants_init(struct collectors *all)
{
	TAILQ_INIT(&all->turns);
}

static bool
may_have_one(const struct collector_user *u)
{
	const struct collectors *all = u->all;
	size_t max = all->config.mailers_max;
	size_t roots = max >= 4 * ROOT_KEEPS ? ROOT_KEEPS : 0;

	if (all->running >= max)
		return false;
	if (u->uid == 0 || u->uid == geteuid())
		return true;
	return u->running_count < (max > 1 ? max / 2 : 1) &&
	       all->running < max - roots;
}

static void
leave_turns(struct collector_user *u)
{
	if (u->in_turns)
		TAILQ_REMOVE(&u->all->turns, u, turn);
	u->in_turns = false;
}

static void
join_turns(struct collector_user *u)
{
	if (!u->in_turns)
		TAILQ_INSERT_TAIL(&u->all->turns, u, turn);
	u->in_turns = true;
}

static void
grant_one(struct collector_user *u)
{
	struct collector_grant *g = TAILQ_FIRST(&u->wants);

	TAILQ_REMOVE(&u->wants, g, link);
	TAILQ_INSERT_TAIL(&u->running, g, link);
	u->running_count++;
	u->all->running++;
	collector_tell(g->collector,
	    &(struct collector_message){.word = WORD_GRANT, .id = g->id});
	leave_turns(u);
	if (!TAILQ_EMPTY(&u->wants))
		join_turns(u);
}

static void
grant_all(struct collectors *all)
{
	struct collector_user *u = TAILQ_FIRST(&all->turns);

	while (u != NULL)
		if (may_have_one(u)) {
			grant_one(u);
			u = TAILQ_FIRST(&all->turns);
		} else {
			u = TAILQ_NEXT(u, turn);
		}
}

static struct collector_grant *
find_grant(struct collector_grants *list, const struct collector *c,
    const char *id)
{
	struct collector_grant *g;

	TAILQ_FOREACH(g, list, link)
		if (g->collector == c && strcmp(g->id, id) == 0)
			return g;
	return NULL;
}

void
grants_want(struct collector *c, const char *id)
{
	struct collector_user *u = c->user;
	struct collector_grant *g;

	if (find_grant(&u->wants, c, id) != NULL ||
	    find_grant(&u->running, c, id) != NULL)
		return;
	g = calloc(1, sizeof *g);
	if (g == NULL)
		return;
	g->collector = c;
	snprintf(g->id, sizeof g->id, "%s", id);
	TAILQ_INSERT_TAIL(&u->wants, g, link);
	join_turns(u);
	grant_all(u->all);
}

static void
drop(struct collector_user *u, struct collector_grant *g, bool running)
{
	TAILQ_REMOVE(running ? &u->running : &u->wants, g, link);
	free(g);
	if (running) {
		u->running_count--;
		u->all->running--;
	}
	if (TAILQ_EMPTY(&u->wants))
		leave_turns(u);
}

void
grants_free(struct collector *c, const char *id)
{
	struct collector_user *u = c->user;
	struct collector_grant *g = find_grant(&u->running, c, id);
	bool running = g != NULL;

	if (g == NULL)
		g = find_grant(&u->wants, c, id);
	if (g == NULL)
		return;
	drop(u, g, running);
	grant_all(u->all);
}

static void
forget_in(struct collector_user *u, const struct collector *c, bool running)
{
	struct collector_grants *list = running ? &u->running : &u->wants;
	struct collector_grant *g, *next;

	for (g = TAILQ_FIRST(list); g != NULL; g = next) {
		next = TAILQ_NEXT(g, link);
		if (g->collector == c)
			drop(u, g, running);
	}
}

void
grants_forget(struct collector *c)
{
	forget_in(c->user, c, false);
	forget_in(c->user, c, true);
	grant_all(c->user->all);
}
