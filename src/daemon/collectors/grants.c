/*
 * Mailers, in turns. A mailer runs as its user, who may keep it as long as it
 * is let: how many a user may have, and all together, is for
 * daemon/users/share.h to say, even while nobody else waits.
 */
#include "daemon/collectors/collector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
grants_init(struct collectors *all)
{
	TAILQ_INIT(&all->turns);
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

/* false: the user may not have one more now. */
static bool
grant_one(struct collector_user *u)
{
	const struct share_user user = {u->uid, u->name};
	struct collector_grant *g = TAILQ_FIRST(&u->wants);

	g->account = share_take(u->all->config.shares, SHARE_MAILERS, &user, 1);
	if (g->account == NULL)
		return false;
	TAILQ_REMOVE(&u->wants, g, link);
	TAILQ_INSERT_TAIL(&u->running, g, link);
	collector_tell(g->collector,
	    &(struct collector_message){.word = WORD_GRANT, .id = g->id});
	leave_turns(u);
	if (!TAILQ_EMPTY(&u->wants))
		join_turns(u);
	return true;
}

static void
grant_all(struct collectors *all)
{
	struct collector_user *u = TAILQ_FIRST(&all->turns);

	while (u != NULL)
		u = grant_one(u) ? TAILQ_FIRST(&all->turns)
				 : TAILQ_NEXT(u, turn);
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
	if (running)
		share_give(g->account, SHARE_MAILERS, 1);
	free(g);
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
