/*
 * The lookup children under way (sys/users/lookup.h). One asks many names in a
 * row. A name that keeps it waiting for a second is left to that child alone,
 * is known as slow from then on, and the names behind it go back to be asked by
 * another child: a source that hangs for one user holds up no other. Slow names
 * get a child each, a few at a time.
 */
#ifndef EVCRON_DAEMON_USERS_NSS_POOL_H
#define EVCRON_DAEMON_USERS_NSS_POOL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "sys/log/log.h"
#include "sys/users/lookup.h"

struct children;
struct nss_pool;

struct nss_pool_hooks {
	void *context;
	/* An answer, FAILED also where none came. late: it had been given up
	 * for FAILED before. The account's name is not set. */
	void (*answer)(void *context, const char *name, enum lookup_verdict,
	    struct account *, bool late);
	/* This name was handed over but has not been asked. */
	void (*returned)(void *context, const char *name);
	/* A child has ended, or is left to a slow name: start another. */
	void (*ready)(void *context);
};

struct nss_pool *nss_pool_new(struct ev_loop *, struct children *, struct log *,
    const struct nss_pool_hooks *);
/* Ends the children; nobody is told. */
void nss_pool_free(struct nss_pool *);

/* Starts a child for these names, which are malloced, as is the list: they are
 * taken over. slow: it is one slow name. -1: it can't be started; the log was
 * told, and each name is answered as FAILED. */
int nss_pool_start(struct nss_pool *, struct lookup_name *, size_t count,
    bool slow);

/* May one be started, for slow names or for others? */
bool nss_pool_may_start(const struct nss_pool *, bool slow);

/* Is a child to ask this name, and will it tell its groups if these are wanted?
 */
bool nss_pool_has(const struct nss_pool *, const char *name, bool with_groups);

bool nss_pool_is_slow(const struct nss_pool *, const char *name);
/* The sources have changed: all get another chance. */
void nss_pool_forget_slow(struct nss_pool *);
/* And who hangs in what they were is not waited for: ends those children, and
 * gives their names back by the hook "returned". Not from within a hook. */
void nss_pool_ask_anew(struct nss_pool *);

#endif
