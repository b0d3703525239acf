/*
 * libFuzzer: any bytes as a table, in the eyes of every personality and as
 * every kind; then, for each entry, what a run would make of it. The first
 * byte chooses, the rest is the table.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/command.h"
#include "core/mail_rule.h"
#include "core/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const inherited[] = {"LANG=C", "RANDOM_DELAY=5", NULL};

/* Every bit of a schedule must be one that a clock can show. */
static void
check_schedule(const struct schedule *when)
{
	assert(when->minutes >> 60 == 0 && when->hours >> 24 == 0);
	assert((when->doms & 1) == 0);
	assert((when->months & 1) == 0 && when->months >> 13 == 0);
	assert(when->dows >> 7 == 0 && when->zero == 0);
	assert(when->delay_mins <= 1440);
	if ((when->flags & SCHEDULE_REBOOT) == 0)
		assert(when->minutes && when->hours && when->doms &&
		       when->months && when->dows);
}

static void
check_entry(struct table *table, struct entry *entry,
    const struct table_source *source)
{
	const char *text = entry_command(table, entry);
	size_t len = strlen(text);
	const struct personality *personality = source->personality;
	struct command command;
	struct env env;

	assert(entry_table(entry) == table);
	assert(len > 0 && len <= personality->command_max);
	assert(strlen(entry_user(table, entry)) > 0);
	assert(entry_scope(table, entry)->settings <= table->setting_count);
	check_schedule(&entry->when);

	env_init(&env);
	assert(table_environment(table, entry, source, "joe", "/home/joe", NULL,
		   &env) == 0);
	assert(strcmp(env_get(&env, "LOGNAME"), "joe") == 0);
	assert(env.vars[env.count] == NULL);
	env_clear(&env);

	assert(command_split(&command, text, len,
		   personality->backslash_pairs) == 0);
	assert(strlen(command.shell) <= len);
	command_clear(&command);
}

static void
check_table(const struct table_source *source, const char *bytes, size_t len)
{
	struct faults faults;
	struct table *table;

	faults_init(&faults);
	enum table_verdict verdict =
	    table_parse(source, bytes, len, memory_heap(), &faults, &table);
	assert(verdict != TABLE_NO_MEMORY);
	assert((verdict == TABLE_GOOD) == (table != NULL));
	for (size_t i = 0; i < faults.count; i++) {
		const struct fault *fault = &faults.list[i];
		assert(i == 0 || faults.list[i - 1].line <= fault->line);
		assert(fault->word != NULL && fault->text[0] != '\0');
		for (const char *c = fault->text; *c != '\0'; c++)
			assert(*c >= ' ' && *c < 0x7f);
	}
	for (uint32_t i = 0; table != NULL && i < table->entry_count; i++) {
		/* Environments are costly: not of each of thousands. */
		if (i < 50 || i + 1 == table->entry_count)
			check_entry(table, &table->entries[i], source);
	}
	table_unref(table);
	faults_clear(&faults);
}

static const char *
variable(void *context, const char *name)
{
	(void)context;
	return name[0] == 'A' ? "a, b" : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct personality *const *all = personality_all();

	if (size == 0)
		return 0;
	for (; *all != NULL; all++) {
		for (int kind = TABLE_SYSTEM; kind <= TABLE_USER; kind++) {
			const struct mail_rules mail = {
			    .personality = *all,
			    .variable = data[0] & 4 ? variable : NULL,
			};
			struct table_source source = {
			    .personality = *all,
			    .kind = (enum table_kind)kind,
			    .name = "name",
			    .path = "/path/name",
			    .user = "joe",
			    .may_be_quiet = (data[0] & 1) != 0,
			    .host_seed = data[0],
			    .delay_percent = data[0] % 101,
			    .mail = &mail,
			    .inherited = data[0] & 2 ? inherited : NULL,
			};
			check_table(&source, (const char *)data + 1, size - 1);
		}
	}
	return 0;
}
