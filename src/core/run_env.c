/*
 * Environments that runs share. An environment takes itself off its table's
 * list with its last reference. All is on the heap, never in the table's
 * memory, which a forked child does not have.
 */
#include "core/run_env.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* How many are looked at: a table may have thousands in use that nobody else
 * will share. */
#define LOOKS 64

static bool
is_for(const struct run_env *e, uint32_t settings, const char *user,
    const char *home)
{
	return e->settings == settings && strcmp(e->user, user) == 0 &&
	       strcmp(e->home, home) == 0;
}

struct run_env *
run_envs_find(struct run_envs *all, uint32_t settings, const char *user,
    const char *home)
{
	struct run_env *e = LIST_FIRST(all);
	int i;

	for (i = 0; e != NULL && !is_for(e, settings, user, home); i++)
		e = i + 1 < LOOKS ? LIST_NEXT(e, link) : NULL;
	if (e == NULL)
		return NULL;
	e->found = true;
	LIST_REMOVE(e, link);
	LIST_INSERT_HEAD(all, e, link);
	return e;
}

static void
run_env_free(struct run_env *e)
{
	if (e->listed)
		LIST_REMOVE(e, link);
	env_clear(&e->env);
	free(e->lines);
	free(e->user);
	free(e->home);
	free(e);
}

struct run_env *
run_envs_add(struct run_envs *all, uint32_t settings, const char *user,
    const char *home, struct env *env)
{
	struct run_env *e = calloc(1, sizeof(*e));

	if (e == NULL) {
		env_clear(env);
		return NULL;
	}
	e->env = *env;
	env_init(env);
	e->refs = 1;
	e->settings = settings;
	e->user = strdup(user);
	e->home = strdup(home);
	if (e->user == NULL || e->home == NULL || env_pack(&e->env) == -1) {
		run_env_free(e);
		return NULL;
	}
	LIST_INSERT_HEAD(all, e, link);
	e->listed = true;
	return e;
}

void
run_envs_forget(struct run_envs *all)
{
	struct run_env *e;

	while ((e = LIST_FIRST(all)) != NULL) {
		LIST_REMOVE(e, link);
		e->listed = false;
	}
}

void
run_env_ref(struct run_env *e)
{
	e->refs++;
}

void
run_env_unref(struct run_env *e)
{
	if (e == NULL)
		return;
	assert(e->refs > 0);
	if (--e->refs == 0)
		run_env_free(e);
}
