/*
 * A table as one personality reads it, for tests: joe's, or a system table.
 * Included by tests that have <cmocka.h>.
 */
#ifndef EVCRON_TESTS_PARSED_H
#define EVCRON_TESTS_PARSED_H

#include <string.h>

#include "core/table.h"

/* A table as one reader sees it. */
struct parsed {
	struct table_source source;
	enum table_verdict verdict;
	struct table *table;
	struct faults faults;
};

static inline struct parsed
parse_mail(const char *personality, enum table_kind kind, const char *bytes,
    size_t len, const struct mail_rules *mail)
{
	struct parsed p = {
	    .source =
		{
		    .personality = personality_find(personality),
		    .kind = kind,
		    .name = "joe",
		    .path = "/spool/joe",
		    .user = "joe",
		    .host_seed = 42,
		    .delay_percent = 50,
		    .mail = mail,
		},
	};

	faults_init(&p.faults);
	p.verdict = table_parse(&p.source, bytes, len, memory_heap(), &p.faults,
	    &p.table);
	assert_int_equal(p.verdict == TABLE_GOOD, p.table != NULL);
	return p;
}

static inline struct parsed
parse_bytes(const char *personality, enum table_kind kind, const char *bytes,
    size_t len)
{
	return parse_mail(personality, kind, bytes, len, NULL);
}

static inline struct parsed
parse(const char *personality, enum table_kind kind, const char *text)
{
	return parse_bytes(personality, kind, text, strlen(text));
}

static inline void
parsed_clear(struct parsed *p)
{
	table_unref(p->table);
	faults_clear(&p->faults);
}

static inline const char *
command_of(const struct parsed *p, uint32_t i)
{
	assert_non_null(p->table);
	assert_true(i < p->table->entry_count);
	return p->table->text + p->table->entries[i].command;
}

#endif
