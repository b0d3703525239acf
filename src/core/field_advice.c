/*
 * Guesses at an item of a time field, made in two steps: first what is written
 * otherwise than cron writes it (names in full, units, other commas), then what
 * cron can't say in one item (a step without a range, a range over the end). A
 * guess that can't be read as a field is none.
 */
#include "core/field_advice.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const full_names[] = {"january", "february", "march",
    "april", "june", "july", "august", "september", "october", "november",
    "december", "sunday", "monday", "tuesday", "wednesday", "thursday",
    "friday", "saturday"};

/* More than any item that a guess is made for. */
#define ITEM_MAX 64

struct guess {
	const struct reader *reader;
	const struct field_spec *spec;
	enum field_which which;
	char text[ITEM_MAX];
	size_t len;
};

static void
guess_put(struct guess *guess, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (guess->len + 1 < sizeof(guess->text))
			guess->text[guess->len++] = bytes[i];
	}
	guess->text[guess->len] = '\0';
}

/* Is it good as a field, without a note? */
static bool
guess_reads(const struct guess *guess)
{
	struct slice text = {guess->text, guess->len};
	struct reader reader;
	struct field field;
	enum line_kind kind;

	reader_init(&reader, guess->reader->personality, NULL, text.bytes,
	    text.len);
	reader.told_extension = true;
	return reader_next(&reader, &kind) &&
	       field_read(&reader, guess->which, text, 0, &field) ==
		   FIELD_GOOD &&
	       (!reader.faulty || reader.worst <= FAULT_HINT);
}

/* ---- first: other ways to write it ---- */

static size_t
letters(const char *at, const char *end)
{
	const char *begin = at;

	while (at < end && is_alnum(*at) && !is_digit(*at))
		at++;
	return (size_t)(at - begin);
}

/* "Monday", "Sept" */
static bool
is_full_name(const char *at, size_t len)
{
	for (size_t i = 0; i < sizeof(full_names) / sizeof(full_names[0]); i++)
		if (len > 3 && len <= strlen(full_names[i]) &&
		    strncasecmp(full_names[i], at, len) == 0)
			return true;
	return false;
}

/* A dash as editors make it of a '-': its bytes, or 0. */
static size_t
dash(const char *at, const char *end)
{
	static const char *const dashes[] = {"\342\200\220", "\342\200\221",
	    "\342\200\223", "\342\200\224", "\342\210\222"};

	for (size_t i = 0; i < sizeof(dashes) / sizeof(dashes[0]); i++)
		if (end - at >= 3 && memcmp(at, dashes[i], 3) == 0)
			return 3;
	return 0;
}

/* Puts what stands at at, as cron would have it; its bytes. before is what was
 * put last, '\0' at the beginning; step: behind a '/'. */
static size_t
rewrite(struct guess *guess, const char *at, const char *end, char before,
    bool step)
{
	size_t len = letters(at, end);

	if (len > 0) {
		bool unit = step && is_digit(before);
		guess_put(guess, at,
		    unit                    ? 0
		    : is_full_name(at, len) ? 3
					    : len);
		return len;
	}
	len = dash(at, end);
	if (len > 0) {
		guess_put(guess, "-", 1);
		return len;
	}
	if (end - at >= 2 && at[0] == '.' && at[1] == '.') {
		guess_put(guess, "-", 1);
		return 2;
	}
	if (*at == '?' && before == '\0' && at + 1 == end)
		guess_put(guess, "*", 1);
	else if (strchr(",;.|&", *at) != NULL) {
		/* A comma, if there is something on both sides of it. */
		if (before != ',' && before != '\0')
			guess_put(guess, ",", 1);
	} else if (*at == '*' && before == '*') {
		return 1;
	} else if (*at != '+' || (before != '\0' && is_alnum(before))) {
		if (is_digit(*at) && before == '*')
			guess_put(guess, "/", 1);
		guess_put(guess, at, 1);
	}
	return 1;
}

static void
guess_rewrite(struct guess *guess, struct slice item)
{
	const char *at = item.bytes, *end = item.bytes + item.len;
	bool step = false;

	guess->len = 0;
	while (at < end) {
		char before =
		    guess->len > 0 ? guess->text[guess->len - 1] : '\0';
		step = before == '/' || (step && before != ',');
		at += rewrite(guess, at, end, before, step);
	}
	if (guess->len > 0 && guess->text[guess->len - 1] == ',')
		guess->len--;
	guess->text[guess->len] = '\0';
}

/* ---- second: what one item can't say ---- */

/* An item taken apart. */
struct parts {
	bool star, named;
	char link; /* '-', '~' or, without a last, '\0' */
	int first, last;
	bool stepped;
	int step; /* 0: there is none behind the '/', or it is 0 */
};

/* A number of this field's; -1: there is none. */
static int
take_number(const struct guess *guess, const char **at, bool *named)
{
	const char *begin = *at;
	int value = 0, name;

	while (is_alnum(**at))
		(*at)++;
	name = field_name(guess->spec, begin, (size_t)(*at - begin));
	*named = name >= 0;
	if (name >= 0)
		return name;
	for (const char *digit = begin; digit < *at; digit++) {
		if (!is_digit(*digit) || value > 9999)
			return -1;
		value = value * 10 + (*digit - '0');
	}
	return *at > begin ? value : -1;
}

static bool
take_parts(const struct guess *guess, struct parts *parts)
{
	const char *at = guess->text;
	bool named = false;

	memset(parts, 0, sizeof(*parts));
	parts->star = *at == '*' || *at == '/' || *at == '~';
	if (*at == '~')
		parts->link = '~';
	if (*at == '*' || *at == '~') {
		at++;
	} else if (!parts->star) {
		parts->first = take_number(guess, &at, &parts->named);
		if (parts->first < guess->spec->low ||
		    parts->first > guess->spec->high)
			return false;
		if (*at == '-' || *at == '~') {
			parts->link = *at++;
			parts->last = take_number(guess, &at, &named);
			parts->named = parts->named && named;
			if (parts->last < guess->spec->low ||
			    parts->last > guess->spec->high)
				return false;
		}
	}
	if (*at == '/') {
		parts->stepped = true;
		if (*++at != '\0')
			parts->step = take_number(guess, &at, &named);
	}
	return *at == '\0' && parts->step >= 0;
}

static void
put_digits(struct guess *guess, const char *before, int value)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%s%d", before, value);

	guess_put(guess, text, (size_t)len);
}

static void
put_number(struct guess *guess, int value, bool named)
{
	if (named)
		guess_put(guess,
		    guess->spec->names[value == 7 && guess->spec->high == 7
					   ? 0
					   : value - guess->spec->low],
		    3);
	else
		put_digits(guess, "", value);
}

/* From first to last by the step, which the range is not shorter than. */
static void
put_range(struct guess *guess, int first, int last, int step, bool named)
{
	put_number(guess, first, named);
	if (step > last - first)
		return;
	guess_put(guess, "-", 1);
	put_number(guess, last, named);
	if (step > 1)
		put_digits(guess, "/", step);
}

/* A range that ends before it begins goes on behind the field's end, and the
 * step with it. What follows the end of a week is Monday: Sunday was 7. */
static void
put_round(struct guess *guess, const struct parts *parts)
{
	int low = guess->spec->high == 7 ? 1 : guess->spec->low;
	int step = parts->step > 0 ? parts->step : 1;
	int over = parts->first;

	while (over <= guess->spec->high)
		over += step;
	over += low - guess->spec->high - 1;
	put_range(guess, parts->first, guess->spec->high, step, parts->named);
	if (over > parts->last)
		return;
	guess_put(guess, ",", 1);
	put_range(guess, over, parts->last, step, parts->named);
}

static void
guess_restate(struct guess *guess, const struct parts *parts)
{
	const struct field_spec *spec = guess->spec;
	int week_end = parts->first == 0 && spec->high == 7 ? 6 : spec->high;
	bool sunday = spec->high == 7 && parts->last == 0;

	guess->len = 0;
	if (parts->link == '~') {
		if (!parts->star)
			put_number(guess, parts->first, parts->named);
		guess_put(guess, "~", 1);
		if (!parts->star && sunday && parts->first > 0)
			guess_put(guess, "7", 1);
		else if (!parts->star)
			put_number(guess, parts->last, parts->named);
	} else if (parts->star) {
		guess_put(guess, "*", 1);
		if (parts->step > 0)
			put_digits(guess, "/", parts->step);
	} else if (parts->link == '\0') {
		put_range(guess, parts->first,
		    parts->step > 0 ? week_end : parts->first,
		    parts->step > 0 ? parts->step : 1,
		    parts->named && parts->step == 0);
	} else if (parts->first > parts->last && !sunday) {
		put_round(guess, parts);
	} else {
		put_range(guess, parts->first, sunday ? 7 : parts->last,
		    parts->step > 0 ? parts->step : 1, parts->named);
	}
}

void
field_advise(struct reader *reader, enum field_which which,
    const struct field *field)
{
	struct slice item = field->faulty;
	struct guess guess = {
	    .reader = reader,
	    .spec = field_spec(which),
	    .which = which,
	};
	struct parts parts;

	/* "5#2", the second Friday, means what no other item means. */
	if (!reader_takes_advice(reader) || item.len == 0 ||
	    item.len >= sizeof(guess.text) ||
	    memchr(item.bytes, '#', item.len) != NULL)
		return;
	guess_rewrite(&guess, item);
	if (!guess_reads(&guess)) {
		if (!take_parts(&guess, &parts))
			return;
		guess_restate(&guess, &parts);
		if (!guess_reads(&guess))
			return;
	}
	reader_advise(reader, item.bytes, item.len, guess.text);
}
