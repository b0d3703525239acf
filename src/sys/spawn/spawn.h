/*
 * Starting a job: from one fork to one exec, with every step between them
 * checked (compat.md 6; CVE-2006-2607: no exec after a failed step;
 * CVE-2012-6097: descriptors 0, 1, 2 and no other).
 *
 * Where nothing in the child may block, it is a vfork: the daemon stands still
 * until the exec, and no page table is copied, whatever the daemon's size.
 */
#ifndef EVCRON_SYS_SPAWN_SPAWN_H
#define EVCRON_SYS_SPAWN_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct context_order;
struct session_plan;

/* What the daemon was started with and jobs get again. */
struct inherited_limits {
	struct rlimit nofile;
	sigset_t ignored; /* signals that were ignored, without SIGPIPE */
};

/* To be called first thing in main, before limits and signals change. */
void inherited_limits_take(struct inherited_limits *);

/* Before an exec of ourselves: signals and limits are again what they were
 * then. */
void inherited_limits_restore(const struct inherited_limits *);

/* Most bytes that a job can have on its stdin. */
#define SPAWN_INPUT_MAX ((size_t)128 * 1024)

/* A sealed file in memory that holds len bytes, at its beginning; owner may
 * open it again as /dev/stdin. Nothing of it can be held by a user once crond
 * has closed it. Close-on-exec, for reading; or -1 with errno. */
int spawn_input(const char *bytes, size_t len, uid_t owner, gid_t group);

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
	int output;   /* becomes 1 and 2; not of a job */
	/* A job, where not NULL: the child opens it as its output, and writes
	 * its pid into the run's file before (-1: there is none). */
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

/* The job's pid, or -1 with errno: no process was made. What failed in the
 * child before the exec is in *failure at once where shared; else it comes by
 * *report (close-on-exec), which is -1 where shared. A failed exec counts as
 * started: its message is the job's output, its status is 1. With a session or
 * a context *report is one of sys/spawn/spawn_failure_read.h, and
 * SPAWN_REPORT_GO is sent right before the exec.
 */
pid_t spawn_job(const struct spawn_plan *, struct spawn_failure *, int *report);

/* Without these: reads *report after the child has ended, and closes it. */
void spawn_failure_read(int *report, struct spawn_failure *);

/* The words for a log line, cronie's where it has them: "setreuid failed". */
const char *spawn_step_text(enum spawn_step);

/* When a process was started, in clock ticks since boot: with its pid it names
 * it for good. 0: not known. */
uint64_t process_start_time(pid_t);

/* A program of our own, in a session of its own, with /dev/null as 0, 1, 2, one
 * descriptor as given, limits and signals as in origin, and our environment.
 * Its pid, or -1 with errno, also that of the exec. */
pid_t spawn_program(const char *path, char *const *argv,
    const struct inherited_limits *origin, int fd, int as);

/* For children of ours that do not exec: handlers reset, nothing blocked, every
 * descriptor from 3 up closed but keep (-1: none). */
void spawn_clean_child(int keep);

#endif
