/* Tables as a whole: settings, entries, what sticks, ends, order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/table.h"
#include "parsed.h"

/* The environment of an entry, as one string. */
static const char *
env_of(const struct parsed *p, uint32_t i, char *out, size_t size)
{
	struct env env;

	env_init(&env);
	assert_int_equal(table_environment(p->table, &p->table->entries[i],
			     &p->source, "joe", "/home/joe", NULL, &env),
	    0);
	out[0] = '\0';
	for (size_t k = 0; k < env.count; k++) {
		strncat(out, env.vars[k], size - strlen(out) - 1);
		strncat(out, "|", size - strlen(out) - 1);
	}
	env_clear(&env);
	return out;
}

/* Settings: COMPAT.md 3.1. */
static void
test_settings(void **state)
{
	static const struct {
		const char *line;
		const char *redhat, *debian; /* NULL: the same */
	} samples[] = {
	    {"A=b", "A=b", NULL},
	    {" A = b ", "A=b", NULL},
	    {"A\t=\tb", "A=b", NULL},
	    {"A=", "A=", NULL},
	    {"A = ", "A=", NULL},
	    {"A=\"\"", "A=", NULL},
	    {"A=''", "A=", NULL},
	    {"A=\"  x  \"", "A=  x  ", "A=  x"},
	    {"A='  x  ' ", "A=  x  ", "A=  x"},
	    {"A=b # c", "A=b # c", NULL},
	    {"A=b\"c\"", "A=b\"c\"", NULL},
	    {"A=b=c", "A=b=c", NULL},
	    {"=c", "=c", NULL},
	    {"1A=c", "1A=c", NULL},
	    {"A-B=c", "A-B=c", NULL},
	    {"*=5", "*=5", NULL},
	    {"@daily=x", "@daily=x", NULL},
	    {"\"A B\"=c", "A B=c", NULL},
	    {"'A' = c", "A=c", NULL},
	    {"A=x\r", "A=x", NULL},
	    {"A=\"x\"\r", "A=x", NULL},
	    {"A=it's", "A=it's", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		for (int debian = 0; debian < 2; debian++) {
			char line[100];
			snprintf(line, sizeof(line), "%s\n", samples[i].line);
			struct parsed p = parse(debian ? "debian" : "redhat",
			    TABLE_USER, line);
			const char *want = debian && samples[i].debian != NULL
					       ? samples[i].debian
					       : samples[i].redhat;
			assert_int_equal(p.verdict, TABLE_GOOD);
			assert_false(faults_reach(&p.faults, FAULT_LENIENT));
			assert_int_equal(p.table->setting_count, 1);
			assert_string_equal(p.table->text +
						p.table->settings[0],
			    want);
			parsed_clear(&p);
		}
	}
}

/* Lines with faults: their level to each personality, column and word. */
static const struct {
	const char *line;
	enum table_kind kind;
	enum fault_level redhat, debian;
	unsigned column;
	const char *word;
} faulty[] = {
    {"A=\"b\" d", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 7, "bad minute"},
    {"A=\"b", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 3, "bad minute"},
    {"A='it''s'", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 7, "bad minute"},
    {"A B=c", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 3, "bad minute"},
    {"\"A=B\"=c", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 3, "bad minute"},
    {"nonsense", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 1, "bad minute"},
    {"\r", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 1, "bad minute"},
    {"* * * *", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 8, "bad day-of-week"},
    {"* * * * *", TABLE_USER, FAULT_ERROR, FAULT_LINE, 10, "bad command"},
    {"@hourly", TABLE_USER, FAULT_ERROR, FAULT_LINE, 8, "bad command"},
    {"* * * * * * x", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 11, "bad command"},
    {"@daily * x", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 8, "bad command"},
    {"@Daily x", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 1, "bad time specifier"},
    {"@ x", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 1, "bad time specifier"},
    {"-* * * * * x", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 1, NULL},
    {"- * * * * x", TABLE_SYSTEM, FAULT_ERROR, FAULT_ERROR, 2, "bad minute"},
    {"* * * * * -s x", TABLE_USER, FAULT_ERROR, FAULT_LENIENT, 11,
	"bad option"},
    {"* * * * * -nx", TABLE_USER, FAULT_ERROR, FAULT_LENIENT, 11, "bad option"},
    {"* * * * * -n", TABLE_USER, FAULT_ERROR, FAULT_LENIENT, 11, "bad option"},
    {"* * * * * %x", TABLE_USER, FAULT_NOTICE, FAULT_NOTICE, 11, "command"},
    {"* * * * * x\r", TABLE_USER, FAULT_NOTICE, FAULT_NOTICE, 12, "command"},
    {"0 0 * * * root", TABLE_DROPIN, FAULT_ERROR, FAULT_ERROR, 15,
	"bad command"},
    {"0 0 * * * root ", TABLE_DROPIN, FAULT_ERROR, FAULT_LINE, 16,
	"bad command"},
    {"0 0 * * *", TABLE_SYSTEM, FAULT_ERROR, FAULT_ERROR, 10, "bad command"},
    {"0 0 * * * root\r", TABLE_SYSTEM, FAULT_ERROR, FAULT_ERROR, 16,
	"bad command"},
    {"0 0 * * * * root x", TABLE_SYSTEM, FAULT_ERROR, FAULT_ERROR, 11, NULL},
    {"\t 60 * * * * x", TABLE_USER, FAULT_ERROR, FAULT_ERROR, 3, "bad minute"},
};

static void
test_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		for (int debian = 0; debian < 2; debian++) {
			char line[100];
			snprintf(line, sizeof(line), "%s\n", faulty[i].line);
			enum fault_level level =
			    debian ? faulty[i].debian : faulty[i].redhat;
			struct parsed p = parse(debian ? "debian" : "redhat",
			    faulty[i].kind, line);
			if (p.faults.count != 1 ||
			    p.faults.list[0].level != level ||
			    p.faults.list[0].column != faulty[i].column)
				fail_msg("'%s': %zu faults, level %d, %u",
				    faulty[i].line, p.faults.count,
				    (int)p.faults.worst,
				    p.faults.list[0].column);
			if (faulty[i].word != NULL)
				assert_string_equal(p.faults.list[0].word,
				    faulty[i].word);
			assert_int_equal(p.faults.list[0].line, 1);
			assert_int_equal(p.verdict,
			    debian && level >= FAULT_ERROR ? TABLE_REFUSED
							   : TABLE_GOOD);
			if (p.table != NULL)
				assert_int_equal(p.table->entry_count,
				    level < FAULT_LINE);
			parsed_clear(&p);
		}
	}
}

/* The words differ where the incumbents' do. */
static void
test_words(void **state)
{
	static const struct {
		const char *personality, *line, *word;
		enum table_kind kind;
	} samples[] = {
	    {"debian", "-* * * * * x\n", "bad minute", TABLE_USER},
	    {"redhat", "-* * * * * x\n", "bad option", TABLE_USER},
	    {"debian", "0 0 * * * * x y\n", "bad username", TABLE_SYSTEM},
	    {"redhat", "0 0 * * * * x y\n", "bad command", TABLE_SYSTEM},
	    {"redhat", "0 0 * * * x", "missing newline before EOF", TABLE_USER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct parsed p = parse(samples[i].personality, samples[i].kind,
		    samples[i].line);
		assert_int_equal(p.faults.count, 1);
		assert_string_equal(p.faults.list[0].word, samples[i].word);
		parsed_clear(&p);
	}
}

/* All faults of a table are told; RHEL runs the rest, Debian nothing. */
static void
test_faults_cost_a_line_or_the_table(void **state)
{
	static const char text[] = "# comment\n"
				   "60 24 * * * a\n"
				   "* * * * * b\n"
				   "\n"
				   "50-10 * * * * c\n"
				   "X=1\n"
				   "@never d\n"
				   "* * * * * e\n";
	static const char mild[] = "50-10 * * * * c\n* * * * * e\n";

	(void)state;
	struct parsed p = parse("redhat", TABLE_USER, text);
	assert_int_equal(p.verdict, TABLE_GOOD);
	assert_int_equal(p.table->entry_count, 2);
	assert_string_equal(command_of(&p, 0), "b");
	assert_string_equal(command_of(&p, 1), "e");
	assert_int_equal(p.table->entries[1].line, 8);
	assert_int_equal(p.faults.count, 4);
	assert_int_equal(p.faults.list[0].line, 2);
	assert_int_equal(p.faults.list[0].column, 1);
	assert_int_equal(p.faults.list[1].line, 2);
	assert_int_equal(p.faults.list[1].column, 4);
	assert_int_equal(p.faults.list[2].line, 5);
	assert_int_equal(p.faults.list[3].line, 7);
	parsed_clear(&p);

	p = parse("debian", TABLE_USER, text);
	assert_int_equal(p.verdict, TABLE_REFUSED);
	assert_int_equal(p.faults.count, 4);
	parsed_clear(&p);

	/* What Debian's cron accepts costs only its line there too. */
	p = parse("debian", TABLE_USER, mild);
	assert_int_equal(p.verdict, TABLE_GOOD);
	assert_int_equal(p.table->entry_count, 1);
	parsed_clear(&p);
}

/* Faults that are already there are neither judged nor lost. */
static void
test_faults_are_added(void **state)
{
	struct table_source source = {
	    .personality = personality_find("debian"),
	    .kind = TABLE_USER,
	    .name = "joe",
	    .path = "joe",
	    .user = "joe",
	};
	struct faults faults;
	struct table *table;

	(void)state;
	faults_init(&faults);
	faults_add(&faults, FAULT_TABLE, 0, 0, "w", "of another table");
	assert_int_equal(table_parse(&source, "* * * * * x\n", 12,
			     memory_heap(), &faults, &table),
	    TABLE_GOOD);
	assert_int_equal(faults.count, 1);
	table_unref(table);
	faults_clear(&faults);
}

static void
test_nicknames(void **state)
{
	static const struct {
		const char *name;
		struct schedule when;
	} samples[] = {
	    {"@hourly", {1, 0xffffff, 0xfffffffe, 0x1ffe, 0, 0x7f, 0x02, 0}},
	    {"@daily", {1, 1, 0xfffffffe, 0x1ffe, 0, 0x7f, 0, 0}},
	    {"@midnight", {1, 1, 0xfffffffe, 0x1ffe, 0, 0x7f, 0, 0}},
	    {"@weekly", {1, 1, 0xfffffffe, 0x1ffe, 0, 0x01, 0x04, 0}},
	    {"@monthly", {1, 1, 2, 0x1ffe, 0, 0x7f, 0x08, 0}},
	    {"@yearly", {1, 1, 2, 2, 0, 0x7f, 0x08, 0}},
	    {"@annually", {1, 1, 2, 2, 0, 0x7f, 0x08, 0}},
	    {"@reboot", {0, 0, 0, 0, 0, 0, 0x10, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		char line[100];
		snprintf(line, sizeof(line), "%s \tx  y\n", samples[i].name);
		struct parsed p = parse("redhat", TABLE_USER, line);
		assert_string_equal(command_of(&p, 0), "x  y");
		assert_memory_equal(&p.table->entries[0].when, &samples[i].when,
		    sizeof(struct schedule));
		parsed_clear(&p);
	}
}

/* The first character of a field decides over its star: COMPAT.md 3.3. */
static void
test_stars(void **state)
{
	static const struct {
		const char *line;
		uint8_t flags;
	} samples[] = {
	    {"* * * * * x\n", 0x0f},
	    {"*/2 *,5 */3 */4 */2 x\n", 0x0f},
	    {"5,* 0-23 1-31 * 0-7 x\n", 0},
	    {"~ ~ ~ ~ ~ x\n", 0},
	    {"0 * 1 1 * x\n", 0x0a},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct parsed p = parse("redhat", TABLE_USER, samples[i].line);
		assert_int_equal(p.table->entries[0].when.flags,
		    samples[i].flags);
		parsed_clear(&p);
	}
}

static void
test_system_tables_have_users(void **state)
{
	static const char text[] = "17 *\t* * *\troot    cd / && run\n"
				   "-@daily  www-data -n  x y \n"
				   "@reboot root z\n"
				   "* * * * * www-data * w\n";

	(void)state;
	struct parsed p = parse("redhat", TABLE_DROPIN, text);
	assert_int_equal(p.faults.count, 0);
	assert_int_equal(p.table->entry_count, 4);
	struct entry *e = p.table->entries;
	assert_string_equal(entry_user(p.table, &e[0]), "root");
	assert_string_equal(command_of(&p, 0), "cd / && run");
	assert_string_equal(entry_user(p.table, &e[1]), "www-data");
	assert_string_equal(command_of(&p, 1), "x y ");
	assert_int_equal(entry_scope(p.table, &e[1])->flags,
	    ENTRY_QUIET | ENTRY_MAIL_ON_FAILURE);
	assert_string_equal(command_of(&p, 3), "* w");
	/* Users are kept once. */
	assert_int_equal(entry_scope(p.table, &e[2])->user,
	    entry_scope(p.table, &e[0])->user);
	assert_int_equal(entry_scope(p.table, &e[3])->user,
	    entry_scope(p.table, &e[1])->user);
	for (uint32_t i = 0; i < 4; i++)
		assert_ptr_equal(entry_table(&e[i]), p.table);
	parsed_clear(&p);
}

static void
test_what_sticks(void **state)
{
	static const char text[] = "0 0 * * * a\n"
				   "CRON_TZ=Europe/Berlin\n"
				   "RANDOM_DELAY=61\n"
				   "0 0 * * * b\n"
				   "@reboot c\n"
				   "CRON_TZ=\n"
				   "RANDOM_DELAY=1440\n"
				   "X=1\n"
				   "@daily d\n"
				   "RANDOM_DELAY=0\n"
				   "@daily e\n";
	static const uint16_t delays[] = {0, 30, 0, 720, 0};
	static const uint32_t settings[] = {0, 2, 2, 5, 6};
	static const char *const zones[] = {"", "Europe/Berlin",
	    "Europe/Berlin", "", ""};

	(void)state;
	struct parsed p = parse("redhat", TABLE_USER, text);
	assert_int_equal(p.faults.count, 0);
	for (uint32_t i = 0; i < 5; i++) {
		const struct entry *e = &p.table->entries[i];
		assert_int_equal(e->when.delay_mins, delays[i]);
		assert_int_equal(entry_scope(p.table, e)->settings,
		    settings[i]);
		assert_string_equal(entry_zone(p.table, e), zones[i]);
	}
	parsed_clear(&p);
}

static void
test_bad_delays(void **state)
{
	static const struct {
		const char *text;
		unsigned delay;
		size_t faults;
	} samples[] = {
	    {"RANDOM_DELAY=-5\n@daily x\n", 0, 1},
	    {"RANDOM_DELAY=1441\n@daily x\n", 0, 1},
	    {"RANDOM_DELAY=99999999999999999999999\n@daily x\n", 0, 1},
	    {"RANDOM_DELAY=99999999999999999999999999999999999\n@daily x\n", 0,
		1},
	    {"RANDOM_DELAY=10\nRANDOM_DELAY=-1\n@daily x\n", 0, 1},
	    {"RANDOM_DELAY=abc\n@daily x\n", 0, 1},
	    {"RANDOM_DELAY=12min\n@daily x\n", 6, 1},
	    {"RANDOM_DELAY=\n@daily x\n", 0, 0},
	    {"RANDOM_DELAY= \"12\"\n@daily x\n", 6, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct parsed p = parse("redhat", TABLE_USER, samples[i].text);
		assert_int_equal(p.verdict, TABLE_GOOD);
		assert_int_equal(p.table->entries[0].when.delay_mins,
		    samples[i].delay);
		assert_int_equal(p.faults.count, samples[i].faults);
		if (p.faults.count > 0) {
			assert_int_equal(p.faults.list[0].level, FAULT_NOTICE);
			assert_string_equal(p.faults.list[0].word,
			    "bad value of RANDOM_DELAY");
		}
		parsed_clear(&p);
	}
}

/* Under Debian one notice a table says what is new to it. */
static void
test_extensions_are_noted_once(void **state)
{
	static const char *const texts[] = {
	    "~ * * * * x\n~ * * * * y\n",
	    "CRON_TZ=UTC\n* * * * * -n x\n",
	    "RANDOM_DELAY=5\nRANDOM_DELAY=6\n",
	    "* * * * * -n x\n~ * * * * x\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct parsed p = parse("debian", TABLE_USER, texts[i]);
		assert_int_equal(p.verdict, TABLE_GOOD);
		assert_int_equal(p.faults.count, 1);
		assert_int_equal(p.faults.list[0].level, FAULT_NOTICE);
		assert_int_equal(p.faults.list[0].line, 1);
		parsed_clear(&p);
		p = parse("redhat", TABLE_USER, texts[i]);
		assert_int_equal(p.faults.count, 0);
		parsed_clear(&p);
	}
}

static void
test_environment(void **state)
{
	static const char *const inherited[] = {"LANG=C", "RANDOM_DELAY=10",
	    NULL};
	static const char text[] = "@daily a\n"
				   "PATH=/x\n"
				   "LOGNAME=eve\n"
				   "USER=eve\n"
				   "A=1\n"
				   "A=2\n"
				   "@daily b\n"
				   "HOME=/tmp\n"
				   "LANG=de\n"
				   "SHELL=/bin/bash\n"
				   "@daily c\n";
	char out[1000];

	(void)state;
	struct parsed p = parse("debian", TABLE_USER, text);
	assert_string_equal(env_of(&p, 0, out, sizeof(out)),
	    "SHELL=/bin/sh|HOME=/home/joe|PATH=/usr/bin:/bin|LOGNAME=joe|");
	assert_string_equal(env_of(&p, 1, out, sizeof(out)),
	    "PATH=/x|LOGNAME=joe|USER=eve|A=2|SHELL=/bin/sh|HOME=/home/joe|");
	parsed_clear(&p);

	p = parse("redhat", TABLE_USER, text);
	p.source.inherited = inherited;
	assert_string_equal(env_of(&p, 0, out, sizeof(out)),
	    "LANG=C|RANDOM_DELAY=10|SHELL=/bin/sh|HOME=/home/joe|"
	    "PATH=/usr/bin:/bin:/usr/sbin:/sbin|LOGNAME=joe|USER=joe|");
	assert_string_equal(env_of(&p, 2, out, sizeof(out)),
	    "LANG=de|RANDOM_DELAY=10|PATH=/x|LOGNAME=joe|USER=joe|A=2|"
	    "HOME=/tmp|SHELL=/bin/bash|");
	parsed_clear(&p);
}

static void
test_inherited_delay(void **state)
{
	static const char *const inherited[] = {"LANG=C", "RANDOM_DELAY=10",
	    NULL};
	struct table_source source = {
	    .personality = personality_find("redhat"),
	    .kind = TABLE_SYSTEM,
	    .name = "",
	    .path = "/etc/crontab",
	    .delay_percent = 100,
	    .inherited = inherited,
	};
	static const char text[] = "@daily root x\n";
	struct faults faults;
	struct table *table;

	(void)state;
	faults_init(&faults);
	assert_int_equal(table_parse(&source, text, sizeof(text) - 1,
			     memory_heap(), &faults, &table),
	    TABLE_GOOD);
	assert_int_equal(table->entries[0].when.delay_mins, 10);
	assert_string_equal(table->name, "");
	assert_string_equal(table->path, "/etc/crontab");
	table_unref(table);
	faults_clear(&faults);
}

/* '~' stays the same over readings, differs by host, table and ordinal. */
static void
test_random_values(void **state)
{
	static const char text[] = "~ ~ * * * x\n~ ~ * * * x\n~ ~ * * * y\n";
	static const char moved[] = "# c\n~ ~ * * * y\nA=b\n~ ~ * * * x\n"
				    "60 * * * * z\n~ ~ * * * x\n";
	struct schedule when[3];

	(void)state;
	struct parsed p = parse("redhat", TABLE_USER, text);
	for (uint32_t i = 0; i < 3; i++)
		when[i] = p.table->entries[i].when;
	parsed_clear(&p);
	assert_memory_not_equal(&when[0], &when[1], sizeof(when[0]));
	assert_memory_not_equal(&when[0], &when[2], sizeof(when[0]));

	p = parse("redhat", TABLE_USER, moved);
	assert_memory_equal(&p.table->entries[0].when, &when[2],
	    sizeof(when[0]));
	assert_memory_equal(&p.table->entries[1].when, &when[0],
	    sizeof(when[0]));
	assert_memory_equal(&p.table->entries[2].when, &when[1],
	    sizeof(when[0]));
	parsed_clear(&p);

	struct table_source source = p.source;
	struct table *table;
	faults_init(&p.faults);
	source.host_seed++;
	table_parse(&source, text, strlen(text), memory_heap(), &p.faults,
	    &table);
	assert_memory_not_equal(&table->entries[0].when, &when[0],
	    sizeof(when[0]));
	table_unref(table);
	source = p.source;
	source.name = "eve";
	table_parse(&source, text, strlen(text), memory_heap(), &p.faults,
	    &table);
	assert_memory_not_equal(&table->entries[0].when, &when[0],
	    sizeof(when[0]));
	table_unref(table);
	faults_clear(&p.faults);
}

static void
test_ends(void **state)
{
	static const struct {
		const char *text;
		size_t entries, faults;
	} samples[] = {
	    {"", 0, 0},
	    {"\n", 0, 0},
	    {"@daily x\n# no newline", 1, 0},
	    {"@daily x\n   \t", 1, 0},
	    {"@daily x\n@daily y", 1, 1},
	    {"@daily x\nA=b", 1, 1},
	    {"@daily x", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct parsed p = parse("redhat", TABLE_USER, samples[i].text);
		assert_int_equal(p.verdict, TABLE_GOOD);
		assert_int_equal(p.table->entry_count, samples[i].entries);
		assert_int_equal(p.table->setting_count, 0);
		assert_int_equal(p.faults.count, samples[i].faults);
		parsed_clear(&p);
		p = parse("debian", TABLE_USER, samples[i].text);
		assert_int_equal(p.verdict,
		    samples[i].faults > 0 ? TABLE_REFUSED : TABLE_GOOD);
		parsed_clear(&p);
	}
}

static void
test_nul_bytes(void **state)
{
	static const char text[] = "# a\0b\n@daily x\0y\nA=b\0\n@daily z\n";

	(void)state;
	struct parsed p =
	    parse_bytes("redhat", TABLE_USER, text, sizeof(text) - 1);
	assert_int_equal(p.faults.count, 2);
	assert_int_equal(p.faults.list[0].line, 2);
	assert_int_equal(p.faults.list[0].column, 9);
	assert_int_equal(p.faults.list[1].line, 3);
	assert_int_equal(p.table->entry_count, 1);
	assert_int_equal(p.table->setting_count, 0);
	parsed_clear(&p);
	p = parse_bytes("debian", TABLE_USER, text, sizeof(text) - 1);
	assert_int_equal(p.verdict, TABLE_REFUSED);
	parsed_clear(&p);
}

static void
test_order_and_references(void **state)
{
	(void)state;
	struct parsed a = parse("redhat", TABLE_SYSTEM, "@daily root x\n");
	struct parsed b = parse("redhat", TABLE_DROPIN, "@daily root x\n");
	struct parsed c = parse("redhat", TABLE_USER, "@daily x\n");
	assert_true(table_compare(a.table, b.table) < 0);
	assert_true(table_compare(c.table, b.table) > 0);
	assert_int_equal(table_compare(c.table, c.table), 0);
	assert_string_equal(a.table->name, "");
	assert_string_equal(c.table->name, "joe");
	table_ref(a.table);
	table_unref(a.table);
	assert_string_equal(command_of(&a, 0), "x");
	table_unref(NULL);
	parsed_clear(&a);
	parsed_clear(&b);
	parsed_clear(&c);
}

static bool
is_berlin(const char *name)
{
	return strcmp(name, "Europe/Berlin") == 0;
}

/* A blank line as a DOS editor leaves it. */
static void
test_return_alone(void **state)
{
	struct parsed p = parse("redhat", TABLE_USER, "@daily x\n \r\n");

	(void)state;
	assert_int_equal(p.faults.count, 1);
	assert_int_equal(p.faults.list[0].line, 2);
	assert_int_equal(p.faults.list[0].column, 2);
	assert_non_null(strstr(p.faults.list[0].text, "not with CR LF"));
	parsed_clear(&p);
}

/* Said with its place; the entries below run all the same. */
static void
test_unknown_zones(void **state)
{
	static const char text[] = "CRON_TZ=Europe/Berlin\n"
				   " CRON_TZ = 'Nowhere'\n"
				   "@daily x\n"
				   "CRON_TZ=\n";
	struct parsed p = parse("redhat", TABLE_USER, text);
	struct faults faults;
	struct table *table;

	(void)state;
	assert_int_equal(p.faults.count, 0); /* nobody asks */
	p.source.zone_known = is_berlin;
	faults_init(&faults);
	assert_int_equal(table_parse(&p.source, text, strlen(text),
			     memory_heap(), &faults, &table),
	    TABLE_GOOD);
	assert_int_equal(faults.count, 1);
	assert_int_equal(faults.list[0].level, FAULT_NOTICE);
	assert_int_equal(faults.list[0].line, 2);
	assert_int_equal(faults.list[0].column, 13);
	assert_non_null(strstr(faults.list[0].text, "Nowhere, UTC"));
	assert_string_equal(entry_zone(table, &table->entries[0]), "Nowhere");
	table_unref(table);
	faults_clear(&faults);
	parsed_clear(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_faults_cost_a_line_or_the_table),
	    cmocka_unit_test(test_faults_are_added),
	    cmocka_unit_test(test_nicknames),
	    cmocka_unit_test(test_stars),
	    cmocka_unit_test(test_system_tables_have_users),
	    cmocka_unit_test(test_what_sticks),
	    cmocka_unit_test(test_bad_delays),
	    cmocka_unit_test(test_return_alone),
	    cmocka_unit_test(test_unknown_zones),
	    cmocka_unit_test(test_extensions_are_noted_once),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_inherited_delay),
	    cmocka_unit_test(test_random_values),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_nul_bytes),
	    cmocka_unit_test(test_order_and_references),
	};

	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
