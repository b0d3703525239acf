/*
 * Minutes done, as bytes, and the verdict on what was missed. daemon/minutes.c
 * keeps the file.
 */
#include "core/past.h"

#include <string.h>

#include "core/text.h"

#define MAGIC     "evcron minutes 1\n"
#define NS_A_SEC  INT64_C(1000000000)
#define STOP_SECS 300 /* a stop that is made up for */

/* The year 2217: as far as nanoseconds go, with room for differences. */
#define MINUTE_MAX INT64_C(130000000)

void
past_write(const struct past *past, char front[PAST_FRONT])
{
	struct text t = {.bytes = front, .size = PAST_FRONT};

	text_put(&t, MAGIC);
	state_key_put(&t, &past->key);
	text_put(&t, "wild %lld\nfixed %lld\nnext %lld\n",
	    (long long)past->done.wild.n, (long long)past->done.fixed.n,
	    (long long)past->next.n);
	text_put(&t, "stopped %lld\nreboots %d\n", (long long)past->stopped_at,
	    past->reboots);
	memset(front + t.len, '\n', PAST_FRONT - t.len);
}

static bool
read_number(struct past *past, const char *name, int64_t n, unsigned *seen)
{
	bool fits = n >= 0 && n <= MINUTE_MAX;

	if (strcmp(name, "wild") == 0) {
		past->done.wild.n = n;
		*seen |= 1;
	} else if (strcmp(name, "fixed") == 0) {
		past->done.fixed.n = n;
		*seen |= 2;
	} else if (strcmp(name, "next") == 0) {
		past->next.n = n;
		*seen |= 4;
		return n >= 0;
	} else if (strcmp(name, "stopped") == 0) {
		past->stopped_at = n;
		*seen |= 8;
		return n >= -1 && n <= 60 * MINUTE_MAX;
	} else if (strcmp(name, "reboots") == 0) {
		past->reboots = n == 1;
		return n == 0 || n == 1;
	} else {
		return true;
	}
	return fits;
}

bool
past_read(struct past *past, const char *bytes, size_t len)
{
	size_t magic = strlen(MAGIC);
	char front[PAST_FRONT + 1], *at = front + magic, *name, *value;
	unsigned seen = 0;
	int64_t n;

	*past = (struct past){.stopped_at = -1};
	if (len < PAST_FRONT || memcmp(bytes, MAGIC, magic) != 0)
		return false;
	memcpy(front, bytes, PAST_FRONT);
	front[PAST_FRONT] = '\0';
	while (text_line(&at, &name, &value)) {
		if (state_key_line(&past->key, name, value))
			continue;
		if (!text_number(value, INT64_MIN, INT64_MAX, &n) ||
		    !read_number(past, name, n, &seen))
			return false;
	}
	return at != NULL && seen == 15;
}

void
past_entry_write(uint64_t key, char entry[PAST_ENTRY])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 15; i >= 0; i--, key >>= 4)
		entry[i] = digits[key & 15];
	entry[16] = '\n';
}

bool
past_entry_read(const char *bytes, size_t len, size_t *at, uint64_t *key)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	size_t i;

	if (*at > len || len - *at < PAST_ENTRY || bytes[*at + 16] != '\n')
		return false;
	*key = 0;
	for (i = 0; i < 16; i++) {
		digit = memchr(digits, bytes[*at + i], 16);
		if (digit == NULL)
			return false;
		*key = *key << 4 | (uint64_t)(digit - digits);
	}
	*at += PAST_ENTRY;
	return true;
}

/* Empty minutes are done, as far as the clock has come. */
static struct minute
passed(struct minute done, struct minute next, struct minute now)
{
	struct minute empty =
	    minute_is_never(next) ? now : minute_plus(next, -1);

	if (empty.n > now.n)
		empty = now;
	return empty.n > done.n ? empty : done;
}

/* Each kind of entries from what it has done: fixed-time ones that wait for a
 * clock that was set back do so on. */
static struct jump_done
as_after_step(int64_t now_at, const struct jump_done *done,
    enum past_verdict *verdict)
{
	struct minute mark =
	    done->wild.n < done->fixed.n ? done->wild : done->fixed;
	struct jump_look last = {.wall_ns = minute_at(mark) * NS_A_SEC};
	struct jump_look now = {.wall_ns = now_at * NS_A_SEC};
	struct jump jump = jump_judge(&last, &now, done);

	*verdict = PAST_WHOLE;
	if (jump.class == JUMP_MEDIUM)
		*verdict = PAST_FIXED;
	else if (jump.class == JUMP_FAR)
		*verdict = PAST_NONE;
	else if (jump.class == JUMP_HOLD || jump.class == JUMP_RESTART)
		*verdict = PAST_CLOCK_BACK;
	return jump.resume;
}

static struct jump_done
after_stop(const struct past *past, int64_t now_at,
    const struct jump_done *done, enum past_verdict *verdict)
{
	struct jump_done none = {minute_of(now_at), minute_of(now_at)}, resume;
	int64_t gone = now_at - past->stopped_at;

	if (gone < -60)
		return as_after_step(now_at, done, verdict);
	if (gone <= STOP_SECS) {
		*verdict = PAST_WHOLE;
		return *done;
	}
	if (done->fixed.n > none.fixed.n)
		none.fixed = done->fixed;
	resume = as_after_step(now_at, &none, verdict);
	*verdict = PAST_NONE;
	return resume;
}

struct jump_done
past_resume(const struct past *past, int64_t now_at, enum past_verdict *verdict,
    int64_t *left_out)
{
	struct minute now = minute_of(now_at);
	struct jump_done done, resume;

	done.wild = passed(past->done.wild, past->next, now);
	done.fixed = passed(past->done.fixed, past->next, now);
	if (past->stopped_at >= 0)
		resume = after_stop(past, now_at, &done, verdict);
	else
		resume = as_after_step(now_at, &done, verdict);
	*left_out = resume.wild.n - done.wild.n;
	if (*verdict == PAST_WHOLE || *verdict == PAST_CLOCK_BACK ||
	    *left_out < 0)
		*left_out = 0;
	return resume;
}
