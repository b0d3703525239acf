/*
 * A run that is on its way from the fork to the exec, mostly through PAM or
 * into a SELinux context: what its child reports until it has become the job,
 * or did not (sys/spawn/spawn_report.h; a plain one's:
 * spawn_failure_read). One is there for as long as that takes, and no longer.
 */
#ifndef EVCRON_DAEMON_RUN_CHILD_REPORT_H
#define EVCRON_DAEMON_RUN_CHILD_REPORT_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/run_record.h"
#include "daemon/run/run_log.h"
#include "sys/spawn/spawn.h"

struct child_report;

/* All that are on their way. So many at once that no CPU idles, and no more:
 * the first of hundreds is to be there first, not when nearly all are. But
 * modules may wait for something else, a server or a lock: where one takes
 * longer than is usual, nobody is held up by those there are. For plain ones a
 * fifth of that is unusual, for users can make an exec slow. */
struct child_reports {
	TAILQ_HEAD(, child_report) list; /* the oldest first */
	size_t count, max;
	int64_t usual_ns; /* of those that are not plain */
	struct ev_loop *loop;
	ev_timer timer;
	void (*room)(void *context);
	void *context;
};

/* room is called when they have been full, and are no longer. */
void child_reports_init(struct child_reports *, struct ev_loop *, size_t max,
    unsigned usual_ms, void (*room)(void *context), void *context);
void child_reports_clear(struct child_reports *);

/* Should the next one wait? room will be called when it need not any more. */
bool child_reports_full(struct child_reports *);

/* The job is about to be executed, or has been, where it is plain; to be
 * answered with child_report_end. */
typedef void (*child_report_cb)(void *context);

/* Made before the fork, so that afterwards nothing can fail. log is not copied.
 * It is among these from child_report_start on. plain: neither a session nor a
 * context. NULL: no memory. */
struct child_report *child_report_new(struct child_reports *,
    const struct run_log *log, bool plain);
void child_report_free(struct child_report *);
bool child_report_is_plain(const struct child_report *);

/* Takes report over. Sets record's session as soon as there is one. */
void child_report_start(struct child_report *, struct run_record *, int report,
    child_report_cb, void *context);

/* The callback has been called, or the child has ended: reads what there still
 * is and frees. Whether it came to the exec; if not, *failure tells.
 * *session_fifo is -1, or a descriptor to hold until the session is closed. */
bool child_report_end(struct child_report *, struct spawn_failure *,
    int *session_fifo);

/* That descriptor, if it has come, before the end: the caller's then. -1: no.
 */
int child_report_take_session_fifo(struct child_report *);

#endif
