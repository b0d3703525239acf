/* Options and paths to rules of mail and collectors' arguments. */
#include "daemon/life/mail_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mail_check.h"
#include "daemon/life/crond_rooms.h"
#include "sys/files/outbox.h"
#include "sys/spawn/context.h"

/* The daemon's own, under RHEL in MAILTO. */
static const char *
daemon_variable(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

static bool
has_mailer(const struct crond *c)
{
	return c->options->mailer != NULL ||
	       access(c->paths->sendmail, X_OK) == 0;
}

static void
set_rules(struct crond *c)
{
	const struct crond_options *o = c->options;

	c->rules = (struct mail_rules){
	    .personality = c->personality,
	    .output = o->output,
	    .off = o->mailer != NULL && strcmp(o->mailer, "off") == 0,
	    .lines_too = o->output == OUTPUT_BOTH,
	    .variable = daemon_variable,
	};
	if (c->personality->debian || o->output != OUTPUT_MAILED ||
	    has_mailer(c))
		return;
	c->rules.lines_too = true;
	log_event(c->log, LOG_INFO, "CRON", "INFO", 0,
	    "Syslog will be used instead of sendmail.");
}

/* What all tables have before their first line: RHEL's MAILFROM, and MAILTO too
 * where they have the whole environment (-P). A crond that drains has no
 * tables. */
static void
check_inherited(const struct crond *c)
{
	struct mail_finding finding;
	const char *const *var;

	for (var = c->inherited; var != NULL && *var != NULL; var++) {
		const char *value = *var + strcspn(*var, "=") + 1;
		const char *name = strncmp(*var, "MAILTO=", 7) == 0 ? "MAILTO"
				   : strncmp(*var, "MAILFROM=", 9) == 0
				       ? "MAILFROM"
				       : NULL;

		if (name != NULL &&
		    mail_check(&c->rules, name, value, strlen(value), &finding))
			log_event(c->log, LOG_WARNING, "CRON", "WARNING", 0,
			    "%s in the environment of this daemon: %s", name,
			    finding.text);
	}
}

static void
set_collector_args(struct crond *c)
{
	const struct crond_options *o = c->options;
	bool named = c->succession->states != NULL;

	c->collector_args = (struct collector_args){
	    .personality = c->personality,
	    .root = c->paths->root,
	    .runs_dir = named ? c->paths->runs_dir : NULL,
	    .collect_dir = named ? c->paths->collect_dir : NULL,
	    .outbox_dir = c->paths->outbox_dir,
	    .sent_dir = c->paths->sent_dir,
	    .mailbox_dir = c->paths->mailbox_dir,
	    .log_socket = c->paths->log_socket,
	    .mailer = o->mailer,
	    .sendmail = c->paths->sendmail,
	    .output = c->rules.lines_too ? OUTPUT_BOTH : o->output,
	    .full_hostname = o->full_hostname,
	    .pipe_letters = geteuid() == 0 && context_wanted(),
	    .log_mask = o->log_asked,
	    .stall_secs = o->stall_secs,
	    .letter_max = o->letter_max,
	    .backoff = o->backoff,
	    .outbox_secs = o->outbox_secs,
	    .mailbox_max = o->mailbox_max,
	    .warn_secs = o->warn_secs,
	    .sent_max = o->sent_max,
	    .sent_secs = o->sent_secs,
	};
}

/* Each user's has a directory of its own in it. */
static void
make_outbox(struct crond *c)
{
	struct outbox *outbox = outbox_open(c->paths->outbox_dir);

	if ((outbox == NULL || outbox_ready(outbox) != 0) &&
	    c->options->output != OUTPUT_LOGGED)
		log_event(c->log, LOG_ERR, "CRON", "MAIL", errno,
		    "can't use %s, which must be a directory of uid %ld's in "
		    "another that only they can write to; output of jobs is "
		    "discarded until it is",
		    c->paths->outbox_dir, (long)geteuid());
	outbox_close(outbox);
}

void
mail_setup(struct crond *c)
{
	set_rules(c);
	check_inherited(c);
	set_collector_args(c);
	make_outbox(c);
}
