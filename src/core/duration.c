/* Lengths of time, read and shown. Pure. */
#include "core/duration.h"

#include <stdio.h>
#include <string.h>

static uint64_t
unit_secs(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

bool
duration_read(const char *text, size_t len, uint64_t max, uint64_t *secs)
{
	uint64_t n = 0, unit = 1;
	size_t i;

	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++) {
		if (n > UINT32_MAX)
			return false;
		n = 10 * n + (uint64_t)(text[i] - '0');
	}
	if (i == 0)
		return false;
	if (i + 1 == len)
		unit = unit_secs(text[i++]);
	if (i != len || unit == 0 || n == 0 || n > max / unit)
		return false;
	*secs = n * unit;
	return true;
}

char *
duration_show(char *out, size_t size, uint64_t secs)
{
	unsigned long long n = secs;

	if (n < 120)
		snprintf(out, size, "%llu s", n);
	else if (n < 120 * 60)
		snprintf(out, size, "%llu min", n / 60);
	else if (n < 48 * 3600)
		snprintf(out, size, "%llu h", n / 3600);
	else
		snprintf(out, size, "%llu d", n / 86400);
	return out;
}
