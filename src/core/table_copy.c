/*
 * The copy of a table: a head, a record for each entry, their scopes, the
 * offsets of the settings, the text. The text is taken over as it stands, for
 * all that refers to it does so by offsets. daemon/tables/last_good.c writes
 * and reads copies.
 */
#include "core/table_copy.h"

#include <string.h>

#include "core/random.h"

/* Another number with each change of the structs below. */
static const char magic[8] = "evtable2";

struct head {
	char magic[8];
	uint64_t hash; /* of all behind it */
	int64_t written_at_ns;
	uint32_t uid;
	uint32_t kind;
	uint32_t entry_count, scope_count, setting_count, text_len;
	uint32_t name, path; /* offsets in the text */
};

struct record {
	struct schedule when;
	uint32_t command, scope, line, zero;
};

_Static_assert(sizeof(struct head) == 56, "no padding, for it is hashed");
_Static_assert(sizeof(struct entry_scope) == 16,
    "no padding, for it is hashed");
_Static_assert(sizeof(struct record) == 40, "no padding, for it is hashed");

#define HASHED (offsetof(struct head, hash) + sizeof(uint64_t))

static size_t
text_len_of(const struct table *table)
{
	return table->size -
	       (size_t)(table->text - (const char *)(const void *)table);
}

static uint32_t
scope_count_of(const struct table *table)
{
	size_t bytes = (size_t)((const char *)table->settings -
				(const char *)table_scopes(table));

	return (uint32_t)(bytes / sizeof(struct entry_scope));
}

size_t
table_copy_size(const struct table *table)
{
	return sizeof(struct head) +
	       table->entry_count * sizeof(struct record) +
	       scope_count_of(table) * sizeof(struct entry_scope) +
	       table->setting_count * sizeof(uint32_t) + text_len_of(table);
}

void
table_copy_write(const struct table *table, const struct table_copy *copy,
    char *bytes)
{
	struct head head = {
	    .written_at_ns = copy->written_at_ns,
	    .uid = copy->uid,
	    .kind = (uint32_t)table->kind,
	    .entry_count = table->entry_count,
	    .scope_count = scope_count_of(table),
	    .setting_count = table->setting_count,
	    .text_len = (uint32_t)text_len_of(table),
	    .name = (uint32_t)(table->name - table->text),
	    .path = (uint32_t)(table->path - table->text),
	};
	size_t scopes_len = head.scope_count * sizeof(struct entry_scope);
	size_t settings_len = table->setting_count * sizeof(uint32_t);
	char *at = bytes + sizeof(head);

	for (uint32_t i = 0; i < table->entry_count; i++) {
		const struct entry *e = &table->entries[i];
		struct record record = {
		    .when = *entry_when(table, e),
		    .command = e->command,
		    .scope = e->scope,
		    .line = e->line,
		};

		memcpy(at, &record, sizeof(record));
		at += sizeof(record);
	}
	if (scopes_len > 0)
		memcpy(at, table_scopes(table), scopes_len);
	at += scopes_len;
	if (settings_len > 0)
		memcpy(at, table->settings, settings_len);
	memcpy(at + settings_len, table->text, head.text_len);
	memcpy(head.magic, magic, sizeof(magic));
	memcpy(bytes, &head, sizeof(head));
	head.hash =
	    random_mix(0, bytes + HASHED, table_copy_size(table) - HASHED);
	memcpy(bytes, &head, sizeof(head));
}

/* --- reading --- */

/* Is all there that the head tells, and nothing else? */
static bool
head_is_good(const struct head *head, const char *bytes, size_t len)
{
	uint64_t whole =
	    (uint64_t)sizeof(*head) +
	    (uint64_t)head->entry_count * sizeof(struct record) +
	    (uint64_t)head->scope_count * sizeof(struct entry_scope) +
	    (uint64_t)head->setting_count * sizeof(uint32_t) + head->text_len;

	return memcmp(head->magic, magic, sizeof(magic)) == 0 && whole == len &&
	       head->hash == random_mix(0, bytes + HASHED, len - HASHED) &&
	       head->kind <= TABLE_USER && head->text_len > 0 &&
	       bytes[len - 1] == '\0' && head->name < head->text_len &&
	       head->path < head->text_len;
}

/* Could a parse have given this? */
static bool
schedule_is_good(const struct schedule *when)
{
	unsigned known = SCHEDULE_MIN_STAR | SCHEDULE_HOUR_STAR |
			 SCHEDULE_DOM_STAR | SCHEDULE_DOW_STAR |
			 SCHEDULE_REBOOT;

	if (when->minutes >> 60 != 0 || when->hours >> 24 != 0 ||
	    (when->doms & 1) != 0 || (when->months & 1) != 0 ||
	    when->months >> 13 != 0 || when->dows >> 7 != 0 ||
	    (when->flags & ~known) != 0 || when->zero != 0 ||
	    when->delay_mins > TABLE_DELAY_MAX_MINS)
		return false;
	if ((when->flags & SCHEDULE_REBOOT) != 0)
		return memcmp(when, &schedule_reboot, sizeof(*when)) == 0;
	return (when->minutes != 0 && when->hours != 0 && when->doms != 0 &&
		when->months != 0 && when->dows != 0);
}

static bool
record_is_good(const struct record *record, const struct head *head,
    const char *text)
{
	return schedule_is_good(&record->when) &&
	       record->command < head->text_len && text[record->command] != 0 &&
	       record->scope < head->scope_count;
}

static bool
scope_is_good(const struct entry_scope *scope, const struct head *head)
{
	return scope->user < head->text_len && scope->zone < head->text_len &&
	       scope->settings <= head->setting_count &&
	       (scope->flags & ~(ENTRY_QUIET | ENTRY_MAIL_ON_FAILURE)) == 0;
}

static void
take_record(struct table *table, uint32_t index, const struct record *record)
{
	struct entry *e = &table->entries[index];

	memset(e, 0, sizeof(*e));
	e->when = record->when;
	e->command = record->command;
	e->scope = record->scope;
	e->line = record->line;
	e->index = index;
}

/* at: the records. False: one of them, a scope or a setting, is wrong. */
static bool
take_all(struct table *table, const struct table_block *block,
    const struct head *head, const char *at)
{
	struct record record;
	size_t scopes_len = head->scope_count * sizeof(struct entry_scope);
	size_t settings_len = head->setting_count * sizeof(uint32_t);
	const char *scopes = at + head->entry_count * sizeof(record);
	const char *settings = scopes + scopes_len;

	memcpy(block->text, settings + settings_len, head->text_len);
	table->name = block->text + head->name;
	table->path = block->text + head->path;
	for (uint32_t i = 0; i < head->entry_count; i++) {
		memcpy(&record, at + i * sizeof(record), sizeof(record));
		if (!record_is_good(&record, head, block->text))
			return false;
		take_record(table, i, &record);
	}
	if (scopes_len > 0)
		memcpy(block->scopes, scopes, scopes_len);
	for (uint32_t i = 0; i < head->scope_count; i++) {
		if (!scope_is_good(&block->scopes[i], head))
			return false;
	}
	if (settings_len > 0)
		memcpy(block->settings, settings, settings_len);
	for (uint32_t i = 0; i < head->setting_count; i++) {
		if (block->settings[i] >= head->text_len ||
		    strchr(block->text + block->settings[i], '=') == NULL)
			return false;
	}
	return true;
}

enum table_verdict
table_copy_read(const char *bytes, size_t len, struct memory *memory,
    struct table_copy *copy, struct table **table)
{
	struct table_block block;
	struct head head;

	*table = NULL;
	if (len < sizeof(head))
		return TABLE_REFUSED;
	memcpy(&head, bytes, sizeof(head));
	if (!head_is_good(&head, bytes, len))
		return TABLE_REFUSED;
	const struct table_room room = {
	    .entries = head.entry_count,
	    .scopes = head.scope_count,
	    .settings = head.setting_count,
	    .text_len = head.text_len,
	};
	struct table *made = table_blank(memory, &room, &block);
	if (made == NULL)
		return TABLE_NO_MEMORY;
	made->kind = (enum table_kind)head.kind;
	if (!take_all(made, &block, &head, bytes + sizeof(head))) {
		table_unref(made);
		return TABLE_REFUSED;
	}
	copy->written_at_ns = head.written_at_ns;
	copy->uid = head.uid;
	*table = made;
	return TABLE_GOOD;
}
