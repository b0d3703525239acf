/*
 * The grammar against both incumbents: tests/data/grammar.jsonl has lines with
 * the verdicts of cronie and of Debian's cron, each read as a table of user
 * root. Under every personality crontab(1)'s verdict must be cronie's; under
 * Debian's, the daemon must take what Debian's cron takes. Where evcron means
 * to differ, the line stands below by name, with the reason; a line that does
 * not differ must not stand there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/table.h"

enum reason {
	REVERSED,      /* a range that could never run is a fault */
	WRAPS,         /* a number past the range by wrapping round is one */
	EMPTY_COMMAND, /* an empty command is one */
	EMPTY_VALUE,   /* NAME= is an empty value everywhere */
	QUIET,         /* the '-' prefix works everywhere */
	RANDOM,        /* '~' works everywhere */
	RANDOM_FAULT,  /* and a field with it is never junk */
};

struct exception {
	const char *line;
	enum reason reason;
};

/* cronie takes them, evcron's crontab(1) doesn't: DESIGN.md 3.1. */
static const struct exception against_cronie[] = {
    {"5-1 * * * * x", REVERSED},
    {"1 22-2 * * * x", REVERSED},
    {"* * * mar-jan * x", REVERSED},
    {"* * * * fri-mon x", REVERSED},
    {"4294967296 * * * * x", WRAPS},
    {"0 4 8-1 * *\ttest $(date +\\%u) -eq 6 && echo \"2nd Saturday\"",
	REVERSED},
    {"5-1 * *\t* * x", REVERSED},
    {"1 22-2 * * * j", REVERSED},
};

/* Debian's cron takes them, evcron's daemon leaves out the line. */
static const struct exception left_out[] = {
    {"5-1 * * * * x", REVERSED},
    {"1 22-2 * * * x", REVERSED},
    {"* * * mar-jan * x", REVERSED},
    {"* * * * fri-mon x", REVERSED},
    {"@daily", EMPTY_COMMAND},
    {"* * * * * ", EMPTY_COMMAND},
    {"0~59/10 * * * * x", RANDOM_FAULT},
    {"4294967296 * * * * x", WRAPS},
    {"010 * * *  *", EMPTY_COMMAND},
    {"*8 * * * * ", EMPTY_COMMAND},
    {"0 4 8-1 * *\ttest $(date +\\%u) -eq 6 && echo \"2nd Saturday\"",
	REVERSED},
    {"5-1 * *\t* * x", REVERSED},
    {"* * * * *'", EMPTY_COMMAND},
    {"5~1 * * * 4* x", RANDOM_FAULT},
    {"* * * * 2* ", EMPTY_COMMAND},
    {"0~539/10 * * * * x", RANDOM_FAULT},
    {"1 22-2 * * * j", REVERSED},
    {"1-5- * * * *x", EMPTY_COMMAND},
    {"1 23 * * * ", EMPTY_COMMAND},
    {"0~59/10 * *# * * x", RANDOM_FAULT},
    {"5~1 * * * * \\x", RANDOM_FAULT},
    {"\t* * * * *4x", EMPTY_COMMAND},
    {"5-1 * * * * ", REVERSED},
};

/* Debian's cron refuses them, evcron's daemon doesn't. */
static const struct exception let_in[] = {
    {"-1 * * * * x", QUIET},
    {"-* * * * * x", QUIET},
    {"-@daily x", QUIET},
    {"A=", EMPTY_VALUE},
    {"CRON_TZ=", EMPTY_VALUE},
    {"SHELL=", EMPTY_VALUE},
    {"~5 * * * * x", RANDOM},
    {"* ~ * * * x", RANDOM},
    {"* * * ~ * x", RANDOM},
    {"=", EMPTY_VALUE},
    {"-5 * * * 1 x", QUIET},
    {"-9* * * * *+ x", QUIET},
    {"M~AILTO=", EMPTY_VALUE},
    {"-*1 * * * * x", QUIET},
    {"C;RON_sTZ=", EMPTY_VALUE},
    {"-* * 4 * * x", QUIET},
    {"AILTO=", EMPTY_VALUE},
    {"CR5N_T/=", EMPTY_VALUE},
    {"* ~3 * * * x", RANDOM},
    {"MAXLTO=", EMPTY_VALUE},
    {"~0 0 29 2 * x", RANDOM},
    {"* * * ~ 7 x", RANDOM},
    {"~5 *n * * * x", RANDOM},
    {"-* *8 * * * x", QUIET},
    {"CRO/N_TZ=", EMPTY_VALUE},
};

#define EXCEPTIONS(list) (list), sizeof(list) / sizeof((list)[0])

static bool
is_exception(const char *line, const struct exception *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(list[i].line, line) == 0)
			return true;
	}
	return false;
}

/* One line of the file. */
struct record {
	char line[512], cronie_error[64];
	bool cronie, debian;
};

/* A JSON string, from behind its opening quote, into out. */
static void
json_string(const char *at, char *out, size_t size)
{
	size_t used = 0;

	for (; *at != '"'; at++) {
		char c = *at;
		assert_true(c != '\0' && c != '\n');
		if (c == '\\') {
			c = *++at;
			assert_non_null(strchr("tn\"\\", c));
			c = (char)(c == 't' ? '\t' : c == 'n' ? '\n' : c);
		}
		assert_true(used + 1 < size);
		out[used++] = c;
	}
	out[used] = '\0';
}

static const char *
json_value(const char *object, const char *key)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), "\"%s\": ", key);
	const char *at = strstr(object, pattern);
	assert_non_null(at);
	return at + strlen(pattern);
}

static bool
next_record(FILE *file, struct record *record)
{
	char object[2048];

	if (fgets(object, sizeof(object), file) == NULL)
		return false;
	json_string(json_value(object, "line") + 1, record->line,
	    sizeof(record->line));
	json_string(json_value(object, "cronie_error") + 1,
	    record->cronie_error, sizeof(record->cronie_error));
	record->cronie = json_value(object, "cronie")[0] == 't';
	record->debian = json_value(object, "debian")[0] == 't';
	return true;
}

static FILE *
open_oracle(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/data/grammar.jsonl",
	    srcdir != NULL ? srcdir : ".");
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	return file;
}

/* What evcron makes of a line. */
struct verdict {
	bool strict;   /* crontab(1) installs it */
	bool loose;    /* the daemon takes it: entry, setting or comment */
	char word[64]; /* of the first fault that the incumbent has too */
};

static struct verdict
judge(const struct personality *personality, const char *line)
{
	struct table_source source = {
	    .personality = personality,
	    .kind = TABLE_USER,
	    .name = "root",
	    .path = "root",
	    .user = "root",
	    .may_be_quiet = true,
	    .host_seed = 1,
	};
	char bytes[1024];
	int len = snprintf(bytes, sizeof(bytes), "%s\n", line);
	struct verdict verdict = {.strict = false};
	struct faults faults;
	struct table *table;

	faults_init(&faults);
	enum table_verdict parsed = table_parse(&source, bytes, (size_t)len,
	    memory_heap(), &faults, &table);
	assert_int_not_equal(parsed, TABLE_NO_MEMORY);
	const char *first = line + strspn(line, " \t");
	bool comment = *first == '#' || *first == '\0';
	if (parsed == TABLE_GOOD) {
		verdict.strict = !faults_reach(&faults, FAULT_LENIENT);
		verdict.loose =
		    comment || table->entry_count + table->setting_count == 1;
	}
	for (size_t i = 0; i < faults.count; i++) {
		if (faults.list[i].level >= FAULT_ERROR) {
			snprintf(verdict.word, sizeof(verdict.word), "%s",
			    faults.list[i].word);
			break;
		}
	}
	table_unref(table);
	faults_clear(&faults);
	return verdict;
}

static void
check_crontab(const struct personality *personality)
{
	FILE *file = open_oracle();
	struct record record;
	size_t lines = 0, differences = 0;

	for (; next_record(file, &record); lines++) {
		bool differs =
		    is_exception(record.line, EXCEPTIONS(against_cronie));
		bool strict = judge(personality, record.line).strict;
		differences += differs;
		if (strict != (record.cronie && !differs))
			fail_msg("%s: crontab %s '%s'", personality->name,
			    strict ? "takes" : "refuses", record.line);
		if (differs && !record.cronie)
			fail_msg("no exception: '%s'", record.line);
	}
	assert_int_equal(lines, 659);
	assert_int_equal(differences,
	    sizeof(against_cronie) / sizeof(against_cronie[0]));
	fclose(file);
}

static void
test_crontab_is_as_strict_as_cronie(void **state)
{
	const struct personality *const *all = personality_all();

	(void)state;
	for (; *all != NULL; all++)
		check_crontab(*all);
}

/* Texts need not match; but logs are read by others' programs, which know the
 * words. */
static void
test_cronies_words(void **state)
{
	const struct personality *redhat = personality_find("redhat");
	FILE *file = open_oracle();
	struct record record;

	(void)state;
	while (next_record(file, &record)) {
		if (!record.cronie)
			assert_string_equal(judge(redhat, record.line).word,
			    record.cronie_error);
	}
	fclose(file);
}

static void
test_daemon_takes_what_debians_takes(void **state)
{
	const struct personality *debian = personality_find("debian");
	FILE *file = open_oracle();
	struct record record;
	size_t out = 0, in = 0;

	(void)state;
	while (next_record(file, &record)) {
		bool out_now = is_exception(record.line, EXCEPTIONS(left_out));
		bool in_now = is_exception(record.line, EXCEPTIONS(let_in));
		bool loose = judge(debian, record.line).loose;
		out += out_now;
		in += in_now;
		if ((out_now && !record.debian) || (in_now && record.debian))
			fail_msg("no exception: '%s'", record.line);
		if (loose != (in_now || (record.debian && !out_now)))
			fail_msg("the daemon %s '%s'",
			    loose ? "takes" : "leaves out", record.line);
	}
	assert_int_equal(out, sizeof(left_out) / sizeof(left_out[0]));
	assert_int_equal(in, sizeof(let_in) / sizeof(let_in[0]));
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_crontab_is_as_strict_as_cronie),
	    cmocka_unit_test(test_cronies_words),
	    cmocka_unit_test(test_daemon_takes_what_debians_takes),
	};

	return cmocka_run_group_tests_name("grammar_oracle", tests, NULL, NULL);
}
