/*
 * What a child of crond that does not exec lets go of first: it has crond's
 * handlers, blocked signals and descriptors, locks among them.
 */
#ifndef EVCRON_SYS_SPAWN_CLEAN_CHILD_H
#define EVCRON_SYS_SPAWN_CLEAN_CHILD_H

#include <signal.h>
#include <stddef.h>

/* Handlers reset, nothing blocked, every descriptor from 3 up closed but keep
 * (-1: none). */
void clean_child(int keep);

/* The parts of it. Closes all from 3 up but these, which are 3 or more; sorts
 * them. */
void clean_child_close_others(int *keep, size_t count);
/* All signals have their default action, none is blocked; but for those that
 * are ignored (NULL: none). */
void clean_child_reset_signals(const sigset_t *ignored);

#endif
