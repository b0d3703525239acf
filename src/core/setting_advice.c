/*
 * How a shell would have a line with settings: words that set variables, values
 * that end at a blank, comments, several commands. What it makes of the line is
 * written again as the lines of a table, each of which is read before it is
 * given as advice.
 */
#include "core/setting_advice.h"

#include <stdio.h>
#include <string.h>

#include "core/field_spec.h"

/* Of one line; more are not looked at. */
#define WORDS_MAX 16

enum tail { /* what stands behind the value that a shell would see */
	TAIL_NONE,
	TAIL_COMMENT,
	TAIL_EXPORT, /* ";", "; export FOO" */
	TAIL_SETTING,
	TAIL_ENTRY,
	TAIL_OTHER,
};

/* A line as a shell would read it. */
struct shell_line {
	enum tail tail;         /* the first that there is */
	const char *tail_at;    /* where it begins */
	struct slice name;      /* of the first setting */
	bool tail_name_shouted; /* TAIL_SETTING: its name is in capitals */
	char advice[FAULT_ADVICE_MAX + 1];
	size_t len;
	bool lost; /* it does not fit, or is no good */
};

static const char *
skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static const char *
word_end(const char *at, const char *end)
{
	while (at < end && !is_blank(*at))
		at++;
	return at;
}

static bool
word_is(const char *at, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(word_end(at, end) - at) == len &&
	       memcmp(at, word, len) == 0;
}

/* "export", "declare -x": behind it and its options, or at. */
static const char *
skip_shell_word(const char *at, const char *end)
{
	static const char *const words[] = {"export", "set", "setenv", "env",
	    "declare", "typeset", "readonly", "local"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!word_is(at, end, words[i]))
			continue;
		at = skip_blanks(word_end(at, end), end);
		while (at < end && *at == '-')
			at = skip_blanks(word_end(at, end), end);
		return at;
	}
	return at;
}

/* The name of a variable as shells have them: behind it, or at. */
static const char *
skip_name(const char *at, const char *end)
{
	const char *begin = at;

	while (at < end && (is_alnum(*at) || *at == '_'))
		at++;
	return at > begin && is_digit(*begin) ? begin : at;
}

static bool
name_is(struct slice name, const char *string)
{
	return strlen(string) == name.len &&
	       memcmp(name.bytes, string, name.len) == 0;
}

/* A variable that cron itself knows, or that has one word as its value. */
static bool
name_is_known(struct slice name)
{
	static const char *const names[] = {"CRON_TZ", "TZ", "MAILTO",
	    "MAILFROM", "PATH", "SHELL", "HOME", "LOGNAME", "USER",
	    "RANDOM_DELAY", "LANG", "LANGUAGE", "LC_ALL", "CONTENT_TYPE",
	    "CONTENT_TRANSFER_ENCODING"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name_is(name, names[i]))
			return true;
	return false;
}

static bool
name_is_shouted(struct slice name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.bytes[i] >= 'a' && name.bytes[i] <= 'z')
			return false;
	return name.len > 0;
}

/* The value as a shell ends it: at a blank or a ';' that is not quoted. */
static const char *
skip_value(const char *at, const char *end)
{
	char quote = '\0';

	for (; at < end; at++) {
		if (quote != '\0')
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (is_blank(*at) || *at == ';')
			break;
	}
	return at;
}

/* ---- a line of the advice ---- */

static void
put(struct shell_line *shell, const char *bytes, size_t len)
{
	if (shell->len + len >= sizeof(shell->advice)) {
		shell->lost = true;
		return;
	}
	memcpy(shell->advice + shell->len, bytes, len);
	shell->len += len;
	shell->advice[shell->len] = '\0';
}

/* NAME=value. An empty one is quoted, for Debian's cron wants it so. */
static void
put_setting(struct shell_line *shell, struct slice name, const char *value,
    const char *value_end)
{
	if (shell->len > 0)
		put(shell, "\n", 1);
	put(shell, name.bytes, name.len);
	put(shell, "=", 1);
	if (value < value_end)
		put(shell, value, (size_t)(value_end - value));
	else
		put(shell, "\"\"", 2);
}

static void
put_entry(struct shell_line *shell, struct slice entry)
{
	if (shell->len > 0)
		put(shell, "\n", 1);
	put(shell, entry.bytes, entry.len);
}

/* Is the value one that table.c has no notice for? */
static bool
value_is_good(const struct entry_rules *rules, const struct setting *setting)
{
	char value[FAULT_ADVICE_MAX + 1];
	struct slice text = setting->value;

	if (text.len == 0 || text.len >= sizeof(value))
		return text.len == 0;
	memcpy(value, text.bytes, text.len);
	value[text.len] = '\0';
	if (name_is(setting->name, "RANDOM_DELAY"))
		return text.len < 4 && strspn(value, "0123456789") == text.len;
	if (name_is(setting->name, "CRON_TZ"))
		return rules->zone_known == NULL || rules->zone_known(value);
	return true;
}

/* Can this line of a table stay as it is, without a notice? */
static bool
line_is_good(const struct reader *like, const struct entry_rules *rules,
    const char *line, size_t len)
{
	struct slice text = {line, len};
	struct setting setting;
	struct reader reader;
	enum line_kind kind;
	const char *why, *where;

	reader_init(&reader, like->personality, NULL, line, len);
	if (!reader_next(&reader, &kind) || kind == LINE_BLANK)
		return false;
	if (!reader_setting(&reader, &setting, &why, &where))
		return entry_reads(like, rules, text, FAULT_HINT);
	setting_note(&reader, rules, &setting);
	return !reader.faulty && value_is_good(rules, &setting);
}

/* false: it is no good, and not given. */
static bool
advise_lines(struct reader *reader, const struct entry_rules *rules,
    const char *advice)
{
	const char *begin = reader->line.bytes + reader->indent;
	const char *line = advice;

	if (!reader_takes_advice(reader))
		return false;
	while (line != NULL) {
		size_t len = strcspn(line, "\n");
		if (!line_is_good(reader, rules, line, len))
			return false;
		line = line[len] == '\n' ? line + len + 1 : NULL;
	}
	reader_advise(reader, begin, reader->line.len - reader->indent, advice);
	return true;
}

/* ---- the line ---- */

/* An entry, with or without the user of system tables, that nobody writes by
 * chance: five numbers in a row are no entry yet. */
static bool
looks_like_entry(const struct reader *reader, const struct entry_rules *rules,
    struct slice text, bool sure)
{
	struct entry_rules other = *rules;
	const char *at = text.bytes, *end = text.bytes + text.len;
	bool nickname = *at == '@', starred = false, plain = !nickname;
	char first;

	for (int i = nickname ? 4 : 0; i < FIELD_COUNT && at < end; i++) {
		starred = starred || *at == '*';
		for (; at < end && !is_blank(*at); at++)
			plain = plain &&
				(is_digit(*at) || strchr("*,-/", *at) != NULL);
		at = skip_blanks(at, end);
	}
	first = (char)(at < end ? *at : '\0');
	if (first == '\0' || is_digit(first) || first == '*' ||
	    (!nickname && !starred) || (nickname && !sure && first != '/'))
		return false;
	/* One that is at fault, too. */
	if (plain)
		return true;
	other.has_user = !rules->has_user;
	return entry_reads(reader, rules, text, FAULT_LENIENT) ||
	       entry_reads(reader, &other, text, FAULT_LENIENT);
}

static void
shell_tail(struct shell_line *shell, enum tail tail, const char *at)
{
	if (shell->tail != TAIL_NONE)
		return;
	shell->tail = tail;
	shell->tail_at = at;
}

/* Names, as "export" may have them: behind them, or at. */
static const char *
skip_names(const char *at, const char *end)
{
	const char *behind = skip_name(at, end);

	while (behind > at &&
	       (behind == end || *behind == ';' || is_blank(*behind))) {
		at = skip_blanks(behind, end);
		behind = skip_name(at, end);
	}
	return at;
}

/* Behind a value: the ';', and "export" with its names. */
static const char *
skip_export(struct shell_line *shell, const char *at, const char *end)
{
	const char *begin = at, *word;

	while (at < end && (*at == ';' || *at == '&' || is_blank(*at)))
		at++;
	bool ended = memchr(begin, ';', (size_t)(at - begin)) != NULL;
	word = skip_shell_word(at, end);
	bool exported = word > at;
	if (exported)
		at = skip_names(word, end);
	while (at < end && exported && (*at == ';' || is_blank(*at)))
		at++;
	if (exported || (ended && at == end))
		shell_tail(shell, TAIL_EXPORT, begin);
	return at;
}

/* A setting from *from on, as a shell or as cron has it; *from is behind it
 * then. false: nothing is set here. */
static bool
shell_setting(struct shell_line *shell, const char **from, const char *end)
{
	const char *at = skip_shell_word(*from, end), *value;
	struct slice name = {at, (size_t)(skip_name(at, end) - at)};
	bool first = shell->len == 0;

	at += name.len;
	value = skip_blanks(at, end);
	if (name.len == 0 || value == end)
		return false;
	if (*at == '=')
		value = at + 1;
	else if (first && *value == '=')
		value = skip_blanks(value + 1, end);
	else if (!word_is(*from, end, "setenv") || value == at)
		return false;
	if (first) {
		shell->name = name;
	} else {
		shell_tail(shell, TAIL_SETTING, *from);
		shell->tail_name_shouted =
		    name_is_known(name) || name_is_shouted(name);
	}
	*from = skip_value(value, end);
	put_setting(shell, name, value, *from);
	return true;
}

static void
shell_read(struct shell_line *shell, const struct reader *reader,
    const struct entry_rules *rules, const char *at, const char *end)
{
	while (end > at && (is_blank(end[-1]) || end[-1] == '\r'))
		end--;
	for (int i = 0; i < WORDS_MAX; i++) {
		bool known;

		if (!shell_setting(shell, &at, end))
			break;
		known = name_is_known(shell->name);
		at = skip_export(shell, at, end);
		if (at == end)
			return;
		if (*at == '#') {
			shell_tail(shell, TAIL_COMMENT, at);
			return;
		}
		struct slice rest = {at, (size_t)(end - at)};
		if (looks_like_entry(reader, rules, rest, known)) {
			shell_tail(shell, TAIL_ENTRY, at);
			put_entry(shell, rest);
			return;
		}
	}
	shell_tail(shell, TAIL_OTHER, at);
	shell->lost = true;
}

/* ---- no settings ---- */

bool
setting_begins_as_shell(const struct reader *reader)
{
	const char *at = reader->line.bytes + reader->indent;

	return skip_shell_word(at, reader->line.bytes + reader->line.len) > at;
}

/* Quotes that are wrong: without them, or with the one that is missing. */
static void
advise_quotes(struct reader *reader, const struct entry_rules *rules)
{
	const char *at = reader->line.bytes + reader->indent;
	const char *end = reader->line.bytes + reader->line.len;
	char line[FAULT_ADVICE_MAX + 1];
	size_t len = 0;

	while (end > at && (is_blank(end[-1]) || end[-1] == '\r'))
		end--;
	if ((size_t)(end - at) + 2 >= sizeof(line))
		return;
	const char *equals = memchr(at, '=', (size_t)(end - at));
	if (*at == '"' || *at == '\'') {
		/* "A=b", quoted as a whole */
		if (end - at < 2 || end[-1] != *at)
			return;
		len = (size_t)(end - at) - 2;
		memcpy(line, at + 1, len);
	} else if (equals != NULL) {
		const char *value = skip_blanks(equals + 1, end);
		char quote = (char)(value < end ? *value : '\0');
		if (quote != '"' && quote != '\'') {
			/* A B=c: its name */
			len = (size_t)snprintf(line, sizeof(line),
			    "\"%.*s\"%.*s", (int)(equals - at), at,
			    (int)(end - equals), equals);
		} else if (memchr(value + 1, quote,
			       (size_t)(end - value - 1)) == NULL) {
			len = (size_t)snprintf(line, sizeof(line), "%.*s%c",
			    (int)(end - at), at, quote);
		} else {
			for (; at < end; at++)
				if (at < value || *at != quote)
					line[len++] = *at;
		}
	}
	line[len] = '\0';
	if (len > 0)
		advise_lines(reader, rules, line);
}

void
setting_refuse(struct reader *reader, const struct entry_rules *rules,
    const char *why, const char *where)
{
	const char *at = reader->line.bytes + reader->indent;
	const char *end = reader->line.bytes + reader->line.len;
	const char *behind = skip_shell_word(at, end);
	struct shell_line shell = {.tail = TAIL_NONE};

	if (behind > at) {
		struct quote word =
		    quote_of(at, (size_t)(word_end(at, end) - at));
		reader_fault(reader, FAULT_ERROR, at, "bad minute",
		    "'%s' is for a shell: a table has NAME=value alone, and "
		    "each command gets it",
		    word.text);
	} else {
		reader_fault(reader, FAULT_ERROR, where, "bad minute", "%s",
		    why);
	}
	if (!reader_takes_advice(reader))
		return;
	shell_read(&shell, reader, rules, at, end);
	if ((shell.lost || !advise_lines(reader, rules, shell.advice)) &&
	    behind == at && shell.tail != TAIL_ENTRY)
		advise_quotes(reader, rules);
}

/* ---- settings ---- */

/* " # ..." of a value that is not quoted there; NULL: there is none, or it may
 * be meant. */
static const char *
find_comment(const struct setting *setting)
{
	const char *value = setting->value.bytes;
	const char *end = value + setting->value.len;
	char quote = '\0';

	for (const char *at = value; at < end; at++) {
		bool first = at == value || is_blank(at[-1]);

		if (quote != '\0')
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '#' && at == value)
			return name_is_known(setting->name) && at + 1 < end &&
				       is_blank(at[1])
				   ? at
				   : NULL;
		else if (*at == '#' && first)
			return at;
	}
	return NULL;
}

static void
note_comment(struct reader *reader, const struct entry_rules *rules,
    const struct setting *setting, const char *at)
{
	const char *end = at;
	struct shell_line shell = {.tail = TAIL_NONE};

	while (end > setting->value.bytes && is_blank(end[-1]))
		end--;
	reader_fault(reader, FAULT_NOTICE, at, "setting",
	    "this is part of the value: a comment has a line of its own");
	put_setting(&shell, setting->name, setting->value.bytes, end);
	if (!shell.lost)
		advise_lines(reader, rules, shell.advice);
}

/* An entry at a word of the value; NULL: there is none. */
static const char *
find_entry(const struct reader *reader, const struct entry_rules *rules,
    const struct setting *setting)
{
	const char *at = setting->value.bytes;
	const char *end = at + setting->value.len;
	bool known = name_is_known(setting->name);

	for (int i = 0; i < WORDS_MAX && at < end; i++) {
		struct slice rest = {at, (size_t)(end - at)};
		if (looks_like_entry(reader, rules, rest, known && i < 2))
			return at;
		at = skip_blanks(word_end(at, end), end);
	}
	return NULL;
}

static void
note_entry(struct reader *reader, const struct entry_rules *rules,
    const struct setting *setting, const char *at)
{
	const char *value = setting->value.bytes, *stop = at;
	const char *end = value + setting->value.len;
	struct shell_line shell = {.tail = TAIL_NONE};
	struct quote name = quote_of(setting->name.bytes, setting->name.len);

	reader_fault(reader, FAULT_NOTICE, at, "setting",
	    "this entry is part of the value of %s and never runs: a setting "
	    "has a line of its own",
	    name.text);
	if (!reader_takes_advice(reader))
		return;
	shell_read(&shell, reader, rules, reader->line.bytes + reader->indent,
	    end);
	if (shell.lost) {
		memset(&shell, 0, sizeof(shell));
		while (stop > value && (is_blank(stop[-1]) || stop[-1] == ';'))
			stop--;
		put_setting(&shell, setting->name, value, stop);
		put_entry(&shell, (struct slice){at, (size_t)(end - at)});
	}
	if (!shell.lost)
		advise_lines(reader, rules, shell.advice);
}

/* "$FOO=bar", "FOO+=bar": names that no shell takes for FOO. */
static void
note_name(struct reader *reader, const struct entry_rules *rules,
    const struct setting *setting)
{
	struct slice name = setting->name;
	struct quote quote = quote_of(name.bytes, name.len);
	struct shell_line shell = {.tail = TAIL_NONE};

	if (name.len < 2)
		return;
	if (name.bytes[0] == '$') {
		name.bytes++;
		name.len--;
	} else if (name.bytes[name.len - 1] == '+') {
		name.len--;
	}
	if (name.len == setting->name.len ||
	    skip_name(name.bytes, name.bytes + name.len) !=
		name.bytes + name.len)
		return;
	reader_fault(reader, FAULT_NOTICE, setting->name.bytes, "setting",
	    "this sets a variable named '%s', not %.*s", quote.text,
	    (int)(name.len < 40 ? name.len : 40), name.bytes);
	put_setting(&shell, name, setting->value.bytes,
	    setting->value.bytes + setting->value.len);
	if (!shell.lost)
		advise_lines(reader, rules, shell.advice);
}

/* Settings and words of a shell behind the value. */
static void
note_tail(struct reader *reader, const struct entry_rules *rules,
    const struct setting *setting)
{
	const char *value = setting->value.bytes;
	struct shell_line shell = {.tail = TAIL_NONE};

	shell_read(&shell, reader, rules, reader->line.bytes + reader->indent,
	    reader->line.bytes + reader->line.len);
	if (shell.lost || shell.tail_at == NULL || shell.tail_at <= value)
		return;
	if (shell.tail == TAIL_EXPORT)
		reader_fault(reader, FAULT_NOTICE, shell.tail_at, "setting",
		    "this is part of the value: a table has NAME=value alone, "
		    "and each command gets it");
	else if (shell.tail == TAIL_SETTING && shell.tail_name_shouted &&
		 name_is_shouted(shell.name) &&
		 memchr(value, '=', (size_t)(shell.tail_at - value)) == NULL)
		reader_fault(reader, FAULT_NOTICE, shell.tail_at, "setting",
		    "this is part of the value: a setting has a line of its "
		    "own");
	else
		return;
	advise_lines(reader, rules, shell.advice);
}

void
setting_note(struct reader *reader, const struct entry_rules *rules,
    const struct setting *setting)
{
	const char *value = setting->value.bytes;
	const char *comment, *entry;

	note_name(reader, rules, setting);
	/* A quoted value is whole. */
	if (setting->value.len == 0 || value[-1] == '"' || value[-1] == '\'')
		return;
	entry = find_entry(reader, rules, setting);
	comment = find_comment(setting);
	if (entry != NULL && (comment == NULL || entry < comment))
		note_entry(reader, rules, setting, entry);
	else if (comment != NULL)
		note_comment(reader, rules, setting, comment);
	else
		note_tail(reader, rules, setting);
}
