/*
 * The PAM session of a job. A build with PAM has it in another file than one
 * without; the rest asks only this header.
 */
#ifndef EVCRON_SYS_SESSION_H
#define EVCRON_SYS_SESSION_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/personality.h"
#include "core/table.h"

/* Does a run of this user from such a table go through PAM? Then its child must
 * be forked, for modules run in it before the exec [compat.md 6]. */
bool session_wanted(const struct personality *, enum table_kind, uid_t uid);

#endif
