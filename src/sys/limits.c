/*
 * Limits of the daemon itself: that of descriptors is raised once by main at
 * the start, CPUs are counted by daemon/run/run.c.
 */
#include "sys/limits.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

/* More is no use, and "unlimited" is refused above fs.nr_open. */
#define DESCRIPTORS_MAX ((rlim_t)1 << 20)

/* Root may have more than it was started with, up to fs.nr_open. */
static int
raise_hard(const struct rlimit *now)
{
	struct rlimit wanted = {DESCRIPTORS_MAX, DESCRIPTORS_MAX};

	if (now->rlim_max >= DESCRIPTORS_MAX) /* or it is without limit */
		return -1;
	for (; wanted.rlim_max > now->rlim_max; wanted.rlim_max /= 2) {
		wanted.rlim_cur = wanted.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &wanted) == 0)
			return 0;
	}
	return -1;
}

int
limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return -1;
	if (limit.rlim_cur >= DESCRIPTORS_MAX)
		return 0;
	if (raise_hard(&limit) == 0)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	return setrlimit(RLIMIT_NOFILE, &limit);
}

unsigned
limits_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return errno == EINVAL ? CPU_SETSIZE : 1;
	return (unsigned)CPU_COUNT(&set);
}
