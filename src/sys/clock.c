/*
 * The wall clock and the monotonic one, as nanoseconds, and instants as text.
 * The clocks can only fail to be read if the kernel doesn't have them.
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

int64_t
clock_cpu_ns(void)
{
	return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static size_t
put(char *out, size_t size, enum clock_format format, const struct tm *tm)
{
	switch (format) {
	case CLOCK_MAIL:
		return strftime(out, size, "%a, %d %b %Y %H:%M:%S %z", tm);
	case CLOCK_MBOX:
		return strftime(out, size, "%a %b %e %H:%M:%S %Y", tm);
	case CLOCK_SHORT:
		return strftime(out, size, "%Y-%m-%d %H:%M", tm);
	}
	return 0;
}

char *
clock_show(char *out, size_t size, enum clock_format format, int64_t at)
{
	time_t t = (time_t)at;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL || put(out, size, format, &tm) == 0) {
		out[0] = '?';
		out[1] = '\0';
	}
	return out;
}
