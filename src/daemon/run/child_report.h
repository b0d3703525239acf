/*
 * A run that is on its way from the fork to the exec, mostly through PAM or
 * into a SELinux context: what its child reports until it has become the job,
 * or did not (sys/spawn/spawn_report.h; a plain one's: spawn_report). One is there for as
 * long as that takes, and no longer.
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

struct opening;

/* All that are on their way. So many at once that no CPU idles, and no more:
 * the first of hundreds is to be there first, not when nearly all are. But
 * modules may wait for something else, a server or a lock: where one takes
 * longer than is usual, nobody is held up by those there are. For plain ones a
 * fifth of that is unusual, for users can make an exec slow. */
struct openings {
	TAILQ_HEAD(, opening) list; /* the oldest first */
	size_t count, max;
	int64_t usual_ns; /* of those that are not plain */
	struct ev_loop *loop;
	ev_timer timer;
	void (*room)(void *context);
	void *context;
};

/* room is called when they have been full, and are no longer. */
void openings_init(struct openings *, struct ev_loop *, size_t max,
    unsigned usual_ms, void (*room)(void *context), void *context);
void openings_clear(struct openings *);

/* Should the next one wait? room will be called when it need not any more. */
bool openings_full(struct openings *);

/* The job is about to be executed, or has been, where it is plain; to be
 * answered with opening_end. */
typedef void (*opening_cb)(void *context);

/* Made before the fork, so that afterwards nothing can fail. log is not copied.
 * It is among these from opening_start on. plain: neither a session nor a
 * context. NULL: no memory. */
struct opening *opening_new(struct openings *, const struct runlog *log,
    bool plain);
void opening_free(struct opening *);
bool opening_is_plain(const struct opening *);

/* Takes report over. Sets facts' session as soon as there is one. */
void opening_start(struct opening *, struct facts *, int report, opening_cb,
    void *context);

/* The callback has been called, or the child has ended: reads what there still
 * is and frees. Whether it came to the exec; if not, *failure tells. *keeper is
 * -1, or a descriptor to hold until the session is closed. */
bool opening_end(struct opening *, struct spawn_failure *, int *keeper);

#endif
