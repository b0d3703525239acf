/*
 * To be preloaded: the wall clock is CLOCK_AHEAD seconds ahead, so that a
 * minute begins when the bench wants it. It runs at its own speed; file times
 * and the monotonic clock are as they are, and nothing is shared among
 * processes.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

static time_t
ahead(void)
{
	static time_t seconds = -1;
	const char *text;

	if (seconds == -1) {
		text = getenv("CLOCK_AHEAD");
		seconds = text == NULL ? 0 : strtol(text, NULL, 10);
	}
	return seconds;
}

__attribute__((constructor)) static void
read_early(void) /* daemons may clear their environment */
{
	(void)ahead();
}

int
clock_gettime(clockid_t id, struct timespec *now)
{
	static int (*next)(clockid_t, struct timespec *);
	int result;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	result = next(id, now);
	if (result == 0 &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += ahead();
	return result;
}

time_t
time(time_t *at)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (at != NULL)
		*at = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict at, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &now);
	at->tv_sec = now.tv_sec;
	at->tv_usec = now.tv_nsec / 1000;
	return 0;
}

int
timerfd_settime(int fd, int flags, const struct itimerspec *when,
    struct itimerspec *before)
{
	static int (
	    *next)(int, int, const struct itimerspec *, struct itimerspec *);
	struct itimerspec real = *when;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "timerfd_settime");
	/* Absolute ones here are on the wall clock. */
	if ((flags & TFD_TIMER_ABSTIME) != 0 && real.it_value.tv_sec > ahead())
		real.it_value.tv_sec -= ahead();
	return next(fd, flags, &real, before);
}
