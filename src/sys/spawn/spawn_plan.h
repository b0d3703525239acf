/*
 * What a start is made of: the plan that crond puts together, and the step of
 * it that failed.
 */
#ifndef EVCRON_SYS_SPAWN_SPAWN_PLAN_H
#define EVCRON_SYS_SPAWN_SPAWN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct context_order;
struct inherited_limits;
struct session_plan;

struct spawn_output {
	const char *fifo; /* its path */
	int state;        /* the run's file, core/run_state.h; or -1 */
	/* Without a directory for FIFOs, fifo is NULL: the child makes a pipe
	 * of its own, and sends its reading end over this socket with these
	 * bytes. */
	int socket;
	const char *bytes;
	size_t len;
};

struct spawn_plan { /* nothing here may lie in an arena (sys/arena.h) */
	const struct inherited_limits *origin;
	const char *shell, *command; /* SHELL -c COMMAND */
	/* A mailer, where not NULL: this argv instead, the first of the paths
	 * in programs that can be executed. Both end with NULL. */
	char *const *argv, *const *programs;
	char *const *env;
	const char *home; /* chdir there, as the user */
	bool home_required;
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t group_count;
	bool as_root; /* take on the ids; else they must be ours already */
	int input;    /* becomes 0 */
	bool input_by_pipe; /* of a mailer: SELinux is there, and may deny it
			       the file */
	int output;         /* becomes 1 and 2; not of a job */
	/* A job, where not NULL: the child opens it as its output, and writes
	 * its pid into the run's file before. */
	const struct spawn_output *job;
	bool shared; /* vfork */
	/* For how long the child tries again, once a second, what says EAGAIN:
	 * its user has as many processes as he may. Not where shared. */
	unsigned patience_secs;
	/* Not NULL: through PAM, as root, not shared. say, not NULL: what
	 * modules say is reported; it is not called. */
	const struct session_plan *session;
	/* Not NULL: into that SELinux context, as root, not shared. */
	const struct context_order *context;
	/* Not 0: a minute, of the epoch. A session that is not open before its
	 * end is too late for the job. */
	int64_t within_minute;
	bool dry;    /* -x test: all but the exec */
	bool debian; /* the words of a failed exec, on output */
};

enum spawn_step {      /* the step that failed: there was no exec */
	SPAWN_STARTED, /* none that we know of */
	SPAWN_OUTPUT,  /* the job's FIFO could not be opened */
	SPAWN_FDS,
	SPAWN_LIMITS,
	SPAWN_GID,
	SPAWN_GROUPS,
	SPAWN_UID,
	SPAWN_CHDIR,
	SPAWN_EXEC, /* of a mailer alone */
	/* with a session or a context */
	SPAWN_AUTHORIZE,    /* PAM refused; error is its code */
	SPAWN_SESSION,      /* PAM could not open it; likewise */
	SPAWN_SESSION_TOLD, /* it could not be reported */
	SPAWN_LATE,         /* the minute was over */
	SPAWN_DIED,         /* the child ended on its way, error is 0 */
	/* with a context; error is 0 */
	SPAWN_CONTEXT_FIND,
	SPAWN_CONTEXT_SET,
};

struct spawn_failure {
	enum spawn_step step;
	int error; /* errno */
};

#endif
