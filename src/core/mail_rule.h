/*
 * What becomes of a run's output, and who gets its mail: MAILTO, MAILFROM, -n,
 * -m, -s, --output, and which addresses a mailer may be given (COMPAT.md 5, 7).
 * Decided when a run starts; what is wrong with an address is worked out once
 * more when it is to be logged: it seldom is.
 */
#ifndef EVCRON_CORE_MAIL_RULE_H
#define EVCRON_CORE_MAIL_RULE_H

#include <stdbool.h>

#include "core/env.h"
#include "core/personality.h"
#include "core/run_record.h"

enum mail_output { /* --output */
	OUTPUT_MAILED,
	OUTPUT_LOGGED, /* also -s: as CMDOUT lines, nothing is mailed */
	OUTPUT_BOTH,
};

struct mail_rules {
	const struct personality *personality;
	enum mail_output output;
	bool off;       /* -m off */
	bool lines_too; /* CMDOUT lines also of what is mailed or not: RHEL and
			   no sendmail, or OUTPUT_BOTH */
	/* $NAME in an address, under RHEL: a variable of the daemon's. NULL:
	 * not known here; then only mail_check.h may have these rules. */
	const char *(*variable)(void *context, const char *name);
};

/* env is the run's whole environment, user its user. *recipient and *sender are
 * malloced or NULL: no recipient, no mail, which only an empty MAILTO and the
 * options bring about; no sender, the personality's. An unsafe MAILTO, and one
 * that comes out empty, is the user; such a MAILFROM is none. -1: no memory. */
int mail_rule_decide(const struct mail_rules *, const struct env *env,
    const char *user, bool on_failure, enum mail_rule *, char **recipient,
    char **sender);

/* The recipient is a user with a name that no mailer may be given: the run's
 * letter is for that user's mailbox. */
bool mail_rule_is_for_mailbox(const struct personality *,
    const struct run_record *);

/* An address that could not be expanded: RHEL logs it when the run begins. name
 * is MAILTO or MAILFROM. */
bool mail_rule_is_unexpanded(const struct mail_rules *,
    const struct run_record *, const char *name);

struct mail_unsafe {
	const char *name;  /* MAILTO or MAILFROM; NULL: the user's own name */
	const char *value; /* expanded; where that is empty, as written */
	bool is_empty;     /* its variables have come out empty */
};

/* Those that can't be used, which the log has as soon as the run has written
 * its first byte, whatever becomes of it; in the order in which cron and cronie
 * look at them. say is called for each. */
void mail_rule_tell_unsafe(const struct mail_rules *, const struct run_record *,
    void (*say)(void *context, const struct mail_unsafe *), void *context);

#endif
