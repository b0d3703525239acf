/*
 * Environments that runs share. A table has a list of those that are in use,
 * without a reference: an environment takes itself off with its last one. All
 * is on the heap, never in the table's memory, which a forked child does not
 * have.
 */
#include "core/run_env.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/letter_meta.h"

static struct run_env *
find(const struct table *table, uint32_t settings, const char *user,
    const char *home)
{
	struct run_env *e;

	LIST_FOREACH(e, &table->envs, link)
		if (e->settings == settings && strcmp(e->user, user) == 0 &&
		    strcmp(e->home, home) == 0)
			return e;
	return NULL;
}

static void
run_env_free(struct run_env *e)
{
	if (e->table != NULL)
		LIST_REMOVE(e, link);
	env_clear(&e->env);
	free(e->lines);
	free(e->user);
	free(e->home);
	free(e);
}

struct run_env *
run_env_of_entry(struct table *table, const struct entry *entry,
    const struct table_source *source, const char *user, const char *home,
    const char *path)
{
	uint32_t settings = entry_scope(table, entry)->settings;
	struct run_env *e;

	if (home == NULL)
		home = "";
	e = find(table, settings, user, home);
	if (e != NULL) {
		e->refs++;
		return e;
	}
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return NULL;
	e->refs = 1;
	e->settings = settings;
	e->user = strdup(user);
	e->home = strdup(home);
	if (e->user == NULL || e->home == NULL ||
	    table_environment(table, entry, source, user, home, path,
		&e->env) == -1 ||
	    env_pack(&e->env) == -1)
		goto fail;
	e->lines = letter_meta_env_lines(e->env.block, e->env.block_size,
	    &e->lines_len);
	if (e->lines == NULL)
		goto fail;
	e->table = table;
	LIST_INSERT_HEAD(&table->envs, e, link);
	return e;
fail:
	run_env_free(e);
	return NULL;
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

void
run_env_forget_table(struct table *table)
{
	struct run_env *e;

	while ((e = LIST_FIRST(&table->envs)) != NULL) {
		LIST_REMOVE(e, link);
		e->table = NULL;
	}
}
