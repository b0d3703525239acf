/*
 * The environment that runs of one scope have in common: of entries of one
 * table with the same settings above them, run by the same account. It is made
 * for the first of them, never changes, and lives as long as somebody has a
 * reference: so a user's thousands of settings are put together and copied
 * once, however many runs there are. What PAM adds to one run is in its record.
 */
#ifndef EVCRON_CORE_RUN_ENV_H
#define EVCRON_CORE_RUN_ENV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/env.h"
#include "core/table.h"

struct run_env {
	struct env env; /* packed, as the job gets it, without PAM */
	char *lines;    /* of letter_meta.h, for each variable */
	size_t lines_len;
	/* for run_env.c alone */
	unsigned refs;
	LIST_ENTRY(run_env) link; /* of its table's; on none if table is NULL */
	const struct table *table;
	uint32_t settings; /* how many of the table's are in it */
	char *user, *home; /* of the account */
};

/* The environment of runs of this entry, by table_environment: the one that is
 * in use, or a new one. A reference is the caller's. user and home are copied.
 * source and path are to be the same each time. NULL: no memory. */
struct run_env *run_env_of_entry(struct table *, const struct entry *,
    const struct table_source *, const char *user, const char *home,
    const char *path);
void run_env_ref(struct run_env *);
/* Frees it with the last reference; may be NULL. */
void run_env_unref(struct run_env *);

/* For table.c: the table goes, its environments stay with who has them. */
void run_env_forget_table(struct table *);

#endif
