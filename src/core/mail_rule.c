/*
 * MAILTO and MAILFROM. One that is not safe costs nobody their mail: the job's
 * user gets it, from the default sender (DESIGN.md 3.14).
 */
#include "core/mail_rule.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

#define EXPANDED_MAX (ADDRESS_MAX + 1)

/* With RHEL's $NAME expanded into out, where there are any. false: that can't
 * be done, value is as it was. */
static bool
expand(const struct mail_rules *rules, const char **value,
    char out[EXPANDED_MAX])
{
	if (rules->personality->debian)
		return true;
	if (address_expand(*value, rules->variable, NULL, out, EXPANDED_MAX) ==
	    -1)
		return false;
	*value = out;
	return true;
}

/* What a setting comes to, and whether that can be used. */
static enum address_verdict
resolve(const struct mail_rules *rules, const char *setting,
    char out[EXPANDED_MAX], const char **value)
{
	size_t at;

	*value = setting;
	if (strlen(setting) > ADDRESS_MAX)
		return ADDRESS_LONG;
	(void)expand(rules, value, out);
	return address_judge(*value, rules->personality->safe_mail, &at);
}

/* *address stays NULL where the setting is not there or can't be used. -1: no
 * memory. */
static int
find_address(const struct mail_rules *rules, const char *setting,
    char **address)
{
	char out[EXPANDED_MAX];
	const char *value;

	if (setting == NULL ||
	    resolve(rules, setting, out, &value) != ADDRESS_SAFE)
		return 0;
	*address = strdup(value);
	return *address != NULL ? 0 : -1;
}

/* The user's name is nobody's choice: it is the recipient as it is. */
static int
find_addresses(const struct mail_rules *rules, const struct env *env,
    const char *user, char **recipient, char **sender)
{
	const char *to = env_get(env, "MAILTO");

	if (to != NULL && to[0] == '\0')
		return 0;
	if (find_address(rules, to, recipient) == -1)
		return -1;
	if (*recipient == NULL)
		*recipient = strdup(user);
	if (*recipient == NULL)
		return -1;
	if (find_address(rules, env_get(env, "MAILFROM"), sender) == 0)
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
mail_rule_is_for_mailbox(const struct personality *personality,
    const struct run_record *record)
{
	return record->recipient != NULL &&
	       !address_is_safe(record->recipient, personality->safe_mail);
}

bool
mail_rule_is_unexpanded(const struct mail_rules *rules,
    const struct run_record *record, const char *name)
{
	const char *value = run_record_setting(record, name);
	char out[EXPANDED_MAX];

	return value != NULL && !expand(rules, &value, out);
}

struct telling {
	const struct mail_rules *rules;
	const struct run_record *record;
	void (*say)(void *context, const struct mail_unsafe *);
	void *context;
};

/* A setting that is there and is not empty, but can't be used. */
static void
tell_setting(const struct telling *telling, const char *name,
    const char *setting)
{
	struct mail_unsafe unsafe = {.name = name};
	char out[EXPANDED_MAX];

	switch (resolve(telling->rules, setting, out, &unsafe.value)) {
	case ADDRESS_SAFE:
		return;
	case ADDRESS_EMPTY:
		unsafe.is_empty = true;
		unsafe.value = setting;
		break;
	default:
		break;
	}
	telling->say(telling->context, &unsafe);
}

static void
tell_sender(const struct telling *telling)
{
	const char *from = run_record_setting(telling->record, "MAILFROM");

	if (from != NULL && from[0] != '\0')
		tell_setting(telling, "MAILFROM", from);
}

static void
tell_recipient(const struct telling *telling)
{
	const char *to = run_record_setting(telling->record, "MAILTO");
	const struct mail_unsafe user = {.value = telling->record->user};

	if (to == NULL && !address_is_safe(user.value,
			      telling->rules->personality->safe_mail))
		telling->say(telling->context, &user);
	else if (to != NULL && to[0] != '\0')
		tell_setting(telling, "MAILTO", to);
}

/* cronie looks at the sender first, and at both; Debian's cron at the sender
 * where there is somebody to write to. */
void
mail_rule_tell_unsafe(const struct mail_rules *rules,
    const struct run_record *record,
    void (*say)(void *context, const struct mail_unsafe *), void *context)
{
	const struct telling telling = {rules, record, say, context};
	const char *to = run_record_setting(record, "MAILTO");

	if (!rules->personality->debian) {
		tell_sender(&telling);
		tell_recipient(&telling);
		return;
	}
	tell_recipient(&telling);
	if (to == NULL || to[0] != '\0')
		tell_sender(&telling);
}
