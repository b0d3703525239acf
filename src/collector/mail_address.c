/* MAILTO and MAILFROM, judged once more where there is output: they seldom are
 * unsafe, so nothing about it is kept. */
#include "collector/mail_address.h"

#include <stdlib.h>
#include <syslog.h>

#include "collector/job_log.h"
#include "core/mail_headers.h"

#define EXPANDED_MAX (MAIL_ADDRESS_MAX + 1)
#define SHOWN_MAX    256 /* of an unsafe one */

static const char *
known_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

/* Is there something to use, whole and safe? A setting that is not there is
 * absent's. Where RHEL's $NAME can't be expanded it counts as it is. */
static bool
judge(struct collector *c, const struct run_record *record, const char *name,
    const char *absent)
{
	const struct personality *personality = c->personality;
	const char *value = run_record_setting(record, name);
	char out[EXPANDED_MAX];

	if (value == NULL)
		value = absent;
	else if (!personality->debian &&
		 mail_headers_expand(value, known_variable, NULL, out,
		     sizeof out) == 0)
		value = out;
	if (value == NULL || value[0] == '\0')
		return false;
	if (mail_headers_address_safe(value, personality->safe_mail))
		return true;
	job_log(c, record, LOG_INFO, record->user,
	    personality->debian ? "UNSAFE MAIL" : "UNSAFE", 0, "%.*s",
	    SHOWN_MAX, value);
	return false;
}

/* cronie looks at the sender first, and at both; Debian's cron at the sender
 * where there is somebody to write to. */
void
mail_address_log_unsafe(struct collector *c, const struct run_record *record)
{
	if (!c->personality->debian) {
		(void)judge(c, record, "MAILFROM", NULL);
		(void)judge(c, record, "MAILTO", record->user);
	} else if (judge(c, record, "MAILTO", record->user)) {
		(void)judge(c, record, "MAILFROM", NULL);
	}
}
