/*
 * The command line of a collector (src/collector/options.h), made of crond's
 * own options and paths.
 */
#ifndef EVCRON_DAEMON_COLLECTORS_COLLECTOR_ARGS_H
#define EVCRON_DAEMON_COLLECTORS_COLLECTOR_ARGS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/backoff.h"
#include "core/mail_rule.h"
#include "core/personality.h"

struct collector_args { /* the same for all; strings are the caller's */
	const struct personality *personality;
	const char *root;        /* NULL or "": none */
	const char *runs_dir;    /* NULL: none can be used */
	const char *collect_dir; /* likewise */
	const char *outbox_dir;
	const char *sent_dir;
	const char *mailbox_dir;
	const char *log_socket;
	const char *mailer;   /* -m; NULL: sendmail */
	const char *sendmail; /* its path */
	enum mail_output output;
	bool full_hostname;
	bool pipe_letters; /* SELinux is there */
	unsigned log_mask; /* -L as asked */
	unsigned stall_secs;
	unsigned limit_secs; /* of a mailer in all; 0: its own default */
	uint64_t letter_max;
	struct backoff backoff;
	uint64_t outbox_secs;
	uint64_t mailbox_max;
	uint64_t warn_secs;
	uint64_t sent_max;
	uint64_t sent_secs;
};

struct collector_whose {
	uid_t uid;
	const char *name;
	uint64_t generation;
	int socket; /* as the collector has it */
	bool recover;
};

/* argv, NULL at its end, to be freed with collector_argv_free. NULL: no memory.
 */
char **collector_argv(const struct collector_args *,
    const struct collector_whose *, const char *program);
void collector_argv_free(char **argv);

#endif
