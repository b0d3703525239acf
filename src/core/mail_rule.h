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
#include "core/mail_headers.h"
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
	/* $NAME in an address, under RHEL: a variable of the daemon's. */
	const char *(*variable)(void *context, const char *name);
};

/* env is the run's whole environment, user its user. *recipient and *sender are
 * malloced or NULL: no recipient, no mail; no sender, the personality's. -1: no
 * memory. */
int mail_rule_decide(const struct mail_rules *, const struct env *env,
    const char *user, bool on_failure, enum mail_rule *, char **recipient,
    char **sender);

/* An address that could not be expanded: RHEL logs it when the run begins. name
 * is MAILTO or MAILFROM. */
bool mail_rule_is_unexpanded(const struct mail_rules *,
    const struct run_record *, const char *name);

/* Those that are not safe to be given to a mailer, which the log has as soon as
 * the run has written its first byte, whatever becomes of it; in the order in
 * which cron and cronie look at them. say is called for each, with the value.
 */
void mail_rule_unsafe(const struct mail_rules *, const struct run_record *,
    void (*say)(void *context, const char *value), void *context);

#endif
