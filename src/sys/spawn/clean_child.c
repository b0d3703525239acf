/*
 * Signals and descriptors of children. All of it is safe between fork and exec.
 */
#include "sys/spawn/clean_child.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range /* headers before 5.9; the number is every machine's   \
			 */
#define SYS_close_range 436
#endif

#define FD_LAST 0x7fffffff

static void
close_range_slowly(int first, int last)
{
	struct rlimit limit;
	int fd, end = last;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < (rlim_t)last)
		end = (int)limit.rlim_cur;
	for (fd = first; fd <= end; fd++)
		close(fd);
}

static void
close_between(int first, int last)
{
	if (first <= last &&
	    syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0) == -1)
		close_range_slowly(first, last);
}

void
clean_child_close_others(int *keep, size_t count)
{
	int low = 3, fd;
	size_t i, j;

	for (i = 1; i < count; i++) {
		fd = keep[i];
		for (j = i; j > 0 && keep[j - 1] > fd; j--)
			keep[j] = keep[j - 1];
		keep[j] = fd;
	}
	for (i = 0; i < count; i++) {
		close_between(low, keep[i] - 1);
		low = keep[i] + 1;
	}
	close_between(low, FD_LAST);
}

static void
close_all_but(int keep)
{
	clean_child_close_others(&keep, keep < 3 ? 0 : 1);
}

void
clean_child_reset_signals(const sigset_t *ignored)
{
	struct sigaction action;
	sigset_t none;
	int signo;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	for (signo = 1; signo < NSIG; signo++) {
		action.sa_handler =
		    ignored != NULL && sigismember(ignored, signo) == 1
			? SIG_IGN
			: SIG_DFL;
		/* KILL, STOP and glibc's own two can't be set, and needn't. */
		sigaction(signo, &action, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
clean_child(int keep)
{
	clean_child_reset_signals(NULL);
	close_all_but(keep);
}
