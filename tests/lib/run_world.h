/*
 * A world for tests of runs: real rooms around them, collectors that mail
 * nothing (fake_collector.c), the log in a socket of the test's.
 */
#ifndef EVCRON_TESTS_RUN_WORLD_H
#define EVCRON_TESTS_RUN_WORLD_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/table.h"
#include "core/mail_rule.h"
#include "daemon/collectors/collectors.h"
#include "daemon/users/share.h"
#include "sys/inherited_limits.h"
#include "sys/spawn/spawn.h"

extern struct world {
	struct ev_loop *loop;
	struct log *log;
	struct children *children;
	struct user_cache *users;
	struct shares *shares;
	struct mounts *mounts;
	struct mail_rules rules;
	struct collector_args args;
	struct collectors *collectors;
	struct run_files *files;
	struct state_files *states;
	struct runs *runs;
	struct starts *starts;
	struct inherited_limits origin;
	struct table_source source;
	struct faults faults;
	struct table *table;
	char dir[64], socket[96], runs_dir[96], outbox[96], collect[96];
	char me[64];
	/* Set before start_world. */
	unsigned patience_secs, opening_ms, answer_ms;
	bool nameless; /* no directory of runs can be used */
	bool pam;      /* jobs have sessions (fake_pam.h) */
	struct pam_sessions *sessions;
	int sink;
	char *lines; /* of the log, each after a newline */
	size_t len, size;
} world;

/* Before and after each test. */
int set_up(void **state);
int tear_down(void **state);
void start_world(const char *personality, unsigned log_mask);

/* Reads lines as /etc/crontab, with a HOME that is there for everybody. */
void load(const char *format, ...) __attribute__((format(printf, 1, 2)));
void all_due(void);
/* How many runs and starts are not over. */
size_t runs_left(void);

/* How often that stands in the log. */
int count_lines(const char *what);
double seconds(void);
/* Runs the loop until the log has count times what; for a while; until no start
 * and no run is left. */
void wait_for(const char *what, int count);
void run_for(double secs);
void wait_for_the_end(void);

#endif
