/*
 * The loop: one for the whole daemon, made by main and handed to every room.
 * Its only peculiarity: it sleeps as long as nothing is to be done.
 */
#ifndef EVCRON_DAEMON_BASE_LOOP_H
#define EVCRON_DAEMON_BASE_LOOP_H

#include <ev.h>

struct loop {
	struct ev_loop *ev;
	struct ev_periodic parked;
};

/* 0, or -1: libev finds no usable backend. */
int loop_init(struct loop *);
void loop_clear(struct loop *);

#endif
