/*
 * An upgrade in place: the installed program is asked for its version first; if
 * it can't even tell that, nothing is done (DESIGN.md "Outliving the daemon").
 */
#ifndef EVCRON_DAEMON_HANDOVER_UPGRADE_H
#define EVCRON_DAEMON_HANDOVER_UPGRADE_H

#include <ev.h>
#include <stdbool.h>

#include "daemon/base/child.h"
#include "sys/log/log.h"

struct upgrade { /* a member of main's */
	struct ev_loop *loop;
	struct children *children;
	struct log *log;
	const char *program;         /* NULL: not known */
	bool (*busy)(void *context); /* asked until it is not, for a while */
	void (*ready)(void *context);
	void *context;
	struct child child;
	ev_timer limit;
	ev_timer again; /* to ask whether we are busy */
	unsigned asked;
};

/* The rest is set. */
void upgrade_init(struct upgrade *);
void upgrade_clear(struct upgrade *);

/* Asks; ready is called from the loop if the program can be executed. Does
 * nothing while it is being asked. */
void upgrade_start(struct upgrade *);

#endif
