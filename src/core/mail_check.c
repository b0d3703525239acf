/*
 * Findings about addresses in tables. A value is judged as it comes to be with
 * its variables, and shown as it is written.
 */
#include "core/mail_check.h"

#include <stdio.h>
#include <string.h>

#include "core/address.h"
#include "core/printable.h"

#define NAME_SHOWN   64
#define MENDED_MAX   160
#define PROBLEM_MAX  192
#define EXPANDED_MAX (ADDRESS_MAX + 1)

struct check {
	const struct mail_rules *rules;
	const char *name;
	char value[ADDRESS_MAX + 1];
	char comes_to[EXPANDED_MAX];
	bool has_variables;
};

/* Of the daemon's environment nothing is known: something that is safe. */
static const char *
unknown_variable(void *context, const char *name)
{
	(void)context;
	(void)name;
	return "x";
}

static const char *
variable(const struct check *check, const char *name)
{
	if (name[0] == '\0')
		return NULL;
	if (check->rules->variable == NULL)
		return unknown_variable(NULL, name);
	return check->rules->variable(NULL, name);
}

/* Variables are RHEL's alone. The value as it comes to be; false: too long. */
static bool
expand(struct check *check)
{
	const struct mail_rules *rules = check->rules;
	const char *at = check->value;
	struct address_piece piece;

	if (rules->personality->debian) {
		memcpy(check->comes_to, check->value, strlen(check->value) + 1);
		return true;
	}
	while (!check->has_variables && address_next_piece(&at, &piece))
		check->has_variables = piece.variable;
	return address_expand(check->value,
		   rules->variable != NULL ? rules->variable : unknown_variable,
		   NULL, check->comes_to, EXPANDED_MAX) == 0;
}

/* The piece of the value that byte `at` of what it comes to is from, and where
 * it is there. False: it is from none. */
static bool
find_origin(const struct check *check, size_t at, struct address_piece *piece,
    size_t *where)
{
	const char *next = check->value, *set;
	size_t len;

	while (address_next_piece(&next, piece)) {
		set = piece->variable ? variable(check, piece->name) : NULL;
		len = !piece->variable ? piece->len
		      : set != NULL    ? strlen(set)
				       : 0;
		*where = (size_t)(piece->bytes - check->value);
		if (at < len) {
			*where += piece->variable ? 0 : at;
			return true;
		}
		at -= len;
	}
	return false;
}

/* The first variable that stands for nothing. */
static bool
find_nothing(const struct check *check, struct address_piece *piece)
{
	const char *next = check->value, *set;

	while (address_next_piece(&next, piece)) {
		if (!piece->variable)
			continue;
		set = variable(check, piece->name);
		if (set == NULL || set[0] == '\0')
			return true;
	}
	return false;
}

static void
show_byte(char c, char *out, size_t size)
{
	char safe[8];

	if (c == ' ' || c == '\t')
		snprintf(out, size, c == ' ' ? "a blank" : "a tab");
	else
		snprintf(out, size, c > ' ' && c < 0x7f ? "'%s'" : "byte %s",
		    printable(safe, sizeof(safe), &c, 1));
}

static void
describe_byte(const struct check *check, enum address_verdict verdict, char c,
    char *out, size_t size)
{
	char byte[16];

	show_byte(c, byte, sizeof(byte));
	if (verdict == ADDRESS_START)
		snprintf(out, size, "%s may not begin with %s", check->name,
		    byte);
	else if (verdict == ADDRESS_OPTION)
		snprintf(out, size, "%s may not have '-' after a comma",
		    check->name);
	else if (c == '$' && check->rules->personality->debian)
		snprintf(out, size, "variables are not expanded in %s",
		    check->name);
	else if (c == '$')
		snprintf(out, size,
		    "'$' in %s must begin a variable, as $NAME or ${NAME}",
		    check->name);
	else
		snprintf(out, size, "%s may not have %s in it", check->name,
		    byte);
}

/* What is wrong at a byte of what the value comes to. */
static void
describe(const struct check *check, enum address_verdict verdict, size_t at,
    struct mail_finding *finding, char *out, size_t size)
{
	struct address_piece piece;
	size_t len;

	describe_byte(check, verdict, check->comes_to[at], out, size);
	len = strlen(out);
	finding->at = at;
	if (!check->has_variables ||
	    !find_origin(check, at, &piece, &finding->at))
		return;
	if (piece.variable)
		snprintf(out + len, size - len,
		    ", and crond's environment has that in %.*s", NAME_SHOWN,
		    piece.name);
	else if (at == 0 && finding->at > 0)
		snprintf(out + len, size - len,
		    ", but what stands before that comes out empty");
}

static const char *
instead(const struct check *check)
{
	return strcmp(check->name, "MAILTO") == 0
		   ? "mail goes to the job's user"
		   : "the default sender is used";
}

static void
conclude(const struct check *check, struct mail_finding *finding,
    const char *problem)
{
	bool to = strcmp(check->name, "MAILTO") == 0;
	char mended[MENDED_MAX + 1], right[MENDED_MAX + 16];

	if (address_mend(check->value, check->rules->personality->safe_mail,
		mended, sizeof(mended)) &&
	    (to || strchr(mended, ',') == NULL))
		snprintf(right, sizeof(right), "%s=%s", check->name, mended);
	else
		snprintf(right, sizeof(right), "%s",
		    to ? "bare addresses with commas and no blanks between "
			 "them, as MAILTO=ann@example.org,bob@example.org"
		       : "one bare address, as MAILFROM=cron@example.org");
	finding->level = FAULT_LENIENT;
	snprintf(finding->text, sizeof(finding->text),
	    "%s; write %s; as it is, %s", problem, right, instead(check));
}

/* Something safe may come of it: only crond can know. */
static void
find_unknown(const struct check *check, struct mail_finding *finding)
{
	const char *next = check->value;
	struct address_piece piece;

	while (address_next_piece(&next, &piece) && !piece.variable)
		continue;
	finding->level = FAULT_NOTICE;
	finding->at = (size_t)(piece.bytes - check->value);
	snprintf(finding->text, sizeof(finding->text),
	    "%.*s in %s is a variable of crond's own environment, not of this "
	    "table; where nothing comes of it, %s",
	    (int)(piece.len < NAME_SHOWN ? piece.len : NAME_SHOWN), piece.bytes,
	    check->name, instead(check));
}

/* Something safe comes of it, or nothing at all. False: it is all there. */
static bool
find_missing(const struct check *check, bool is_empty,
    struct mail_finding *finding)
{
	struct address_piece piece;

	if (!find_nothing(check, &piece))
		return false;
	finding->level = is_empty ? FAULT_LENIENT : FAULT_NOTICE;
	finding->at = (size_t)(piece.bytes - check->value);
	snprintf(finding->text, sizeof(finding->text),
	    "%.*s in %s comes out empty: it is a variable of crond's own "
	    "environment, not of this table%s%s",
	    (int)(piece.len < NAME_SHOWN ? piece.len : NAME_SHOWN), piece.bytes,
	    check->name,
	    is_empty ? "; write the address itself; as it is, " : "",
	    is_empty ? instead(check) : "");
	return true;
}

bool
mail_check(const struct mail_rules *rules, const char *name, const char *value,
    size_t len, struct mail_finding *finding)
{
	struct check check = {.rules = rules, .name = name};
	enum address_verdict verdict;
	char problem[PROBLEM_MAX];
	size_t at;

	*finding = (struct mail_finding){.level = FAULT_LENIENT};
	if (len == 0 || rules->off || rules->output == OUTPUT_LOGGED)
		return false;
	memcpy(check.value, value, len < ADDRESS_MAX ? len : ADDRESS_MAX);
	if (len > ADDRESS_MAX || !expand(&check)) {
		snprintf(problem, sizeof(problem),
		    "%s may have %d bytes, with its variables too", name,
		    ADDRESS_MAX);
		conclude(&check, finding, problem);
		return true;
	}
	verdict =
	    address_judge(check.comes_to, rules->personality->safe_mail, &at);
	if (verdict == ADDRESS_SAFE && !check.has_variables)
		return false;
	if (verdict == ADDRESS_SAFE && rules->variable == NULL) {
		find_unknown(&check, finding);
		return true;
	}
	if (verdict == ADDRESS_SAFE || verdict == ADDRESS_EMPTY)
		return find_missing(&check, verdict == ADDRESS_EMPTY, finding);
	describe(&check, verdict, at, finding, problem, sizeof(problem));
	conclude(&check, finding, problem);
	return true;
}
