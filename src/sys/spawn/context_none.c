/* A build without SELinux: jobs run in the daemon's context. */
#include "sys/spawn/context.h"

#include <string.h>

bool
context_built(void)
{
	return false;
}

bool
context_wanted(void)
{
	return false;
}

void
context_find(const struct personality *personality, enum table_kind kind,
    const char *user, int fd, struct context_finding *finding)
{
	(void)personality;
	(void)kind;
	(void)user;
	(void)fd;
	memset(finding, 0, sizeof(*finding));
}

enum context_step
context_enter(const struct context_order *order, context_say say, void *context,
    char *refusal, size_t size)
{
	(void)order;
	(void)say;
	(void)context;
	(void)refusal;
	(void)size;
	return CONTEXT_SET;
}

bool
context_may_write(const char *context, int fd)
{
	(void)context;
	(void)fd;
	return true;
}

char *
context_of_caller(bool range, const char **message)
{
	(void)range;
	*message = "Cannot obtain SELinux process context";
	return NULL;
}

bool
context_may_act_for_others(void)
{
	return true;
}
