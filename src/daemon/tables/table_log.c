/*
 * Log lines about tables. Each begins exactly as the incumbent's and goes on
 * behind it with file:line:column, what is wrong and what would be right; the
 * matches of log readers are not anchored at the end there. The number of lines
 * a table can cause is bounded: a million bad lines are a user's mistake, not
 * the admin's log.
 */
#include "daemon/tables/table_log.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "core/entry.h"

#define EXPLAIN_MAX 200
#define EVENT_MAX   (2 * CONTEXT_MAX + 64)
/* The parser's word for a last line without its end, as cronie has it. */
#define MISSING_NEWLINE "missing newline before EOF"
/* Its word for what Debian's cron did not know (DESIGN.md 3.1). */
#define NEW_FEATURE "new feature"
/* cronie has an event for this one, and no errno for it: info. */
#define BAD_DELAY "bad value of RANDOM_DELAY"

struct table_words { /* room for what is shown of a table */
	char who[NAME_MAX + 16];
	char path[PATH_MAX];
};

/* "*system*" and its file, or the user; Debian's crond stands in the spool's
 * parent and so shows a relative path there. */
static void
name_table(const struct table_log *r, const struct table_id *id,
    struct table_words *words)
{
	bool debian = r->personality->names == NAMES_DEBIAN;
	const char *dir = strrchr(r->personality->spool_dir, '/');
	size_t spool_len = strlen(r->spool_dir);

	if (id->kind == TABLE_USER)
		snprintf(words->who, sizeof(words->who), "%s", id->name);
	else
		snprintf(words->who, sizeof(words->who), "*system*%s",
		    debian && id->kind == TABLE_DROPIN ? id->name : "");
	if (debian && id->kind == TABLE_USER && dir != NULL &&
	    strncmp(id->path, r->spool_dir, spool_len) == 0)
		snprintf(words->path, sizeof(words->path), "%s/%s", dir + 1,
		    id->name);
	else
		snprintf(words->path, sizeof(words->path), "%s", id->path);
}

void
table_log_loaded(const struct table_log *r, const struct table_id *id)
{
	struct table_words words;

	name_table(r, id, &words);
	log_event(r->log, LOG_INFO, words.who, "RELOAD", 0, "%s", words.path);
}

void
table_log_orphan(const struct table_log *r, const struct table_id *id)
{
	/* a temporary file of Debian's crontab(1) */
	if (r->personality->names == NAMES_DEBIAN &&
	    strncmp(id->name, "tmp.", 4) == 0)
		return;
	log_event(r->log, LOG_INFO, id->name, "ORPHAN", 0, "no passwd entry");
}

static const char *
kept_words(bool kept)
{
	return kept ? "; its last good version stays in force" : "";
}

void
table_log_problem(const struct table_log *r, const struct table_id *id,
    const struct spool_rules *rules, const struct spool_file *file, bool kept)
{
	struct table_words words;
	char why[EXPLAIN_MAX], event[EVENT_MAX];

	name_table(r, id, &words);
	/* cronie names the user of the lines */
	if (r->personality->names == NAMES_CRONIE && id->kind != TABLE_USER)
		snprintf(words.who, sizeof(words.who), "root");
	spool_explain(rules, file, why, sizeof(why));
	if (file->problem == SPOOL_CONTEXT)
		context_event(r->personality->debian, &file->context, event,
		    sizeof(event));
	else
		snprintf(event, sizeof(event), "%s",
		    spool_event(rules, file->problem));
	log_event(r->log, file->errnum != 0 ? LOG_ERR : LOG_INFO, words.who,
	    NULL, 0, "%s (%s): %s%s", event, words.path, why, kept_words(kept));
}

void
table_log_context(const struct table_log *r, const struct table_id *id,
    const struct context_finding *finding)
{
	struct table_words words;
	char event[EVENT_MAX];
	bool debian = r->personality->debian;

	name_table(r, id, &words);
	context_event(debian, finding, event, sizeof(event));
	log_event(r->log, LOG_WARNING, words.who, NULL, 0, "%s (%s)", event,
	    words.path);
	if (!debian && finding->problem == CONTEXT_UNAUTHORIZED)
		log_event(r->log, LOG_WARNING, words.who, NULL, 0,
		    "SELinux in permissive mode, continuing (%s)", words.path);
}

void
table_log_revived(const struct table_log *r, const struct table_id *id,
    time_t written_at)
{
	struct table_words words;
	struct tm tm;
	char when[64] = "unknown time";

	name_table(r, id, &words);
	if (localtime_r(&written_at, &tm) != NULL)
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	log_event(r->log, LOG_WARNING, words.who, "WARNING", 0,
	    "%s: this file is refused; its last good version, of %s, is in "
	    "force from a copy until the file is mended or removed",
	    words.path, when);
}

void
table_log_copy_problem(const struct table_log *r, const char *path, int errnum)
{
	log_event(r->log, LOG_ERR, "CRON", "CAN'T KEEP", errnum, "%s", path);
}

/* --- faults --- */

static void
shown_place(const struct table_id *id, const struct fault *fault, char *out,
    size_t size)
{
	if (fault->line == 0)
		snprintf(out, size, "%s", id->path);
	else if (fault->column == 0)
		snprintf(out, size, "%s:%u", id->path, fault->line);
	else
		snprintf(out, size, "%s:%u:%u", id->path, fault->line,
		    fault->column);
}

static void
name_in_error(const struct table_id *id, char *out, size_t size)
{
	if (id->kind == TABLE_USER)
		snprintf(out, size, "crontab for user %s", id->name);
	else
		snprintf(out, size, "%s", id->path);
}

static void
fault_debian(const struct table_log *r, const struct table_id *id,
    const char *word, const char *place, const char *text, bool line_only)
{
	char name[PATH_MAX + 32];

	name_in_error(id, name, sizeof(name));
	log_event(r->log, LOG_ERR, NULL, NULL, 0,
	    "Error: %s; while reading %s: %s: %s%s", word, name, place, text,
	    line_only ? "; only this line is ignored" : "");
}

/* The line runs, but should be looked at. */
static void
report_warning(const struct table_log *r, const struct fault *fault,
    const char *place)
{
	char says[FAULT_SAYS_MAX];

	(void)fault_says(fault, says);
	if (strcmp(fault->word, BAD_DELAY) == 0)
		log_event(r->log, LOG_INFO, "CRON", NULL, 0,
		    "ERROR (%s): %s: %s", fault->word, place, says);
	else
		log_event(r->log, LOG_WARNING, "CRON", "WARNING", 0, "%s: %s",
		    place, says);
}

static void
report_fault(const struct table_log *r, const struct table_id *id,
    const struct fault *fault, bool refused)
{
	char place[PATH_MAX + 32], says[FAULT_SAYS_MAX];
	struct table_words words;

	shown_place(id, fault, place, sizeof(place));
	(void)fault_says(fault, says);
	if (fault->level < FAULT_LINE) {
		report_warning(r, fault, place);
	} else if (r->personality->names == NAMES_DEBIAN) {
		fault_debian(r, id, fault->word, place, says, !refused);
	} else {
		if (strcmp(fault->text, ENTRY_NOT_QUIET) == 0)
			log_event(r->log, LOG_INFO, "CRON", "ERROR", 0,
			    "Only privileged user can disable logging");
		name_table(r, id, &words);
		log_event(r->log, LOG_INFO, "CRON", NULL, 0, "%s (%s): %s: %s",
		    fault->word, words.path, place, says);
	}
}

static void
report_refused(const struct table_log *r, const struct table_id *id,
    const char *why, bool kept)
{
	struct table_words words;

	name_table(r, id, &words);
	if (r->personality->names == NAMES_DEBIAN)
		log_event(r->log, LOG_INFO, words.who, NULL, 0,
		    "ERROR (%s, this crontab file will be ignored)%s", why,
		    kept_words(kept));
	else
		log_event(r->log, LOG_INFO, words.who, NULL, 0,
		    "FAILED (loading cron table)%s", kept_words(kept));
}

/* Debian's words for what is wrong with the whole. */
static const char *
why_refused(const struct faults *faults)
{
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];

		if (fault->level == FAULT_TABLE &&
		    strstr(fault->word, "lines") != NULL)
			return "crontab must not be longer than 10000 lines";
	}
	for (size_t i = 0; i < faults->count; i++)
		if (faults->list[i].level >= FAULT_ERROR &&
		    strcmp(faults->list[i].word, MISSING_NEWLINE) != 0)
			return "Syntax error";
	return faults->dropped > 0 ? "Syntax error"
				   : "Missing newline before EOF";
}

void
table_log_no_room(const struct table_log *r, const struct table_id *id,
    bool kept)
{
	const struct spool_rules rules = {.personality = r->personality,
	    .kind = id->kind};
	const struct spool_file file = {.fd = -1,
	    .problem = SPOOL_CANT_READ,
	    .errnum = ENOMEM};

	table_log_problem(r, id, &rules, &file, kept);
}

void
table_log_faults(const struct table_log *r, const struct table_id *id,
    const struct faults *faults, bool refused, bool standing)
{
	size_t shown = 0, more = faults->dropped;

	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];

		if (fault->level == FAULT_HINT ||
		    (standing && strcmp(fault->word, NEW_FEATURE) == 0))
			continue;
		/* what costs the whole table comes last, and is shown */
		if (shown >= TABLE_LOG_FAULTS_MAX &&
		    fault->level < FAULT_TABLE) {
			more++;
			continue;
		}
		shown++;
		report_fault(r, id, fault, refused);
	}
	if (more > 0)
		log_event(r->log, LOG_WARNING, "CRON", "WARNING", 0,
		    "%s: and %zu more faults", id->path, more);
	if (refused)
		report_refused(r, id, why_refused(faults), standing);
}

void
table_log_bad_user(const struct table_log *r, const struct table_id *id,
    const struct table *table, const struct entry *e, bool kept)
{
	char place[PATH_MAX + 32], text[128];
	struct fault fault = {.line = e->line,
	    .column = entry_scope(table, e)->user_column};

	shown_place(id, &fault, place, sizeof(place));
	snprintf(text, sizeof(text),
	    "there is no user \"%.64s\"; a line here names "
	    "one before the command",
	    entry_user(table, e));
	fault_debian(r, id, "bad username", place, text, false);
	report_refused(r, id, "Syntax error", kept);
}

void
table_log_unasked(const struct table_log *r, const struct table_id *id)
{
	struct table_words words;

	name_table(r, id, &words);
	log_event(r->log, LOG_WARNING, words.who, "WARNING", 0,
	    "%s: the user can't be looked up now, will be tried again",
	    words.path);
}

void
table_log_absent(const struct table_log *r, const char *path)
{
	bool debian = r->personality->names == NAMES_DEBIAN;

	log_event(r->log, LOG_ERR, "CRON",
	    debian ? "STAT FAILED" : "CAN'T OPEN", ENOENT, "%s", path);
}

/* --- directories --- */

void
table_log_unlisted(const struct table_log *r, const char *dir, int errnum,
    bool kept)
{
	bool debian = r->personality->names == NAMES_DEBIAN;
	const char *event = debian ? "OPENDIR FAILED" : "CAN'T OPEN";

	log_event(r->log, LOG_ERR, "CRON", NULL, 0, "%s (%s): %s%s", event, dir,
	    strerror(errnum), kept ? "; its tables stay in force" : "");
}

void
table_log_unwatched(const struct table_log *r, const char *path, int errnum)
{
	log_event(r->log, LOG_ERR, "CRON",
	    "This directory or file can't be watched", errnum, "%s", path);
}
