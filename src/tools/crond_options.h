/*
 * The command line of crond. Each personality's letters keep their meaning; a
 * letter that a personality doesn't know takes the other's (DESIGN.md 3.10).
 * Only -n clashes: the full host name in the Subject under Debian, the
 * foreground elsewhere. Every option has a long name too.
 */
#ifndef EVCRON_TOOLS_CROND_OPTIONS_H
#define EVCRON_TOOLS_CROND_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/backoff.h"
#include "core/personality.h"
#include "core/mail_rule.h"

/* Bits of -L (COMPAT.md 2.1). */
enum crond_log_mask {
	LOG_RUN_START = 1,
	LOG_RUN_END = 2,
	LOG_RUN_FAILED = 4,
	LOG_RUN_PIDS = 8,
};

enum crond_log_target { /* --log */
	TARGET_AUTO,    /* syslog; a terminal in the foreground too */
	TARGET_SYSLOG,
	TARGET_STDERR,
	TARGET_STDOUT,
	TARGET_BOTH, /* syslog and stderr */
};

struct crond_options { /* strings point into argv */
	const struct personality *personality;
	bool check;            /* --check */
	bool outbox;           /* --outbox: show letters that wait */
	bool sent;             /* --sent: ... those kept as sent */
	bool flush;            /* --flush */
	bool drain;            /* --drain; implies the foreground */
	const char *user;      /* -u: whose tables --check reads; or NULL */
	const char *root;      /* --root; or NULL */
	bool foreground;       /* -f, -x, -n but under Debian; PID 1 */
	bool full_hostname;    /* -n under Debian */
	bool lsb_names;        /* -l */
	bool permit_all;       /* -p */
	bool keep_path;        /* -P */
	bool sweep_always;     /* -i */
	bool cluster;          /* -c */
	bool debug;            /* -x */
	bool dry;              /* -x test */
	const char *mailer;    /* -m; or NULL */
	const char *collector; /* --collector; NULL: the installed one */
	unsigned log_mask;     /* enum crond_log_mask: what lines there are */
	unsigned log_asked;    /* -L as given; its own default without it */
	enum crond_log_target target;
	enum mail_output output; /* -s, --output */
	bool json;               /* --log-format=json */
	int64_t grace_secs;      /* --grace; -1: not given */
	unsigned mailers_max;
	unsigned stall_secs;
	unsigned answer_secs;   /* --answer: of a collector */
	uint64_t letter_max;    /* bytes */
	uint64_t outbox_max;    /* bytes */
	struct backoff backoff; /* --retry, --retry-for */
	uint64_t outbox_secs;   /* --outbox-age */
	uint64_t mailbox_max;   /* bytes */
	uint64_t warn_secs;     /* --warn-after */
	uint64_t sent_max;      /* bytes */
	uint64_t sent_secs;     /* --sent-age */
	char *const *operands;  /* NULL at the end; may be empty */
};

enum crond_options_verdict {
	OPTIONS_GOOD,
	OPTIONS_EXIT, /* all was said: exit with *status */
};

/* Parses; reorders argv. What is asked for (--help, --version) goes to stdout,
 * what is wrong to stderr. */
enum crond_options_verdict crond_options_parse(struct crond_options *, int argc,
    char **argv, int *status);

#endif
