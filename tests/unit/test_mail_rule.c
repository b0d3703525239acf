/*
 * Who gets the mail of a run, who it is from, and what the log is told of an
 * address that can't be used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/mail_rule.h"

static const char *
variable(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "ADMIN") == 0)
		return "ann@x";
	if (strcmp(name, "TWO") == 0)
		return "ann@x, bob@x";
	if (strcmp(name, "BLANK") == 0)
		return "";
	return NULL;
}

static struct mail_rules
rules_of(const char *personality)
{
	return (struct mail_rules){
	    .personality = personality_find(personality),
	    .variable = variable,
	};
}

/* A run: what was decided, and what is told. */
struct run {
	enum mail_rule what;
	char *recipient, *sender;
	char told[256];
	size_t lines;
};

static void
say(void *context, const struct mail_unsafe *unsafe)
{
	struct run *run = context;
	size_t len = strlen(run->told);

	run->lines++;
	snprintf(run->told + len, sizeof run->told - len, "%s%s:%.40s%s",
	    len > 0 ? "|" : "", unsafe->name != NULL ? unsafe->name : "user",
	    unsafe->value, unsafe->is_empty ? ":empty" : "");
}

static void
decide(const struct mail_rules *rules, const char *user, const char *to,
    const char *from, bool on_failure, struct run *run)
{
	struct env env;

	*run = (struct run){0};
	env_init(&env);
	if (to != NULL)
		assert_int_equal(env_set_pair(&env, "MAILTO", to), 0);
	if (from != NULL)
		assert_int_equal(env_set_pair(&env, "MAILFROM", from), 0);
	assert_int_equal(mail_rule_decide(rules, &env, user, on_failure,
			     &run->what, &run->recipient, &run->sender),
	    0);
	const struct run_record_source source = {.user = user,
	    .command = "x",
	    .table = "/t",
	    .recipient = run->recipient,
	    .home = "/",
	    .env = &env};
	struct run_record *record = run_record_new(&source);
	assert_non_null(record);
	mail_rule_tell_unsafe(rules, record, say, run);
	assert_int_equal(mail_rule_is_for_mailbox(rules->personality, record),
	    run->recipient != NULL && !address_is_safe(run->recipient,
					  rules->personality->safe_mail));
	run_record_unref(record);
	env_clear(&env);
}

static void
run_clear(struct run *run)
{
	free(run->recipient);
	free(run->sender);
}

static void
check(const char *personality, const char *user, const char *to,
    const char *from, const char *recipient, const char *sender,
    const char *told)
{
	const struct mail_rules rules = rules_of(personality);
	struct run run;

	decide(&rules, user, to, from, false, &run);
	if (strcmp(run.recipient != NULL ? run.recipient : "-", recipient) !=
		0 ||
	    strcmp(run.sender != NULL ? run.sender : "-", sender) != 0 ||
	    strcmp(run.told, told) != 0)
		fail_msg("%s, MAILTO '%s', MAILFROM '%s': to %s from %s, "
			 "told '%s'",
		    personality, to != NULL ? to : "-",
		    from != NULL ? from : "-",
		    run.recipient != NULL ? run.recipient : "-",
		    run.sender != NULL ? run.sender : "-", run.told);
	assert_int_equal(run.what,
	    run.recipient != NULL ? MAIL_ALWAYS : MAIL_NEVER);
	run_clear(&run);
}

static void
test_recipient(void **state)
{
	static const struct {
		const char *to;
		const char *debian, *debian_told;
		const char *redhat, *redhat_told;
	} cases[] = {
	    {NULL, "joe", "", "joe", ""},
	    {"", "-", "", "-", ""},
	    {"ann", "ann", "", "ann", ""},
	    {"a@x,b@x", "a@x,b@x", "", "a@x,b@x", ""},
	    {"a=b/c", "a=b/c", "", "joe", "MAILTO:a=b/c"},
	    {"a@x, b@x", "joe", "MAILTO:a@x, b@x", "joe", "MAILTO:a@x, b@x"},
	    {"Ops <a@x>", "joe", "MAILTO:Ops <a@x>", "joe", "MAILTO:Ops <a@x>"},
	    {"-oQ/tmp", "joe", "MAILTO:-oQ/tmp", "joe", "MAILTO:-oQ/tmp"},
	    {"$ADMIN", "joe", "MAILTO:$ADMIN", "ann@x", ""},
	    {"$TWO", "joe", "MAILTO:$TWO", "joe", "MAILTO:ann@x, bob@x"},
	    {"$NONE", "joe", "MAILTO:$NONE", "joe", "MAILTO:$NONE:empty"},
	    {"${BLANK}", "joe", "MAILTO:${BLANK}", "joe",
		"MAILTO:${BLANK}:empty"},
	    {"$NONE,a@x", "joe", "MAILTO:$NONE,a@x", "joe", "MAILTO:,a@x"},
	    {"a@x,$NONE", "joe", "MAILTO:a@x,$NONE", "a@x,", ""},
	    {"$NONE ", "joe", "MAILTO:$NONE ", "joe", "MAILTO: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		check("debian", "joe", cases[i].to, NULL, cases[i].debian, "-",
		    cases[i].debian_told);
		check("redhat", "joe", cases[i].to, NULL, cases[i].redhat, "-",
		    cases[i].redhat_told);
	}
}

static void
test_sender(void **state)
{
	static const char two[] = "MAILTO:a b|MAILFROM:c d",
			  other[] = "MAILFROM:c d|MAILTO:a b";

	(void)state;
	check("debian", "joe", NULL, "c@x", "joe", "c@x", "");
	check("debian", "joe", NULL, "", "joe", "-", "");
	check("debian", "joe", NULL, "c d", "joe", "-", "MAILFROM:c d");
	check("debian", "joe", "", "c d", "-", "-", "");
	check("debian", "joe", "a b", "c d", "joe", "-", two);
	check("redhat", "joe", NULL, "$ADMIN", "joe", "ann@x", "");
	check("redhat", "joe", NULL, "", "joe", "-", "");
	check("redhat", "joe", NULL, "$NONE", "joe", "-",
	    "MAILFROM:$NONE:empty");
	check("redhat", "joe", "", "c d", "-", "-", "MAILFROM:c d");
	check("redhat", "joe", "a b", "c d", "joe", "-", other);
}

/* A user's name is what it is: nobody's variable, and nobody's choice. */
static void
test_user(void **state)
{
	(void)state;
	check("debian", "DOM\\joe", NULL, NULL, "DOM\\joe", "-",
	    "user:DOM\\joe");
	check("redhat", "joe b", NULL, NULL, "joe b", "-", "user:joe b");
	check("redhat", "joe$ADMIN", NULL, NULL, "joe$ADMIN", "-",
	    "user:joe$ADMIN");
	check("redhat", "joe b", "a b", NULL, "joe b", "-", "MAILTO:a b");
	check("redhat", "joe b", "ann", NULL, "ann", "-", "");
}

static void
test_options(void **state)
{
	struct mail_rules rules = rules_of("redhat");
	struct run run;

	(void)state;
	decide(&rules, "joe", "a b", NULL, true, &run);
	assert_int_equal(run.what, MAIL_ON_FAILURE);
	assert_string_equal(run.recipient, "joe");
	run_clear(&run);
	rules.off = true;
	decide(&rules, "joe", "a b", NULL, false, &run);
	assert_int_equal(run.what, MAIL_NEVER);
	assert_null(run.recipient);
	rules.off = false;
	rules.lines_too = true;
	decide(&rules, "joe", "", NULL, false, &run);
	assert_int_equal(run.what, MAIL_SYSLOG);
	decide(&rules, "joe", "$NONE", NULL, false, &run);
	assert_int_equal(run.what, MAIL_ALWAYS);
	assert_string_equal(run.recipient, "joe");
	run_clear(&run);
	rules.output = OUTPUT_LOGGED;
	decide(&rules, "joe", "a b", NULL, false, &run);
	assert_int_equal(run.what, MAIL_SYSLOG);
	assert_null(run.recipient);
}

/* What is too long is not used, and told; so is what becomes too long. */
static void
test_long(void **state)
{
	const struct mail_rules rules = rules_of("redhat");
	char *to = malloc(2 * ADDRESS_MAX);
	struct run run;

	(void)state;
	assert_non_null(to);
	memset(to, 'a', 2 * ADDRESS_MAX);
	to[ADDRESS_MAX] = '\0';
	decide(&rules, "joe", to, NULL, false, &run);
	assert_string_equal(run.recipient, to);
	assert_int_equal(run.lines, 0);
	run_clear(&run);
	to[ADDRESS_MAX] = 'a';
	to[ADDRESS_MAX + 1] = '\0';
	decide(&rules, "joe", to, NULL, false, &run);
	assert_string_equal(run.recipient, "joe");
	assert_int_equal(run.lines, 1);
	run_clear(&run);
	strcpy(to + ADDRESS_MAX - 6, "$TWO");
	decide(&rules, "joe", to, NULL, false, &run);
	assert_string_equal(run.recipient, "joe");
	assert_int_equal(run.lines, 1);
	run_clear(&run);
	free(to);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_recipient),
	    cmocka_unit_test(test_sender),
	    cmocka_unit_test(test_user),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("mail_rule", tests, NULL, NULL);
}
