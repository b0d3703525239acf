/*
 * The fields of cronie (a state machine) and of Vixie cron 3.0 as Debian has
 * it, as far as accepting goes. Written from what they do, COMPAT.md 3.2.
 */
#include "core/legacy_field.h"

#include <stdint.h>

struct cursor {
	const char *at, *end;
};

/* The next byte; NUL at the end, which no field holds. */
static char
peek(const struct cursor *cursor)
{
	return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool
take(struct cursor *cursor, char c)
{
	if (peek(cursor) != c || cursor->at == cursor->end)
		return false;
	cursor->at++;
	return true;
}

/* strtol or atoi into an int: past LONG_MAX it sticks, past INT_MAX it wraps.
 * spec NULL: no names, as for a step. */
static bool
take_number(struct cursor *cursor, const struct field_spec *spec, int *number)
{
	const char *begin = cursor->at;
	bool digits = true, stuck = false;
	int64_t value = 0;

	while (is_alnum(peek(cursor))) {
		char c = *cursor->at++;
		digits = digits && is_digit(c);
		stuck = stuck || value > (INT64_MAX - 9) / 10;
		if (!stuck)
			value = value * 10 + (c - '0');
	}
	if (stuck)
		value = INT64_MAX;
	if (cursor->at == begin)
		return false;
	*number = digits
		      ? (int)(uint32_t)value
		      : field_name(spec, begin, (size_t)(cursor->at - begin));
	return digits || *number >= 0;
}

/* Do they fill bits from first to last by this step without falling out? */
static bool
walk(const struct field_spec *spec, int first, int last, int step)
{
	for (int64_t i = first; i <= last; i += step) {
		if (i < spec->low || i > spec->high)
			return false;
	}
	return true;
}

static bool
at_item_end(const struct cursor *cursor)
{
	return cursor->at == cursor->end || *cursor->at == ',';
}

/* cronie, behind "N~" or "~". */
static bool
cronie_random(struct cursor *cursor, const struct field_spec *spec, int first)
{
	int last = spec->high;

	if (!at_item_end(cursor) && !take_number(cursor, spec, &last))
		return false;
	return at_item_end(cursor) && first <= last && first >= spec->low &&
	       last <= spec->high;
}

static bool
cronie_item(struct cursor *cursor, const struct field_spec *spec)
{
	int first = spec->low, last = spec->high, step = 1;

	if (take(cursor, '~'))
		return cronie_random(cursor, spec, first);
	if (!take(cursor, '*')) {
		if (!take_number(cursor, spec, &first))
			return false;
		if (take(cursor, '~'))
			return cronie_random(cursor, spec, first);
		if (!take(cursor, '-'))
			return at_item_end(cursor) &&
			       walk(spec, first, first, 1);
		if (!take_number(cursor, spec, &last))
			return false;
		/* Made for fri-sun, it works in every field. */
		if (at_item_end(cursor) && first > last && last == 0)
			last = 7;
	}
	if (take(cursor, '/') &&
	    (!take_number(cursor, NULL, &step) || step == 0))
		return false;
	return at_item_end(cursor) && walk(spec, first, last, step);
}

static bool
debian_item(struct cursor *cursor, const struct field_spec *spec)
{
	int first = spec->low, last = spec->high, step = 1;

	if (!take(cursor, '*')) {
		if (!take_number(cursor, spec, &first))
			return false;
		if (!take(cursor, '-'))
			return peek(cursor) != '/' &&
			       walk(spec, first, first, 1);
		if (!take_number(cursor, spec, &last))
			return false;
	}
	if (take(cursor, '/') &&
	    (!take_number(cursor, NULL, &step) || step == 0))
		return false;
	return first >= spec->low && first <= spec->high && last >= spec->low &&
	       last <= spec->high && walk(spec, first, last, step);
}

bool
legacy_field_accepts(const struct personality *personality,
    const struct field_spec *spec, struct slice text)
{
	struct cursor cursor = {text.bytes, text.bytes + text.len};

	do {
		if (!(personality->junk_ignored ? debian_item(&cursor, spec)
						: cronie_item(&cursor, spec)))
			return false;
	} while (take(&cursor, ','));
	/* What is left is junk, of which there is none after cronie's items. */
	return true;
}
