/*
 * The end of PAM sessions: when a job is reaped, its session waits for a helper
 * (sys/spawn/pam_closer.h) that closes it. Sessions that end together share
 * one. A module that hangs is given half a minute, one that crashes takes its
 * helper along: both cost only the session that they were at; the log says so.
 */
#ifndef EVCRON_DAEMON_RUN_PAM_SESSIONS_H
#define EVCRON_DAEMON_RUN_PAM_SESSIONS_H

#include <ev.h>
#include <stddef.h>

#include "core/run_record.h"
#include "core/personality.h"
#include "sys/log/log.h"

struct children;
struct pam_sessions;
struct inherited_limits;

struct pam_sessions_config {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	const struct personality *personality;
	const struct inherited_limits *origin;
	double limit_secs; /* for one session; 0: 30 */
};

/* config's pointers must outlive it. NULL: no memory. */
struct pam_sessions *pam_sessions_new(const struct pam_sessions_config *);

/* What still waits is given to a helper that goes on by itself. */
void pam_sessions_free(struct pam_sessions *);

/* Closes the session of record (record->session is set), whose job is gone.
 * session_fifo, or -1: a descriptor that is held until it is closed; taken
 * over. Never fails: at the worst, it is logged that it stays open. */
void pam_sessions_close(struct pam_sessions *, struct run_record *,
    int session_fifo);

/* A successor comes by an exec of ours: likewise. */
void pam_sessions_hand_over(struct pam_sessions *);

/* How many wait or are being closed. */
size_t pam_sessions_count(const struct pam_sessions *);

#endif
