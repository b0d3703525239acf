/*
 * What is wrong with a MAILTO or MAILFROM of a table, and what would be right:
 * before a run writes anything that then goes to another one (DESIGN.md 3.14).
 * The rule itself is core/mail_rule.h's.
 */
#ifndef EVCRON_CORE_MAIL_CHECK_H
#define EVCRON_CORE_MAIL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/fault.h"
#include "core/mail_rule.h"

/* The fault's word, which is that of Debian 13's crontab (COMPAT.md 14). */
#define MAIL_FAULT       "unsafe mail"
#define MAIL_FINDING_MAX 400

struct mail_finding {
	/* FAULT_LENIENT: it is not used. FAULT_NOTICE: it may come to less than
	 * it seems, by a variable that the daemon has not, or that only the
	 * daemon knows. */
	enum fault_level level;
	size_t at; /* where, in the value's bytes */
	char text[MAIL_FINDING_MAX];
};

/* name is MAILTO or MAILFROM, value its len bytes. False: nothing is wrong, or
 * nothing is mailed by these rules. */
bool mail_check(const struct mail_rules *, const char *name, const char *value,
    size_t len, struct mail_finding *);

#endif
