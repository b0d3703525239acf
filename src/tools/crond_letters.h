/*
 * crond --outbox, --sent, --flush: what waits and why, for an admin or an
 * ordinary user with a crond of his own. No loop and no lock; beside a daemon
 * at work or without one.
 *
 * --flush leaves a mark in the outbox and sends the daemon a SIGHUP, which it
 * may get at any time for other reasons; the mark says what was meant. The
 * daemon takes the mark away when it tries all letters. Where no daemon runs,
 * the next one finds the mark at its start.
 */
#ifndef EVCRON_TOOLS_CROND_LETTERS_H
#define EVCRON_TOOLS_CROND_LETTERS_H

#include "tools/crond_options.h"
#include "sys/paths.h"

/* Lists the letters that wait, or with --sent those kept as sent; with operands
 * prints these letters. The exit status: 1 if a letter can't be read. */
int crond_letters_show(const struct crond_options *, const struct paths *);

/* The exit status: 1 if nobody tries them now. */
int crond_letters_flush(const struct crond_options *, const struct paths *);

#endif
