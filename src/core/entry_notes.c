/*
 * Notes on entries. Each rule here is a guess at what was meant, and must be
 * one that no real table proves wrong: tests/unit/test_notes.c has lines that
 * look odd and are not.
 */
#include "core/entry_notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/command.h"
#include "core/field_spec.h"
#include "core/printable.h"

#define ALL_HOURS  UINT32_C(0xffffff)
#define SHOWN_MAX  160
#define NESTED_MAX 32

static const char *
skip_word(const char *at, const char *end)
{
	while (at < end && !is_blank(*at))
		at++;
	return at;
}

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static struct slice
word_at(const char *at, const char *end)
{
	return (struct slice){at, (size_t)(skip_word(at, end) - at)};
}

static const char *
slice_end(struct slice slice)
{
	return slice.bytes + slice.len;
}

static bool
slice_is(struct slice slice, const char *string)
{
	return strlen(string) == slice.len &&
	       memcmp(slice.bytes, string, slice.len) == 0;
}

/* ---- words ---- */

static bool
is_name(const char *at, size_t len)
{
	return field_name(field_spec(FIELD_MONTH), at, len) >= 0 ||
	       field_name(field_spec(FIELD_DOW), at, len) >= 0;
}

/* A part of a field between its separators, as other crons have it too: "L",
 * "15W", "FRI". */
static bool
is_time_part(const char *at, const char *end)
{
	size_t len = (size_t)(end - at);

	if (len == 0 || is_name(at, len) || (len == 1 && *at == '*'))
		return true;
	if (len == 1 && *at == '?')
		return true;
	while (at < end && is_digit(*at))
		at++;
	while (at < end && (*at == 'L' || *at == 'W'))
		at++;
	return at == end;
}

/* Is the word a time field and no command? next is behind it. */
static bool
is_time_field(struct slice word, const char *next, const char *end)
{
	const char *at = word.bytes, *stop = slice_end(word);
	bool list = false;

	if (word.len == 0 || !(is_alnum(*at) || *at == '*' || *at == '?'))
		return false;
	for (; at <= stop; at++) {
		const char *part = at;
		while (at < stop && strchr(",-/~#", *at) == NULL)
			at++;
		list = list || at < stop;
		if (!is_time_part(part, at))
			return false;
	}
	/* "mon -c FILE" is a command. */
	return list || !is_name(word.bytes, word.len) ||
	       (next < end && *next != '-');
}

/* ---- advice ---- */

/* Would this be an entry with other bytes in the place of some, and nothing to
 * note of these? */
static bool
reads_with(const struct reader *like, const struct entry_rules *rules,
    const char *from, const char *to, const char *other)
{
	size_t head = (size_t)(from - like->line.bytes);
	size_t tail = (size_t)(slice_end(like->line) - to), len = strlen(other);
	struct entry_line entry;
	struct reader reader;
	enum line_kind kind;
	char line[1024];

	if (head + len + tail >= sizeof(line))
		return false;
	memcpy(line, like->line.bytes, head);
	memcpy(line + head, other, len);
	memcpy(line + head + len, to, tail);
	reader_init(&reader, like->personality, NULL, line, head + len + tail);
	reader.told_extension = true;
	reader.guarded = (struct slice){line + head, len};
	if (!reader_next(&reader, &kind) || !entry_read(&reader, rules, &entry))
		return false;
	entry_note(&reader, rules, &entry);
	return !reader.guard_hit &&
	       (!reader.faulty || reader.worst <= FAULT_NOTICE);
}

/* Given for the fault told last, if the line is an entry with it. */
static void
advise(struct reader *reader, const struct entry_rules *rules, const char *from,
    const char *to, const char *advice)
{
	if (reader_takes_advice(reader) &&
	    reads_with(reader, rules, from, to, advice))
		reader_advise(reader, from, (size_t)(to - from), advice);
}

/* The first word without its '-', or without the blanks behind that. */
static void
advise_quiet(struct reader *reader, const struct entry_rules *rules)
{
	const char *begin = reader->line.bytes + reader->indent;
	const char *end = slice_end(reader->line);
	struct slice word = word_at(skip_blanks(begin + 1, end), end);
	char advice[FAULT_ADVICE_MAX];

	snprintf(advice, sizeof(advice), "%s%.*s",
	    rules->may_be_quiet ? "-" : "", (int)word.len, word.bytes);
	advise(reader, rules, begin, slice_end(word), advice);
}

/* A field as it may stand here: '?' is what others have for '*'. */
static void
put_field(char *out, struct slice field)
{
	size_t len = strlen(out);

	if (len > 0 && len + 1 < FAULT_ADVICE_MAX)
		out[len++] = ' ';
	if (field.len == 1 && field.bytes[0] == '?')
		field.bytes = "*";
	snprintf(out + len, FAULT_ADVICE_MAX - len, "%.*s", (int)field.len,
	    field.bytes);
}

/* Five fields instead of six, or none behind a nickname. */
static void
advise_fields(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry, struct slice sixth)
{
	const char *end = slice_end(reader->line);
	const char *from = entry->fields[0].bytes, *to = slice_end(sixth);
	struct slice year = word_at(skip_blanks(to, end), end);
	char late[FAULT_ADVICE_MAX] = "", early[FAULT_ADVICE_MAX] = "";

	if (*from == '@') {
		put_field(early, entry->fields[0]);
		advise(reader, rules, from, to, early);
		return;
	}
	for (int i = 0; i < FIELD_COUNT; i++) {
		put_field(early, entry->fields[i]);
		if (i > 0)
			put_field(late, entry->fields[i]);
	}
	put_field(late, sixth);
	/* The year comes last, and is left out; seconds come first. */
	if (is_time_field(year, skip_blanks(slice_end(year), end), end))
		to = slice_end(year);
	advise(reader, rules, from, to, early);
	advise(reader, rules, from, to, late);
}

/* A field is at fault, but there are six: the first may be the seconds. */
static void
advise_six(struct reader *reader, const struct entry_rules *rules)
{
	const char *at = reader->line.bytes + reader->indent;
	const char *end = slice_end(reader->line);
	struct entry_line entry = {.flags = 0};
	struct slice word = word_at(at, end);

	for (int i = 0; i <= FIELD_COUNT; i++) {
		const char *next = skip_blanks(slice_end(word), end);
		if (!is_time_field(word, next, end))
			return;
		if (i == FIELD_COUNT)
			break;
		entry.fields[i] = word;
		word = word_at(next, end);
	}
	advise_fields(reader, rules, &entry, word);
}

/* "root" before the word that is taken for a user. */
static void
advise_root(struct reader *reader, const struct entry_rules *rules,
    struct slice user)
{
	char advice[FAULT_ADVICE_MAX];

	snprintf(advice, sizeof(advice), "root %.*s", (int)user.len,
	    user.bytes);
	advise(reader, rules, user.bytes, slice_end(user), advice);
}

/* ---- '%' ---- */

/* Are quotes or brackets of a shell open at the end of these bytes? */
static bool
is_open(const char *at, const char *end)
{
	char nested[NESTED_MAX] = {0};
	int depth = 0;

	for (; at < end && depth < NESTED_MAX; at++) {
		char in = (char)(depth > 0 ? nested[depth - 1] : '\0');

		if (in == '\'') {
			depth -= *at == '\'';
			continue;
		}
		if (*at == '\\') {
			at++;
		} else if ((in == '"' && *at == '"') ||
			   (in == '(' && *at == ')') ||
			   (in == '{' && *at == '}') ||
			   (in == '`' && *at == '`')) {
			depth--;
		} else if (*at == '`' || (*at == '"') ||
			   (*at == '\'' && in != '"')) {
			nested[depth++] = *at;
		} else if (*at == '$' && at + 1 < end &&
			   (at[1] == '(' || at[1] == '{')) {
			nested[depth++] = *++at;
		} else if (*at == '(' && in != '"') {
			nested[depth++] = *at;
		}
	}
	return depth > 0;
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Does a format begin with the '%' at at, behind one of these words? */
static bool
follows_format_option(const char *begin, const char *at)
{
	static const char *const words[] = {"printf", "-c", "-w", "-o",
	    "--format", "-printf", "--printf", "--pretty", "-fprintf"};
	const char *end = at;

	while (end > begin && is_blank(end[-1]))
		end--;
	const char *word = end;
	while (word > begin && !is_blank(word[-1]))
		word--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_is((struct slice){word, (size_t)(end - word)},
			words[i]))
			return end < at;
	return false;
}

/* Can the '%' at at not be meant to end the command? What is before it would be
 * no command, or it is one of a format, a percentage, an address. */
static bool
is_no_end(const char *begin, const char *at, const char *end)
{
	const char *word = at;
	char before = (char)(at > begin ? at[-1] : '\0');
	char after = (char)(at + 1 < end ? at[1] : '\0');

	while (word > begin && !is_blank(word[-1]))
		word--;
	if (is_open(begin, at) || *word == '+' || before == '=')
		return true;
	if (is_digit(before) &&
	    (after == '\0' || strchr(" \t%.,;:!)|&>", after) != NULL))
		return true;
	if (at + 2 < end && is_hex(at[1]) && is_hex(at[2]))
		for (; word + 2 < at; word++)
			if (memcmp(word, "://", 3) == 0)
				return true;
	return follows_format_option(begin, at);
}

/* The command with a '\' before each '%' that has none. */
static void
advise_percent(struct reader *reader, const struct entry_rules *rules,
    struct slice command)
{
	const char *begin = reader->line.bytes + reader->indent;
	size_t head = (size_t)(command.bytes - begin), used = head;
	char line[1024];

	if (!reader_takes_advice(reader) ||
	    head + 2 * command.len >= sizeof(line))
		return;
	memcpy(line, begin, head);
	for (size_t i = 0; i < command.len; i++) {
		if (command.bytes[i] == '%')
			line[used++] = '\\';
		line[used++] = command.bytes[i];
		if (command.bytes[i] == '\\' && i + 1 < command.len)
			line[used++] = command.bytes[++i];
	}
	line[used] = '\0';
	if (entry_reads(reader, rules, (struct slice){line, used}, FAULT_HINT))
		reader_advise(reader, command.bytes, command.len, line + head);
}

static void
note_percent(struct reader *reader, const struct entry_rules *rules,
    struct slice text)
{
	size_t len = command_length(text.bytes, text.len);
	char shown[SHOWN_MAX];
	struct command command;

	if (len == 0 || len == text.len ||
	    !is_no_end(text.bytes, text.bytes + len, slice_end(text)) ||
	    command_split(&command, text.bytes, text.len,
		reader->personality->backslash_pairs) == -1)
		return;
	reader_fault(reader, FAULT_NOTICE, text.bytes + len, "command",
	    "this '%%' ends the command: the shell gets '%s', what follows is "
	    "its input; a plain one is written '\\%%'",
	    printable_string(shown, sizeof(shown), command.shell));
	command_clear(&command);
	advise_percent(reader, rules, text);
}

/* ---- a sixth field ---- */

static bool
note_sixth(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry)
{
	const char *end = slice_end(reader->line);
	struct slice word =
	    rules->has_user ? entry->user : word_at(entry->command.bytes, end);
	struct quote quote = quote_of(word.bytes, word.len);
	const char *what = rules->has_user ? "user" : "command";

	if ((entry->flags & ENTRY_MAIL_ON_FAILURE) != 0 && !rules->has_user)
		return false;
	if (!is_time_field(word, skip_blanks(slice_end(word), end), end))
		return false;
	if (entry->fields[0].bytes[0] == '@')
		reader_fault(reader, FAULT_NOTICE, word.bytes, "command",
		    "a time field behind a nickname: '%s' is taken for the %s",
		    quote.text, what);
	else
		reader_fault(reader, FAULT_NOTICE, word.bytes, "command",
		    "a sixth time field: '%s' is taken for the %s", quote.text,
		    what);
	if (reader_takes_advice(reader))
		advise_fields(reader, rules, entry, word);
	return true;
}

/* ---- users ---- */

/* A program's path, so that the word before it may be a user. */
static bool
is_program(struct slice word)
{
	return word.len > 1 && strchr("/~", word.bytes[0]) != NULL;
}

/* Is the word, before a program's path, the name of a user? One's own may be
 * that of a program, too: so that path is asked for. */
static bool
is_user(const struct entry_rules *rules, struct slice word, struct slice next)
{
	char name[64];

	if (!is_program(next) || word.len >= sizeof(name))
		return false;
	memcpy(name, word.bytes, word.len);
	name[word.len] = '\0';
	return (rules->user != NULL && strcmp(name, rules->user) == 0) ||
	       (rules->user_only != NULL && rules->user_only(name));
}

/* A user's table has no user column; but "root" is written there by habit. */
static void
note_user_column(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry)
{
	static const char *const users[] = {"root", "nobody", "www-data",
	    "apache", "wwwrun"};
	const char *end = slice_end(entry->command);
	struct slice word = word_at(entry->command.bytes, end);
	struct slice next = word_at(skip_blanks(slice_end(word), end), end);
	char advice[FAULT_ADVICE_MAX];
	bool found = false;

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		found = found || slice_is(word, users[i]);
	/* "root -b" is a program of physicists. */
	if (next.len == 0 || (next.bytes[0] == '-' && !slice_is(next, "-n")) ||
	    (!found && !is_user(rules, word, next)))
		return;
	struct quote quote = quote_of(word.bytes, word.len);
	reader_fault(reader, FAULT_NOTICE, word.bytes, "command",
	    "'%s' is taken for the command: a user's table has no column for "
	    "the user",
	    quote.text);
	snprintf(advice, sizeof(advice), "%.*s", (int)next.len, next.bytes);
	advise(reader, rules, word.bytes, slice_end(next), advice);
}

/* A program that has no user of its name, or what is no name at all. */
static bool
is_no_user(struct slice word)
{
	static const char *const programs[] = {"wget", "curl", "cd", "test",
	    "[", "[[", "if", "for", "while", "exec", "command", "env", "nice",
	    "ionice", "flock", "timeout", "sleep", "echo", "printf", "sh",
	    "bash", "dash", "perl", "php", "python", "python3", "ruby", "find",
	    "rm", "cp", "mv", "tar", "rsync", "sudo", "su", "systemctl",
	    "service", "run-parts", "logrotate", "chown", "chmod", "touch",
	    "true", "false", "test", "date", "cat", "logger"};

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (strlen(programs[i]) == word.len &&
		    memcmp(programs[i], word.bytes, word.len) == 0)
			return true;
	for (size_t i = 0; i < word.len; i++)
		if (strchr("/=;|&<>()[]{}\"'`!~:", word.bytes[i]) != NULL)
			return true;
	return word.len > 0 && (word.bytes[0] == '.' || word.bytes[0] == '$');
}

static void
note_no_user(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry)
{
	struct quote quote = quote_of(entry->user.bytes, entry->user.len);

	/* Told before, where the command begins with '-'. */
	if (!is_no_user(entry->user) || entry->command.bytes[0] == '-')
		return;
	reader_fault(reader, FAULT_NOTICE, entry->user.bytes, "user",
	    "a line here names a user before the command, and '%s' is taken "
	    "for one",
	    quote.text);
	advise_root(reader, rules, entry->user);
}

/* ---- times ---- */

/* Has one of the months one of the days? */
static bool
days_come(uint16_t months, uint32_t doms)
{
	static const uint8_t days[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30,
	    31, 30, 31};

	for (int month = 1; month <= 12; month++)
		if ((months >> month & 1) != 0 &&
		    (doms & ((UINT64_C(1) << (days[month] + 1)) - 1)) != 0)
			return true;
	return false;
}

static void
note_never(struct reader *reader, const struct entry_line *entry)
{
	const struct schedule *when = &entry->when;
	struct slice field = entry->fields[FIELD_DOM];
	bool by_dow =
	    (when->flags & (SCHEDULE_DOM_STAR | SCHEDULE_DOW_STAR)) == 0;
	int day = 31;

	if (days_come(when->months, when->doms))
		return;
	while ((when->doms >> day & 1) == 0)
		day--;
	if (by_dow)
		reader_fault(reader, FAULT_HINT, field.bytes, "never",
		    "these months have no day %d: this runs by the day of week "
		    "alone",
		    day);
	else
		reader_fault(reader, FAULT_NOTICE, field.bytes, "never",
		    "this never runs: these months have no day %d%s", day,
		    memchr(field.bytes, '~', field.len) != NULL
			? ", which '~' is here"
			: "");
}

/* Each minute of an hour here and there: once an hour was meant. */
static void
note_each_minute(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry)
{
	const struct schedule *when = &entry->when;
	struct slice minute = entry->fields[FIELD_MINUTE];
	uint32_t next = when->hours << 1 | when->hours >> 23;
	bool hours_apart = (when->hours & next & ALL_HOURS) == 0;
	bool one_day = (when->doms & (when->doms - 1)) == 0 &&
		       (when->flags & SCHEDULE_DOW_STAR) != 0;

	if (!slice_is(minute, "*") && !slice_is(minute, "*/1"))
		return;
	if (hours_apart)
		reader_fault(reader, FAULT_HINT, minute.bytes, "each minute",
		    "this runs in each minute of the hour, 60 times");
	else if (when->hours == ALL_HOURS && one_day)
		reader_fault(reader, FAULT_HINT, minute.bytes, "each minute",
		    "this runs in each minute of the day, 1440 times");
	else
		return;
	advise(reader, rules, minute.bytes, slice_end(minute), "0");
}

void
entry_note(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry)
{
	if (entry->fields[0].bytes[0] != '@') {
		note_each_minute(reader, rules, entry);
		note_never(reader, entry);
	}
	if (!note_sixth(reader, rules, entry)) {
		if (rules->has_user)
			note_no_user(reader, rules, entry);
		else
			note_user_column(reader, rules, entry);
	}
	note_percent(reader, rules, entry->command);
}

void
entry_advise(struct reader *reader, const struct entry_rules *rules,
    const struct entry_line *entry)
{
	if (!reader_takes_advice(reader))
		return;
	switch (entry->wrong) {
	case ENTRY_WRONG_NOTHING:
		advise_six(reader, rules);
		break;
	case ENTRY_WRONG_QUIET:
		advise_quiet(reader, rules);
		break;
	case ENTRY_WRONG_SIXTH:
		advise_fields(reader, rules, entry, entry->wrong_word);
		break;
	case ENTRY_WRONG_USER:
		if (is_no_user(entry->user))
			advise_root(reader, rules, entry->user);
		break;
	}
}

bool
entry_reads(const struct reader *like, const struct entry_rules *rules,
    struct slice text, enum fault_level level)
{
	struct entry_line entry;
	struct reader reader;
	enum line_kind kind;

	reader_init(&reader, like->personality, NULL, text.bytes, text.len);
	reader.told_extension = true;
	if (!reader_next(&reader, &kind) || kind == LINE_BLANK ||
	    reader.line.len != text.len || !entry_read(&reader, rules, &entry))
		return false;
	entry_note(&reader, rules, &entry);
	return !reader.faulty || reader.worst <= level;
}
