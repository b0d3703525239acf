/* MAILTO and MAILFROM, judged once more where there is output: they seldom are
 * unsafe, so nothing about it is kept. */
#include "collector/mail_address.h"

#include <stdlib.h>
#include <syslog.h>

#include "collector/job_log.h"
#include "core/mail_rule.h"

#define SHOWN_MAX 256 /* of an unsafe one */

struct saying {
	struct collector *collector;
	const struct run_record *record;
};

static const char *
known_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static void
say(void *context, const char *value)
{
	const struct saying *s = context;

	job_log(s->collector, s->record, LOG_INFO, s->record->user,
	    s->collector->personality->debian ? "UNSAFE MAIL" : "UNSAFE", 0,
	    "%.*s", SHOWN_MAX, value);
}

void
mail_address_log_unsafe(struct collector *c, const struct run_record *record)
{
	const struct mail_rules rules = {
	    .personality = c->personality,
	    .output = c->options->output,
	    .variable = known_variable,
	};
	struct saying saying = {c, record};

	mail_rule_unsafe(&rules, record, say, &saying);
}
