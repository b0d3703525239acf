/*
 * A letter's way out of the outbox: a mailer once its run is over, or one that
 * is fed while the run goes on; and the log lines about how that ended.
 */
#ifndef EVCRON_DAEMON_MAIL_DELIVER_H
#define EVCRON_DAEMON_MAIL_DELIVER_H

#include "daemon/mail/post.h"

/* There is no sendmail and no -m. */
bool deliver_no_mta(const struct office *);

/* Starts the mailer of a complete letter, whose end comes by post->done. -1:
 * can't; logged, and the letter is to be kept. */
int deliver_start(struct post *);

/* Its mailer, p->mailer_pid, was started by an earlier crond. -1 with errno:
 * it is not there any more. */
int deliver_adopt(struct post *);

/* The letter is full and its run goes on: starts to stream it. -1: it can't
 * be. */
int deliver_stream(struct post *);

/* The letter is to be kept, with what as the reason; "(USER) MAIL (WHAT; kept
 * in PATH)" in the log, unless that was the reason the last time too. */
void deliver_keep(struct post *, int priority, const char *what);
/* Its mailer was another crond's, and has ended nobody knows how. */
void deliver_log_unknown(struct post *);

#endif
