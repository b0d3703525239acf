/*
 * The calls to PAM, in the incumbents' order and with their flags (COMPAT.md
 * 6). Only in children that were forked for it: sys/spawn/spawn_pam.c opens in
 * the one that becomes the job, sys/spawn/pam_closer.c closes, crontab(1) asks
 * in one of its own.
 */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "sys/spawn/session.h"

#define SESSION_ID "XDG_SESSION_ID="

struct session {
	struct session_plan plan;
	pam_handle_t *pam;
};

bool
session_built(void)
{
	return true;
}

bool
session_wanted(const struct personality *personality, enum table_kind kind,
    uid_t uid)
{
	return uid != 0 || kind == TABLE_USER ||
	       personality->pam_for_system_root;
}

bool
session_configured(const char *service)
{
	/* Linux-PAM's own, and those that distributions build into it. */
	static const char *const dirs[] = {"/etc/pam.d", "/usr/lib/pam.d",
	    "/usr/etc/pam.d", "/usr/share/pam.d"};
	char path[256];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", dirs[i], service);
		if (access(path, F_OK) == 0)
			return true;
	}
	return access("/etc/pam.d", F_OK) == -1 &&
	       access("/etc/pam.conf", F_OK) == 0;
}

/* Texts are passed on; there is nobody who could answer a question. */
static int
converse(int count, const struct pam_message **messages,
    struct pam_response **responses, void *context)
{
	const struct session_plan *plan = context;
	struct pam_response *none;
	int i, style;

	*responses = NULL;
	if (plan->say == NULL || count <= 0 || count > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	for (i = 0; i < count; i++) {
		style = messages[i]->msg_style;
		if (style != PAM_ERROR_MSG && style != PAM_TEXT_INFO)
			return PAM_CONV_ERR;
	}
	none = calloc((size_t)count, sizeof(*none));
	if (none == NULL)
		return PAM_BUF_ERR;
	for (i = 0; i < count; i++) {
		if (messages[i]->msg != NULL)
			plan->say(plan->context, messages[i]->msg);
	}
	*responses = none;
	return PAM_SUCCESS;
}

/* plan stays as long as the handle. */
static int
start(struct session_plan *plan, pam_handle_t **pam)
{
	const struct pam_conv conv = {converse, plan};
	int code;

	openlog(plan->ident, LOG_PID, LOG_CRON);
	*pam = NULL;
	code = pam_start(plan->service, plan->user, &conv, pam);
	if (code == PAM_SUCCESS)
		code = pam_set_item(*pam, PAM_TTY, "cron");
	return code;
}

static void
end(pam_handle_t *pam, int code)
{
	if (pam != NULL)
		pam_end(pam, code);
	closelog();
}

static int
authorize(pam_handle_t *pam)
{
	int code = pam_acct_mgmt(pam, PAM_SILENT);

	if (code == PAM_SUCCESS)
		code = pam_setcred(pam, PAM_ESTABLISH_CRED | PAM_SILENT);
	return code;
}

/* One that can't be set is no reason not to run the job. */
static void
put_class(struct session *s)
{
	char *variable;

	if (s->plan.session_class == NULL ||
	    asprintf(&variable, "XDG_SESSION_CLASS=%s", s->plan.session_class) <
		0)
		return;
	(void)pam_putenv(s->pam, variable);
	free(variable);
}

/* Account and credentials are settled; these go again where it fails. */
static enum session_step
open_authorized(struct session *s, int *code)
{
	enum session_step step = SESSION_STOPPED;

	put_class(s);
	if (s->plan.between == NULL ||
	    s->plan.between(s->plan.between_context)) {
		*code = pam_open_session(s->pam, PAM_SILENT);
		if (*code == PAM_SUCCESS)
			return SESSION_DONE;
		step = SESSION_NOT_OPENED;
	}
	pam_setcred(s->pam, PAM_DELETE_CRED | PAM_SILENT);
	return step;
}

enum session_step
session_open(const struct session_plan *plan, struct session **session,
    int *code)
{
	enum session_step step = SESSION_NOT_AUTHORIZED;
	struct session *s = calloc(1, sizeof(*s));

	*session = NULL;
	*code = PAM_BUF_ERR;
	if (s == NULL)
		return step;
	s->plan = *plan;
	*code = start(&s->plan, &s->pam);
	if (*code == PAM_SUCCESS)
		*code = authorize(s->pam);
	if (*code == PAM_SUCCESS)
		step = open_authorized(s, code);
	if (step == SESSION_DONE) {
		*session = s;
		return SESSION_DONE;
	}
	end(s->pam, *code);
	free(s);
	return step;
}

void
session_set_groups(struct session *session)
{
	(void)pam_setcred(session->pam, PAM_REINITIALIZE_CRED | PAM_SILENT);
}

static void
free_list(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

char *
session_environment(struct session *session, size_t *size)
{
	char **list = pam_getenvlist(session->pam), *block, *at;
	size_t i, len;

	*size = 1;
	for (i = 0; list != NULL && list[i] != NULL; i++)
		*size += strlen(list[i]) + 1;
	block = at = list == NULL ? NULL : calloc(1, *size);
	for (i = 0; block != NULL && list[i] != NULL; i++) {
		len = strlen(list[i]) + 1;
		memcpy(at, list[i], len);
		at += len;
	}
	free_list(list);
	return block;
}

struct session *
session_hold(const struct session_plan *plan)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->plan = *plan;
	if (start(&s->plan, &s->pam) == PAM_SUCCESS)
		return s;
	session_release(s);
	return NULL;
}

void
session_release(struct session *session)
{
	if (session == NULL)
		return;
	end(session->pam, PAM_SUCCESS);
	free(session);
}

/* A variable that can't be set is no reason to leave the session open. Told of
 * its session, pam_systemd would ask logind to release it: a logind of today
 * refuses that to who is not in it, and each job's end would be an error in the
 * log. */
static void
restore(pam_handle_t *pam, const char *environment, bool kept)
{
	const char *s;

	for (s = environment; s != NULL && *s != '\0'; s += strlen(s) + 1)
		if (!kept || strncmp(s, SESSION_ID, strlen(SESSION_ID)) != 0)
			(void)pam_putenv(pam, s);
}

int
session_close(const struct session_plan *given, const char *environment)
{
	struct session_plan plan = *given;
	pam_handle_t *pam;
	int code = start(&plan, &pam);

	if (code == PAM_SUCCESS) {
		restore(pam, environment, plan.kept);
		pam_setcred(pam, PAM_DELETE_CRED | PAM_SILENT);
		code = pam_close_session(pam, PAM_SILENT);
	}
	end(pam, code);
	return code;
}

int
session_admits(const struct session_plan *given)
{
	struct session_plan plan = *given;
	pam_handle_t *pam;
	int code = start(&plan, &pam);

	if (code == PAM_SUCCESS)
		code = authorize(pam);
	end(pam, code);
	return code;
}

const char *
session_text(int code)
{
	const char *text = pam_strerror(NULL, code);

	return text != NULL ? text : "unknown PAM error";
}
