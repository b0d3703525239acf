/*
 * When a letter that its mailer did not take is tried again: plain numbers of
 * seconds that it has waited. What counts is the waiting, not its age by the
 * clock: a clock that is set, or a machine that was off, uses up no letter's
 * time. An attempt made early (crond --flush) moves none of the later ones.
 */
#ifndef EVCRON_CORE_BACKOFF_H
#define EVCRON_CORE_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_WAITS_MAX 16
#define BACKOFF_SECS_MAX  ((uint64_t)366 * 86400)

struct backoff {
	uint64_t waits[BACKOFF_WAITS_MAX]; /* before each further attempt, in
					      seconds; the last one goes on */
	unsigned count;                    /* of waits, at least 1 */
	uint64_t limit_secs;               /* after that no mailer is tried */
};

/* 1, 5, 15, 60 minutes, then hourly, for five days. */
void backoff_default(struct backoff *);

/* "1m,5m,15m,1h". false: no such list; the waits are as they were. */
bool backoff_parse(struct backoff *, const char *text);

/* How long until its next attempt, for a letter that has waited that long in
 * all; never 0. */
uint64_t backoff_next(const struct backoff *, uint64_t waited_secs);

/* Has it had its time with mailers? */
bool backoff_over(const struct backoff *, uint64_t waited_secs);

/* How much of the wait after waited_secs is left, where the next attempt was
 * planned for next_at and it is now_at by a clock that may have been set:
 * never more than that wait. Seconds since the epoch. */
uint64_t backoff_left(const struct backoff *, uint64_t waited_secs,
    int64_t next_at, int64_t now_at);

/* From one instant to a later one, however far apart; 0 if it is no later. */
uint64_t backoff_passed(int64_t from_at, int64_t to_at);

/* A mailer's status as wait4 tells it: is it the last word (sysexits' usage,
 * data error, no such user), so that no other attempt would help? */
bool backoff_final(int status);

#endif
