/*
 * Starts: from "this entry is due" to the moment in which it starts. Every
 * start goes through one gate, which may let it start now, later (its user must
 * be looked up, the user's collector is not ready, a fork failed, many are due)
 * or not, and says why.
 */
#ifndef EVCRON_DAEMON_RUN_STARTS_H
#define EVCRON_DAEMON_RUN_STARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/minute.h"
#include "core/table.h"

struct runs;
struct starts;

/* Starts what is due among these runs, by their config. NULL: no memory. */
struct starts *starts_new(struct runs *);
void starts_free(struct starts *);

/* The entry is due in that minute: queues its start. The table is referenced
 * until the run has started. Order of calls is order of starts. */
void starts_due(struct starts *, struct entry *, struct minute due);

/* Starts nothing any more. What is queued is not made up by anybody: say: the
 * log has it as MISSED. */
void starts_refuse(struct starts *, bool say);
/* How many wait. */
size_t starts_count(const struct starts *);

#endif
