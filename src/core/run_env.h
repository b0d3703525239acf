/*
 * The environment that runs of one scope have in common: of entries of one
 * table with the same settings above them, run by the same account. It is made
 * for the first of them (table_run_env), never changes, and lives as long as
 * somebody has a reference: so a user's thousands of settings are put together
 * and copied once, however many runs there are. What PAM adds to one run is in
 * its record.
 */
#ifndef EVCRON_CORE_RUN_ENV_H
#define EVCRON_CORE_RUN_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/env.h"

struct run_env {
	struct env env; /* packed, as the job gets it, without PAM */
	bool found;     /* by a second run: it is shared indeed */
	char *lines;    /* letter_meta.c's: its text there, once it was needed
			   and is shared; or NULL */
	size_t lines_len;
	/* for run_env.c alone */
	LIST_ENTRY(run_env) link;
	bool listed;
	unsigned refs;
	uint32_t settings; /* how many of its table's are in it */
	char *user, *home; /* of the account */
};

/* Those of a table that are in use: no references. All zero: none. */
LIST_HEAD(run_envs, run_env);

/* The one of these, or NULL. No new reference. Only the 64 that were used last
 * are looked at. */
struct run_env *run_envs_find(struct run_envs *, uint32_t settings,
    const char *user, const char *home);
/* Puts a new one on the list, with one reference, the caller's; takes env over,
 * also where it fails. user and home are copied. NULL: no memory. */
struct run_env *run_envs_add(struct run_envs *, uint32_t settings,
    const char *user, const char *home, struct env *);
/* The list goes; environments stay with who has references. */
void run_envs_forget(struct run_envs *);

void run_env_ref(struct run_env *);
/* Frees it with the last reference; may be NULL. */
void run_env_unref(struct run_env *);

#endif
