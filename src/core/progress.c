/*
 * Minutes done, as bytes, and the verdict on what was missed.
 * daemon/schedule/progress_file.c keeps the file.
 */
#include "core/progress.h"

#include <stdlib.h>
#include <string.h>

#include "core/strbuf.h"

#define MAGIC     "evcron minutes 1\n"
#define NS_A_SEC  INT64_C(1000000000)
#define STOP_SECS 300 /* a stop that is made up for */

/* The year 2217: as far as nanoseconds go, with room for differences. */
#define MINUTE_MAX INT64_C(130000000)

/* A key's last bits. */
enum kind {
	KIND_FIXED,
	KIND_WILD,
	KIND_REBOOT,
	KIND_BITS = 3,
};

void
progress_write(const struct progress *past, char front[PROGRESS_FRONT])
{
	struct strbuf t = {.bytes = front, .size = PROGRESS_FRONT};

	strbuf_put(&t, MAGIC);
	run_state_key_put(&t, &past->key);
	strbuf_put(&t, "wild %lld\nfixed %lld\nnext %lld\n",
	    (long long)past->done.wild.n, (long long)past->done.fixed.n,
	    (long long)past->next.n);
	strbuf_put(&t, "begun %lld\nheld %lld\n", (long long)past->begun.n,
	    (long long)past->held.n);
	strbuf_put(&t, "stopped %lld\nreboots %d\n",
	    (long long)past->stopped_at, past->reboots);
	memset(front + t.len, '\n', PROGRESS_FRONT - t.len);
}

static bool
read_number(struct progress *past, const char *name, int64_t n, unsigned *seen)
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
	} else if (strcmp(name, "begun") == 0) {
		past->begun.n = n;
	} else if (strcmp(name, "held") == 0) {
		past->held.n = n;
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
progress_read(struct progress *past, const char *bytes, size_t len)
{
	size_t magic = strlen(MAGIC);
	char front[PROGRESS_FRONT + 1], *at = front + magic, *name, *value;
	unsigned seen = 0;
	int64_t n;

	*past = (struct progress){.stopped_at = -1};
	if (len < PROGRESS_FRONT || memcmp(bytes, MAGIC, magic) != 0)
		return false;
	memcpy(front, bytes, PROGRESS_FRONT);
	front[PROGRESS_FRONT] = '\0';
	while (strbuf_line(&at, &name, &value)) {
		if (run_state_key_line(&past->key, name, value))
			continue;
		if (!strbuf_number(value, INT64_MIN, INT64_MAX, &n) ||
		    !read_number(past, name, n, &seen))
			return false;
	}
	return at != NULL && seen == 15;
}

/* Keys */

uint64_t
progress_key(uint64_t hash, const struct schedule *when)
{
	enum kind kind = KIND_FIXED;

	if ((when->flags & SCHEDULE_REBOOT) != 0)
		kind = KIND_REBOOT;
	else if (schedule_is_wildcard(when))
		kind = KIND_WILD;
	return (hash & ~(uint64_t)KIND_BITS) | (uint64_t)kind;
}

void
progress_entry_write(uint64_t key, char entry[PROGRESS_ENTRY])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 15; i >= 0; i--, key >>= 4)
		entry[i] = digits[key & 15];
	entry[16] = '\n';
}

bool
progress_entry_read(const char *bytes, size_t len, size_t *at, uint64_t *key)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	size_t i;

	if (*at > len || len - *at < PROGRESS_ENTRY || bytes[*at + 16] != '\n')
		return false;
	*key = 0;
	for (i = 0; i < 16; i++) {
		digit = memchr(digits, bytes[*at + i], 16);
		if (digit == NULL)
			return false;
		*key = *key << 4 | (uint64_t)(digit - digits);
	}
	*at += PROGRESS_ENTRY;
	return true;
}

/* What is left */

static int
by_value(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

void
progress_left_read(struct progress_left *left, const struct progress *past,
    const char *bytes, size_t len)
{
	size_t at = PROGRESS_FRONT, max = (len - at) / PROGRESS_ENTRY;
	uint64_t key;

	*left = (struct progress_left){.through = past->begun};
	if (past->held.n > past->begun.n)
		left->through = past->held;
	left->keys = max > 0 ? calloc(max, sizeof *left->keys) : NULL;
	if (left->keys == NULL)
		return;
	while (left->count < max && progress_entry_read(bytes, len, &at, &key))
		left->keys[left->count++] = key;
	qsort(left->keys, left->count, sizeof *left->keys, by_value);
}

void
progress_left_clear(struct progress_left *left)
{
	free(left->keys);
	*left = (struct progress_left){0};
}

bool
progress_left_take(struct progress_left *left, uint64_t key)
{
	uint64_t *found, *end = left->keys + left->count;

	if (left->count == 0)
		return false;
	found = bsearch(&key, left->keys, left->count, sizeof key, by_value);
	if (found == NULL)
		return false;
	memmove(found, found + 1, (size_t)(end - found - 1) * sizeof key);
	left->count--;
	return true;
}

static void
let_go(struct progress_left *left, enum kind kind)
{
	size_t i, kept = 0;

	for (i = 0; i < left->count; i++)
		if ((left->keys[i] & KIND_BITS) != (uint64_t)kind)
			left->keys[kept++] = left->keys[i];
	left->count = kept;
}

/* Of kinds that have gone back. */
static void
let_go_back(struct progress_left *left, const struct clock_step_done *before,
    const struct clock_step_done *done)
{
	if (done->wild.n < before->wild.n)
		let_go(left, KIND_WILD);
	if (done->fixed.n < before->fixed.n)
		let_go(left, KIND_FIXED);
}

void
progress_left_forget_done(struct progress_left *left,
    const struct clock_step_done *before, const struct clock_step_done *done)
{
	let_go_back(left, before, done);
	if (done->wild.n >= left->through.n && done->fixed.n >= left->through.n)
		left->count = 0;
}

/* What is made up */

/* Empty minutes are done, as far as the clock has come. */
static struct minute
passed(struct minute done, const struct progress *past, struct minute now)
{
	struct minute came = past->begun.n > now.n ? past->begun : now;
	struct minute empty =
	    minute_is_never(past->next) ? came : minute_plus(past->next, -1);

	if (empty.n > came.n)
		empty = came;
	return empty.n > done.n ? empty : done;
}

/* Each kind of entries from what it has done: fixed-time ones that wait for a
 * clock that was set back do so on. */
static struct clock_step_done
as_after_step(int64_t now_at, const struct clock_step_done *done,
    enum progress_verdict *verdict)
{
	struct minute mark =
	    done->wild.n < done->fixed.n ? done->wild : done->fixed;
	struct clock_step_look last = {.wall_ns = minute_at(mark) * NS_A_SEC};
	struct clock_step_look now = {.wall_ns = now_at * NS_A_SEC};
	struct clock_step jump = clock_step_judge(&last, &now, done);

	*verdict = PROGRESS_WHOLE;
	if (jump.class == CLOCK_STEP_MEDIUM)
		*verdict = PROGRESS_FIXED;
	else if (jump.class == CLOCK_STEP_FAR)
		*verdict = PROGRESS_NONE;
	else if (jump.class == CLOCK_STEP_HOLD ||
		 jump.class == CLOCK_STEP_RESTART)
		*verdict = PROGRESS_CLOCK_BACK;
	return jump.resume;
}

static struct clock_step_done
after_stop(const struct progress *past, int64_t now_at,
    const struct clock_step_done *done, enum progress_verdict *verdict)
{
	struct clock_step_done none = {minute_of(now_at), minute_of(now_at)},
			       resume;
	int64_t gone = now_at - past->stopped_at;

	if (gone < -60)
		return as_after_step(now_at, done, verdict);
	if (gone <= STOP_SECS) {
		*verdict = PROGRESS_WHOLE;
		return *done;
	}
	if (done->fixed.n > none.fixed.n)
		none.fixed = done->fixed;
	resume = as_after_step(now_at, &none, verdict);
	*verdict = PROGRESS_NONE;
	return resume;
}

struct clock_step_done
progress_resume(const struct progress *past, struct progress_left *left,
    int64_t now_at, enum progress_verdict *verdict, int64_t *left_out)
{
	struct minute now = minute_of(now_at);
	struct clock_step_done done, resume;

	done.wild = passed(past->done.wild, past, now);
	done.fixed = passed(past->done.fixed, past, now);
	if (past->stopped_at >= 0)
		resume = after_stop(past, now_at, &done, verdict);
	else
		resume = as_after_step(now_at, &done, verdict);
	let_go_back(left, &done, &resume);
	*left_out = resume.wild.n - done.wild.n;
	if (*verdict == PROGRESS_WHOLE || *verdict == PROGRESS_CLOCK_BACK ||
	    *left_out < 0)
		*left_out = 0;
	return resume;
}
