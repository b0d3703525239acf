#include "fake_pam.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/spawn/session.h"

const char *fake_pam_record;
bool fake_pam_hangs;

struct session {
	struct session_plan plan;
	bool settled;
};

static bool
is(const struct session_plan *plan, const char *user)
{
	return strcmp(plan->user, user) == 0;
}

bool
session_built(void)
{
	return true;
}

bool
session_configured(const char *service)
{
	(void)service;
	return true;
}

bool
session_wanted(const struct personality *personality, enum table_kind kind,
    uid_t uid)
{
	(void)personality;
	(void)kind;
	(void)uid;
	return true;
}

static void
misbehave(const struct session_plan *plan)
{
	sigset_t all;
	int i;

	if (is(plan, "crash")) {
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
	}
	while (fake_pam_hangs || is(plan, "hang"))
		pause();
	if (!is(plan, "block"))
		return;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGTERM, SIG_IGN);
	alarm(1);
	for (i = 0; i < 10; i++)
		(void)!dup(0);
}

enum session_step
session_open(const struct session_plan *plan, struct session **session,
    int *code)
{
	int i;

	*code = 0;
	*session = NULL;
	misbehave(plan);
	for (i = 0; is(plan, "say") && plan->say != NULL && i < 30; i++)
		plan->say(plan->context, "hello");
	*code = is(plan, "refused") ? 7 : is(plan, "unopened") ? 8 : 0;
	if (*code != 0)
		return *code == 7 ? SESSION_NOT_AUTHORIZED : SESSION_NOT_OPENED;
	*session = calloc(1, sizeof(**session));
	if (*session == NULL)
		abort();
	(*session)->plan = *plan;
	return SESSION_DONE;
}

void
session_set_groups(struct session *session)
{
	session->settled = true;
}

char *
session_environment(struct session *session, size_t *size)
{
	const struct session_plan *plan = &session->plan;
	size_t len = is(plan, "large") ? 100000 : is(plan, "huge") ? 200000 : 1;
	const char *late = session->settled && is(plan, "late") ? "LATE=1" : "";
	char *block;

	*size = strlen("A=") + len + 1 + strlen(late) + (*late != '\0') + 1;
	block = calloc(1, *size);
	if (block == NULL)
		return NULL;
	memcpy(block, "A=", 2);
	memset(block + 2, 'x', len);
	memcpy(block + 2 + len + 1, late, strlen(late));
	return block;
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
	free(session);
}

int
session_close(const struct session_plan *plan, const char *environment)
{
	char line[256];
	int fd, n;

	misbehave(plan);
	n = snprintf(line, sizeof(line), "%s %s\n", plan->user,
	    environment == NULL ? "-" : environment);
	fd = open(fake_pam_record, O_WRONLY | O_APPEND | O_CREAT, 0600);
	if (fd == -1 || write(fd, line, (size_t)n) != n)
		abort();
	close(fd);
	return is(plan, "fail") ? 9 : 0;
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
	static const char *const texts[] = {"seven", "eight", "nine"};

	return code >= 7 && code <= 9 ? texts[code - 7] : "other";
}
