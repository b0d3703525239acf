/*
 * The clock verdict: see the header for the rule. Pure: what both clocks showed
 * at the last wake and show now comes in.
 */
#include "core/clock_step.h"

#include <assert.h>

enum {
	ALL_MADE_UP = 5,     /* minutes ahead: wildcards too */
	FIXED_MADE_UP = 180, /* minutes ahead: fixed-time entries */
	HELD_BACK = 180,     /* minutes back: fixed-time entries wait */
};

#define NS_A_SEC    INT64_C(1000000000)
#define NS_A_MINUTE (60 * NS_A_SEC)

static struct minute
minute_of_ns(int64_t ns)
{
	return minute_of(
	    ns >= 0 ? ns / NS_A_SEC : -((NS_A_SEC - 1 - ns) / NS_A_SEC));
}

static struct minute
later(struct minute a, struct minute b)
{
	return a.n > b.n ? a : b;
}

static bool
starts_over(int64_t fixed_ahead)
{
	return fixed_ahead > FIXED_MADE_UP || fixed_ahead < -HELD_BACK;
}

static struct minute
wild_resumes(const struct clock_step *j, struct minute mark,
    int64_t fixed_ahead)
{
	int64_t ahead = j->now.n - mark.n;
	bool small = j->step_ns > -NS_A_MINUTE;

	if (ahead > ALL_MADE_UP)
		return minute_plus(j->now, -1);
	if (ahead >= 0 || (ahead == -1 && small))
		return mark;
	if (starts_over(fixed_ahead))
		return minute_plus(j->now, -1);
	return j->now;
}

static enum clock_step_class
class_of(const struct clock_step *j, int64_t wild_ahead, int64_t fixed_ahead)
{
	if (fixed_ahead > FIXED_MADE_UP)
		return CLOCK_STEP_FAR;
	if (fixed_ahead < -HELD_BACK)
		return CLOCK_STEP_RESTART;
	if (wild_ahead > ALL_MADE_UP)
		return CLOCK_STEP_MEDIUM;
	if (wild_ahead > 0)
		return CLOCK_STEP_SHORT;
	return j->resume.wild.n == j->now.n && wild_ahead < 0 ? CLOCK_STEP_HOLD
							      : CLOCK_STEP_NONE;
}

struct clock_step
clock_step_judge(const struct clock_step_look *last,
    const struct clock_step_look *now, const struct clock_step_done *done)
{
	struct clock_step j = {0};
	struct minute wild_mark, fixed_mark;
	int64_t fixed_ahead;

	j.step_ns =
	    (now->wall_ns - last->wall_ns) - (now->mono_ns - last->mono_ns);
	j.stopped = now->late_ns > ALL_MADE_UP * NS_A_MINUTE;
	if (j.stopped) /* from right before the minute it waited for */
		j.step_ns += now->late_ns + 1;
	j.missed = minute_of_ns(now->wall_ns - j.step_ns);
	j.now = minute_of_ns(now->wall_ns);
	wild_mark = later(done->wild, j.missed);
	fixed_mark = later(done->fixed, j.missed);
	fixed_ahead = j.now.n - fixed_mark.n;

	j.resume.fixed =
	    starts_over(fixed_ahead) ? minute_plus(j.now, -1) : fixed_mark;
	j.resume.wild = wild_resumes(&j, wild_mark, fixed_ahead);
	j.class = class_of(&j, j.now.n - wild_mark.n, fixed_ahead);
	return j;
}
