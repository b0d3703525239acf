/*
 * What the rooms of this wing need from outside.
 */
#ifndef EVCRON_DAEMON_RUN_RUNS_CONFIG_H
#define EVCRON_DAEMON_RUN_RUNS_CONFIG_H

#include <ev.h>
#include <stdbool.h>

#include "core/minute.h"
#include "core/personality.h"
#include "core/table.h"
#include "sys/log/log.h"

struct children;
struct collectors;
struct mail_rules;
struct mounts;
struct pam_sessions;
struct inherited_limits;
struct shares;
struct state_files;
struct user_cache;

struct runs_hooks {
	bool (*was_started)(void *context, struct entry *, struct minute due);
	void (*starts)(void *context, struct entry *, struct minute due);
	void (*settled)(void *context);
};

struct runs_config {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	struct user_cache *users;
	struct shares *shares;
	struct collectors *collectors;
	const struct mail_rules *rules;
	struct mounts *mounts;         /* which paths may hang */
	struct pam_sessions *sessions; /* closes those of PAM; NULL: no PAM */
	struct state_files *states;    /* NULL: no directory of runs can be
					  used: pipes have no names */
	const struct personality *personality;
	const struct table_source *source;     /* inherited variables */
	const struct inherited_limits *origin; /* taken first thing in main */
	const char *path;  /* -P: the daemon's PATH for jobs; or NULL */
	unsigned log_mask; /* -L; enum crond_log_mask */
	bool dry;          /* -x test: don't exec */
	/* May be NULL. Asked before a start: has an earlier crond started this
	 * one? Told that it will be started now, and that no start waits. */
	const struct runs_hooks *hooks;
	void *context; /* of hooks */
	/* How long a start that fails is tried again; 0: for its minute. */
	unsigned patience_secs;
	/* How long jobs usually are on their way through PAM, at most; 0: 50.
	 * While one takes longer they are not counted
	 * (daemon/run/child_report.h). */
	unsigned opening_ms;
};

#endif
