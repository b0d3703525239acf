/*
 * Are there memberships in systemd's user database that /etc/group does not
 * have? To know it one lists directories that everybody can list, and so can
 * hold (src/SECURITY.md): a child does that. Without an answer there may be
 * some.
 */
#ifndef EVCRON_DAEMON_USERS_USERDB_ASK_H
#define EVCRON_DAEMON_USERS_USERDB_ASK_H

#include <ev.h>
#include <stdbool.h>

struct account_files;

struct userdb_ask {
	struct ev_loop *loop;
	const struct account_files *files;
	void (*none)(void *context); /* there are none */
	void *context;
	ev_io readable;
	int fd; /* of the child that lists; -1: there is none */
	bool again;
};

/* files outlive it. */
void userdb_ask_init(struct userdb_ask *, struct ev_loop *,
    const struct account_files *, void (*none)(void *context), void *context);
void userdb_ask_clear(struct userdb_ask *);

/* Asks; none is called from the loop if so. What a child under way finds is as
 * old as that child: it is asked once more then. One that hangs is waited for,
 * without a second one. */
void userdb_ask(struct userdb_ask *);

#endif
