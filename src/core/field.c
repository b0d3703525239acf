/*
 * Time fields. The grammar of an item of the list:
 *
 *	* | * / STEP | N | N - M | N - M / STEP | N ~ M | N ~ | ~ M | ~
 *
 * Everything is judged by its exact value: numbers don't wrap, both ends of a
 * range must be in the field, and a range must not end before it begins, but
 * for one of days that ends on Sunday ("fri-sun", "5-0").
 */
#include "core/field.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/field_spec.h"
#include "core/legacy_field.h"
#include "core/random.h"

/* A field while it is read. */
struct scan {
	struct reader *reader;
	const struct field_spec *spec;
	struct slice text;
	uint64_t seed;
	const char *at, *end;
	const char *item; /* begin of the one at */
	bool random;      /* there is a '~' in it */
	bool large_step;  /* of the item at */
	enum field_result result;
	uint64_t bits;
	struct slice faulty; /* as in struct field */
};

#define NUMBER_MAX (INT64_MAX / 100)

/* One end of a range, or a step, with the text it came from. */
struct number {
	int64_t value; /* NUMBER_MAX: that or more */
	const char *at;
	int len;
};

/* The level of a fault in this field: whose fault it is. */
static enum fault_level
scan_level(const struct scan *scan)
{
	return legacy_field_accepts(scan->reader->personality, scan->spec,
		   scan->text)
		   ? FAULT_LINE
		   : FAULT_ERROR;
}

#define SCAN_FAULT(scan, at, ...)                                              \
	reader_fault((scan)->reader, scan_level(scan), (at),                   \
	    (scan)->spec->word, __VA_ARGS__)

static const char *
scan_comma(const struct scan *scan)
{
	size_t left = (size_t)(scan->end - scan->item);
	const char *comma = memchr(scan->item, ',', left);

	return comma != NULL ? comma : scan->end;
}

static void
scan_blame_item(struct scan *scan)
{
	size_t len = (size_t)(scan_comma(scan) - scan->item);

	scan->faulty = (struct slice){scan->item, len};
}

/* The item can't be read at all. */
static bool
scan_unreadable(struct scan *scan)
{
	const struct field_spec *spec = scan->spec;
	struct quote rest = quote_of(scan->at, (size_t)(scan->end - scan->at));

	scan->result = FIELD_UNREADABLE;
	if (scan->at != scan->end && *scan->at != ',') {
		SCAN_FAULT(scan, scan->at, "the %s is %s, not '%s'", spec->name,
		    spec->range, rest.text);
		return false;
	}
	SCAN_FAULT(scan, scan->at, "a number is missing here; the %s is %s",
	    spec->name, spec->range);
	if (scan->at == scan->item)
		scan->faulty = scan->text;
	return false;
}

static bool
scan_take(struct scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool
scan_item_end(const struct scan *scan)
{
	return scan->at == scan->end || *scan->at == ',';
}

/* Takes a number or, with names set, a name. Doesn't look at its range. */
static bool
scan_number(struct scan *scan, bool names, struct number *number)
{
	const char *begin = scan->at, *at = begin;
	bool digits = true;
	int64_t value = 0;

	for (; at < scan->end && is_alnum(*at); at++) {
		digits = digits && is_digit(*at);
		if (digits && value < NUMBER_MAX / 10)
			value = value * 10 + (*at - '0');
		else
			value = NUMBER_MAX;
	}
	if (!digits)
		value =
		    names ? field_name(scan->spec, begin, (size_t)(at - begin))
			  : -1;
	if (at == begin || value < 0)
		return scan_unreadable(scan);
	scan->at = at;
	*number = (struct number){value, begin, (int)(at - begin)};
	return true;
}

/* Is the number one of this field's? */
static bool
scan_in_range(struct scan *scan, const struct number *number)
{
	const struct field_spec *spec = scan->spec;

	if (number->value >= spec->low && number->value <= spec->high)
		return true;
	scan->result = FIELD_WRONG;
	struct quote what = quote_of(number->at, (size_t)number->len);
	SCAN_FAULT(scan, number->at, "the %s is %s, not %s", spec->name,
	    spec->range, what.text);
	return false;
}

/* "a-b" ends before it begins. */
static bool
scan_reversed(struct scan *scan, const struct number *first,
    const struct number *last)
{
	scan->result = FIELD_WRONG;
	SCAN_FAULT(scan, first->at,
	    "the range %.*s-%.*s ends before it begins and never runs; one "
	    "that goes round the end is two",
	    first->len, first->at, last->len, last->at);
	return false;
}

static void
scan_fill(struct scan *scan, int64_t first, int64_t last, int64_t step)
{
	scan->large_step = step > 1 && step > last - first;
	if (scan->large_step)
		reader_fault(scan->reader, FAULT_NOTICE, scan->item, "step",
		    "the step is larger than the range %d-%d: only %d is left",
		    (int)first, (int)last, (int)first);
	for (int64_t i = first; i <= last; i += step)
		scan->bits |= UINT64_C(1) << i;
}

/* A step over the whole field that does not go into it: each hour, day or year
 * begins anew. Of days no step goes into all months, or into a week. */
static void
scan_uneven(struct scan *scan, int64_t first, int64_t last, int64_t step)
{
	const struct field_spec *spec = scan->spec;
	int64_t size = spec->high - spec->low + 1;
	const char *round = spec == field_spec(FIELD_MINUTE)  ? "hour"
			    : spec == field_spec(FIELD_HOUR)  ? "day"
			    : spec == field_spec(FIELD_MONTH) ? "year"
							      : NULL;

	if (round == NULL || first != spec->low || last != spec->high ||
	    size % step == 0 || scan->large_step || scan->at < scan->end ||
	    scan->item > scan->text.bytes)
		return;
	reader_fault(scan->reader, FAULT_HINT, scan->item, "step",
	    "this begins anew each %s: after %d it is not %d but %d %ss to the "
	    "next %d",
	    round, (int)(first + size / step * step), (int)step,
	    (int)(size % step), spec->name, (int)first);
}

/* "/STEP", if there is one. */
static bool
scan_step(struct scan *scan, int64_t *step)
{
	struct number number = {0};
	const char *comma = scan_comma(scan), *at = scan->at + 1;

	*step = 1;
	if (!scan_take(scan, '/'))
		return true;
	while (at < scan->end && is_digit(*at))
		at++;
	if (at == scan->at || (at < scan->end && is_alnum(*at))) {
		struct quote quote =
		    quote_of(scan->at, (size_t)(comma - scan->at));
		scan->result = FIELD_UNREADABLE;
		if (quote.text[0] == '\0')
			SCAN_FAULT(scan, scan->at,
			    "a step is a number from 1 up, as in */5");
		else
			SCAN_FAULT(scan, scan->at,
			    "a step is a number from 1 up, not '%s'",
			    quote.text);
		return false;
	}
	if (!scan_number(scan, false, &number))
		return false;
	*step = number.value;
	if (number.value > 0 && number.value <= INT_MAX)
		return true;
	scan->result = FIELD_WRONG;
	if (number.value == 0)
		SCAN_FAULT(scan, number.at, "a step counts from 1, not 0");
	else
		SCAN_FAULT(scan, number.at, "the step is larger than any %s",
		    scan->spec->name);
	return false;
}

/* Behind "N~" (first is N) or "~" (first is NULL). */
static bool
scan_random(struct scan *scan, const struct number *first)
{
	const struct field_spec *spec = scan->spec;
	int64_t low = first != NULL ? first->value : spec->low;
	/* Both 0 and 7 would make Sunday twice as likely as other days. */
	int64_t high = spec->high == 7 && low == 0 ? 6 : spec->high;
	const char *begin = first != NULL ? first->at : scan->at - 1;
	struct number last = {0};

	if (!scan_item_end(scan)) {
		if (!scan_number(scan, true, &last) ||
		    !scan_in_range(scan, &last))
			return false;
		high = last.value;
	}
	if (first != NULL && !scan_in_range(scan, first))
		return false;
	if (low > high) {
		scan->result = FIELD_WRONG;
		SCAN_FAULT(scan, begin,
		    "the range %d~%d ends before it begins%s", (int)low,
		    (int)high,
		    spec->high == 7 && high == 0 ? "; Sunday is 7 here" : "");
		return false;
	}
	if (!scan_item_end(scan)) {
		scan->result = FIELD_UNREADABLE;
		SCAN_FAULT(scan, scan->at, "%s",
		    *scan->at == '/' ? "a random value takes no step"
				     : "nothing can follow a random value");
		return false;
	}
	ptrdiff_t offset = begin - scan->text.bytes;
	unsigned char item[] = {(unsigned char)(spec -
						field_spec(FIELD_MINUTE)),
	    (unsigned char)offset, (unsigned char)(offset >> 8)};
	scan->bits |= UINT64_C(1) << random_between(random_mix(scan->seed, item,
							sizeof(item)),
			  (unsigned)low, (unsigned)high);
	reader_extension(scan->reader, begin, "'~'");
	return true;
}

/* "N", "N-M", "N-M/STEP", "N~", "N~M". */
static bool
scan_numbers(struct scan *scan)
{
	struct number first = {0}, last = {0};
	int64_t step;

	if (!scan_number(scan, true, &first))
		return false;
	if (scan_take(scan, '~'))
		return scan_random(scan, &first);
	if (!scan_take(scan, '-')) {
		if (!scan_in_range(scan, &first))
			return false;
		if (scan->at < scan->end && *scan->at == '/') {
			scan->result = FIELD_UNREADABLE;
			SCAN_FAULT(scan, scan->at,
			    "a step needs a range before it and a number "
			    "behind it");
			return false;
		}
		scan_fill(scan, first.value, first.value, 1);
		return true;
	}
	if (!scan_number(scan, true, &last) || !scan_step(scan, &step) ||
	    !scan_in_range(scan, &first) || !scan_in_range(scan, &last))
		return false;
	if (scan->spec->high == 7 && last.value == 0 && first.value > 0)
		last.value = 7;
	if (first.value > last.value)
		return scan_reversed(scan, &first, &last);
	scan_fill(scan, first.value, last.value, step);
	scan_uneven(scan, first.value, last.value, step);
	return true;
}

static bool
scan_star(struct scan *scan)
{
	int64_t step;

	if (!scan_step(scan, &step))
		return false;
	scan_fill(scan, scan->spec->low,
	    scan->spec->high == 7 ? 6 : scan->spec->high, step);
	scan_uneven(scan, scan->spec->low, scan->spec->high, step);
	return true;
}

static bool
scan_item(struct scan *scan)
{
	bool good;

	scan->item = scan->at;
	scan->large_step = false;
	if (scan_take(scan, '~'))
		good = scan_random(scan, NULL);
	else if (scan_take(scan, '*'))
		good = scan_star(scan);
	else
		good = scan_numbers(scan);
	if (!good && scan->faulty.len == 0)
		scan_blame_item(scan);
	return good;
}

/* Something behind an item that can't be there. Debian's cron skips it; so
 * does its daemon's successor, but says so. */
static void
scan_junk(struct scan *scan)
{
	bool lenient = scan->reader->personality->junk_ignored && !scan->random;
	struct quote read =
	    quote_of(scan->text.bytes, (size_t)(scan->at - scan->text.bytes));
	struct quote junk = quote_of(scan->at, (size_t)(scan->end - scan->at));

	if (!lenient) {
		scan->result = FIELD_UNREADABLE;
		SCAN_FAULT(scan, scan->at,
		    "'%s' can't follow '%s'; a list is written with commas",
		    junk.text, read.text);
		scan_blame_item(scan);
		return;
	}
	reader_fault(scan->reader, FAULT_LENIENT, scan->at, scan->spec->word,
	    "'%s' is ignored and this read as '%s'", junk.text, read.text);
	/* If nobody knows what was meant: what it is now. */
	char item[FAULT_ADVICE_MAX];
	size_t len = (size_t)(scan->at - scan->item);
	if (len < sizeof(item) && !scan->large_step) {
		memcpy(item, scan->item, len);
		item[len] = '\0';
		reader_advise(scan->reader, scan->item,
		    (size_t)(scan->end - scan->item), item);
	}
	scan_blame_item(scan);
}

enum field_result
field_read(struct reader *reader, enum field_which which, struct slice text,
    uint64_t seed, struct field *field)
{
	struct scan scan = {
	    .reader = reader,
	    .spec = field_spec(which),
	    .text = text,
	    .seed = seed,
	    .at = text.bytes,
	    .end = text.bytes + text.len,
	    .random = memchr(text.bytes, '~', text.len) != NULL,
	    .result = FIELD_GOOD,
	};

	bool more = true;
	while (more && scan_item(&scan))
		more = scan_take(&scan, ',');
	if (scan.result == FIELD_GOOD && scan.at < scan.end)
		scan_junk(&scan);
	field->faulty = scan.faulty;
	/* The incumbent reads on behind what it takes; so must we. */
	if (scan.result == FIELD_UNREADABLE && scan_level(&scan) == FAULT_LINE)
		return FIELD_WRONG;
	/* 7 is Sunday too. */
	if (which == FIELD_DOW)
		scan.bits = (scan.bits | scan.bits >> 7) & 0x7f;
	field->bits = scan.bits;
	field->star = text.len > 0 && text.bytes[0] == '*';
	return scan.result;
}
