/*
 * What a starting crond, or one that drains, does with what an earlier one has
 * left in the directory of runs: goes on with runs; sets aside what makes no
 * sense and says so; removes the rest (DESIGN.md "Outliving the daemon").
 */
#ifndef EVCRON_DAEMON_HANDOVER_ADOPT_H
#define EVCRON_DAEMON_HANDOVER_ADOPT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/run_state.h"
#include "sys/log/log.h"

struct run_files;
struct logind_fifos;
struct reexec_inherited;
struct runs;

struct adopt_config {
	struct log *log;
	struct run_files *handover;
	const struct run_state_key *key;
	struct reexec_inherited *inherited;
	struct logind_fifos *keepers;
	struct runs *runs;
};

/* To be called once, before anything is started and before
 * collectors_take_over. */
void adopt(const struct adopt_config *);

#endif
