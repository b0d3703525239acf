/*
 * The facts of one run: one block of memory, the struct first and its strings
 * behind it; what PAM adds when the job starts, and what it used, in others.
 * Run, output and mail each hold a reference.
 */
#include "core/run_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static size_t
string_size(const char *s)
{
	return s == NULL ? 0 : strlen(s) + 1;
}

/* Copies s to *at and moves that on; NULL stays NULL. */
static char *
put_string(char **at, const char *s)
{
	size_t size = string_size(s);
	char *here = *at;

	if (s == NULL)
		return NULL;
	memcpy(here, s, size);
	*at += size;
	return here;
}

static size_t
env_bytes(const struct env *env)
{
	size_t i, size = 1;

	for (i = 0; env != NULL && i < env->count; i++)
		size += string_size(env->vars[i]);
	return size;
}

/* A block of env_bytes. */
static void
put_env(char **at, const struct env *env)
{
	size_t i;

	for (i = 0; env != NULL && i < env->count; i++)
		put_string(at, env->vars[i]);
	*(*at)++ = '\0';
}

struct facts *
facts_new(const struct facts_source *source)
{
	struct facts *facts;
	size_t size;
	char *at;

	size = string_size(source->user) + string_size(source->command) +
	       string_size(source->table) + string_size(source->recipient) +
	       string_size(source->sender) + string_size(source->home) +
	       env_bytes(source->env);
	facts = malloc(sizeof(*facts) + size);
	if (facts == NULL)
		return NULL;
	memset(facts, 0, sizeof(*facts));
	facts->refs = 1;
	at = (char *)(facts + 1);
	facts->user = put_string(&at, source->user);
	facts->command = put_string(&at, source->command);
	facts->table = put_string(&at, source->table);
	facts->recipient = put_string(&at, source->recipient);
	facts->sender = put_string(&at, source->sender);
	facts->home = put_string(&at, source->home);
	facts->env = at;
	put_env(&at, source->env);
	facts->env_size = (size_t)(at - facts->env);
	assert(at == (char *)(facts + 1) + size);
	return facts;
}

void
facts_ref(struct facts *facts)
{
	facts->refs++;
}

void
facts_unref(struct facts *facts)
{
	if (facts == NULL)
		return;
	assert(facts->refs > 0);
	if (--facts->refs > 0)
		return;
	free(facts->session_env);
	free(facts->usage);
	free(facts);
}

void
facts_set_usage(struct facts *facts, const struct facts_usage *usage)
{
	if (facts->usage == NULL)
		facts->usage = malloc(sizeof(*facts->usage));
	if (facts->usage != NULL)
		*facts->usage = *usage;
}

int
facts_set_session_env(struct facts *facts, const struct env *env)
{
	char *block = NULL, *at;

	if (env->count > 0) {
		at = block = malloc(env_bytes(env));
		if (block == NULL)
			return -1;
		put_env(&at, env);
	}
	free(facts->session_env);
	facts->session_env = block;
	facts->session_env_size = env->count > 0 ? env_bytes(env) : 0;
	return 0;
}

const char *
facts_setting(const struct facts *facts, const char *name)
{
	size_t len = strlen(name);
	const char *s;

	for (s = facts->env; *s != '\0'; s += strlen(s) + 1)
		if (strncmp(s, name, len) == 0 && s[len] == '=')
			return s + len + 1;
	return NULL;
}

/* Sets all that a block in the layout of facts has. */
static int
set_block(struct env *env, const char *block)
{
	const char *s;

	for (s = block; s != NULL && *s != '\0'; s += strlen(s) + 1) {
		if (env_set(env, s) == -1)
			return -1;
	}
	return 0;
}

int
facts_job_env(const struct facts *facts, struct env *env)
{
	if (set_block(env, facts->session_env) == -1 ||
	    set_block(env, facts->env) == -1) {
		env_clear(env);
		return -1;
	}
	return 0;
}

int64_t
facts_began_at(const struct facts *facts)
{
	if (facts->started_at_ns > 0)
		return facts->started_at_ns / 1000000000;
	/* From a file of any bytes. */
	if (facts->due.n > INT64_MAX / 60 || facts->due.n < INT64_MIN / 60)
		return 0;
	return facts->due.n * 60;
}

bool
facts_failed(const struct facts *facts)
{
	if (!facts->ended)
		return false;
	if (!facts->status_known)
		return true;
	return !WIFEXITED(facts->status) || WEXITSTATUS(facts->status) != 0;
}
