/*
 * One start, put together and forked: from an entry and its user to a process
 * whose output its collector has. What comes before (may it start?) is
 * daemon/run/starts.c's, what comes after (the run) daemon/run/run.c's.
 */
#ifndef EVCRON_DAEMON_RUN_LAUNCH_H
#define EVCRON_DAEMON_RUN_LAUNCH_H

#include <stdbool.h>

#include "core/minute.h"
#include "core/table.h"
#include "daemon/collectors/collectors.h"
#include "daemon/run/runs_config.h"
#include "daemon/run/run_log.h"
#include "sys/spawn/spawn.h"
#include "sys/users/account.h"

struct child_report;
struct child_reports;

struct launch_order {
	const struct runs_config *config; /* patience_secs is set */
	struct child_reports *openings;
	const struct run_log *log;
	struct entry *entry;
	const struct account *account;
	struct minute due;
	const char *id; /* of the record */
	bool as_root;
	struct collector_run *output; /* over and context are set */
};

/* What there is then; all of it is the caller's. record has pid and times, and
 * output is under way. */
struct launched {
	struct run_record *record;
	struct child_report *opening; /* NULL: it has been executed */
	struct spawn_failure failure;
	int report;          /* of spawn_job; -1 without an opening */
	uint64_t generation; /* of the collector */
	bool filed;          /* the run has a file */
};

/* 0, or -1 with errno and what was wanted. */
int launch(const struct launch_order *, struct launched *,
    enum run_log_want *want);

#endif
