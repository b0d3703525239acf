/*
 * The way through PAM. pam_systemd keeps its session alive by a descriptor of
 * the process that opened it; a job must not have it and the session must not
 * end, so the daemon gets it and holds it until the session is closed.
 */
#include "sys/spawn/spawn_pam.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/env.h"
#include "sys/spawn/logind_fifo.h"
#include "sys/spawn/spawn_report.h"

#define SAID_MAX 20 /* messages of modules that are passed on */
#define TEXT_MAX 1024

static void
say(void *context, const char *text)
{
	struct spawn_pam *a = context;

	if (a->said++ < SAID_MAX)
		(void)spawn_report_send(a->report, SPAWN_REPORT_TEXT, text,
		    strnlen(text, TEXT_MAX), -1);
}

/* Reports the environment, if it is not the one that was. A daemon that is gone
 * hears of nothing more, but its job is not to be lost for that. */
static enum spawn_step
tell(struct spawn_pam *a, int session_fifo)
{
	size_t size;
	char *block = session_environment(a->session, &size);

	if (block == NULL) {
		errno = ENOMEM;
		return SPAWN_SESSION_TOLD;
	}
	if (a->told != NULL && size == a->told_size &&
	    memcmp(block, a->told, size) == 0) {
		free(block);
		return SPAWN_STARTED;
	}
	free(a->told);
	a->told = block;
	a->told_size = size;
	if (spawn_report_send_session(a->report, block, size, session_fifo) ==
		0 ||
	    errno == EPIPE || errno == ECONNRESET)
		return SPAWN_STARTED;
	return SPAWN_SESSION_TOLD;
}

enum spawn_step
spawn_pam_open(struct spawn_pam *a, const struct session_plan *given,
    int report)
{
	struct session_plan plan = *given;
	enum session_step step;
	int code;

	memset(a, 0, sizeof(*a));
	a->report = report;
	if (plan.say != NULL) {
		plan.say = say;
		plan.context = a;
	}
	step = session_open(&plan, &a->session, &code);
	if (step != SESSION_DONE) {
		errno = code;
		return step == SESSION_STOPPED      ? SPAWN_CONTEXT_SET
		       : step == SESSION_NOT_OPENED ? SPAWN_SESSION
						    : SPAWN_AUTHORIZE;
	}
	/* 0, 1, 2 and the spawn's own are all that were open before. */
	return tell(a, logind_fifo_find());
}

enum spawn_step
spawn_pam_set_groups(struct spawn_pam *a)
{
	session_set_groups(a->session);
	return tell(a, -1);
}

char **
spawn_pam_environment(const struct spawn_pam *a, char *const *env)
{
	const char *s;
	struct env job;
	size_t i;

	env_init(&job);
	for (s = a->told; *s != '\0'; s += strlen(s) + 1) {
		if (env_set(&job, s) == -1)
			return NULL;
	}
	for (i = 0; env[i] != NULL; i++) {
		if (env_set(&job, env[i]) == -1)
			return NULL;
	}
	return job.vars;
}
