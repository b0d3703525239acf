/*
 * Mail that fails for everybody: said in the log once, at warning level, when
 * no mailer has taken anything for an hour, and again when one does.
 */
#ifndef EVCRON_DAEMON_MAIL_MAIL_ALERT_H
#define EVCRON_DAEMON_MAIL_MAIL_ALERT_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "daemon/mail/office.h"

struct mail_alert {
	struct office *office;
	ev_timer timer; /* runs from the first failure on */
	bool failing, said;
	char last[128]; /* complaint */
};

void mail_alert_init(struct mail_alert *, struct office *);
void mail_alert_clear(struct mail_alert *);

/* A mailer failed, and may take it another time. since_secs: for how long that
 * has been so, as far as is known from before this start. */
void mail_alert_failed(struct mail_alert *, const char *why,
    uint64_t since_secs);
/* A mailer took a letter. */
void mail_alert_worked(struct mail_alert *);

#endif
