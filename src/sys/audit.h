/*
 * What cronie tells the kernel's audit (COMPAT.md 6). A build with libaudit has
 * it in another file than one without; Debian's cron tells nothing, and its
 * personality does not ask here.
 */
#ifndef EVCRON_SYS_AUDIT_H
#define EVCRON_SYS_AUDIT_H

#include <stdbool.h>

/* Is audit in this build? */
bool audit_built(void);

/* crontab(1) was refused to its caller: AUDIT_USER_START. With the rights to
 * tell it. 0, also where the kernel has no audit, or -1 with errno. */
int audit_denied(void);

/* MLS_LEVEL asks for a range that is not the user's: AUDIT_USER_ROLE_CHANGE.
 * Likewise. */
int audit_range(const char *user, const char *wanted, const char *allowed);

#endif
