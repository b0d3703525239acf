/*
 * Users for the loop: an answer at once where the cache has it, later where
 * somebody must be asked (DESIGN.md "Users"). Drops the cache when passwd,
 * group or nsswitch.conf change, asks again for names that no user answers to.
 */
#ifndef EVCRON_DAEMON_USERS_USER_CACHE_H
#define EVCRON_DAEMON_USERS_USER_CACHE_H

#include <ev.h>

#include "sys/users/account.h"
#include "sys/log/log.h"

struct children;
struct user_cache;

enum user_answer {
	USER_FOUND,  /* *account is set */
	USER_NOBODY, /* there is no such user */
	USER_ASKING, /* not known yet: the callback will tell */
	USER_FAILED, /* could not be asked: try again later */
};

/* answer is never USER_ASKING; account is NULL unless FOUND and is good until
 * the next return to the loop. */
typedef void (*user_cache_cb)(void *context, const char *name,
    enum user_answer answer, const struct account *account);

/* A question under way; embedded in who asks. */
struct user_question {
	struct user_question *next, **prev;
	char *name;
	user_cache_cb cb;
	void *context;
	bool with_groups;
};

struct user_cache *user_cache_new(struct ev_loop *, struct children *,
    struct log *);
/* Likewise from a test's own files, which outlive it. */
struct user_cache *user_cache_new_from(struct ev_loop *, struct children *,
    struct log *, const struct account_files *);
void user_cache_free(struct user_cache *);

/* From the cache alone. with_groups: only FOUND if these are known too. The
 * account is good until the next return to the loop. */
enum user_answer user_cache_find(struct user_cache *, const char *name,
    bool with_groups, const struct account **account);

/* Asks; the callback comes later, from the loop, exactly once, unless
 * user_cache_cancel is called first. Questions of one iteration share a child.
 */
void user_cache_ask(struct user_cache *, struct user_question *,
    const char *name, bool with_groups, user_cache_cb, void *context);
void user_cache_cancel(struct user_question *);

/* Called when what is known of users may have changed: passwd, group,
 * nsswitch.conf, or late names. */
typedef void (*user_cache_changed_cb)(void *context);
void user_cache_on_change(struct user_cache *, user_cache_changed_cb,
    void *context);

/* Sweeps the files once before many questions come (a full load). */
void user_cache_sweep(struct user_cache *);

/* HUP: forget all that is known. */
void user_cache_forget(struct user_cache *);

#endif
