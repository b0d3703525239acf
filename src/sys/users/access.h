/*
 * Who may use crontab(1): cron.allow and cron.deny (COMPAT.md 10.1).
 *
 *	allow	deny	an ordinary user may
 *	-	-	personality: Debian yes, RHEL no
 *	-	there	unless listed in deny
 *	there	any	only if listed in allow
 *
 * A name is listed by a line that is exactly it: no blanks, no comments, and a
 * last line without a newline lists nobody. A list that is there and can't be
 * read admits nobody.
 */
#ifndef EVCRON_SYS_USERS_ACCESS_H
#define EVCRON_SYS_USERS_ACCESS_H

#include <stdbool.h>

#include "core/personality.h"

struct access_lists {
	const char *allow, *deny; /* paths */
};

/* May this user? The caller lets root pass without asking. On false because of
 * a list that can't be read *unreadable is its path and errno tells why; else
 * it is NULL. */
bool access_allowed(const struct personality *, const struct access_lists *,
    const char *user, const char **unreadable);

#endif
