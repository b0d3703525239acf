/*
 * A run's output as CMDOUT lines in the log: crond -s, and RHEL without
 * sendmail (COMPAT.md 7, 8).
 */
#ifndef EVCRON_DAEMON_MAIL_CMDOUT_H
#define EVCRON_DAEMON_MAIL_CMDOUT_H

#include <ev.h>
#include <stddef.h>

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

struct cmdout { /* the line that has no end yet */
	char line[1023];
	size_t len;
	ev_timer pause; /* daemon/mail/post.c's, while syslog is behind */
};

/* Logs the lines that end in these bytes, cut at 1023. All zero at first. */
void cmdout_add(struct cmdout *, struct log *, const struct personality *,
    const struct run_record *, const char *bytes, size_t len);
/* There will be no more: logs a last line without newline. */
void cmdout_end(struct cmdout *, struct log *, const struct personality *,
    const struct run_record *);

#endif
