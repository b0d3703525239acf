/*
 * The end of PAM sessions: when a job is reaped, its session waits for a helper
 * (sys/spawn/pam_closer.h) that closes it. Sessions that end together share one. A module
 * that hangs is given half a minute, one that crashes takes its helper along:
 * both cost only the session that they were at; the log says so.
 */
#ifndef EVCRON_DAEMON_RUN_PAM_SESSIONS_H
#define EVCRON_DAEMON_RUN_PAM_SESSIONS_H

#include <ev.h>
#include <stddef.h>

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

struct children;
struct sessions;
struct spawn_origin;

struct sessions_config {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	const struct personality *personality;
	const struct spawn_origin *origin;
	double limit_secs; /* for one session; 0: 30 */
};

/* config's pointers must outlive it. NULL: no memory. */
struct sessions *sessions_new(const struct sessions_config *);

/* What still waits is given to a helper that goes on by itself. */
void sessions_free(struct sessions *);

/* Closes the session of facts (facts->session is set), whose job is gone.
 * keeper, or -1: a descriptor that is held until it is closed; taken over.
 * Never fails: at the worst, it is logged that it stays open. */
void sessions_close(struct sessions *, struct facts *, int keeper);

/* A successor comes by an exec of ours: likewise. */
void sessions_hand_over(struct sessions *);

/* How many wait or are being closed. */
size_t sessions_count(const struct sessions *);

#endif
