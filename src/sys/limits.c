/* Resource limits of the daemon itself; raised once by main at the start. */
#include "sys/limits.h"

#include <sys/resource.h>

/* More is no use, and "unlimited" is refused above fs.nr_open. */
#define DESCRIPTORS_MAX ((rlim_t)1 << 20)

int
limits_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return -1;
	if (limit.rlim_cur >= DESCRIPTORS_MAX)
		return 0;
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_cur > DESCRIPTORS_MAX)
		limit.rlim_cur = DESCRIPTORS_MAX;
	return setrlimit(RLIMIT_NOFILE, &limit);
}
