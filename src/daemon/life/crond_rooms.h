/*
 * All rooms of one crond, in the order in which main.c builds them. main.c and
 * crond.c know it; rooms get the few others they need.
 */
#ifndef EVCRON_DAEMON_LIFE_CROND_ROOMS_H
#define EVCRON_DAEMON_LIFE_CROND_ROOMS_H

#include <ev.h>
#include <stdbool.h>

#include "core/agenda.h"
#include "core/clock_step.h"
#include "core/personality.h"
#include "core/table.h"
#include "daemon/life/daemonize.h"
#include "daemon/base/log_flush.h"
#include "daemon/base/loop.h"
#include "tools/crond_options.h"
#include "core/mail_rule.h"
#include "daemon/collectors/collectors.h"
#include "daemon/base/signals.h"
#include "daemon/handover/handover.h"
#include "daemon/handover/upgrade.h"
#include "sys/host.h"
#include "sys/files/lock.h"
#include "sys/log/log.h"
#include "sys/paths.h"
#include "sys/spawn/spawn.h"

struct crond {
	const struct crond_options *options;
	const struct personality *personality;
	const struct paths *paths;
	const struct inherited_limits *origin;
	struct handover *succession;
	bool as_user;     /* an ordinary user's, DESIGN.md 3.13 */
	bool pid1;        /* a container's first process */
	int status;       /* exit status */
	bool reboots_due; /* @reboot entries are to be run */
	bool rebooted;    /* they were, by this start */
	bool ticking;     /* the first tick has been */
	bool incomplete;  /* late tables (crond.c) may still come */
	struct clock_step_done missed_from; /* as it was at the start */
	int64_t began_ns;                   /* wall clock */
	int64_t began_mono_ns;              /* monotonic, the same moment */
	bool stopping;     /* told to; nothing is to be begun */
	ev_timer patience; /* with late tables */
	struct host host;
	struct log *log;
	struct lock lock;
	struct daemonize background;
	bool forked;
	struct loop loop;
	struct log_flush logflush;
	struct signals signals;
	struct children *children;
	struct shares *shares;
	struct user_cache *users;
	struct mounts *mounts;
	struct memory *memory;
	struct table_source source;
	const char **inherited;
	struct mail_rules rules; /* of mail */
	struct collector_args collector_args;
	struct collectors *collectors;
	struct pam_sessions *sessions; /* NULL: no PAM */
	struct progress_file *minutes;
	struct upgrade upgrade;
	struct ev_prepare idle; /* at the end: is all done? */
	struct runs *runs;
	struct starts *starts; /* NULL: we drain */
	struct zones *zones;
	struct agenda *agenda;
	struct tick *tick;
	char **operands; /* absolute paths, owned; NULL: the system's tables */
	char *operand_user;
	struct reload *reload;
};

#endif
