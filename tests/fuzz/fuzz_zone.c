/*
 * libFuzzer: any bytes as CRON_TZ. Only names below the zoneinfo directory and
 * POSIX strings reach glibc, what comes back is a list that core can trust, the
 * process's own TZ stays, and entries find their next minute in it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/next_fire.h"

#include "sys/zoneinfo.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct zone *z, int64_t from)
{
	const struct schedule nightly = {.minutes = 1 << 30,
	    .hours = 1 << 2,
	    .doms = 0xfffffffe,
	    .months = 0x1ffe,
	    .dows = 0x7f,
	    .flags = SCHEDULE_DOM_STAR | SCHEDULE_DOW_STAR};
	struct minute m = minute_of(from), next;
	size_t i;

	assert(z->count >= 1);
	for (i = 0; i < z->count; i++) {
		assert(z->spans[i].offset_secs % 60 == 0);
		assert(i == 0 || z->spans[i - 1].from_at < z->spans[i].from_at);
	}
	for (i = 0; i < 20; i++) {
		next = next_fire(&nightly, z, m);
		assert(next.n > m.n);
		if (minute_is_never(next))
			break;
		m = next;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int64_t from = 1700000000;
	struct zone *z;
	bool known;
	char *name;

	if (size > 1024)
		return 0;
	name = strndup((const char *)data, size);
	assert(name != NULL && setenv("TZ", "Asia/Tokyo", 1) == 0);
	z = zoneinfo_take(name, from, &known);
	assert(z != NULL);
	assert(strcmp(getenv("TZ"), "Asia/Tokyo") == 0);
	check(z, from);
	if (name[0] != '\0')
		assert(zoneinfo_known(name) == known);
	if (name[0] == '/' || strstr(name, "..") != NULL)
		assert(!known);
	zone_free(z);
	free(name);
	return 0;
}
