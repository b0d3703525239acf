/* A build without PAM: no run has a session, nobody is refused one. */
#include <stdlib.h>

#include "sys/spawn/session.h"

bool
session_built(void)
{
	return false;
}

bool
session_wanted(const struct personality *personality, enum table_kind kind,
    uid_t uid)
{
	(void)personality;
	(void)kind;
	(void)uid;
	return false;
}

bool
session_configured(const char *service)
{
	(void)service;
	return true;
}

enum session_step
session_open(const struct session_plan *plan, struct session **session,
    int *code)
{
	(void)plan;
	*session = NULL;
	*code = 0;
	return SESSION_DONE;
}

void
session_set_groups(struct session *session)
{
	(void)session;
}

char *
session_environment(struct session *session, size_t *size)
{
	(void)session;
	*size = 1;
	return calloc(1, 1);
}

struct session *
session_hold(const struct session_plan *plan)
{
	(void)plan;
	return NULL;
}

void
session_release(struct session *session)
{
	(void)session;
}

int
session_close(const struct session_plan *plan, const char *environment)
{
	(void)plan;
	(void)environment;
	return 0;
}

int
session_admits(const struct session_plan *plan)
{
	(void)plan;
	return 0;
}

const char *
session_text(int code)
{
	(void)code;
	return "no PAM";
}
