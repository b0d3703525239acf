/*
 * Addresses. A run's are decided before it starts (daemon/run/launch.c, by
 * mail_address); what is wrong with them is said when it matters, and worked
 * out for that once more: it seldom is.
 */
#include "daemon/mail/mail_address.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "core/mail_headers.h"
#include "daemon/mail/job_log.h"

#define EXPANDED_MAX (MAIL_ADDRESS_MAX + 1)
#define SHOWN_MAX    256 /* of an unsafe one */

static const char *
known_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

/* With RHEL's $NAME expanded into out, where there are any. NULL stays NULL.
 * false: that can't be done, value is as it was. */
static bool
expand(const struct office *office, const char **value, char out[EXPANDED_MAX])
{
	if (office->config.personality->debian || *value == NULL)
		return true;
	if (mail_headers_expand(*value, known_variable, NULL, out,
		EXPANDED_MAX) != 0)
		return false;
	*value = out;
	return true;
}

static bool
is_safe(const struct office *office, const char *value)
{
	return mail_headers_address_safe(value,
	    office->config.personality->safe_mail);
}

/* NULL: it is not to be used, or no memory (errno ENOMEM). */
static char *
usable(const struct office *office, const char *value)
{
	char out[EXPANDED_MAX];

	errno = 0;
	(void)expand(office, &value, out);
	if (value == NULL || value[0] == '\0' || !is_safe(office, value))
		return NULL;
	return strdup(value);
}

int
mail_address_find(const struct office *office, const struct env *env,
    const char *user, char **recipient, char **sender)
{
	const char *to = env_get(env, "MAILTO");

	*sender = NULL;
	*recipient = usable(office, to != NULL ? to : user);
	if (*recipient == NULL)
		return errno == ENOMEM ? -1 : 0;
	*sender = usable(office, env_get(env, "MAILFROM"));
	if (*sender != NULL || errno != ENOMEM)
		return 0;
	free(*recipient);
	*recipient = NULL;
	return -1;
}

/* Lines */

static void
log_unexpanded(const struct office *office, const struct run_record *record,
    const char *name)
{
	const char *value = run_record_setting(record, name);
	char out[EXPANDED_MAX];

	if (!expand(office, &value, out))
		job_log(office->config.log, office->config.personality, record,
		    LOG_INFO, "CRON", "WARNING", 0,
		    "The environment variable '%s' could not be expanded. The "
		    "non-expanded value will be used.",
		    name);
}

void
mail_address_log_unexpanded(const struct office *office,
    const struct run_record *record)
{
	log_unexpanded(office, record, "MAILTO");
	log_unexpanded(office, record, "MAILFROM");
}

/* Is there something to use, whole and safe? A setting that is not there is
 * absent's. */
static bool
judge(const struct office *office, const struct run_record *record,
    const char *name, const char *absent)
{
	const struct personality *personality = office->config.personality;
	const char *value = run_record_setting(record, name);
	char out[EXPANDED_MAX];

	if (value == NULL)
		value = absent;
	else
		(void)expand(office, &value, out);
	if (value == NULL || value[0] == '\0')
		return false;
	if (is_safe(office, value))
		return true;
	job_log(office->config.log, personality, record, LOG_INFO, record->user,
	    personality->debian ? "UNSAFE MAIL" : "UNSAFE", 0, "%.*s",
	    SHOWN_MAX, value);
	return false;
}

/* cronie looks at the sender first, and at both; Debian's cron at the sender
 * where there is somebody to write to. */
void
mail_address_log_unsafe(const struct office *office,
    const struct run_record *record)
{
	if (!office->config.personality->debian) {
		(void)judge(office, record, "MAILFROM", NULL);
		(void)judge(office, record, "MAILTO", record->user);
	} else if (judge(office, record, "MAILTO", record->user)) {
		(void)judge(office, record, "MAILFROM", NULL);
	}
}
