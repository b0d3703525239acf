/*
 * Reaping: a hash of watchers by pid and one ev_signal on SIGCHLD. Owns both;
 * a watcher is its owner's.
 *
 * A child is looked at without being reaped (WNOWAIT), its watcher is called,
 * and then it is reaped: while it is a zombie its pid can't be another's, and
 * a log line may carry it as its sender.
 */
#include "daemon/base/child.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A power of two; 500 running jobs make chains of one. */
#define BUCKETS 512
/* In one round of the loop: somebody may have ended thousands at once. */
#define REAPED_MAX 64

struct children {
	struct ev_loop *loop;
	ev_signal sigchld;
	ev_timer rest; /* of many that ended at once */
	struct child *buckets[BUCKETS];
};

/* In a status of wait4; POSIX has no name for it. */
#define DUMPED 0x80

/* The kernel's struct rusage: all longs, also where time_t is wider. */
struct kernel_rusage {
	long utime[2], stime[2];
	long maxrss, ixrss, idrss, isrss;
	long minflt, majflt, nswap, inblock, oublock;
	long msgsnd, msgrcv, nsignals, nvcsw, nivcsw;
};

static struct child **
bucket(struct children *children, pid_t pid)
{
	return &children->buckets[(unsigned)pid % BUCKETS];
}

static struct child *
take(struct children *children, pid_t pid)
{
	struct child **at = bucket(children, pid), *child;

	while (*at != NULL && (*at)->pid != pid)
		at = &(*at)->next;
	child = *at;
	if (child != NULL)
		*at = child->next;
	return child;
}

static void
usage_from_kernel(struct rusage *usage, const struct kernel_rusage *k)
{
	memset(usage, 0, sizeof(*usage));
	usage->ru_utime.tv_sec = k->utime[0];
	usage->ru_utime.tv_usec = k->utime[1];
	usage->ru_stime.tv_sec = k->stime[0];
	usage->ru_stime.tv_usec = k->stime[1];
	usage->ru_maxrss = k->maxrss;
	usage->ru_minflt = k->minflt;
	usage->ru_majflt = k->majflt;
	usage->ru_inblock = k->inblock;
	usage->ru_oublock = k->oublock;
	usage->ru_nvcsw = k->nvcsw;
	usage->ru_nivcsw = k->nivcsw;
}

static int
status_from_info(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return (info->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return info->si_status | DUMPED;
	default:
		return info->si_status;
	}
}

/*
 * waitid(2) in the kernel has a fifth argument that glibc's wrapper leaves
 * out: usage, known before the child is reaped. Returns the pid, 0 if no child
 * has ended.
 */
static pid_t
peek(int *status, struct rusage *usage)
{
	struct kernel_rusage kernel;
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	memset(&kernel, 0, sizeof(kernel));
	if (syscall(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT,
		&kernel) == -1)
		return 0;
	if (info.si_pid == 0)
		return 0;
	*status = status_from_info(&info);
	usage_from_kernel(usage, &kernel);
	return info.si_pid;
}

bool
children_reap(struct children *children)
{
	struct rusage usage;
	struct child *child;
	int status, i;
	pid_t pid;

	for (i = 0; i < REAPED_MAX; i++) {
		pid = peek(&status, &usage);
		if (pid == 0)
			return false;
		child = take(children, pid);
		if (child != NULL) {
			child->pid = 0;
			child->cb(child, status, &usage);
		}
		while (wait4(pid, NULL, WNOHANG, NULL) == -1 && errno == EINTR)
			;
	}
	return true;
}

static void
reap_some(struct children *children)
{
	if (!children_reap(children) || ev_is_active(&children->rest))
		return;
	ev_timer_set(&children->rest, 0., 0.);
	ev_timer_start(children->loop, &children->rest);
}

static void
on_rest(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	reap_some(w->data);
}

static void
on_sigchld(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct children *children = w->data;

	(void)revents;
	assert(children->loop == loop);
	reap_some(children);
}

struct children *
children_new(struct ev_loop *loop)
{
	struct children *children = calloc(1, sizeof(*children));

	if (children == NULL)
		return NULL;
	children->loop = loop;
	ev_signal_init(&children->sigchld, on_sigchld, SIGCHLD);
	children->sigchld.data = children;
	ev_init(&children->rest, on_rest);
	children->rest.data = children;
	ev_signal_start(loop, &children->sigchld);
	/* Not a reason for the loop to go on by itself. */
	ev_unref(loop);
	return children;
}

void
children_free(struct children *children)
{
	if (children == NULL)
		return;
	ev_timer_stop(children->loop, &children->rest);
	ev_ref(children->loop);
	ev_signal_stop(children->loop, &children->sigchld);
	free(children);
}

void
child_start(struct children *children, struct child *child, pid_t pid,
    child_cb cb, void *data)
{
	struct child **at = bucket(children, pid);

	assert(pid > 0);
	child->pid = pid;
	child->cb = cb;
	child->data = data;
	child->next = *at;
	*at = child;
}

void
child_stop(struct children *children, struct child *child)
{
	if (child->pid == 0)
		return;
	child = take(children, child->pid);
	assert(child != NULL);
	child->pid = 0;
}
