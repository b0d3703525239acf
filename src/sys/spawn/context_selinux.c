/*
 * The calls to libselinux, in the incumbents' order (COMPAT.md 6, 10.1). Where
 * they differ cronie finds one context and asks whether the table's file may be
 * an entry point of it; Debian takes the first of a list that may.
 */
#include "sys/spawn/context.h"

#include <selinux/context.h>
#include <selinux/get_context_list.h>
#include <selinux/selinux.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/audit.h"

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_NO_CLASS, ANSWER_NO_PERMISSION };

bool
context_built(void)
{
	return true;
}

static bool
enabled(void)
{
	return is_selinux_enabled() > 0;
}

static bool
enforcing(void)
{
	return security_getenforce() > 0;
}

bool
context_wanted(void)
{
	return geteuid() == 0 && enabled();
}

/* Does the policy allow it? What can't be computed is a no. */
static enum answer
ask(const char *source, const char *target, const char *class_name,
    const char *permission)
{
	security_class_t class = string_to_security_class(class_name);
	struct av_decision decision;
	access_vector_t bit;

	if (class == 0)
		return ANSWER_NO_CLASS;
	bit = string_to_av_perm(class, permission);
	if (bit == 0)
		return ANSWER_NO_PERMISSION;
	if (security_compute_av(source, target, class, bit, &decision) != 0 ||
	    (decision.allowed & bit) != bit)
		return ANSWER_NO;
	return ANSWER_YES;
}

/* ---- when a table is loaded ---- */

/* Whose contexts are looked for. */
struct identity {
	char *seuser, *role, *level; /* role, level: or NULL */
	char *current;               /* the daemon's own context */
};

static void
identity_clear(struct identity *identity)
{
	free(identity->seuser);
	free(identity->role);
	free(identity->level);
	freecon(identity->current);
}

/* System tables run as the daemon's own user and role. */
static int
take_current(struct identity *identity)
{
	context_t parts = context_new(identity->current);
	const char *user, *role;

	if (parts == NULL)
		return -1;
	user = context_user_get(parts);
	role = context_role_get(parts);
	if (user != NULL && role != NULL) {
		identity->seuser = strdup(user);
		identity->role = strdup(role);
	}
	context_free(parts);
	return identity->seuser != NULL && identity->role != NULL ? 0 : -1;
}

static enum context_problem
identify(struct identity *identity, enum table_kind kind, const char *user)
{
	memset(identity, 0, sizeof(*identity));
	if (getcon(&identity->current) < 0) {
		identity->current = NULL;
		return CONTEXT_NO_CURRENT;
	}
	if (kind != TABLE_USER)
		return take_current(identity) == 0 ? CONTEXT_GOOD
						   : CONTEXT_NO_CURRENT;
	if (user == NULL ||
	    getseuserbyname(user, &identity->seuser, &identity->level) < 0) {
		identity->seuser = identity->level = NULL;
		return CONTEXT_NO_SEUSER;
	}
	return CONTEXT_GOOD;
}

/* False: it has no room, and a part of it is another context. */
static bool
copy(char *to, const char *context)
{
	if (context == NULL || strlen(context) >= CONTEXT_MAX)
		return false;
	(void)snprintf(to, CONTEXT_MAX, "%s", context);
	return true;
}

static enum context_problem
problem_of(enum answer answer)
{
	switch (answer) {
	case ANSWER_YES:
		return CONTEXT_GOOD;
	case ANSWER_NO_CLASS:
		return CONTEXT_NO_CLASS;
	case ANSWER_NO_PERMISSION:
		return CONTEXT_NO_PERMISSION;
	default:
		return CONTEXT_UNAUTHORIZED;
	}
}

/* One context, in raw words as the kernel has them. */
static char *
default_context(const struct identity *identity, enum table_kind kind)
{
	char *context = NULL, *raw = NULL;
	int result;

	if (kind == TABLE_USER)
		result = get_default_context_with_level(identity->seuser,
		    identity->level, NULL, &context);
	else
		result = get_default_context_with_rolelevel(identity->seuser,
		    identity->role, NULL, NULL, &context);
	if (result != 0 || context == NULL)
		return NULL;
	if (selinux_trans_to_raw_context(context, &raw) != 0)
		return context;
	freecon(context);
	return raw;
}

static enum context_problem
find_cronie(const struct identity *identity, enum table_kind kind, int fd,
    struct context_finding *finding)
{
	char *context = default_context(identity, kind), *label = NULL;
	enum context_problem problem = CONTEXT_NO_DEFAULT;

	if (copy(finding->context, context)) {
		problem = CONTEXT_NO_LABEL;
		if (fgetfilecon(fd, &label) < 0)
			label = NULL;
		else
			problem = problem_of(
			    ask(context, label, "file", "entrypoint"));
	}
	if (label != NULL && problem != CONTEXT_GOOD) {
		/* Permissive too: such a table has no context. */
		finding->context[0] = '\0';
		(void)copy(finding->tried, context);
		(void)copy(finding->label, label);
	}
	freecon(context);
	freecon(label);
	return problem;
}

/* The first that may, else (for permissive) the first. */
static enum context_problem
choose(char *const *list, int count, const char *label,
    struct context_finding *finding)
{
	enum context_problem problem = CONTEXT_UNAUTHORIZED;
	int i;

	for (i = 0; i < count && problem == CONTEXT_UNAUTHORIZED; i++) {
		problem = problem_of(ask(list[i], label, "file", "entrypoint"));
		if (problem == CONTEXT_GOOD && !copy(finding->context, list[i]))
			problem = CONTEXT_UNAUTHORIZED;
	}
	if (problem == CONTEXT_UNAUTHORIZED && copy(finding->context, list[0]))
		(void)copy(finding->tried, list[0]);
	return problem;
}

static enum context_problem
find_debian(const struct identity *identity, int fd,
    struct context_finding *finding)
{
	char **list = NULL, *label = NULL;
	int count = get_ordered_context_list_with_level(identity->seuser,
	    identity->level, identity->current, &list);
	enum context_problem problem;

	if (count <= 0 || list == NULL || list[0] == NULL) {
		if (count > 0 || list != NULL)
			freeconary(list);
		return CONTEXT_NO_DEFAULT;
	}
	if (fgetfilecon(fd, &label) < 0) {
		problem = copy(finding->context, list[0]) ? CONTEXT_NO_LABEL
							  : CONTEXT_NO_DEFAULT;
	} else {
		(void)copy(finding->label, label);
		problem = choose(list, count, label, finding);
		freecon(label);
	}
	freeconary(list);
	return problem;
}

/* Is a table with that problem not to be loaded? */
static bool
refuses(bool debian, enum context_problem problem)
{
	if (problem == CONTEXT_GOOD)
		return false;
	if (debian && problem == CONTEXT_NO_CURRENT)
		return true;
	if (debian &&
	    (problem == CONTEXT_NO_CLASS || problem == CONTEXT_NO_PERMISSION))
		return security_deny_unknown() != 0;
	return enforcing();
}

void
context_find(const struct personality *personality, enum table_kind kind,
    const char *user, int fd, struct context_finding *finding)
{
	struct identity identity;

	memset(finding, 0, sizeof(*finding));
	if (!enabled())
		return;
	finding->problem = identify(&identity, kind, user);
	if (finding->problem == CONTEXT_GOOD && personality->debian)
		finding->problem = find_debian(&identity, fd, finding);
	else if (finding->problem == CONTEXT_GOOD)
		finding->problem = find_cronie(&identity, kind, fd, finding);
	identity_clear(&identity);
	finding->refused = refuses(personality->debian, finding->problem);
	if (finding->refused)
		finding->context[0] = '\0';
}

/* ---- when a job starts ---- */

/* What is said, and to whom. */
struct speaker {
	context_say say;
	void *context;
};

static void say(const struct speaker *, const char *event, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

static void
say(const struct speaker *speaker, const char *event, const char *format, ...)
{
	char text[3 * CONTEXT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	speaker->say(speaker->context, event, text);
}

/* The table's context with the job's own level. Malloced, or NULL. */
static char *
with_level(const struct context_order *order, const struct speaker *speaker)
{
	context_t parts = context_new(order->context);
	const char *text = NULL, *failed = "context_new";
	char *result = NULL;

	if (parts != NULL) {
		failed = "context_range_set";
		if (context_range_set(parts, order->level) == 0) {
			failed = "context_str";
			text = context_str(parts);
		}
	}
	if (text != NULL) {
		failed = "strdup";
		result = strdup(text);
	}
	if (result == NULL) {
		char event[64];

		(void)snprintf(event, sizeof(event), "%s FAILED for MLS_LEVEL",
		    failed);
		say(speaker, event, "%s", order->level);
	}
	context_free(parts);
	return result;
}

/* A level must be within the range that seusers gives the user. */
static bool
in_range(const struct context_order *order, const char *wanted,
    const struct speaker *speaker)
{
	if (strcmp(order->context, wanted) == 0 ||
	    ask(order->context, wanted, "context", "contains") == ANSWER_YES)
		return true;
	if (!enforcing()) {
		say(speaker, "WARNING",
		    "Unauthorized range in %s for user range in %s, but "
		    "SELinux in permissive mode, continuing",
		    wanted, order->context);
		return true;
	}
	(void)audit_range(order->user, wanted, order->context);
	say(speaker, "ERROR", "Unauthorized range in %s for user range in %s",
	    wanted, order->context);
	return false;
}

static enum context_step
enter_cronie(const struct context_order *order, const struct speaker *speaker,
    const char *wanted)
{
	if (!in_range(order, wanted, speaker))
		return CONTEXT_NOT_CHANGED;
	if (setexeccon(wanted) == 0)
		return CONTEXT_SET;
	if (!enforcing()) {
		say(speaker, "WARNING",
		    "Could not set exec context to %s for user, but SELinux "
		    "in permissive mode, continuing",
		    wanted);
		return CONTEXT_SET;
	}
	say(speaker, "ERROR",
	    "Could not set exec or keycreate context to %s for user", wanted);
	return CONTEXT_NOT_CHANGED;
}

static enum context_step
enter_debian(const struct context_order *order, char *refusal, size_t size)
{
	if (order->context != NULL) {
		if (setexeccon(order->context) == 0 || !enforcing())
			return CONTEXT_SET;
		(void)snprintf(refusal, size,
		    "Could not set exec context to %s for user  %s\n",
		    order->context, order->user);
		return CONTEXT_NOT_CHANGED;
	}
	if (!enforcing())
		return CONTEXT_SET;
	(void)snprintf(refusal, size,
	    "Error, must have a security context for the cron job when in "
	    "enforcing mode.\nUser %s.\n",
	    order->user);
	return CONTEXT_NOT_CHANGED;
}

static enum context_step
without_context(const struct speaker *speaker)
{
	if (enforcing()) {
		say(speaker, "NULL security context for user", "%s", "");
		return CONTEXT_NOT_CHANGED;
	}
	say(speaker,
	    "NULL security context for user, but SELinux in permissive mode, "
	    "continuing",
	    "%s", "");
	return CONTEXT_SET;
}

enum context_step
context_enter(const struct context_order *order, context_say said,
    void *context, char *refusal, size_t size)
{
	const struct speaker speaker = {said, context};
	enum context_step step;
	char *wanted;

	if (!enabled())
		return CONTEXT_SET;
	if (order->debian)
		return enter_debian(order, refusal, size);
	if (order->context == NULL)
		return without_context(&speaker);
	if (order->level == NULL)
		return enter_cronie(order, &speaker, order->context);
	wanted = with_level(order, &speaker);
	if (wanted == NULL)
		return CONTEXT_NOT_FOUND;
	step = enter_cronie(order, &speaker, wanted);
	free(wanted);
	return step;
}

/* ---- a job's output ---- */

bool
context_may_write(const char *context, int fd)
{
	char *label = NULL;
	bool may = true;

	if (!enabled() || !enforcing())
		return true;
	if (fgetfilecon(fd, &label) >= 0) {
		may = ask(context, label, "fifo_file", "write") != ANSWER_NO;
		freecon(label);
	}
	return may;
}

/* ---- crontab(1) ---- */

char *
context_of_caller(bool range, const char **message)
{
	char *context = NULL, *result = NULL;
	const char *level = NULL;
	context_t parts;

	*message = "Cannot obtain SELinux process context";
	if (getprevcon(&context) != 0 || context == NULL)
		return NULL;
	if (!range) {
		result = strdup(context);
		freecon(context);
		return result;
	}
	*message = "context_new failed";
	parts = context_new(context);
	freecon(context);
	if (parts == NULL)
		return NULL;
	*message = "context_range failed";
	level = context_range_get(parts);
	if (level != NULL)
		result = strdup(level);
	context_free(parts);
	return result;
}

bool
context_may_act_for_others(void)
{
	char *caller = NULL;
	enum answer answer = ANSWER_NO;

	if (!enabled())
		return true;
	if (getprevcon_raw(&caller) == 0 && caller != NULL) {
		answer = ask(caller, caller, "passwd", "crontab");
		freecon(caller);
	}
	if (answer == ANSWER_NO_CLASS)
		(void)fputs("Security class \"passwd\" is not defined in the "
			    "SELinux policy.\n",
		    stderr);
	if (answer == ANSWER_NO_PERMISSION)
		(void)fputs("Security av permission \"crontab\" is not defined "
			    "in the SELinux policy.\n",
		    stderr);
	return answer == ANSWER_YES || security_getenforce() == 0;
}
