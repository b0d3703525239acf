/*
 * Judging a table. The grammar is core's, the shape of a fault on the terminal
 * sys/fault_print.h's; here are the last words that scripts and people know
 * from the incumbents.
 */
#include "tools/crontab_judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/entry.h"
#include "core/line.h"
#include "core/mail_check.h"
#include "core/random.h"
#include "sys/host.h"
#include "sys/fault_print.h"
#include "sys/zoneinfo.h"
#include "tools/login_name.h"

/* The lines that Debian's crontab writes above a table: the daemon counts
 * them too. */
#define HEADER_LINES 3
/* Of an unsafe address, in the log. */
#define VALUE_LOGGED 256

static enum table_verdict
parse(const struct crontab *c, const char *bytes, size_t len,
    struct faults *faults, struct table **table)
{
	/* What crond has in its environment is not known here. */
	const struct mail_rules mail = {.personality = c->options.personality};
	struct table_source source = {
	    .personality = c->options.personality,
	    .kind = TABLE_USER,
	    .name = c->options.user,
	    .path = c->options.user,
	    .user = c->options.user,
	    .may_be_quiet = c->options.user_uid == 0,
	    .zone_known = zoneinfo_known,
	    .mail = &mail,
	    .user_only = login_name_only,
	};
	struct host host;

	host_init(&host, c->paths.root);
	source.host_seed = host.seed;
	source.delay_percent = random_delay_percent(host.seed);
	return table_parse(&source, bytes, len, memory_heap(), faults, table);
}

/* Its header would make a table of nearly as many lines as it may have too
 * long for the daemon. */
static void
count_header(const struct crontab *c, const char *bytes, size_t len,
    struct faults *faults)
{
	const struct personality *personality = c->options.personality;
	const char *at = bytes, *end = bytes + len;
	unsigned lines = HEADER_LINES;

	if (!personality->stored_header || personality->lines_max == 0 ||
	    faults_reach(faults, FAULT_TABLE))
		return;
	while (
	    at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		lines++;
	}
	if (lines > personality->lines_max)
		faults_add(faults, FAULT_TABLE, 0, 0,
		    "crontab must not be longer than 10000 lines",
		    "with its header of %d lines it has %u, the most is %u",
		    HEADER_LINES, lines, personality->lines_max);
}

/* ---- last words ---- */

static bool
has_word(const struct faults *faults, const char *word)
{
	for (size_t i = 0; i < faults->count; i++)
		if (strcmp(faults->list[i].word, word) == 0)
			return true;
	return false;
}

/* Is nothing wrong but that the last line does not end? */
static bool
only_unfinished(const struct faults *faults)
{
	bool found = false;

	for (size_t i = 0; i < faults->count; i++) {
		if (faults->list[i].level < FAULT_LENIENT)
			continue;
		if (strcmp(faults->list[i].word,
			"missing newline before EOF") != 0)
			return false;
		found = true;
	}
	return found && faults->dropped == 0;
}

static void
last_words_debian(const struct personality *personality,
    const struct faults *faults)
{
	if (has_word(faults, "crontab must not be longer than 10000 lines"))
		(void)fprintf(stderr,
		    "crontab is too long; maximum number of lines is %u.\n",
		    personality->lines_max);
	else if (only_unfinished(faults))
		(void)fputs("new crontab file is missing newline before EOF, "
			    "can't install.\n",
		    stderr);
	else
		(void)fputs("errors in crontab file, can't install.\n", stderr);
}

static void
last_words_cronie(const struct personality *personality,
    const struct faults *faults, bool testing)
{
	if (has_word(faults, "too many environment variables"))
		(void)fprintf(stderr,
		    "There are too many environment variables in the crontab "
		    "file. Limit: %u\n",
		    personality->settings_max);
	if (has_word(faults, "too many entries"))
		(void)fprintf(stderr,
		    "There are too many entries in the crontab file. Limit: "
		    "%u\n",
		    personality->entries_max);
	(void)fputs(testing ? "Invalid crontab file. Syntax issues were found."
			      "\n"
			    : "Invalid crontab file, can't install.\n",
	    stderr);
}

static unsigned
first_line(const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].level >= FAULT_LENIENT)
			return faults->list[i].line;
	return 0;
}

/* cronie's parser has one line for syslog too, whoever calls it. */
static void
log_not_quiet(const struct crontab *c, const struct faults *faults)
{
	if (c->options.personality->debian)
		return;
	for (size_t i = 0; i < faults->count; i++) {
		if (strcmp(faults->list[i].text, ENTRY_NOT_QUIET) != 0)
			continue;
		log_event(c->log, LOG_INFO, "CRON", "ERROR", 0,
		    "Only privileged user can disable logging");
		return;
	}
}

/* The value that a line sets; its bytes are NULL where there is none. */
static struct slice
value_at(const struct personality *personality, const char *bytes, size_t len,
    unsigned line)
{
	struct setting setting = {.value = {NULL, 0}};
	struct reader reader;
	const char *why, *where;
	enum line_kind kind;
	size_t line_len;
	const char *at = fault_print_find_line(bytes, len, line, &line_len);

	reader_init(&reader, personality, NULL, at, line_len);
	if (!reader_next(&reader, &kind) ||
	    !reader_setting(&reader, &setting, &why, &where))
		return (struct slice){NULL, 0};
	return setting.value;
}

/* Debian 13's crontab has a line for syslog, in nobody's name [COMPAT.md 14].
 * Here it is one for each table, not for each line. */
static void
log_unsafe_mail(const struct crontab *c, const char *bytes, size_t len,
    const struct faults *faults)
{
	const struct personality *personality = c->options.personality;

	if (!personality->debian)
		return;
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];
		if (strcmp(fault->word, MAIL_FAULT) != 0 ||
		    fault->level < FAULT_LENIENT)
			continue;
		struct slice value =
		    value_at(personality, bytes, len, fault->line);
		if (value.len > VALUE_LOGGED)
			value.len = VALUE_LOGGED;
		if (value.bytes != NULL)
			log_event(c->log, LOG_INFO, "", "UNSAFE MAIL", 0,
			    "%.*s", (int)value.len, value.bytes);
		return;
	}
}

enum judgement
judge_table(const struct crontab *c, const char *file, const char *bytes,
    size_t len, bool testing, unsigned *line)
{
	const struct personality *personality = c->options.personality;
	struct fault_print show = {
	    .out = stderr,
	    .error_from = FAULT_LENIENT,
	    .without_hints =
		!testing && !c->options.dry_run && !isatty(STDERR_FILENO),
	};
	enum judgement judgement = JUDGED_GOOD;
	struct table *table = NULL;
	enum table_verdict verdict;
	struct faults faults;

	faults_init(&faults);
	verdict = parse(c, bytes, len, &faults, &table);
	table_unref(table);
	count_header(c, bytes, len, &faults);
	fault_print_faults(&show, file, bytes, len, &faults);
	log_not_quiet(c, &faults);
	log_unsafe_mail(c, bytes, len, &faults);
	*line = first_line(&faults);
	if (verdict == TABLE_NO_MEMORY) {
		(void)fprintf(stderr, "crontab: %s\n", strerror(ENOMEM));
		judgement = JUDGED_NOT;
	} else if (verdict == TABLE_REFUSED ||
		   faults_reach(&faults, FAULT_LENIENT)) {
		judgement = JUDGED_FAULTY;
		if (personality->debian && !testing)
			last_words_debian(personality, &faults);
		else
			last_words_cronie(personality, &faults, testing);
	}
	faults_clear(&faults);
	return judgement;
}

struct table *
judge_quietly(const struct crontab *c, const char *bytes, size_t len)
{
	struct table *table = NULL;
	struct faults faults;

	faults_init(&faults);
	(void)parse(c, bytes, len, &faults, &table);
	faults_clear(&faults);
	return table;
}
