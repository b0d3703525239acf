/*
 * The wall clock and the monotonic one, as nanoseconds. Both calls can only
 * fail for a clock that the kernel doesn't have.
 */
#include "sys/clock.h"

#include <assert.h>
#include <time.h>

static int64_t
read_ns(clockid_t id)
{
	struct timespec now;
	int failed = clock_gettime(id, &now);

	assert(failed == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t
clock_wall_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

int64_t
clock_mono_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}
