/* MAILTO and MAILFROM. */
#include "core/mail_rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXPANDED_MAX (MAIL_ADDRESS_MAX + 1)

/* With RHEL's $NAME expanded into out, where there are any. NULL stays NULL.
 * false: that can't be done, value is as it was. */
static bool
expand(const struct mail_rules *rules, const char **value,
    char out[EXPANDED_MAX])
{
	if (rules->personality->debian || *value == NULL)
		return true;
	if (mail_headers_expand(*value, rules->variable, NULL, out,
		EXPANDED_MAX) != 0)
		return false;
	*value = out;
	return true;
}

static bool
is_safe(const struct mail_rules *rules, const char *value)
{
	return mail_headers_address_safe(value, rules->personality->safe_mail);
}

/* NULL: it is not to be used, or no memory (errno ENOMEM). */
static char *
usable(const struct mail_rules *rules, const char *value)
{
	char out[EXPANDED_MAX];

	errno = 0;
	(void)expand(rules, &value, out);
	if (value == NULL || value[0] == '\0' || !is_safe(rules, value))
		return NULL;
	return strdup(value);
}

static int
find_addresses(const struct mail_rules *rules, const struct env *env,
    const char *user, char **recipient, char **sender)
{
	const char *to = env_get(env, "MAILTO");

	*recipient = usable(rules, to != NULL ? to : user);
	if (*recipient == NULL)
		return errno == ENOMEM ? -1 : 0;
	*sender = usable(rules, env_get(env, "MAILFROM"));
	if (*sender != NULL || errno != ENOMEM)
		return 0;
	free(*recipient);
	*recipient = NULL;
	return -1;
}

int
mail_rule_decide(const struct mail_rules *rules, const struct env *env,
    const char *user, bool on_failure, enum mail_rule *what, char **recipient,
    char **sender)
{
	*recipient = *sender = NULL;
	*what = MAIL_SYSLOG;
	if (rules->output == OUTPUT_LOGGED)
		return 0;
	/* cronie without sendmail logs output that nobody gets, too. */
	if (!rules->lines_too)
		*what = MAIL_NEVER;
	if (rules->off)
		return 0;
	if (find_addresses(rules, env, user, recipient, sender) == -1)
		return -1;
	if (*recipient != NULL)
		*what = on_failure ? MAIL_ON_FAILURE : MAIL_ALWAYS;
	return 0;
}

bool
mail_rule_is_unexpanded(const struct mail_rules *rules,
    const struct run_record *record, const char *name)
{
	const char *value = run_record_setting(record, name);
	char out[EXPANDED_MAX];

	return !expand(rules, &value, out);
}

struct judging {
	const struct mail_rules *rules;
	const struct run_record *record;
	void (*say)(void *context, const char *value);
	void *context;
};

/* Is there something to use, whole and safe? A setting that is not there is
 * absent's. */
static bool
judge(const struct judging *j, const char *name, const char *absent)
{
	const char *value = run_record_setting(j->record, name);
	char out[EXPANDED_MAX];

	if (value == NULL)
		value = absent;
	else
		(void)expand(j->rules, &value, out);
	if (value == NULL || value[0] == '\0')
		return false;
	if (is_safe(j->rules, value))
		return true;
	j->say(j->context, value);
	return false;
}

/* cronie looks at the sender first, and at both; Debian's cron at the sender
 * where there is somebody to write to. */
void
mail_rule_unsafe(const struct mail_rules *rules,
    const struct run_record *record,
    void (*say)(void *context, const char *value), void *context)
{
	const struct judging j = {rules, record, say, context};

	if (!rules->personality->debian) {
		(void)judge(&j, "MAILFROM", NULL);
		(void)judge(&j, "MAILTO", record->user);
	} else if (judge(&j, "MAILTO", record->user)) {
		(void)judge(&j, "MAILFROM", NULL);
	}
}
