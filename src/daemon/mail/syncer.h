/*
 * Writes kept letters through to the disk, so that they outlive a power cut:
 * an fsync may take seconds, so a child does it, one at a time.
 */
#ifndef EVCRON_DAEMON_MAIL_SYNCER_H
#define EVCRON_DAEMON_MAIL_SYNCER_H

#include "daemon/mail/office.h"

struct syncer;

/* NULL: no memory. */
struct syncer *syncer_new(struct office *);
/* What is not yet written will be by the kernel, in its own time. */
void syncer_free(struct syncer *);

/* That letter of the outbox, soon. What can't be done is left undone. */
void syncer_add(struct syncer *, const char *name);

#endif
