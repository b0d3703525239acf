/*
 * Starting a job, and how any child is cleaned.
 *
 * Between fork and exec stand only async-signal-safe calls: in a vfork the
 * child works on the daemon's own memory. All signals are blocked around the
 * fork and reset in the child before they are let in again, so that none of the
 * loop's handlers ever runs there. PAM's modules are no such calls: their child
 * is forked, and what they did to its signals and descriptors is undone.
 */
#include "sys/spawn/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "core/run_state.h"
#include "sys/clock.h"
#include "sys/inherited_limits.h"
#include "sys/spawn/clean_child.h"
#include "sys/fd.h"
#include "sys/jobpipe.h"
#include "sys/memory_file.h"
#include "sys/seqpacket.h"
#include "sys/spawn/context.h"
#include "sys/spawn/spawn_pam.h"
#include "sys/spawn/spawn_selinux.h"
#include "sys/spawn/spawn_report.h"

#define NS_PER_MINUTE ((int64_t)60 * 1000000000)
#define REFUSAL_MAX   (CONTEXT_MAX + 512) /* a name and some words */

int
spawn_input(const char *bytes, size_t len, uid_t owner, gid_t group)
{
	if (len <= SPAWN_INPUT_MAX)
		return memory_file(bytes, len, owner, group);
	errno = E2BIG;
	return -1;
}

/* The child */

/* The output of a job */

/* With its pid first: who finds the run's file without one, and no process that
 * is about to write it, knows that there is no job. */
static int
write_pid(int state)
{
	char slot[RUN_STATE_PID_SIZE];
	pid_t pid = getpid();

	run_state_pid_slot(slot, pid, process_start_time(pid));
	return pwrite(state, slot, sizeof slot, RUN_STATE_PID_AT) ==
		       (ssize_t)sizeof slot
		   ? 0
		   : -1;
}

/* A pipe that only we have yet: its reading end is the collector's from now on.
 */
static int
send_pipe(const struct spawn_plan *plan)
{
	const struct spawn_output *job = plan->job;
	int ends[2] = {-1, -1}, result = -1, error;

	if (jobpipe_nameless(plan->uid, plan->gid, ends) == 0)
		result =
		    seqpacket_send(job->socket, job->bytes, job->len, ends[0]);
	error = errno;
	fd_close(&ends[0]);
	if (result == 0)
		return ends[1];
	fd_close(&ends[1]);
	errno = error;
	return -1;
}

/* First of all: from here on the job has none of the daemon's descriptors but
 * these, and the daemon none of the job's. */
static int
open_output(struct spawn_plan *plan, int report)
{
	const struct spawn_output *job = plan->job;
	int keep[4] = {plan->input, report, job->state, job->socket};
	int i, j = 0;

	for (i = 0; i < 4; i++)
		if (keep[i] > 2)
			keep[j++] = keep[i];
	clean_child_close_others(keep, (size_t)j);
	if (job->state != -1) {
		(void)write_pid(job->state);
		close(job->state);
	}
	if (job->fifo != NULL)
		plan->output = open(job->fifo, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	else
		plan->output = send_pipe(plan);
	if (job->socket != -1)
		close(job->socket);
	return plan->output == -1 ? -1 : 0;
}

/* Makes a descriptor safe from the dup2 to 0, 1, 2. */
static int
above_stderr(int fd)
{
	return fd > 2 ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int
set_fds(const struct spawn_plan *plan, int report)
{
	int input = above_stderr(plan->input);
	int output = above_stderr(plan->output);

	if (input == -1 || output == -1)
		return -1;
	if (dup2(input, 0) == -1 || dup2(output, 1) == -1 ||
	    dup2(output, 2) == -1)
		return -1;
	clean_child_close_others(&report, report < 3 ? 0 : 1);
	return 0;
}

/* As set_fds, but 0, 1, 2 are the daemon's still: modules may read and write
 * there, and what the job will read is none of their business. */
static int
keep_fds(struct spawn_plan *plan, int report)
{
	int keep[3];

	plan->input = keep[0] = above_stderr(plan->input);
	plan->output = keep[1] = above_stderr(plan->output);
	keep[2] = report;
	if (keep[0] == -1 || keep[1] == -1 || keep[2] == -1)
		return -1;
	clean_child_close_others(keep, 3);
	return 0;
}

/* After a call that failed: is it worth another try? Waits a second before it
 * says so. */
static bool
again(const struct spawn_plan *plan, unsigned *tries)
{
	const struct timespec second = {.tv_sec = 1};

	if (errno != EAGAIN || plan->shared || *tries >= plan->patience_secs)
		return false;
	(*tries)++;
	nanosleep(&second, NULL);
	return true;
}

/* Kernels of today let the ids be taken and refuse the exec; others, this. */
static int
take_uid(const struct spawn_plan *plan)
{
	unsigned tries = 0;
	int result;

	do
		result = setresuid(plan->uid, plan->uid, plan->uid);
	while (result == -1 && again(plan, &tries));
	return result;
}

static enum spawn_step
take_groups(const struct spawn_plan *plan)
{
	if (!plan->as_root)
		return SPAWN_STARTED;
	if (setresgid(plan->gid, plan->gid, plan->gid) == -1)
		return SPAWN_GID;
	if (setgroups(plan->group_count, plan->groups) == -1)
		return SPAWN_GROUPS;
	return SPAWN_STARTED;
}

static enum spawn_step
take_user(const struct spawn_plan *plan)
{
	uid_t real, effective, saved;
	gid_t rgid, egid, sgid;

	if (plan->as_root) {
		if (take_uid(plan) == -1)
			return SPAWN_UID;
		if (getresgid(&rgid, &egid, &sgid) == -1 || rgid != plan->gid ||
		    egid != plan->gid || sgid != plan->gid) {
			errno = EPERM;
			return SPAWN_GID;
		}
	}
	if (getresuid(&real, &effective, &saved) == -1 || real != plan->uid ||
	    effective != plan->uid || saved != plan->uid) {
		errno = EPERM;
		return SPAWN_UID;
	}
	return SPAWN_STARTED;
}

/* What modules left to go off later would hit the job. */
static void
stop_timers(void)
{
	static const struct itimerval none;

	(void)setitimer(ITIMER_REAL, &none, NULL);
	(void)setitimer(ITIMER_VIRTUAL, &none, NULL);
	(void)setitimer(ITIMER_PROF, &none, NULL);
}

static bool
is_late(const struct spawn_plan *plan)
{
	return plan->within_minute != 0 &&
	       clock_wall_ns() / NS_PER_MINUTE != plan->within_minute;
}

/* Of a child whose context changes between PAM's credentials and session, as
 * cronie does it. */
struct between {
	const struct spawn_plan *plan;
	int report;
	enum spawn_step step;
};

static bool
change_context(void *context)
{
	struct between *b = context;
	char refusal[1];

	b->step =
	    spawn_selinux_context(b->plan, b->report, refusal, sizeof(refusal));
	return b->step == SPAWN_STARTED;
}

static enum spawn_step
open_session(const struct spawn_plan *plan, struct spawn_pam *admission,
    int report)
{
	struct between b = {plan, report, SPAWN_STARTED};
	struct session_plan session = *plan->session;
	enum spawn_step step;

	if (plan->context != NULL && !plan->debian) {
		session.between = change_context;
		session.between_context = &b;
	}
	step = spawn_pam_open(admission, &session, report);
	return b.step != SPAWN_STARTED ? b.step : step;
}

/* From PAM to the groups. Modules' limits are to stay, so ours come first. */
static enum spawn_step
enter_session(struct spawn_plan *plan, struct spawn_pam *admission, int report)
{
	enum spawn_step step;

	if (keep_fds(plan, report) == -1)
		return SPAWN_FDS;
	if (setrlimit(RLIMIT_NOFILE, &plan->origin->nofile) == -1)
		return SPAWN_LIMITS;
	step = open_session(plan, admission, report);
	if (step == SPAWN_STARTED)
		step = take_groups(plan);
	if (step == SPAWN_STARTED)
		step = spawn_pam_set_groups(admission);
	if (step != SPAWN_STARTED)
		return step;
	stop_timers();
	clean_child_reset_signals(&plan->origin->ignored);
	if (is_late(plan)) {
		errno = 0;
		return SPAWN_LATE;
	}
	plan->env = spawn_pam_environment(admission, plan->env);
	return plan->env == NULL ? SPAWN_SESSION_TOLD : SPAWN_STARTED;
}

/* All steps but the exec. SPAWN_STARTED, or the one that failed, with errno.
 * refusal: what there will be instead of the exec, or "". */
static enum spawn_step
prepare(struct spawn_plan *plan, int report, char *refusal, size_t size)
{
	struct spawn_pam admission;
	enum spawn_step step = SPAWN_STARTED;

	clean_child_reset_signals(&plan->origin->ignored);
	(void)setsid(); /* a new process leads no group: can't fail */
	if (plan->job != NULL && open_output(plan, report) == -1)
		return SPAWN_OUTPUT;
	if (plan->session != NULL)
		step = enter_session(plan, &admission, report);
	if (step != SPAWN_STARTED)
		return step;
	if ((plan->argv != NULL ? spawn_selinux_input(plan)
				: spawn_selinux_job_input(plan)) == -1)
		return SPAWN_FDS;
	if (set_fds(plan, report) == -1)
		return SPAWN_FDS;
	if (plan->session == NULL) {
		if (setrlimit(RLIMIT_NOFILE, &plan->origin->nofile) == -1)
			return SPAWN_LIMITS;
		step = take_groups(plan);
	}
	/* Debian's cron, and where there is no session, last of all. */
	if (step == SPAWN_STARTED && plan->context != NULL &&
	    (plan->session == NULL || plan->debian))
		step = spawn_selinux_context(plan, report, refusal, size);
	if (step == SPAWN_STARTED)
		step = take_user(plan);
	if (step != SPAWN_STARTED)
		return step;
	/* What we still have open is the daemon's: nobody may look until the
	 * exec, where this ends. In a vfork it would be the daemon's own, and
	 * the user is ours. */
	if (!plan->shared)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (chdir(plan->home) == -1 && plan->home_required)
		return SPAWN_CHDIR;
	return SPAWN_STARTED;
}

static void
put(struct iovec *parts, size_t *count, const char *text)
{
	parts[*count].iov_base = (char *)(uintptr_t)text;
	parts[*count].iov_len = strlen(text);
	(*count)++;
}

/* In the incumbent's words, as the job's output: its user gets it by mail.
 * strerror of an error that exists returns a constant. */
static void
tell_exec_failed(const struct spawn_plan *plan, int error)
{
	struct iovec parts[8];
	size_t count = 0;

	if (plan->debian) {
		put(parts, &count, plan->shell);
		put(parts, &count, ": execle: ");
	} else {
		put(parts, &count, "execl: couldn't exec `");
		put(parts, &count, plan->shell);
		put(parts, &count, "'\nexecl: ");
	}
	put(parts, &count, strerror(error));
	put(parts, &count, "\n");
	(void)!writev(2, parts, (int)count);
}

/* Has the child more to tell than that it failed? */
static bool
reports(const struct spawn_plan *plan)
{
	return plan->session != NULL || plan->context != NULL;
}

static void
tell_failure(const struct spawn_plan *plan, struct spawn_failure *failure,
    int report, enum spawn_step step)
{
	failure->step = step;
	failure->error = errno;
	if (reports(plan))
		(void)spawn_report_send(report, SPAWN_REPORT_FAILURE, failure,
		    sizeof(*failure), -1);
	else if (report != -1)
		(void)!write(report, failure, sizeof(*failure));
}

/* As execvp, by paths worked out before the fork. Returns if none can be
 * executed, with the errno that tells most. */
static void
exec_first(const struct spawn_plan *plan)
{
	int error = ENOENT;
	size_t i;

	for (i = 0; plan->programs[i] != NULL; i++) {
		execve(plan->programs[i], plan->argv, plan->env);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			break;
	}
	errno = error;
}

static _Noreturn void
become_job(const struct spawn_plan *given, struct spawn_failure *failure,
    int report, char *const *argv)
{
	struct spawn_plan changed = *given, *plan = &changed;
	char refusal[REFUSAL_MAX] = "";
	enum spawn_step step = prepare(plan, report, refusal, sizeof(refusal));
	unsigned tries = 0;

	if (step != SPAWN_STARTED) {
		tell_failure(plan, failure, report, step);
		_exit(1);
	}
	/* Without it there is no job in the daemon's eyes: it is told, or the
	 * daemon is gone. */
	if (reports(plan))
		(void)spawn_report_send(report, SPAWN_REPORT_GO, NULL, 0, -1);
	if (plan->dry)
		_exit(0);
	if (refusal[0] != '\0') {
		(void)!write(2, refusal, strlen(refusal));
		_exit(1);
	}
	if (plan->argv != NULL) {
		exec_first(plan);
		tell_failure(plan, failure, report, SPAWN_EXEC);
		_exit(1);
	}
	do
		execve(plan->shell, argv, plan->env);
	while (again(plan, &tries));
	tell_exec_failed(plan, errno);
	_exit(1);
}

/* The parent */

/* A function of its own, which never returns in the child: nothing of the
 * parent's frames may change under a vfork. */
static pid_t
vfork_job(const struct spawn_plan *plan, struct spawn_failure *failure,
    char *const *argv)
{
	pid_t pid = vfork();

	if (pid == 0)
		become_job(plan, failure, -1, argv);
	return pid;
}

static pid_t
fork_job(const struct spawn_plan *plan, struct spawn_failure *failure,
    char *const *argv, int *report)
{
	int ends[2], error;
	pid_t pid;

	if (reports(plan) ? spawn_report_open(ends) == -1
			  : pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
		return -1;
	pid = fork();
	if (pid == 0)
		become_job(plan, failure, above_stderr(ends[1]), argv);
	error = errno;
	close(ends[1]);
	if (pid == -1)
		close(ends[0]);
	else
		*report = ends[0];
	errno = error;
	return pid;
}

static _Noreturn void
become_program(const char *path, char *const *argv,
    const struct inherited_limits *origin, int fd, int as)
{
	int null;

	clean_child_reset_signals(&origin->ignored);
	(void)setsid();
	null = open("/dev/null", O_RDWR);
	if (null != -1 && dup2(null, 0) != -1 && dup2(null, 1) != -1 &&
	    dup2(null, 2) != -1 && (fd == as || dup2(fd, as) != -1)) {
		(void)fcntl(as, F_SETFD, 0);
		clean_child_close_others(&as, 1);
		(void)setrlimit(RLIMIT_NOFILE, &origin->nofile);
		execve(path, argv, environ);
	}
	_exit(127);
}

/* Not a vfork: on a busy machine the daemon would stand still until the child
 * has had its turn, once for each. */
pid_t
spawn_program(const char *path, char *const *argv,
    const struct inherited_limits *origin, int fd, int as)
{
	sigset_t all, before;
	int error;
	pid_t pid;

	if (access(path, X_OK) == -1)
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		become_program(path, argv, origin, fd, as);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

pid_t
spawn_job(const struct spawn_plan *plan, struct spawn_failure *failure,
    int *report)
{
	char *argv[] = {(char *)(uintptr_t)plan->shell, (char[]){"-c"},
	    (char *)(uintptr_t)plan->command, NULL};
	sigset_t all, before;
	int error;
	pid_t pid;

	failure->step = SPAWN_STARTED;
	failure->error = 0;
	*report = -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	if (plan->shared)
		pid = vfork_job(plan, failure, argv);
	else
		pid = fork_job(plan, failure, argv, report);
	error = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return pid;
}

void
spawn_failure_read(int *report, struct spawn_failure *failure)
{
	struct spawn_failure got;

	failure->step = SPAWN_STARTED;
	failure->error = 0;
	if (*report == -1)
		return;
	if (read(*report, &got, sizeof(got)) == (ssize_t)sizeof(got))
		*failure = got;
	fd_close(report);
}

const char *
spawn_step_text(enum spawn_step step)
{
	switch (step) {
	case SPAWN_OUTPUT:
		return "open of its output failed";
	case SPAWN_FDS:
		return "dup2 failed";
	case SPAWN_LIMITS:
		return "setrlimit failed";
	case SPAWN_GID:
		return "setgid failed";
	case SPAWN_GROUPS:
		return "initgroups failed";
	case SPAWN_UID:
		return "setreuid failed";
	case SPAWN_CHDIR:
		return "chdir failed";
	case SPAWN_EXEC:
		return "exec failed";
	case SPAWN_AUTHORIZE:
		return "FAILED to authorize user with PAM";
	case SPAWN_SESSION:
		return "FAILED to open PAM security session";
	case SPAWN_SESSION_TOLD:
		return "passing on the PAM session failed";
	case SPAWN_LATE:
		return "too late";
	case SPAWN_DIED:
		return "PAM session failed";
	case SPAWN_CONTEXT_FIND:
		return "failed to get SELinux context";
	case SPAWN_CONTEXT_SET:
		return "failed to change SELinux context";
	case SPAWN_STARTED:
		break;
	}
	return "started";
}

uint64_t
process_start_time(pid_t pid)
{
	char path[64], text[1024], *at;
	unsigned field;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	n = fd_read_whole(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	/* The name, field 2, may hold anything, also ')': the last one ends
	 * it. The time is field 22. */
	at = strrchr(text, ')');
	for (field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at == NULL ? 0 : strtoull(at, NULL, 10);
}
