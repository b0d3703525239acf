/*
 * The record of one run, gathered in one place from start to end: what a state
 * file keeps so that a successor can take the run over, what a mail's headers
 * tell, what a record of runs will one day store. Plain values and strings
 * that the struct owns, most of them in one block; no descriptor, no watcher.
 */
#ifndef EVCRON_CORE_RUN_RECORD_H
#define EVCRON_CORE_RUN_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/env.h"
#include "core/minute.h"

struct run_env;

/* What a setting takes in memory beside its bytes, where it is shared by none:
 * a pointer and its places in a hash. */
#define RUN_RECORD_SETTING 24

enum mail_rule {         /* what becomes of the output */
	MAIL_ALWAYS,     /* mailed if there is any */
	MAIL_ON_FAILURE, /* -n */
	MAIL_NEVER,      /* MAILTO empty, -m off: counted, dropped */
	MAIL_SYSLOG,     /* -s: CMDOUT lines only */
};

/* What of struct rusage Linux fills and somebody may want to know. */
struct run_usage {
	int64_t user_us, system_us; /* CPU */
	int64_t max_rss_kib;
	int64_t blocks_in, blocks_out; /* of 512 bytes */
};

struct run_record {    /* there is one beside each running job: few holes */
	unsigned refs; /* run_record_ref, run_record_unref */
	/* who and what; set before the start */
	char id[40];         /* unique on this host, safe as a file's name */
	enum mail_rule mail; /* what becomes of the output */
	char *user;
	uid_t uid;
	gid_t gid;
	char *command;     /* what the shell ran, without stdin data */
	char *table;       /* its path */
	unsigned line;     /* in the table */
	uint32_t flags;    /* enum entry_flags */
	struct minute due; /* the minute it was due in; @reboot: of the start */
	char *recipient;   /* safe, or the user; NULL if there is none */
	char *sender;      /* MAILFROM, safe; NULL: the personality's */
	char *home;        /* where mailer and job stand */
	char *env;         /* NAME=value, each NUL-terminated, an empty at the
			      end: the entry's, without PAM (X-Cron-Env) */
	size_t env_size;   /* of all of env, with its last NUL */
	size_t env_cost;   /* env_size, and RUN_RECORD_SETTING for each of its
			      settings; also where they were left out */
	struct run_env *shared; /* env is in there, a reference; NULL: it is
				   the record's own */
	bool env_left_out;      /* env is empty, for who read the file does not
				   need it: not to be written anew */
	/* set at the start */
	uint64_t pid_start;    /* pid's start time, in clock ticks since boot */
	int64_t started_at_ns; /* wall clock */
	int64_t started_mono_ns;
	char *session_env; /* that of PAM, as env is laid out; of its own
			      malloc; NULL: none */
	size_t session_env_size;
	pid_t pid;    /* 0: not started yet */
	bool session; /* PAM has opened one; to be closed after the end */
	/* set at the end */
	bool reaped;       /* by now its pid may be another's */
	bool ended;        /* the fields below are known */
	bool status_known; /* false for adopted runs of old kernels */
	int status;        /* as wait4 tells it */
	int64_t ended_mono_ns;
	struct run_usage *usage; /* of its own malloc; NULL: not known */
	/* counted all along */
	uint64_t output_bytes; /* written by the job */
	uint64_t lost_bytes;   /* of these, discarded for want of room */
};

struct run_record_source { /* strings are copied */
	const char *user, *command, *table, *recipient, *sender, *home;
	const struct env *env;  /* copied; NULL: none */
	struct run_env *shared; /* referenced, instead of env; or NULL */
};

/* A struct run_record with one reference, all strings in one block but for a
 * shared environment's, all else zero; NULL: no memory. Run, output and mail
 * each hold one. The last unref frees session_env and usage too. */
struct run_record *run_record_new(const struct run_record_source *);
void run_record_ref(struct run_record *);
void run_record_unref(struct run_record *);

/* Notes what it used; without memory it is not known. */
void run_record_set_usage(struct run_record *, const struct run_usage *);

/* Makes the session's environment of env, an empty one NULL. -1: no memory. */
int run_record_set_session_env(struct run_record *, const struct env *);

/* The value of one of the entry's own settings; NULL: there is none. */
const char *run_record_setting(const struct run_record *, const char *name);

/* The environment that the job has: PAM's, overlaid by the entry's [COMPAT.md
 * 5]. It goes into env, which is empty. -1: no memory. */
int run_record_job_env(const struct run_record *, struct env *env);

/* When the run began, or was due where that is not known: seconds since the
 * epoch. */
int64_t run_record_began_at(const struct run_record *);

/* Did the run fail: a status other than 0, a signal, or unknown? */
bool run_record_failed(const struct run_record *);

#endif
