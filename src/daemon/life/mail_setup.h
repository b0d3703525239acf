/*
 * What crond's options and paths mean for mail: which runs get it, which
 * command line collectors have, and that there is an outbox.
 */
#ifndef EVCRON_DAEMON_LIFE_MAIL_SETUP_H
#define EVCRON_DAEMON_LIFE_MAIL_SETUP_H

struct crond;

/* Sets rules and collector_args; an outbox that can't be made is logged, and an
 * unsafe address that all tables inherit. */
void mail_setup(struct crond *);

#endif
