/*
 * A run that is on its way through PAM, or into a SELinux context: what its
 * child reports until it has become the job, or did not (sys/report.h). One is
 * there for as long as that takes, and no longer.
 */
#ifndef EVCRON_DAEMON_OPENING_H
#define EVCRON_DAEMON_OPENING_H

#include <ev.h>
#include <stdbool.h>

#include "core/facts.h"
#include "daemon/runlog.h"
#include "sys/spawn.h"

struct opening;

/* The job is about to be executed; to be answered with opening_end. */
typedef void (*opening_cb)(void *context);

/* Made before the fork, so that afterwards nothing can fail. log is not copied.
 * NULL: no memory. */
struct opening *opening_new(struct ev_loop *, const struct runlog *log);
void opening_free(struct opening *);

/* Takes report over. Sets facts' session as soon as there is one. */
void opening_start(struct opening *, struct facts *, int report, opening_cb,
    void *context);

/* The callback has been called, or the child has ended: reads what there still
 * is and frees. Whether it came to the exec; if not, *failure tells. *keeper is
 * -1, or a descriptor to hold until the session is closed. */
bool opening_end(struct opening *, struct spawn_failure *, int *keeper);

#endif
