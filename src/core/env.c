/*
 * An environment, as tables set it and jobs get it. Small as a rule; a table
 * may have thousands of settings, though, and its jobs must not hold the
 * daemon up for long, so names are found through a hash.
 */
#include "core/env.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
env_init(struct env *env)
{
	memset(env, 0, sizeof(*env));
}

void
env_init_keyed(struct env *env, const struct hash_key *key)
{
	env_init(env);
	env->key = *key;
}

void
env_clear(struct env *env)
{
	for (size_t i = 0; env->block == NULL && i < env->count; i++)
		free(env->vars[i]);
	free(env->block);
	free(env->vars);
	free(env->slots);
	env_init(env);
}

/* The slot of a name: that of its variable, or the free one where it belongs.
 * A slot holds a variable's index plus one. There is a free slot. */
static uint32_t *
env_slot(const struct env *env, const char *name, size_t len)
{
	size_t mask = env->slot_count - 1;
	size_t at = (size_t)keyed_hash(&env->key, name, len) & mask;

	for (;; at = (at + 1) & mask) {
		uint32_t *slot = &env->slots[at];
		if (*slot == 0)
			return slot;
		const char *var = env->vars[*slot - 1];
		if (strncmp(var, name, len) == 0 && var[len] == '=')
			return slot;
	}
}

int
env_reserve(struct env *env, size_t count)
{
	size_t size = env->size > 0 ? env->size : 16;

	/* With the NULL at the end. */
	if (env->count + count < env->size)
		return 0;
	while (size <= env->count + count && size <= UINT32_MAX / 2)
		size *= 2;
	if (size > UINT32_MAX / 2)
		return -1;
	char **vars = realloc(env->vars, size * sizeof(*vars));
	if (vars == NULL)
		return -1;
	env->vars = vars;
	uint32_t *slots = calloc(size * 2, sizeof(*slots));
	if (slots == NULL)
		return -1;
	free(env->slots);
	env->slots = slots;
	env->slot_count = size * 2;
	env->size = size;
	for (size_t i = 0; i < env->count; i++) {
		size_t len = (size_t)(strchr(vars[i], '=') - vars[i]);
		*env_slot(env, vars[i], len) = (uint32_t)i + 1;
	}
	return 0;
}

/* Puts in a variable, which is owned from here on, also after a failure. */
static int
env_put(struct env *env, char *var, size_t name_len)
{
	assert(env->block == NULL);
	if (env_reserve(env, 1) == -1) {
		free(var);
		return -1;
	}
	uint32_t *slot = env_slot(env, var, name_len);
	if (*slot != 0) {
		free(env->vars[*slot - 1]);
		env->vars[*slot - 1] = var;
		return 0;
	}
	env->vars[env->count++] = var;
	env->vars[env->count] = NULL;
	*slot = (uint32_t)env->count;
	return 0;
}

int
env_set(struct env *env, const char *setting)
{
	const char *equals = strchr(setting, '=');

	if (equals == NULL)
		return env_set_pair(env, setting, "");
	char *var = strdup(setting);
	if (var == NULL)
		return -1;
	return env_put(env, var, (size_t)(equals - setting));
}

int
env_set_pair(struct env *env, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	char *var = malloc(name_len + value_len + 2);

	if (var == NULL)
		return -1;
	memcpy(var, name, name_len);
	var[name_len] = '=';
	memcpy(var + name_len + 1, value, value_len + 1);
	return env_put(env, var, name_len);
}

int
env_pack(struct env *env)
{
	size_t size = 1;
	char *block, *at;

	assert(env->block == NULL);
	for (size_t i = 0; i < env->count; i++)
		size += strlen(env->vars[i]) + 1;
	block = at = malloc(size);
	if (block == NULL)
		return -1;
	for (size_t i = 0; i < env->count; i++) {
		char *var = env->vars[i];
		env->vars[i] = at;
		at = stpcpy(at, var) + 1;
		free(var);
	}
	*at = '\0';
	env->block = block;
	env->block_size = size;
	if (env->count > 0) {
		/* It may stay for long. */
		char **vars =
		    realloc(env->vars, (env->count + 1) * sizeof(*vars));
		if (vars != NULL)
			env->vars = vars;
	}
	return 0;
}

const char *
env_get(const struct env *env, const char *name)
{
	size_t len = strlen(name);

	if (env->count == 0)
		return NULL;
	uint32_t slot = *env_slot(env, name, len);
	return slot != 0 ? env->vars[slot - 1] + len + 1 : NULL;
}
