/*
 * Neighbours of what people write into MAILTO and MAILFROM: every byte in every
 * position of a list, and lists put together at random with blanks, names,
 * quotes, comments, variables that are set, empty and missing. Of each, beside
 * a slow and obvious reading made here: a run with output has a recipient, who
 * is whom the value names or the job's user, and then the log has a line; and
 * what the daemon does not use it warns of when it reads the table.
 *
 * SEED is printed and taken; ROUNDS: how many lists (20000).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/address.h"
#include "core/mail_check.h"
#include "core/mail_rule.h"
#include "parsed.h"

#define VALUE_MAX (3 * ADDRESS_MAX)

static const struct {
	const char *name, *value; /* NULL: not set */
} variables[] = {
    {"ADMIN", "ann@example.org"},
    {"LIST", "ann@x,bob@x"},
    {"HOST", "x.org"},
    {"BAD", "ann@x, bob@x"},
    {"DASH", "-b"},
    {"BLANK", ""},
    {"NONE", NULL},
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *
variable(void *context, const char *name)
{
	(void)context;
	for (size_t i = 0; i < COUNT(variables); i++)
		if (strcmp(variables[i].name, name) == 0)
			return variables[i].value;
	return NULL;
}

/* A value, and what it comes to where variables are put in. */
struct sample {
	char written[VALUE_MAX], comes_to[VALUE_MAX];
	bool has_gap; /* a variable of it stands for nothing */
	bool as_is;   /* the rest is no more read for variables */
};

/* ---- the obvious reading ---- */

static bool
obviously_safe(const char *address, const char *marks)
{
	static const char alnum[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	char all[128];

	snprintf(all, sizeof(all), "%s%s", alnum, marks);
	return address[0] != '\0' && strchr(alnum, address[0]) != NULL &&
	       strspn(address, all) == strlen(address) &&
	       strstr(address, ",-") == NULL && strlen(address) <= ADDRESS_MAX;
}

struct told {
	size_t recipients, senders, others;
};

static void
say(void *context, const struct mail_unsafe *unsafe)
{
	struct told *told = context;

	assert_non_null(unsafe->value);
	assert_true(unsafe->value[0] != '\0');
	if (unsafe->name == NULL)
		told->others++;
	else if (strcmp(unsafe->name, "MAILTO") == 0)
		told->recipients++;
	else
		told->senders++;
}

static void
tell(const struct mail_rules *rules, const struct env *env,
    const char *recipient, struct told *told)
{
	const struct run_record_source source = {.user = "joe",
	    .command = "x",
	    .table = "/t",
	    .recipient = recipient,
	    .home = "/",
	    .env = env};
	struct run_record *record = run_record_new(&source);

	assert_non_null(record);
	*told = (struct told){0};
	mail_rule_tell_unsafe(rules, record, say, told);
	run_record_unref(record);
}

/* ---- what must hold ---- */

static void
check_run(const struct mail_rules *rules, const struct sample *s)
{
	bool debian = rules->personality->debian;
	const char *means = debian ? s->written : s->comes_to;
	bool safe = obviously_safe(means, rules->personality->safe_mail) &&
		    strlen(s->written) <= ADDRESS_MAX;
	char *recipient, *sender;
	enum mail_rule what;
	struct told told;
	struct env env;

	env_init(&env);
	assert_int_equal(env_set_pair(&env, "MAILTO", s->written), 0);
	assert_int_equal(env_set_pair(&env, "MAILFROM", s->written), 0);
	assert_int_equal(mail_rule_decide(rules, &env, "joe", false, &what,
			     &recipient, &sender),
	    0);
	tell(rules, &env, recipient, &told);
	env_clear(&env);
	if (s->written[0] == '\0') { /* nobody is to have it */
		assert_null(recipient);
		assert_int_equal(told.recipients, 0);
		return;
	}
	if (recipient == NULL || what != MAIL_ALWAYS)
		fail_msg("no recipient: '%s'", s->written);
	if (strcmp(recipient, safe ? means : "joe") != 0)
		fail_msg("'%s' goes to '%s'", s->written, recipient);
	if (told.recipients != !safe || told.senders != !safe ||
	    told.others != 0)
		fail_msg("'%s' has %zu lines, and %zu as sender", s->written,
		    told.recipients, told.senders);
	assert_int_equal(sender != NULL, safe);
	assert_true(sender == NULL || strcmp(sender, means) == 0);
	free(recipient);
	free(sender);
}

static void
check_right(const struct mail_rules *rules, const char *text)
{
	static const char lead[] = "write MAILTO=";
	const char *right = strstr(text, lead);
	char address[400];

	if (right == NULL)
		return;
	snprintf(address, sizeof(address), "%s", right + strlen(lead));
	assert_non_null(strchr(address, ';'));
	*strchr(address, ';') = '\0';
	if (!obviously_safe(address, rules->personality->safe_mail))
		fail_msg("that is not right: %s", text);
}

static void
check_finding(const struct mail_rules *rules, const struct sample *s)
{
	bool debian = rules->personality->debian;
	const char *means = debian ? s->written : s->comes_to;
	size_t len = strlen(s->written);
	bool safe = obviously_safe(means, rules->personality->safe_mail) &&
		    len <= ADDRESS_MAX;
	struct mail_finding finding;
	bool found = mail_check(rules, "MAILTO", s->written, len, &finding);

	if (found != (len > 0 && (!safe || (!debian && s->has_gap))))
		fail_msg("'%s' is %sfound", s->written, found ? "" : "not ");
	if (!found)
		return;
	assert_int_equal(finding.level, safe ? FAULT_NOTICE : FAULT_LENIENT);
	assert_true(finding.at < len);
	assert_true(strlen(finding.text) > 20);
	assert_true(strlen(finding.text) + 1 < sizeof(finding.text));
	if (!safe && strstr(finding.text, "goes to the job's user") == NULL)
		fail_msg("'%s': '%s'", s->written, finding.text);
	check_right(rules, finding.text);
}

/* What crontab(1) installs without a word the daemon uses, but for variables.
 */
static void
check_install(const struct mail_rules *rules, const struct sample *s)
{
	const struct mail_rules blind = {.personality = rules->personality};
	size_t len = strlen(s->written);
	struct mail_finding finding, known;

	if (mail_check(&blind, "MAILTO", s->written, len, &finding))
		return;
	if (mail_check(rules, "MAILTO", s->written, len, &known))
		fail_msg("'%s' is installed without a word", s->written);
}

/* The same by a whole table, where the setting's grammar leaves it alone. */
static void
check_table(const struct mail_rules *rules, const struct sample *s)
{
	size_t len = strlen(s->written), lenient = 0;
	char text[600];
	struct mail_finding finding;
	struct parsed p;

	if (len == 0 || len > 500 || strpbrk(s->written, "\n") != NULL ||
	    strchr("'\" \t\v\f\r", s->written[0]) != NULL ||
	    strchr(" \t\v\f\r", s->written[len - 1]) != NULL)
		return;
	snprintf(text, sizeof(text), "MAILTO=%s\n* * * * * x\n", s->written);
	p = parse_mail(rules->personality->name, TABLE_USER, text, strlen(text),
	    rules);
	assert_int_equal(p.verdict, TABLE_GOOD);
	assert_int_equal(p.table->entry_count, 1);
	for (size_t i = 0; i < p.faults.count; i++) {
		const struct fault *fault = &p.faults.list[i];
		assert_string_equal(fault->word, MAIL_FAULT);
		assert_int_equal(fault->line, 1);
		assert_true(fault->column > strlen("MAILTO=") &&
			    fault->column <= strlen("MAILTO=") + len);
		lenient += fault->level == FAULT_LENIENT;
	}
	bool found = mail_check(rules, "MAILTO", s->written, len, &finding);
	assert_int_equal(p.faults.count, found);
	assert_int_equal(lenient, found && finding.level == FAULT_LENIENT);
	parsed_clear(&p);
}

static void
check_sample(const struct sample *s)
{
	static const char *const names[] = {"debian", "redhat", "suse"};

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct mail_rules rules = {.personality =
						     personality_find(names[i]),
		    .variable = variable};

		check_run(&rules, s);
		check_finding(&rules, s);
		check_install(&rules, s);
		check_table(&rules, s);
	}
}

/* ---- every byte, everywhere ---- */

static void
test_bytes(void **state)
{
	static const char list[] = "ann@example.org,bob-b@x";

	(void)state;
	for (size_t at = 0; at <= strlen(list); at++) {
		for (int byte = 1; byte < 256; byte++) {
			struct sample s = {.written = ""};

			/* Put in, then in a place; '$' is another's test. */
			if (byte == '$')
				continue;
			snprintf(s.written, sizeof(s.written), "%.*s%c%s",
			    (int)at, list, byte, list + at);
			strcpy(s.comes_to, s.written);
			check_sample(&s);
			strcpy(s.written, list);
			s.written[at] = (char)byte;
			strcpy(s.comes_to, s.written);
			check_sample(&s);
		}
	}
}

/* ---- lists at random ---- */

static unsigned
below(unsigned limit)
{
	return (unsigned)random() % limit;
}

static void
add(struct sample *s, const char *bytes)
{
	if (strlen(s->written) + strlen(bytes) >= sizeof(s->written) - 300 ||
	    strlen(s->comes_to) + strlen(bytes) >= sizeof(s->comes_to) - 300)
		return;
	strcat(s->written, bytes);
	strcat(s->comes_to, bytes);
}

static void
add_one_of(struct sample *s, const char *const *list, size_t count)
{
	add(s, list[below((unsigned)count)]);
}

static void
add_variable(struct sample *s)
{
	size_t i = below(COUNT(variables));
	char written[64];

	if (strlen(s->written) >= sizeof(s->written) - 300 ||
	    strlen(s->comes_to) >= sizeof(s->comes_to) - 300)
		return;
	snprintf(written, sizeof(written), "${%s}", variables[i].name);
	strcat(s->written, written);
	if (s->as_is) {
		strcat(s->comes_to, written);
		return;
	}
	if (variables[i].value == NULL || variables[i].value[0] == '\0')
		s->has_gap = true;
	else
		strcat(s->comes_to, variables[i].value);
}

static const char *const addresses[] = {"ann@example.org", "bob", "root",
    "a.b+c@x", "joe_b@x-y.org", "9@x", "x!y!z", "a%b@c", "host:joe"};
static const char *const odd[] = {"-oQ/tmp", "|prog", "@x", "j\303\266rg@x",
    "a=b/c", "a b", "<>", "\"", "'", "(", ")", "<", "\\", "`id`", "a\001b",
    "mailto:a@x", "a@x.", "[joe]", "{joe}", "a&b", "*", "~joe", "#", " # hi"};
static const char *const dollars[] = {"$(id)", "$.", "$$", "${", "${A-b}",
    "$1"};
static const char *const between[] = {",", ",", ",", ",", ", ", " ,", " , ",
    ";", "; ", " ", "  ", "\t", ",,", "", ":", " and ", "\r"};
static const char *const before[] = {"Ops <", "\"Ops, all\" <", "<", "'", "\"",
    "(all) ", "Joe B ", " ", "To: "};
static const char *const after[] = {">", ">", ">", "'", "\"", " (all)", " ",
    " # admin", ","};

static void
add_address(struct sample *s)
{
	unsigned kind = below(20);

	if (kind == 0)
		add(s, before[below(COUNT(before))]);
	if (kind < 12)
		add_one_of(s, addresses, COUNT(addresses));
	else if (kind < 16)
		add_variable(s);
	else if (kind < 18)
		add_one_of(s, odd, COUNT(odd));
	else if (kind == 18)
		add(s, before[below(COUNT(before))]);
	else if (below(4) == 0) {
		add_one_of(s, dollars, COUNT(dollars));
		s->as_is = true;
	}
	if (kind == 0)
		add(s, after[below(COUNT(after))]);
}

static void
make_sample(struct sample *s)
{
	unsigned count = below(50) == 0 ? below(600) : 1 + below(4);

	*s = (struct sample){.written = ""};
	for (unsigned i = 0; i < count; i++) {
		if (i > 0)
			add_one_of(s, between,
			    below(3) == 0 ? COUNT(between) : 4);
		add_address(s);
	}
}

static void
test_lists(void **state)
{
	const char *given = getenv("SEED"), *rounds = getenv("ROUNDS");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)time(NULL);
	unsigned long left = rounds != NULL ? strtoul(rounds, NULL, 10) : 20000;

	(void)state;
	print_message("SEED=%u\n", seed);
	srandom(seed);
	for (; left > 0; left--) {
		struct sample s;

		make_sample(&s);
		check_sample(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes),
	    cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests_name("mail_neighbours", tests, NULL,
	    NULL);
}
