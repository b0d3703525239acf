/*
 * A zone as a list of offsets. Owns the list, which sys/zoneinfo.c fills.
 *
 * How far the clock had come before each span is worked out once, here, so
 * that next_fire never has to look back: in Berlin on 27 October 2024 the span
 * that begins at 01:00 UTC shows 02:00 again, and its "shown" is 02:59; on 31
 * March the span shows 03:00 at first, and its "shown" is 01:59.
 */
#include "core/zone.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int64_t
floor_minutes(int64_t secs)
{
	return minute_of(secs).n;
}

/* The first minute that begins in the span. */
static int64_t
first_minute(const struct zone_span *span)
{
	return floor_minutes(span->from_at + 59);
}

static int64_t
first_local(const struct zone_span *span)
{
	return first_minute(span) + floor_minutes(span->offset_secs);
}

static void
note_shown(struct zone_span *spans, size_t count)
{
	int64_t change, last;
	size_t i;

	spans[0].shown = INT64_MIN; /* also before it begins, nothing was */
	for (i = 1; i < count; i++) {
		change = spans[i].offset_secs - spans[i - 1].offset_secs;
		if (change >= ZONE_JUMP_SECS || change <= -ZONE_JUMP_SECS) {
			spans[i].shown = first_local(&spans[i]) - 1;
			continue;
		}
		last = first_minute(&spans[i]) - 1 +
		       floor_minutes(spans[i - 1].offset_secs);
		spans[i].shown =
		    spans[i - 1].shown > last ? spans[i - 1].shown : last;
	}
}

struct zone *
zone_new(const char *name, const struct zone_span *spans, size_t count,
    int64_t until_at)
{
	struct zone *z;
	size_t i;

	assert(count >= 1);
	z = calloc(1, sizeof *z);
	if (z == NULL)
		return NULL;
	z->name = strdup(name);
	z->spans = calloc(count, sizeof *z->spans);
	if (z->name == NULL || z->spans == NULL) {
		zone_free(z);
		return NULL;
	}
	memcpy(z->spans, spans, count * sizeof *spans);
	for (i = 0; i < count; i++)
		z->spans[i].offset_secs =
		    floor_minutes(spans[i].offset_secs) * 60;
	z->count = count;
	z->until_at = until_at;
	note_shown(z->spans, count);
	return z;
}

void
zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->name);
	free(z->spans);
	free(z);
}

size_t
zone_span_at(const struct zone *z, int64_t at)
{
	size_t low = 0, high = z->count, middle;

	/* spans[low] begins at or before the instant, spans[high] after it;
	 * the first counts also for what is before it */
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (z->spans[middle].from_at <= at)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int64_t
zone_local(const struct zone *z, struct minute m)
{
	size_t i = zone_span_at(z, minute_at(m));

	return m.n + z->spans[i].offset_secs / 60;
}

bool
zone_agrees(const struct zone *a, const struct zone *b)
{
	int64_t from = a->spans[0].from_at, until = a->until_at;
	size_t i, j;

	if (b->spans[0].from_at > from)
		from = b->spans[0].from_at;
	if (b->until_at < until)
		until = b->until_at;
	i = zone_span_at(a, from);
	j = zone_span_at(b, from);
	for (;;) {
		if (a->spans[i].offset_secs != b->spans[j].offset_secs)
			return false;
		i++;
		j++;
		if (i == a->count || a->spans[i].from_at >= until)
			return j == b->count || b->spans[j].from_at >= until;
		if (j == b->count || b->spans[j].from_at != a->spans[i].from_at)
			return false;
	}
}
