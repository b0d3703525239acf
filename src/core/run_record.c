/*
 * The record of one run: one block of memory, the struct first and its strings
 * behind it; what PAM adds when the job starts, and what it used, in others. In
 * crond its environment is that of its scope.
 * Run, output and mail each hold a reference.
 */
#include "core/run_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/run_env.h"

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
size_of_env(const struct env *env)
{
	size_t i, size = 1;

	for (i = 0; env != NULL && i < env->count; i++)
		size += string_size(env->vars[i]);
	return size;
}

/* A block of size_of_env. */
static void
put_env(char **at, const struct env *env)
{
	size_t i;

	for (i = 0; env != NULL && i < env->count; i++)
		put_string(at, env->vars[i]);
	*(*at)++ = '\0';
}

static size_t
count_settings(const struct run_record_source *source)
{
	if (source->shared != NULL)
		return source->shared->env.count;
	return source->env != NULL ? source->env->count : 0;
}

struct run_record *
run_record_new(const struct run_record_source *source)
{
	struct run_record *record;
	size_t size;
	char *at;

	size = string_size(source->user) + string_size(source->command) +
	       string_size(source->table) + string_size(source->recipient) +
	       string_size(source->sender) + string_size(source->home) +
	       size_of_env(source->env);
	record = malloc(sizeof(*record) + size);
	if (record == NULL)
		return NULL;
	memset(record, 0, sizeof(*record));
	record->refs = 1;
	at = (char *)(record + 1);
	record->user = put_string(&at, source->user);
	record->command = put_string(&at, source->command);
	record->table = put_string(&at, source->table);
	record->recipient = put_string(&at, source->recipient);
	record->sender = put_string(&at, source->sender);
	record->home = put_string(&at, source->home);
	record->env = at;
	put_env(&at, source->env);
	record->env_size = (size_t)(at - record->env);
	if (source->shared != NULL) {
		run_env_ref(source->shared);
		record->shared = source->shared;
		record->env = source->shared->env.block;
		record->env_size = source->shared->env.block_size;
	}
	record->env_cost =
	    record->env_size + count_settings(source) * RUN_RECORD_SETTING;
	assert(at == (char *)(record + 1) + size);
	return record;
}

void
run_record_ref(struct run_record *record)
{
	record->refs++;
}

void
run_record_unref(struct run_record *record)
{
	if (record == NULL)
		return;
	assert(record->refs > 0);
	if (--record->refs > 0)
		return;
	run_env_unref(record->shared);
	free(record->session_env);
	free(record->usage);
	free(record);
}

void
run_record_set_usage(struct run_record *record, const struct run_usage *usage)
{
	if (record->usage == NULL)
		record->usage = malloc(sizeof(*record->usage));
	if (record->usage != NULL)
		*record->usage = *usage;
}

int
run_record_set_session_env(struct run_record *record, const struct env *env)
{
	char *block = NULL, *at;

	if (env->count > 0) {
		at = block = malloc(size_of_env(env));
		if (block == NULL)
			return -1;
		put_env(&at, env);
	}
	free(record->session_env);
	record->session_env = block;
	record->session_env_size = env->count > 0 ? size_of_env(env) : 0;
	return 0;
}

const char *
run_record_setting(const struct run_record *record, const char *name)
{
	size_t len = strlen(name);
	const char *s;

	if (record->shared != NULL)
		return env_get(&record->shared->env, name);
	for (s = record->env; *s != '\0'; s += strlen(s) + 1)
		if (strncmp(s, name, len) == 0 && s[len] == '=')
			return s + len + 1;
	return NULL;
}

/* Sets all that a block in the layout of record has. */
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
run_record_job_env(const struct run_record *record, struct env *env)
{
	if (set_block(env, record->session_env) == -1 ||
	    set_block(env, record->env) == -1) {
		env_clear(env);
		return -1;
	}
	return 0;
}

int64_t
run_record_began_at(const struct run_record *record)
{
	if (record->started_at_ns > 0)
		return record->started_at_ns / 1000000000;
	/* From a file of any bytes. */
	if (record->due.n > INT64_MAX / 60 || record->due.n < INT64_MIN / 60)
		return 0;
	return record->due.n * 60;
}

bool
run_record_failed(const struct run_record *record)
{
	if (!record->ended)
		return false;
	if (!record->status_known)
		return true;
	return !WIFEXITED(record->status) || WEXITSTATUS(record->status) != 0;
}
