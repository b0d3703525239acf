/*
 * Lines that are entries. table.c calls it for every line that is neither
 * blank nor a setting.
 */
#include "core/entry.h"

#include <string.h>
#include <strings.h>

#include "core/field.h"
#include "core/field_advice.h"

#define ALL_MINUTES UINT64_C(0xfffffffffffffff)
#define ALL_HOURS   UINT32_C(0xffffff)
#define ALL_DOMS    UINT32_C(0xfffffffe)
#define ALL_MONTHS  UINT16_C(0x1ffe)
#define ALL_DOWS    UINT8_C(0x7f)

_Static_assert(ALL_MINUTES == (UINT64_C(1) << 60) - 1, "60 minutes");

static const struct nickname {
	const char *name;
	struct schedule when;
} nicknames[] = {
    {"reboot", {.flags = SCHEDULE_REBOOT}},
    {"yearly", {1, 1, 1 << 1, 1 << 1, 0, ALL_DOWS, SCHEDULE_DOW_STAR, 0}},
    {"annually", {1, 1, 1 << 1, 1 << 1, 0, ALL_DOWS, SCHEDULE_DOW_STAR, 0}},
    {"monthly", {1, 1, 1 << 1, ALL_MONTHS, 0, ALL_DOWS, SCHEDULE_DOW_STAR, 0}},
    {"weekly", {1, 1, ALL_DOMS, ALL_MONTHS, 0, 1, SCHEDULE_DOM_STAR, 0}},
    {"daily", {1, 1, ALL_DOMS, ALL_MONTHS, 0, ALL_DOWS, 0, 0}},
    {"midnight", {1, 1, ALL_DOMS, ALL_MONTHS, 0, ALL_DOWS, 0, 0}},
    {"hourly", {1, ALL_HOURS, ALL_DOMS, ALL_MONTHS, 0, ALL_DOWS,
		   SCHEDULE_HOUR_STAR, 0}},
};

/* The next word of the line; the blanks behind it are taken too. */
static struct slice
next_word(const char **at, const char *end)
{
	const char *begin = *at;

	while (*at < end && !is_blank(**at))
		(*at)++;
	struct slice word = {begin, (size_t)(*at - begin)};
	while (*at < end && is_blank(**at))
		(*at)++;
	return word;
}

static const char *
line_end(const struct reader *reader)
{
	return reader->line.bytes + reader->line.len;
}

bool
entry_is_random(const struct reader *reader)
{
	const char *at = reader->line.bytes + reader->indent;
	const char *end = line_end(reader);

	for (int i = 0; i < FIELD_COUNT && at < end; i++) {
		struct slice word = next_word(&at, end);
		if (memchr(word.bytes, '~', word.len) != NULL)
			return true;
	}
	return false;
}

/* What other crons, and other spellings, have for a nickname. */
static void
advise_nickname(struct reader *reader, struct slice word)
{
	static const struct {
		const char *other, *ours;
	} others[] = {
	    {"every_minute", "* * * * *"},
	    {"minutely", "* * * * *"},
	    {"every_hour", "@hourly"},
	    {"every_day", "@daily"},
	    {"nightly", "@midnight"},
	    {"boot", "@reboot"},
	    {"restart", "@reboot"},
	    {"startup", "@reboot"},
	};
	struct quote name = quote_of(word.bytes + 1, word.len - 1);
	char ours[sizeof(name.text) + 1];

	for (size_t i = 0; i < sizeof(nicknames) / sizeof(nicknames[0]); i++) {
		if (strcasecmp(nicknames[i].name, name.text) != 0)
			continue;
		ours[0] = '@';
		strcpy(ours + 1, nicknames[i].name);
		reader_advise(reader, word.bytes, word.len, ours);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (strcasecmp(others[i].other, name.text) == 0)
			reader_advise(reader, word.bytes, word.len,
			    others[i].ours);
	}
}

static bool
read_nickname(struct reader *reader, const char **at, struct entry_line *entry)
{
	struct slice word = next_word(at, line_end(reader));
	const char *name = word.bytes + 1; /* behind the '@' */
	size_t len = word.len - 1;

	for (size_t i = 0; i < sizeof(nicknames) / sizeof(nicknames[0]); i++) {
		const struct nickname *known = &nicknames[i];
		if (strlen(known->name) == len &&
		    memcmp(known->name, name, len) == 0) {
			entry->when = known->when;
			entry->fields[0] = word;
			return true;
		}
	}
	struct quote quote = quote_of(word.bytes, word.len);
	reader_fault(reader, FAULT_ERROR, word.bytes, "bad time specifier",
	    "'%s' is not known; there are @reboot, @hourly, @daily, @midnight, "
	    "@weekly, @monthly, @yearly, @annually",
	    quote.text);
	advise_nickname(reader, word);
	return false;
}

static void
set_field(struct schedule *when, enum field_which which,
    const struct field *field)
{
	static const uint8_t stars[FIELD_COUNT] = {
	    [FIELD_MINUTE] = SCHEDULE_MIN_STAR,
	    [FIELD_HOUR] = SCHEDULE_HOUR_STAR,
	    [FIELD_DOM] = SCHEDULE_DOM_STAR,
	    [FIELD_DOW] = SCHEDULE_DOW_STAR,
	};

	if (field->star)
		when->flags |= stars[which];
	switch (which) {
	case FIELD_MINUTE:
		when->minutes = field->bits;
		break;
	case FIELD_HOUR:
		when->hours = (uint32_t)field->bits;
		break;
	case FIELD_DOM:
		when->doms = (uint32_t)field->bits;
		break;
	case FIELD_MONTH:
		when->months = (uint16_t)field->bits;
		break;
	case FIELD_DOW:
	case FIELD_COUNT:
		when->dows = (uint8_t)field->bits;
		break;
	}
}

/* false: the rest of the line had better not be read. A wrong field alone
 * takes *good away: the daemon of an incumbent that has that field for good
 * still looks at the rest. */
static bool
read_fields(struct reader *reader, const char **at, uint64_t seed,
    struct entry_line *entry, bool *good)
{

	for (unsigned i = 0; i < FIELD_COUNT; i++) {
		enum field_which which = (enum field_which)i;
		const struct field_spec *spec = field_spec(which);
		struct slice word = next_word(at, line_end(reader));
		struct field field;

		entry->fields[i] = word;
		if (word.len == 0) {
			reader_fault(reader, FAULT_ERROR, word.bytes,
			    spec->word,
			    "the line ends before the %s; an entry has five "
			    "time fields (or @daily and the like) and a "
			    "command",
			    spec->name);
			return false;
		}
		enum field_result result =
		    field_read(reader, which, word, seed, &field);
		field_advise(reader, which, &field);
		switch (result) {
		case FIELD_GOOD:
			set_field(&entry->when, which, &field);
			break;
		case FIELD_WRONG:
			*good = false;
			break;
		case FIELD_UNREADABLE:
			return false;
		}
	}
	return true;
}

/* "-", which may stand before the first field. */
static bool
read_quiet(struct reader *reader, const char **at,
    const struct entry_rules *rules, struct entry_line *entry)
{
	if (**at != '-')
		return true;
	if (!rules->may_be_quiet) {
		const struct field_spec *minute = field_spec(FIELD_MINUTE);
		reader_fault(reader, FAULT_ERROR, *at,
		    reader->personality->debian ? minute->word : "bad option",
		    "%s", ENTRY_NOT_QUIET);
		entry->wrong = ENTRY_WRONG_QUIET;
		return false;
	}
	const char *behind = *at + 1;
	if (behind == line_end(reader) || is_blank(*behind)) {
		reader_fault(reader, FAULT_ERROR, behind, "bad minute",
		    "the '-' must stand right before the first field");
		entry->wrong = ENTRY_WRONG_QUIET;
		return false;
	}
	reader_extension(reader, *at, "a '-' before an entry");
	entry->flags |= ENTRY_QUIET;
	*at = behind;
	return true;
}

static bool
no_command(struct reader *reader, const char *at, bool debian_runs)
{
	reader_fault(reader, debian_runs ? FAULT_LINE : FAULT_ERROR, at,
	    "bad command", "the command is missing");
	return false;
}

static bool
read_user(struct reader *reader, const char **at, struct entry_line *entry)
{
	const char *end = line_end(reader);

	entry->user = next_word(at, end);
	if (*at < end)
		return true;
	const char *behind = entry->user.bytes + entry->user.len;
	if (entry->user.len > 0 && behind < end)
		return no_command(reader, *at,
		    reader->personality->empty_command_known);
	reader_fault(reader, FAULT_ERROR, *at, "bad command",
	    entry->user.len > 0
		? "the command is missing, or it is the user: a line of a "
		  "system table has a user before the command"
		: "user and command are missing");
	return false;
}

/* A command that begins with '-'. In a system table the user may be missing,
 * and the command's first word be taken for one. */
static void
refuse_option(struct reader *reader, const struct entry_rules *rules,
    const char *at, struct entry_line *entry)
{
	enum fault_level level = reader->personality->unknown_options_run
				     ? FAULT_LENIENT
				     : FAULT_ERROR;
	struct quote user = quote_of(entry->user.bytes, entry->user.len);
	static const char text[] =
	    "a command can't begin with '-', but for '-n' (mail only if it "
	    "fails), once and with a blank behind it";

	if (!rules->has_user || strcmp(user.text, "root") == 0) {
		reader_fault(reader, level, at, "bad option", "%s", text);
		return;
	}
	reader_fault(reader, level, at, "bad option",
	    "%s; a line here names a user before the command, which is '%s' "
	    "now",
	    text, user.text);
	entry->wrong = ENTRY_WRONG_USER;
}

/* "-n", which may stand before the command; others are none of ours. */
static bool
read_options(struct reader *reader, const char **at,
    const struct entry_rules *rules, struct entry_line *entry)
{
	const struct personality *personality = reader->personality;
	const char *end = line_end(reader);

	while (*at < end && **at == '-') {
		const char *behind = *at + 2;
		bool known = behind < end && behind[-1] == 'n' &&
			     is_blank(*behind) &&
			     (entry->flags & ENTRY_MAIL_ON_FAILURE) == 0;
		if (!known) {
			refuse_option(reader, rules, *at, entry);
			return personality->unknown_options_run;
		}
		reader_extension(reader, *at, "the option -n");
		entry->flags |= ENTRY_MAIL_ON_FAILURE;
		*at = behind;
		while (*at < end && is_blank(**at))
			(*at)++;
		if (*at == end)
			return no_command(reader, *at,
			    personality->empty_command_known);
	}
	return true;
}

/* What is in the command that its writer may not know of. */
static void
note_command(struct reader *reader, const struct slice *command)
{
	if (command->bytes[0] == '%')
		reader_fault(reader, FAULT_NOTICE, command->bytes, "command",
		    "the command is empty, all is behind its '%%': a literal "
		    "one is written '\\%%'");
	if (command->bytes[command->len - 1] == '\r' && !reader->told_return) {
		reader->told_return = true;
		reader_fault(reader, FAULT_NOTICE,
		    command->bytes + command->len - 1, "command",
		    "the command ends with a carriage return, which the shell "
		    "will see: lines should end with a newline alone");
	}
}

static bool
read_command(struct reader *reader, const char *at, struct entry_line *entry)
{
	const struct personality *personality = reader->personality;
	const char *end = line_end(reader);

	if (at == end)
		return no_command(reader, at, personality->empty_command_known);
	entry->command = (struct slice){at, (size_t)(end - at)};
	note_command(reader, &entry->command);
	if (entry->command.len <= personality->command_max)
		return true;
	if (personality->command_too_long) {
		reader_fault(reader, FAULT_ERROR, at + personality->command_max,
		    "command too long",
		    "the command has %zu bytes, the longest may have %zu",
		    entry->command.len, personality->command_max);
		return false;
	}
	reader_fault(reader, FAULT_NOTICE, at + personality->command_max,
	    "command too long",
	    "the command has %zu bytes, only the first %zu are run",
	    entry->command.len, personality->command_max);
	entry->command.len = personality->command_max;
	return true;
}

bool
entry_read(struct reader *reader, const struct entry_rules *rules,
    struct entry_line *entry)
{
	const char *at = reader->line.bytes + reader->indent;
	bool good = true;

	memset(entry, 0, sizeof(*entry));
	if (!read_quiet(reader, &at, rules, entry))
		return false;
	if (*at == '@') {
		if (!read_nickname(reader, &at, entry))
			return false;
	} else if (!read_fields(reader, &at, rules->seed, entry, &good)) {
		return false;
	}
	if (at < line_end(reader) && *at == '*') {
		reader_fault(reader, FAULT_ERROR, at,
		    rules->has_user && reader->personality->debian
			? "bad username"
			: "bad command",
		    "a '*' where the %s should be: one field too many?",
		    rules->has_user ? "user" : "command");
		entry->wrong = ENTRY_WRONG_SIXTH;
		entry->wrong_word = next_word(&at, line_end(reader));
		return false;
	}
	if (rules->has_user && !read_user(reader, &at, entry))
		return false;
	return read_options(reader, &at, rules, entry) &&
	       read_command(reader, at, entry) && good;
}
