/*
 * Users for the loop: an answer at once where the cache has it, later where
 * somebody must be asked (design.md "Users"). Drops the cache when passwd,
 * group or nsswitch.conf change, asks again for names that no user answers to.
 */
#ifndef EVCRON_DAEMON_USERS_USER_CACHE_H
#define EVCRON_DAEMON_USERS_USER_CACHE_H

#include <ev.h>

#include "sys/users/account.h"
#include "sys/log/log.h"

struct children;
struct users;

enum users_answer {
	USERS_FOUND,  /* *account is set */
	USERS_NOBODY, /* there is no such user */
	USERS_ASKING, /* not known yet: the callback will tell */
	USERS_FAILED, /* could not be asked: try again later */
};

/* answer is never USERS_ASKING; account is NULL unless FOUND and is good until
 * the next return to the loop. */
typedef void (*users_cb)(void *context, const char *name,
    enum users_answer answer, const struct account *account);

/* A question under way; embedded in who asks. */
struct users_question {
	struct users_question *next, **prev;
	char *name;
	users_cb cb;
	void *context;
	bool with_groups;
};

struct users *users_new(struct ev_loop *, struct children *, struct log *);
/* Likewise from a test's own files, which outlive it. */
struct users *users_new_from(struct ev_loop *, struct children *, struct log *,
    const struct account_files *);
void users_free(struct users *);

/* From the cache alone. with_groups: only FOUND if these are known too. The
 * account is good until the next return to the loop. */
enum users_answer users_find(struct users *, const char *name, bool with_groups,
    const struct account **account);

/* Asks; the callback comes later, from the loop, exactly once, unless
 * users_cancel is called first. Questions of one iteration share a child. */
void users_ask(struct users *, struct users_question *, const char *name,
    bool with_groups, users_cb, void *context);
void users_cancel(struct users_question *);

/* Called when what is known of users may have changed: passwd, group,
 * nsswitch.conf, or late names. */
typedef void (*users_changed_cb)(void *context);
void users_on_change(struct users *, users_changed_cb, void *context);

/* Sweeps the files once before many questions come (a full load). */
void users_sweep(struct users *);

/* HUP: forget all that is known. */
void users_forget(struct users *);

#endif
