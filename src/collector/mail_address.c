/* MAILTO and MAILFROM, judged once more where there is output: they seldom are
 * unsafe, so nothing about it is kept. */
#include "collector/mail_address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "collector/job_log.h"
#include "core/mail_rule.h"

#define SHOWN_MAX   256 /* of an unsafe one */
#define INSTEAD_MAX 512

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

/* What is done instead; "" where nothing is mailed anyway. */
static void
describe_instead(const struct run_record *record,
    const struct mail_unsafe *unsafe, char *out, size_t size)
{
	bool sender =
	    unsafe->name != NULL && strcmp(unsafe->name, "MAILFROM") == 0;

	out[0] = '\0';
	if (record->mail != MAIL_ALWAYS && record->mail != MAIL_ON_FAILURE)
		return;
	if (unsafe->name == NULL)
		(void)snprintf(out, size,
		    ": no mailer is given this user's name, mail goes to the "
		    "user's mailbox");
	else
		(void)snprintf(out, size, ": %s%s%s%s",
		    unsafe->is_empty ? unsafe->name : "",
		    unsafe->is_empty ? " comes out empty, " : "",
		    sender ? "the default sender is used" : "mail goes to ",
		    sender ? "" : record->user);
}

/* The incumbents' line to its parenthesis; ours comes after it. */
static void
say(void *context, const struct mail_unsafe *unsafe)
{
	const struct saying *s = context;
	char instead[INSTEAD_MAX];

	describe_instead(s->record, unsafe, instead, sizeof instead);
	job_log(s->collector, s->record, LOG_WARNING, s->record->user, NULL, 0,
	    "%s (%.*s)%s",
	    s->collector->personality->debian ? "UNSAFE MAIL" : "UNSAFE",
	    SHOWN_MAX, unsafe->value, instead);
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

	mail_rule_tell_unsafe(&rules, record, say, &saying);
}
