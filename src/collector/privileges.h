/*
 * What the collector gives up at its start: of root's capabilities it keeps
 * what a mailer, a mailbox and the letters need. What it executes gets what its
 * own uid has.
 */
#ifndef EVCRON_COLLECTOR_PRIVILEGES_H
#define EVCRON_COLLECTOR_PRIVILEGES_H

/* What can't be dropped is kept. */
void privileges_drop(void);

#endif
