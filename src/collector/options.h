/*
 * The command line of evcron-collect. crond makes it of its own options and
 * paths; nobody types it, so it is long options only and says little where it
 * makes no sense.
 *
 *	--socket=FD		to crond, SEQPACKET, connected
 *	--uid=N --name=USER	whose runs these are
 *	--generation=N		0: it has no name (no --collect)
 *	--runs=DIR		DIR/UID has the runs' FIFOs and files; not
 *				given: run comes twice, first with the run's
 *				file attached (a memfd), then with its output
 *	--collect=DIR		DIR/UID.GENERATION is this collector's, made
 *				if missing: socket to connect to, and lock
 *				(a POSIX record lock on all of it)
 *	--outbox=DIR		DIR/UID has the letters, made if missing
 *	--recover		go on with what is in DIR/UID of --runs
 *	--personality=NAME --root=DIR
 *	--mailbox=DIR		of users; not given: there are none
 *	--mailer=COMMAND	crond -m; not given: --sendmail
 *	--sendmail=PATH
 *	--output=mail|log|both	both: output also as CMDOUT lines, as under
 *				RHEL where there was no sendmail at the start
 *	--host=NAME		not given: as gethostname tells
 *	--full-hostname		cron -n
 *	--pipe-letters		to mailers: SELinux may deny them the files
 *	--charset=NAME		not given: the locale's
 *	--log-mask=N		crond -L
 *	--log-socket=PATH	where lines go when there is no crond; not
 *				given: nowhere
 *	--stall=SECS --limit=SECS --letter-max=BYTES
 *	--threads=N		at most; not given: as the machine has processes
 *	--retry=LIST --retry-for=TIME --outbox-age=TIME
 *	--mailbox-max=BYTES --warn-after=TIME
 *	--sent=DIR		DIR/UID keeps letters of failed runs as sent;
 *				not given: they are not kept
 *	--sent-max=BYTES --sent-age=TIME
 *
 * Times are seconds, or as crond's options have them ("5m"). What is not given,
 * or 0, is crond's default.
 */
#ifndef EVCRON_COLLECTOR_OPTIONS_H
#define EVCRON_COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/backoff.h"
#include "core/mail_rule.h"
#include "core/personality.h"

struct collector_options {
	int socket; /* -1: none */
	uid_t uid;
	const char *name;
	uint64_t generation;
	/* Directories of this user: owned, NULL where there is none. */
	char *runs_dir, *collect_dir, *outbox_dir, *sent_dir;
	bool recover;
	const struct personality *personality;
	const char *mailbox_dir;
	const char *mailer; /* NULL: sendmail */
	const char *sendmail;
	enum mail_output output;
	const char *host, *charset; /* NULL: the system's */
	bool full_hostname;
	bool pipe_letters;
	unsigned log_mask;
	const char *log_socket;
	unsigned stall_secs;  /* 600 */
	unsigned limit_secs;  /* of a mailer in all: an hour */
	uint64_t letter_max;  /* 64 MiB */
	uint64_t threads_max; /* 0: by the machine */
	struct backoff backoff;
	uint64_t outbox_secs; /* 30 days */
	uint64_t mailbox_max; /* 50 MiB */
	uint64_t warn_secs;   /* an hour */
	uint64_t sent_max;    /* 64 MiB */
	uint64_t sent_secs;   /* 7 days */
};

/* Texts point into argv. -1: it makes no sense, which standard error says; or
 * no memory. */
int collector_options_parse(struct collector_options *, int argc, char **argv);
void collector_options_clear(struct collector_options *);

#endif
