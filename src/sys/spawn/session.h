/*
 * The PAM session of a job. A build with PAM has it in another file than one
 * without; the rest asks only this header.
 *
 * Nobody waits beside a job: the child that opens the session becomes the job,
 * and another child closes it, with the environment that the first one had
 * (DESIGN.md "PAM without a supervisor"). Modules run in such children alone,
 * never in the daemon.
 */
#ifndef EVCRON_SYS_SPAWN_SESSION_H
#define EVCRON_SYS_SPAWN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/personality.h"
#include "core/table.h"

/* Is PAM in this build? */
bool session_built(void);

/* Does a run of this user from such a table go through PAM? Then its child must
 * be forked, for modules run in it before the exec [COMPAT.md 6]. */
bool session_wanted(const struct personality *, enum table_kind, uid_t uid);

/* Has the system a configuration for that service? Without one PAM takes that
 * of "other", which RHEL has deny everything. */
bool session_configured(const char *service);

/* What a module has to say to the user. */
typedef void (*session_say)(void *context, const char *text);

struct session_plan {
	const char *service, *user;
	const char *ident; /* of what modules log */
	session_say say;   /* NULL: modules have nobody to speak to */
	void *context;
	/* NULL, or what the table has as XDG_SESSION_CLASS: pam_systemd takes
	 * the session's class from it. */
	const char *session_class;
	bool kept; /* to close: logind ends it when we let go of its
		      session_fifo (sys/spawn/logind_fifo.h) */
	/* NULL, or called between credentials and session. False: no session
	 * is opened. */
	bool (*between)(void *context);
	void *between_context;
};

enum session_step {
	SESSION_DONE,
	SESSION_NOT_AUTHORIZED, /* account or credentials */
	SESSION_NOT_OPENED,
	SESSION_STOPPED, /* between said so; *code is 0 */
};

/* Of the child that opened it. */
struct session;

/* PAM's way to a job, with PAM_TTY "cron" and PAM_SILENT: account, credentials,
 * session. As root. Where it fails nothing is left open and *code is PAM's. */
enum session_step session_open(const struct session_plan *, struct session **,
    int *code);

/* Credentials that are groups, once more: after setgroups, before setuid. That
 * they fail stops neither incumbent. */
void session_set_groups(struct session *);

/* PAM's environment, in the layout of struct run_record; malloced, NULL: no
 * memory. */
char *session_environment(struct session *, size_t *size);

/* Before many sessions of one service are closed: keeps its modules mapped, for
 * to map them is most of the work. To be given back when all are closed; NULL
 * does no harm. */
struct session *session_hold(const struct session_plan *);
void session_release(struct session *);

/* In another process: closes the session that had this environment (NULL:
 * none). PAM's code, 0 where all went well. */
int session_close(const struct session_plan *, const char *environment);

/* Account and credentials only: PAM's code, 0 if the user may. */
int session_admits(const struct session_plan *);

/* PAM's words for a code. */
const char *session_text(int code);

#endif
