/*
 * Who gets the mail of a run, and from whom: MAILTO and MAILFROM, whether a
 * mailer may be given them, and the log lines about that (COMPAT.md 5, 7).
 */
#ifndef EVCRON_DAEMON_MAIL_MAIL_ADDRESS_H
#define EVCRON_DAEMON_MAIL_MAIL_ADDRESS_H

#include "core/env.h"
#include "core/run_record.h"
#include "daemon/mail/office.h"

/* Of a run with this environment: each is malloced, or NULL. No recipient:
 * there is no mail; no sender: the personality's. -1: no memory. */
int mail_address_find(const struct office *, const struct env *,
    const char *user, char **recipient, char **sender);

/* The run has begun: RHEL says now what of them could not be expanded. */
void mail_address_log_unexpanded(const struct office *,
    const struct run_record *);

/* It has written its first byte: as the incumbents, logs now which of them is
 * not safe, whatever becomes of the output. */
void mail_address_log_unsafe(const struct office *, const struct run_record *);

#endif
