/*
 * Whom mailers run as: what crond has said of the accounts of this uid, of
 * itself or because it was asked. The collector looks nobody up. A uid may have
 * several names, and one that is said to be nobody's any more stays so.
 */
#ifndef EVCRON_COLLECTOR_MAIL_USERS_H
#define EVCRON_COLLECTOR_MAIL_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "collector/collector.h"
#include "core/collector_words.h"

enum account_answer {
	ACCOUNT_UNKNOWN, /* crond has not said: to be asked */
	ACCOUNT_FOUND,
	ACCOUNT_GONE,  /* there is no such user now */
	ACCOUNT_OTHER, /* likewise, and the uid belongs to another name */
};

struct mailer_account { /* a copy */
	gid_t gid;
	gid_t *groups;
	size_t group_count;
};

/* From the word "user". Without memory it is as if it had not come. */
void mail_users_note(struct collector *, const struct collector_message *);
/* Any thread. On ACCOUNT_FOUND the caller clears the copy; without memory for
 * it errno is ENOMEM, groups is NULL. */
enum account_answer mail_users_find(struct collector *, const char *name,
    struct mailer_account *);
void mailer_account_clear(struct mailer_account *);
void mail_users_free(struct collector *);

#endif
