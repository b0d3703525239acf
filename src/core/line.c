/*
 * Lines and settings. The setting's grammar is Vixie cron 4.1's, state by
 * state, which both incumbents have; only NAME= without a value, an error to
 * Debian's cron, is an empty value everywhere.
 */
#include "core/line.h"

#include <string.h>

#include "core/printable.h"

void
reader_init(struct reader *reader, const struct personality *personality,
    struct faults *faults, const char *bytes, size_t len)
{
	memset(reader, 0, sizeof(*reader));
	reader->personality = personality;
	reader->faults = faults;
	reader->next = bytes;
	reader->end = bytes + len;
}

bool
reader_next(struct reader *reader, enum line_kind *kind)
{
	if (reader->next == reader->end)
		return false;

	const char *begin = reader->next;
	size_t left = (size_t)(reader->end - begin);
	const char *newline = memchr(begin, '\n', left);
	size_t len = newline != NULL ? (size_t)(newline - begin) : left;
	size_t indent = 0;

	while (indent < len && is_blank(begin[indent]))
		indent++;
	reader->line = (struct slice){begin, len};
	reader->indent = indent;
	reader->number++;
	reader->next = newline != NULL ? newline + 1 : reader->end;
	if (indent == len || begin[indent] == '#')
		*kind = LINE_BLANK;
	else
		*kind = newline != NULL ? LINE_CONTENT : LINE_CUT;
	return true;
}

void
reader_fault(struct reader *reader, enum fault_level level, const char *at,
    const char *word, const char *format, ...)
{
	unsigned column = 0;
	va_list arguments;

	if (!reader->faulty || level > reader->worst)
		reader->worst = level;
	reader->faulty = true;
	const struct slice *guarded = &reader->guarded;
	if (level >= FAULT_NOTICE && at != NULL && guarded->bytes != NULL &&
	    at >= guarded->bytes && at < guarded->bytes + guarded->len)
		reader->guard_hit = true;
	if (reader->faults == NULL)
		return;
	if (at != NULL)
		column = (unsigned)(at - reader->line.bytes) + 1;
	size_t dropped = reader->faults->dropped;
	va_start(arguments, format);
	faults_vadd(reader->faults, level, reader->number, column, word, format,
	    arguments);
	va_end(arguments);
	reader->last_kept =
	    level < FAULT_TABLE && reader->faults->dropped == dropped;
}

void
reader_advise(struct reader *reader, const char *at, size_t len,
    const char *advice)
{
	if (reader_takes_advice(reader))
		faults_advise(reader->faults,
		    (unsigned)(at - reader->line.bytes) + 1, len, advice);
}

void
reader_extension(struct reader *reader, const char *at, const char *what)
{
	if (!reader->personality->extensions_new || reader->told_extension)
		return;
	reader->told_extension = true;
	reader_fault(reader, FAULT_NOTICE, at, "new feature",
	    "Debian's cron does not know %s: it reads this line differently",
	    what);
}

struct quote
quote_of(const char *bytes, size_t len)
{
	struct quote quote = {""};

	printable(quote.text, sizeof(quote.text), bytes, len);
	return quote;
}

/* As isspace() in the C locale, which the incumbents use here. */
static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *
skip_spaces(const char *at, const char *end)
{
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* The name, which may be quoted; the byte behind it, or NULL. */
static const char *
setting_name(const char *at, const char *end, struct slice *name,
    const char **why, const char **where)
{
	char quote = *at == '\'' || *at == '"' ? *at : '\0';

	*why = NULL;
	if (quote != '\0')
		at++;
	name->bytes = at;
	for (; at < end; at++) {
		if (quote != '\0' ? *at == quote : is_space(*at) || *at == '=')
			break;
		if (*at == '=') {
			*why = "a name can't hold a '=', quoted or not";
			*where = at;
			return NULL;
		}
	}
	name->len = (size_t)(at - name->bytes);
	if (at == end)
		return NULL;
	return quote != '\0' ? at + 1 : at;
}

/* The value, from behind the '=' and blanks, to end; false if it is none. */
static bool
setting_value(const struct personality *personality, const char *at,
    const char *end, struct slice *value, const char **why, const char **where)
{
	const char *stop = end;

	if (at < end && (*at == '\'' || *at == '"')) {
		const char *quote = at++;
		stop = memchr(at, *quote, (size_t)(end - at));
		*where = quote;
		*why = "the value's quote is not closed";
		if (stop == NULL)
			return false;
		*where = skip_spaces(stop + 1, end);
		*why = "nothing may follow the value's closing quote; a value "
		       "that needs quotes inside is written without them "
		       "outside";
		if (*where < end)
			return false;
	}
	/* Blanks at the end go, quoted or not, but for cronie's quoted ones. */
	if (stop == end || personality->quoted_trimmed) {
		while (stop > at && is_space(stop[-1]))
			stop--;
	}
	*value = (struct slice){at, (size_t)(stop - at)};
	return true;
}

bool
reader_setting(const struct reader *reader, struct setting *setting,
    const char **why, const char **where)
{
	const char *at = reader->line.bytes + reader->indent;
	size_t len = reader->line.len - reader->indent;
	size_t max = reader->personality->line_max;

	setting->cut = len > max;
	const char *end = at + (setting->cut ? max : len);

	at = setting_name(at, end, &setting->name, why, where);
	if (at == NULL)
		return false;
	at = skip_spaces(at, end);
	if (at == end || *at != '=') {
		const char *word = at;
		while (word < end && !is_space(*word) && *word != '=')
			word++;
		if (word < end && *word == '=') {
			*why = "a name that holds blanks must be quoted";
			*where = at;
		}
		return false;
	}
	at = skip_spaces(at + 1, end);
	return setting_value(reader->personality, at, end, &setting->value, why,
	    where);
}
