/*
 * Tables: the grammar's top. Puts lines, settings and entries together and
 * keeps what sticks from line to line (CRON_TZ, RANDOM_DELAY, limits).
 *
 * The bytes are read twice. The first time measures and tells all faults; then
 * one block is taken that holds everything, and the second reading fills it.
 * So a table costs no byte more than it needs, there is no copying, and no
 * half-built table that could be left over when memory runs out.
 */
#include "core/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/entry_notes.h"
#include "core/line.h"
#include "core/mail_check.h"
#include "core/random.h"
#include "core/setting_advice.h"
#include "core/setting_limits.h"
#include "core/string_set.h"

/* Offsets into the text are 32 bits; nobody has a table like this. */
#define TABLE_BYTES_MAX ((size_t)1 << 30)
/* No name of a zone, and no POSIX string for one, is as long. */
#define ZONE_NAME_MAX 255

struct parse {
	struct reader reader;
	const struct table_source *source;
	/* NULL while measuring */
	struct table *table;
	char *text;
	struct entry_scope *scopes;
	uint32_t *settings;
	/* so far */
	uint32_t entry_count, scope_count, setting_count, text_len;
	struct entry_scope scope; /* the last one */
	unsigned tries; /* lines that are or should have been entries */
	size_t filler;  /* bytes since the last of these or setting */
	uint32_t user;  /* offset of the user table's user */
	/* sticky */
	uint32_t zone;
	uint16_t delay_mins;
	struct string_set users; /* of a system table: their offsets */
	struct string_set lines; /* with '~': how often seen so far */
	struct setting_limits limits;
	bool no_memory;
};

/* Lays a string into the text; its offset. */
static uint32_t
add_text(struct parse *parse, const char *bytes, size_t len)
{
	uint32_t offset = parse->text_len;

	if (parse->table != NULL) {
		memcpy(parse->text + offset, bytes, len);
		parse->text[offset + len] = '\0';
	}
	parse->text_len += (uint32_t)len + 1;
	return offset;
}

/* Likewise; but where another string, which is there at offset, ends with this
 * one, its end serves. */
static uint32_t
add_tail(struct parse *parse, uint32_t offset, const char *there,
    const char *string)
{
	size_t len = strlen(string), there_len = strlen(there);
	size_t head = there_len - len;

	if (len <= there_len && memcmp(there + head, string, len) == 0)
		return offset + (uint32_t)head;
	return add_text(parse, string, len);
}

static bool
slice_is(struct slice slice, const char *string)
{
	return strlen(string) == slice.len &&
	       memcmp(slice.bytes, string, slice.len) == 0;
}

static void
table_fault(struct parse *parse, const char *word, const char *what,
    unsigned limit)
{
	reader_fault(&parse->reader, FAULT_TABLE, NULL, word,
	    "a table may have %u %s, this one has more", limit, what);
}

/* The value of RANDOM_DELAY, read as strtol does (cronie's word). An absurd
 * one delays nothing. at: NULL if it was inherited. */
static void
set_delay(struct parse *parse, struct slice value, const char *at)
{
	char digits[32], *end;
	size_t len = value.len < sizeof(digits) ? value.len : 0;

	memcpy(digits, value.bytes, len);
	digits[len] = '\0';
	errno = 0;
	long mins = strtol(digits, &end, 10);
	/* Where there is no number at all some say EINVAL. */
	bool absurd = errno == ERANGE || mins < 0 ||
		      mins > TABLE_DELAY_MAX_MINS || len < value.len;
	if (at != NULL && (absurd || (*end != '\0' && len > 0)))
		reader_fault(&parse->reader, FAULT_NOTICE, at,
		    "bad value of RANDOM_DELAY",
		    "RANDOM_DELAY is a number of minutes, 0-%d%s",
		    TABLE_DELAY_MAX_MINS,
		    absurd ? "; jobs below are not delayed" : "");
	if (at != NULL && !absurd && *end != '\0' && end > digits) {
		*end = '\0';
		reader_advise(&parse->reader, at, value.len, digits);
	}
	parse->delay_mins =
	    absurd ? 0
		   : (uint16_t)((unsigned)mins * parse->source->delay_percent /
				100);
}

enum zone_found { ZONE_NOT_ASKED, ZONE_KNOWN, ZONE_UNKNOWN };

static enum zone_found
find_zone(const struct table_source *source, struct slice value)
{
	char name[ZONE_NAME_MAX + 1];

	if (source->zone_known == NULL || value.len == 0)
		return ZONE_KNOWN;
	if (value.len >= sizeof(name))
		return ZONE_UNKNOWN;
	memcpy(name, value.bytes, value.len);
	name[value.len] = '\0';
	return source->zone_known(name) ? ZONE_KNOWN : ZONE_UNKNOWN;
}

/* Where a zone goes by another name in a table than on this machine, its
 * entries run by UTC (COMPAT.md 9.4): nothing a writer would expect. Each is
 * asked for once, for that opens a file. */
static void
check_zone(struct parse *parse, struct slice value)
{
	uint32_t *found;

	if (value.len == 0)
		return;
	switch (setting_limits_zone(&parse->limits, value, &found)) {
	case SETTING_FITS:
		break;
	case SETTING_NO_MEMORY:
		parse->no_memory = true;
		return;
	default:
		reader_fault(&parse->reader, FAULT_TABLE, value.bytes,
		    "too many time zones",
		    "a table may name %u time zones, with this one there are "
		    "more; leave out the ones that no line needs",
		    TABLE_ZONES_MAX);
		return;
	}
	if (parse->table != NULL) /* the first reading has told */
		return;
	if (*found == ZONE_NOT_ASKED)
		*found = find_zone(parse->source, value);
	if (*found == ZONE_KNOWN)
		return;
	struct quote quote = quote_of(value.bytes, value.len);
	reader_fault(&parse->reader, FAULT_NOTICE, value.bytes,
	    "bad value of CRON_TZ",
	    "unknown time zone %s, UTC is used; zones have names like "
	    "Europe/Berlin",
	    quote.text);
}

/* Mail that would go to another one than was meant, or come from one. The
 * daemon runs the entries below all the same. true: so it is. */
static bool
check_mail(struct parse *parse, const char *name, struct slice value)
{
	const struct mail_rules *rules = parse->source->mail;
	struct mail_finding finding;

	if (rules == NULL || parse->table != NULL || /* asked once is enough */
	    !mail_check(rules, name, value.bytes, value.len, &finding))
		return false;
	reader_fault(&parse->reader, finding.level, value.bytes + finding.at,
	    MAIL_FAULT, "%s", finding.text);
	return true;
}

static void
inherit_delay(struct parse *parse)
{
	static const char name[] = "RANDOM_DELAY=";
	const char *const *var = parse->source->inherited;

	for (; var != NULL && *var != NULL; var++) {
		if (strncmp(*var, name, sizeof(name) - 1) != 0)
			continue;
		const char *value = *var + sizeof(name) - 1;
		set_delay(parse, (struct slice){value, strlen(value)}, NULL);
	}
}

/* How many settings there may be, and how large together. */
static void
check_limits(struct parse *parse, const struct setting *setting)
{
	unsigned max = parse->source->personality->settings_max;

	if (parse->source->kind == TABLE_USER && max > 0 &&
	    parse->setting_count > max)
		table_fault(parse, "too many environment variables", "settings",
		    max);
	switch (setting_limits_add(&parse->limits, setting)) {
	case SETTING_FITS:
		break;
	case SETTING_NO_MEMORY:
		parse->no_memory = true;
		break;
	default:
		reader_fault(&parse->reader, FAULT_TABLE, setting->name.bytes,
		    "settings too large",
		    "the settings above a line may have %zu bytes together, "
		    "with this one they have %zu; a script can set its own "
		    "variables",
		    SETTINGS_BYTES_MAX, parse->limits.bytes);
		break;
	}
}

/* true: it was said what is odd in its value. */
static bool
add_setting(struct parse *parse, const struct setting *setting)
{
	struct reader *reader = &parse->reader;
	const struct personality *personality = reader->personality;
	const char *at = setting->value.bytes;
	bool told = false;

	if (setting->cut)
		reader_fault(reader, FAULT_NOTICE,
		    reader->line.bytes + reader->indent + personality->line_max,
		    "line too long",
		    "the line is cut here: no more than %zu bytes are read",
		    personality->line_max);
	uint32_t offset =
	    add_text(parse, setting->name.bytes, setting->name.len);
	parse->text_len--; /* the '=' goes where the NUL is */
	if (parse->table != NULL) {
		parse->text[parse->text_len] = '=';
		parse->settings[parse->setting_count] = offset;
	}
	parse->text_len++;
	uint32_t value = add_text(parse, at, setting->value.len);
	parse->setting_count++;

	if (slice_is(setting->name, "CRON_TZ")) {
		reader_extension(reader, setting->name.bytes, "CRON_TZ");
		parse->zone = value;
		check_zone(parse, setting->value);
	} else if (slice_is(setting->name, "RANDOM_DELAY")) {
		reader_extension(reader, setting->name.bytes, "RANDOM_DELAY");
		set_delay(parse, setting->value, at);
	} else if (slice_is(setting->name, "MAILTO")) {
		told = check_mail(parse, "MAILTO", setting->value);
	} else if (slice_is(setting->name, "MAILFROM")) {
		told = check_mail(parse, "MAILFROM", setting->value);
	}
	check_limits(parse, setting);
	return told;
}

/* The seed of a line with '~': host, table, text, ordinal among equal lines. */
static uint64_t
line_seed(struct parse *parse)
{
	const struct table_source *source = parse->source;
	const struct slice *line = &parse->reader.line;
	unsigned char kind = (unsigned char)source->kind;
	uint32_t *seen = string_set_find(&parse->lines, *line);

	if (seen == NULL) {
		parse->no_memory = true;
		return 0;
	}
	uint32_t nth = (*seen)++;
	unsigned char ordinal[] = {(unsigned char)nth,
	    (unsigned char)(nth >> 8), (unsigned char)(nth >> 16),
	    (unsigned char)(nth >> 24)};
	uint64_t seed = random_mix(source->host_seed, &kind, sizeof(kind));
	if (source->kind != TABLE_SYSTEM)
		seed = random_mix(seed, source->name, strlen(source->name));
	seed = random_mix(seed, line->bytes, line->len);
	return random_mix(seed, ordinal, sizeof(ordinal));
}

/* The offset of an entry's user. */
static uint32_t
user_offset(struct parse *parse, struct slice user)
{
	if (parse->source->kind == TABLE_USER)
		return parse->user;
	uint32_t *offset = string_set_find(&parse->users, user);
	if (offset == NULL) {
		parse->no_memory = true;
		return 0;
	}
	if (*offset == 0)
		*offset = add_text(parse, user.bytes, user.len);
	return *offset;
}

/* Whether there is such a user is found out later, by others. */
static uint16_t
user_column(const struct parse *parse, struct slice user)
{
	if (parse->source->kind == TABLE_USER)
		return 0;
	size_t column = (size_t)(user.bytes - parse->reader.line.bytes) + 1;
	return column <= UINT16_MAX ? (uint16_t)column : 0;
}

/* The scope of the entry that is read, which may be that of the last one. */
static uint32_t
add_scope(struct parse *parse, const struct entry_line *read)
{
	const struct entry_scope *last = &parse->scope;
	const struct entry_scope scope = {
	    .user = user_offset(parse, read->user),
	    .zone = parse->zone,
	    .settings = parse->setting_count,
	    .flags = (uint16_t)read->flags,
	    .user_column = user_column(parse, read->user),
	};

	if (parse->scope_count == 0 || scope.user != last->user ||
	    scope.zone != last->zone || scope.settings != last->settings ||
	    scope.flags != last->flags ||
	    scope.user_column != last->user_column) {
		if (parse->table != NULL)
			parse->scopes[parse->scope_count] = scope;
		parse->scope = scope;
		parse->scope_count++;
	}
	return parse->scope_count - 1;
}

static void
add_entry(struct parse *parse, const struct entry_line *read)
{
	uint32_t scope = add_scope(parse, read);
	uint32_t command =
	    add_text(parse, read->command.bytes, read->command.len);
	uint32_t index = parse->entry_count++;

	if (parse->table == NULL)
		return;
	struct entry *entry = &parse->table->entries[index];
	memset(entry, 0, sizeof(*entry));
	entry->when = read->when;
	if ((read->when.flags & SCHEDULE_REBOOT) == 0)
		entry->when.delay_mins = parse->delay_mins;
	entry->command = command;
	entry->scope = scope;
	entry->line = parse->reader.number;
	entry->index = index;
}

static struct entry_rules
rules_of(const struct table_source *source)
{
	return (struct entry_rules){
	    .user = source->kind == TABLE_USER ? source->user : NULL,
	    .has_user = source->kind != TABLE_USER,
	    .may_be_quiet = source->kind != TABLE_USER || source->may_be_quiet,
	    .zone_known = source->zone_known,
	    .user_only = source->user_only,
	};
}

static void
parse_entry(struct parse *parse)
{
	const struct table_source *source = parse->source;
	struct entry_rules rules = rules_of(source);
	unsigned max = source->personality->entries_max;

	parse->tries++;
	if (source->kind == TABLE_USER && max > 0 && parse->tries > max) {
		table_fault(parse, "too many entries", "entries", max);
		return;
	}
	if (entry_is_random(&parse->reader))
		rules.seed = line_seed(parse);
	struct entry_line read;
	bool good = entry_read(&parse->reader, &rules, &read);
	if (good)
		add_entry(parse, &read);
	if (parse->reader.without_notes)
		return;
	if (!good || read.wrong != ENTRY_WRONG_NOTHING)
		entry_advise(&parse->reader, &rules, &read);
	if (good)
		entry_note(&parse->reader, &rules, &read);
}

/* A line that is neither blank nor comment nor cut off by the end. */
static void
parse_content(struct parse *parse)
{
	struct reader *reader = &parse->reader;
	const char *first = reader->line.bytes + reader->indent;
	struct entry_rules rules = rules_of(parse->source);
	const char *why, *where;
	struct setting setting;

	const char *nul = memchr(reader->line.bytes, '\0', reader->line.len);
	if (nul != NULL) {
		parse->tries++;
		reader_fault(reader, FAULT_ERROR, nul, "bad minute",
		    "the line has a NUL byte in it");
		return;
	}
	if (*first == '\r' &&
	    first + 1 == reader->line.bytes + reader->line.len) {
		parse->tries++;
		reader_fault(reader, FAULT_ERROR, first, "bad minute",
		    "the line is a carriage return alone: lines should end "
		    "with a newline, not with CR LF");
		return;
	}
	if (reader_setting(reader, &setting, &why, &where)) {
		if (!add_setting(parse, &setting) && !reader->without_notes)
			setting_note(reader, &rules, &setting);
		return;
	}
	/* No entry begins with a letter or a quote: the setting was meant. */
	char letter = (char)(*first | 0x20);
	if (setting_begins_as_shell(reader) ||
	    (why != NULL &&
		((letter >= 'a' && letter <= 'z') || *first == '\'' ||
		    *first == '"' || *first == '_'))) {
		parse->tries++;
		setting_refuse(reader, &rules, why, where);
		return;
	}
	parse_entry(parse);
}

/* Counts what is between items, which cronie limits; bytes of this line. */
static void
count_filler(struct parse *parse, size_t bytes)
{
	size_t max = parse->source->personality->filler_max;

	parse->filler += bytes;
	if (parse->source->kind == TABLE_USER && max > 0 && parse->filler > max)
		reader_fault(&parse->reader, FAULT_TABLE, NULL,
		    "too many garbage characters",
		    "there are more than %zu bytes of comments and blanks "
		    "since the last setting or entry",
		    max);
}

static bool
refused_by_all(const struct parse *parse)
{
	return parse->reader.faulty && parse->reader.worst >= FAULT_TABLE;
}

/* One line; false when no more need be read. */
static bool
parse_line(struct parse *parse, enum line_kind kind)
{
	struct reader *reader = &parse->reader;
	unsigned max = reader->personality->lines_max;

	if (max > 0 && reader->number > max) {
		table_fault(parse,
		    "crontab must not be longer than 10000 lines", "lines",
		    max);
		return false;
	}
	if (kind == LINE_BLANK) {
		count_filler(parse,
		    (size_t)(reader->next - reader->line.bytes));
		return !refused_by_all(parse);
	}
	/* cronie counts the blanks before an item and its first byte too. */
	count_filler(parse, reader->indent + 1);
	parse->filler = 0;
	if (kind == LINE_CONTENT)
		parse_content(parse);
	else
		reader_fault(reader, FAULT_ERROR,
		    reader->line.bytes + reader->line.len,
		    "missing newline before EOF",
		    "the last line does not end with a newline");
	return !refused_by_all(parse) && !parse->no_memory;
}

/* Reads all the bytes, once. */
static void
parse_pass(struct parse *parse, const char *bytes, size_t len)
{
	const struct table_source *source = parse->source;
	struct faults *faults =
	    parse->table == NULL ? parse->reader.faults : NULL;
	enum line_kind kind;

	reader_init(&parse->reader, source->personality, faults, bytes, len);
	parse->reader.without_notes = parse->table != NULL;
	parse->entry_count = parse->scope_count = 0;
	parse->setting_count = parse->text_len = 0;
	parse->tries = 0;
	parse->filler = 0;
	parse->delay_mins = 0;

	parse->zone = add_text(parse, "", 0);
	uint32_t path = add_text(parse, source->path, strlen(source->path));
	uint32_t name = parse->zone;
	if (source->kind != TABLE_SYSTEM)
		name = add_tail(parse, path, source->path, source->name);
	if (source->kind == TABLE_USER)
		parse->user = add_tail(parse, name, source->name, source->user);
	if (parse->table != NULL) {
		parse->table->name = parse->text + name;
		parse->table->path = parse->text + path;
	}
	inherit_delay(parse);
	while (reader_next(&parse->reader, &kind) && parse_line(parse, kind))
		continue;
	string_set_clear(&parse->users);
	string_set_clear(&parse->lines);
	setting_limits_clear(&parse->limits);
}

struct table *
table_blank(struct memory *memory, const struct table_room *room,
    struct table_block *block)
{
	size_t size = sizeof(struct table) +
		      (size_t)room->entries * sizeof(struct entry) +
		      (size_t)room->scopes * sizeof(struct entry_scope) +
		      room->settings * sizeof(uint32_t) + room->text_len;
	struct table *table = memory->get(memory, size);

	if (table == NULL)
		return NULL;
	memset(table, 0, sizeof(*table));
	table->refs = 1;
	table->memory = memory;
	table->size = size;
	table->entry_count = room->entries;
	table->setting_count = room->settings;
	block->scopes = (struct entry_scope *)(uintptr_t)table_scopes(table);
	block->settings = (uint32_t *)(block->scopes + room->scopes);
	block->text = (char *)(block->settings + room->settings);
	table->settings = block->settings;
	table->text = block->text;
	return table;
}

/* Takes the block for what was measured. */
static struct table *
table_new(struct parse *parse, struct memory *memory)
{
	const struct table_room room = {
	    .entries = parse->entry_count,
	    .scopes = parse->scope_count,
	    .settings = parse->setting_count,
	    .text_len = parse->text_len,
	};
	struct table_block block;
	struct table *table = table_blank(memory, &room, &block);

	if (table == NULL)
		return NULL;
	table->kind = parse->source->kind;
	parse->scopes = block.scopes;
	parse->settings = block.settings;
	parse->text = block.text;
	parse->table = table;
	return table;
}

static bool
refused(const struct parse *parse)
{
	enum fault_level costly =
	    parse->source->personality->table_all_or_nothing ? FAULT_ERROR
							     : FAULT_TABLE;

	return parse->reader.faulty && parse->reader.worst >= costly;
}

enum table_verdict
table_parse(const struct table_source *source, const char *bytes, size_t len,
    struct memory *memory, struct faults *faults, struct table **table)
{
	struct parse parse = {.source = source};

	*table = NULL;
	if (len > TABLE_BYTES_MAX) {
		faults_add(faults, FAULT_TABLE, 0, 0, "table too large",
		    "the table has %zu bytes, the largest may have %zu", len,
		    TABLE_BYTES_MAX);
		return TABLE_REFUSED;
	}
	string_set_init(&parse.users, memory, &source->key);
	string_set_init(&parse.lines, memory, &source->key);
	setting_limits_init(&parse.limits, memory, &source->key);
	parse.reader.faults = faults;
	parse_pass(&parse, bytes, len);
	if (parse.no_memory)
		return TABLE_NO_MEMORY;
	if (refused(&parse))
		return TABLE_REFUSED;

	struct table *made = table_new(&parse, memory);
	if (made == NULL)
		return TABLE_NO_MEMORY;
	uint32_t scope_count = parse.scope_count, text_len = parse.text_len;
	parse_pass(&parse, bytes, len);
	if (parse.no_memory) {
		table_unref(made);
		return TABLE_NO_MEMORY;
	}
	assert(parse.entry_count == made->entry_count);
	assert(parse.scope_count == scope_count);
	assert(parse.setting_count == made->setting_count);
	assert(parse.text_len == text_len);
	*table = made;
	return TABLE_GOOD;
}

void
table_ref(struct table *table)
{
	table->refs++;
}

void
table_unref(struct table *table)
{
	if (table == NULL)
		return;
	assert(table->refs > 0);
	if (--table->refs > 0)
		return;
	run_envs_forget(&table->envs);
	free(table->context);
	table->memory->put(table->memory, table, table->size);
}

int
table_set_context(struct table *table, const char *context)
{
	char *copy = context == NULL ? NULL : strdup(context);

	if (copy == NULL && context != NULL)
		return -1;
	free(table->context);
	table->context = copy;
	return 0;
}

int
table_compare(const struct table *a, const struct table *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* Sets a variable unless it is set. */
static int
env_default(struct env *env, const char *name, const char *value)
{
	return env_get(env, name) != NULL ? 0 : env_set_pair(env, name, value);
}

int
table_environment(const struct table *table, const struct entry *entry,
    const struct table_source *source, const char *user, const char *home,
    const char *path, struct env *env)
{
	const struct personality *personality = source->personality;
	const char *const *var = source->inherited;

	if (env->count == 0)
		env_init_keyed(env, &source->key);
	if (env_reserve(env, entry_scope(table, entry)->settings) == -1)
		return -1;
	for (; var != NULL && *var != NULL; var++) {
		if (env_set(env, *var) == -1)
			return -1;
	}
	for (uint32_t i = 0; i < entry_scope(table, entry)->settings; i++) {
		if (env_set(env, table->text + table->settings[i]) == -1)
			return -1;
	}
	if (env_default(env, "SHELL", "/bin/sh") == -1)
		return -1;
	if (home != NULL && *home != '\0' &&
	    env_default(env, "HOME", home) == -1)
		return -1;
	if (env_default(env, "PATH", path != NULL ? path : personality->path) ==
		-1 ||
	    env_set_pair(env, "LOGNAME", user) == -1)
		return -1;
	return personality->sets_user ? env_set_pair(env, "USER", user) : 0;
}

struct run_env *
table_run_env(struct table *table, const struct entry *entry,
    const struct table_source *source, const char *user, const char *home,
    const char *path)
{
	uint32_t settings = entry_scope(table, entry)->settings;
	struct run_env *shared;
	struct env env;

	if (home == NULL)
		home = "";
	shared = run_envs_find(&table->envs, settings, user, home);
	if (shared != NULL) {
		run_env_ref(shared);
		return shared;
	}
	env_init(&env);
	if (table_environment(table, entry, source, user, home, path, &env) ==
	    -1) {
		env_clear(&env);
		return NULL;
	}
	return run_envs_add(&table->envs, settings, user, home, &env);
}
