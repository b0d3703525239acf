/*
 * The plan of attempts. collector/deferred.c asks it; what a letter has
 * waited stands in its label.
 */
#include "core/backoff.h"

#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "core/duration.h"

void
backoff_default(struct backoff *b)
{
	*b = (struct backoff){
	    .waits = {60, 300, 900, 3600},
	    .count = 4,
	    .limit_secs = (uint64_t)5 * 86400,
	};
}

bool
backoff_parse(struct backoff *b, const char *text)
{
	uint64_t waits[BACKOFF_WAITS_MAX];
	unsigned count = 0;
	size_t len;

	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (count == BACKOFF_WAITS_MAX ||
		    !duration_read(text, len, BACKOFF_SECS_MAX, &waits[count]))
			return false;
		count++;
		if (text[len] == '\0')
			break;
	}
	memcpy(b->waits, waits, count * sizeof waits[0]);
	b->count = count;
	return true;
}

uint64_t
backoff_next(const struct backoff *b, uint64_t waited_secs)
{
	uint64_t last = b->waits[b->count - 1], sum = 0;
	unsigned i;

	for (i = 0; i < b->count; i++) {
		sum += b->waits[i];
		if (sum > waited_secs)
			return sum - waited_secs;
	}
	return last - (waited_secs - sum) % last;
}

bool
backoff_over(const struct backoff *b, uint64_t waited_secs)
{
	return waited_secs >= b->limit_secs;
}

uint64_t
backoff_passed(int64_t from_at, int64_t to_at)
{
	/* As unsigned: what a label says may be anything. */
	return to_at > from_at ? (uint64_t)to_at - (uint64_t)from_at : 0;
}

uint64_t
backoff_left(const struct backoff *b, uint64_t waited_secs, int64_t next_at,
    int64_t now_at)
{
	uint64_t whole = backoff_next(b, waited_secs);
	uint64_t left = backoff_passed(now_at, next_at);

	return left < whole ? left : whole;
}

bool
backoff_final(int status)
{
	if (!WIFEXITED(status))
		return false;
	switch (WEXITSTATUS(status)) {
	case EX_USAGE:
	case EX_DATAERR:
	case EX_NOUSER:
		return true;
	default:
		return false;
	}
}
