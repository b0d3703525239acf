/*
 * What tables are told of their MAILTO and MAILFROM: level, column, and what
 * would be right.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/address.h"
#include "core/mail_check.h"
#include "parsed.h"

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

struct expected {
	const char *line;
	int level; /* -1: nothing is wrong */
	unsigned column;
	const char *text; /* a part of it; NULL: any */
};

static void
check_line(const struct mail_rules *rules, enum table_kind kind,
    const struct expected *expected)
{
	const char *personality = rules->personality->name;
	bool user = kind == TABLE_USER;
	char text[300];
	struct parsed p;

	snprintf(text, sizeof(text), "\n%s\n* * * * *%s x\n", expected->line,
	    user ? "" : " root");
	p = parse_mail(personality, kind, text, strlen(text), rules);
	/* It costs no entry. */
	assert_int_equal(p.verdict, TABLE_GOOD);
	assert_int_equal(p.table->entry_count, 1);
	if (expected->level == -1) {
		if (p.faults.count != 0)
			fail_msg("%s: '%s': %s", personality, expected->line,
			    p.faults.list[0].text);
	} else {
		const struct fault *fault = &p.faults.list[0];
		if (p.faults.count != 1 ||
		    (int)fault->level != expected->level || fault->line != 2 ||
		    fault->column != expected->column ||
		    (expected->text != NULL &&
			strstr(fault->text, expected->text) == NULL))
			fail_msg("%s: '%s': %zu faults, level %d, %u:%u: %s",
			    personality, expected->line, p.faults.count,
			    p.faults.count > 0 ? (int)fault->level : -1,
			    p.faults.count > 0 ? fault->line : 0,
			    p.faults.count > 0 ? fault->column : 0,
			    p.faults.count > 0 ? fault->text : "");
		assert_string_equal(fault->word, MAIL_FAULT);
	}
	parsed_clear(&p);
}

#define CHECK_ALL(rules, list)                                                 \
	for (size_t i_ = 0; i_ < sizeof(list) / sizeof((list)[0]); i_++) {     \
		check_line((rules), TABLE_USER, &(list)[i_]);                  \
		check_line((rules), TABLE_DROPIN, &(list)[i_]);                \
	}

/* What is the same to all. */
static const struct expected common[] = {
    {"MAILTO=root", -1, 0, NULL},
    {"MAILTO=\"\"", -1, 0, NULL},
    {"MAILTO=", -1, 0, NULL},
    {"MAILTO=a@x,b@x", -1, 0, NULL},
    {"MAILTO = 'a@x,b@x' ", -1, 0, NULL},
    {"MAILTO=a@x\r", -1, 0, NULL},
    {"MAILTO_OLD=a, b", -1, 0, NULL},
    {"mailto=a, b", -1, 0, NULL},
    {"MAILTO=a@x, b@x", FAULT_LENIENT, 12, "write MAILTO=a@x,b@x; "},
    {" \"MAILTO\" = 'a@x, b@x'", FAULT_LENIENT, 18, "write MAILTO=a@x,b@x; "},
    {"MAILTO=\"Ops <ops@x>\"", FAULT_LENIENT, 12, "write MAILTO=ops@x; "},
    {"MAILTO=root # admin", FAULT_LENIENT, 12, "write MAILTO=root; "},
    {"MAILTO=joe ann", FAULT_LENIENT, 11, "bare addresses with commas"},
    {"MAILTO=joe\tann", FAULT_LENIENT, 11, "may not have a tab in it"},
    {"MAILTO=<joe>", FAULT_LENIENT, 8,
	"may not have '<' in it; write MAILTO=joe;"},
    {"MAILTO=-oQ/tmp", FAULT_LENIENT, 8, "may not begin with '-'"},
    {"MAILTO=joe,-oQ", FAULT_LENIENT, 12, "may not have '-' after a comma"},
    {"MAILTO=,joe", FAULT_LENIENT, 8, "write MAILTO=joe; "},
    {"MAILTO=j\303\266rg", FAULT_LENIENT, 9, "may not have byte \\303 in it"},
    {"MAILTO=joe\a", FAULT_LENIENT, 11, "may not have byte ^G in it"},
    {"MAILTO=joe $(id)", FAULT_LENIENT, 11, "mail goes to the job's user"},
    {"MAILFROM=joe", -1, 0, NULL},
    {"MAILFROM=", -1, 0, NULL},
    {"MAILFROM=Cron <cron@x>", FAULT_LENIENT, 14, "write MAILFROM=cron@x; "},
    {"MAILFROM=a@x, b@x", FAULT_LENIENT, 14, "the default sender is used"},
    {"MAILFROM=a@x, b@x", FAULT_LENIENT, 14, "as MAILFROM=cron@example.org; "},
};

static void
test_common(void **state)
{
	(void)state;
	for (const struct personality *const *all = personality_all();
	     *all != NULL; all++) {
		const struct mail_rules daemon = {.personality = *all,
		    .variable = variable};
		const struct mail_rules crontab = {.personality = *all};

		CHECK_ALL(&daemon, common);
		CHECK_ALL(&crontab, common);
	}
}

static void
test_debian(void **state)
{
	static const struct expected cases[] = {
	    {"MAILTO=a=b/c", -1, 0, NULL},
	    {"MAILTO=$ADMIN", FAULT_LENIENT, 8, "are not expanded in"},
	    {"MAILTO=a@x,${ADMIN}", FAULT_LENIENT, 12, "are not expanded in"},
	    {"MAILFROM=$ADMIN", FAULT_LENIENT, 10, "are not expanded in"},
	    {"MAILTO=\" \"", -1, 0, NULL},
	};
	const struct mail_rules daemon = {.personality =
					      personality_find("debian"),
	    .variable = variable};
	const struct mail_rules crontab = {
	    .personality = personality_find("debian")};

	(void)state;
	CHECK_ALL(&daemon, cases);
	CHECK_ALL(&crontab, cases);
}

/* The daemon and --check know the variables. */
static void
test_redhat(void **state)
{
	static const struct expected cases[] = {
	    {"MAILTO=a=b/c", FAULT_LENIENT, 9, "may not have '=' in it"},
	    {"MAILTO=\" \"", FAULT_LENIENT, 9, "may not have a blank"},
	    {"MAILTO=$ADMIN", -1, 0, NULL},
	    {"MAILTO=${ADMIN},b@x", -1, 0, NULL},
	    {"MAILTO=$NONE", FAULT_LENIENT, 8,
		"$NONE in MAILTO comes out empty"},
	    {"MAILTO=${BLANK}", FAULT_LENIENT, 8,
		"${BLANK} in MAILTO comes out empty"},
	    {"MAILTO=$BLANK$NONE", FAULT_LENIENT, 8,
		"mail goes to the job's user"},
	    {"MAILFROM=$NONE", FAULT_LENIENT, 10, "the default sender is used"},
	    {"MAILTO=a@x,$NONE", FAULT_NOTICE, 12,
		"$NONE in MAILTO comes out empty"},
	    {"MAILTO=$NONE,a@x", FAULT_LENIENT, 13,
		"what stands before that comes out"},
	    {"MAILTO=b,$TWO", FAULT_LENIENT, 10,
		"a blank in it, and crond's environment"},
	    {"MAILTO=$ADMIN, b@x", FAULT_LENIENT, 15,
		"may not have a blank in it"},
	    {"MAILTO=$ADMIN,-b", FAULT_LENIENT, 15, "after a comma"},
	    {"MAILTO=$(id)", FAULT_LENIENT, 8, "must begin a variable"},
	    {"MAILTO=${NONE", FAULT_LENIENT, 8, "must begin a variable"},
	    {"MAILTO=$1", FAULT_LENIENT, 8, "must begin a variable"},
	    {"MAILTO=a$", FAULT_LENIENT, 9, "must begin a variable"},
	};
	const struct mail_rules daemon = {.personality =
					      personality_find("redhat"),
	    .variable = variable};

	(void)state;
	CHECK_ALL(&daemon, cases);
}

/* crontab(1) does not: it refuses only what no variable could mend. */
static void
test_unknown(void **state)
{
	static const struct expected cases[] = {
	    {"MAILTO=$ADMIN", FAULT_NOTICE, 8,
		"$ADMIN in MAILTO is a variable of crond"},
	    {"MAILTO=a,${NONE}@x", FAULT_NOTICE, 10, "${NONE} in MAILTO"},
	    {"MAILFROM=$NONE", FAULT_NOTICE, 10, "the default sender is used"},
	    {"MAILTO=$ADMIN, b@x", FAULT_LENIENT, 15,
		"may not have a blank in it"},
	    {"MAILTO=Ops <$ADMIN>", FAULT_LENIENT, 11,
		"may not have a blank in it"},
	    {"MAILTO=-$ADMIN", FAULT_LENIENT, 8, "may not begin with '-'"},
	    {"MAILTO=$(id)", FAULT_LENIENT, 8, "must begin a variable"},
	};
	const struct mail_rules crontab = {
	    .personality = personality_find("redhat")};

	(void)state;
	CHECK_ALL(&crontab, cases);
}

/* Where nothing is mailed, nothing can be lost. */
static void
test_no_mail(void **state)
{
	static const struct expected bad = {"MAILTO=a, b", -1, 0, NULL};
	struct mail_rules rules = {.personality = personality_find("redhat"),
	    .variable = variable,
	    .off = true};

	(void)state;
	check_line(&rules, TABLE_USER, &bad);
	rules.off = false;
	rules.output = OUTPUT_LOGGED;
	check_line(&rules, TABLE_USER, &bad);
	rules.output = OUTPUT_BOTH;
	check_line(&rules, TABLE_USER,
	    &(struct expected){"MAILTO=a, b", FAULT_LENIENT, 10, NULL});
}

/* Nobody asks: cronnext, and the grammar's own tests. */
static void
test_not_asked(void **state)
{
	struct parsed p =
	    parse("debian", TABLE_USER, "MAILTO=r*ot\n* * * * * x\n");

	(void)state;
	assert_int_equal(p.faults.count, 0);
	parsed_clear(&p);
}

/* However long the value, what is said of it is short. */
static void
test_long(void **state)
{
	const struct mail_rules rules = {.personality =
					     personality_find("redhat"),
	    .variable = variable};
	size_t lens[] = {ADDRESS_MAX - 1, ADDRESS_MAX, ADDRESS_MAX + 1, 100000};
	char *value = malloc(100001);
	struct mail_finding finding;

	(void)state;
	assert_non_null(value);
	memset(value, 'a', 100001);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		assert_int_equal(mail_check(&rules, "MAILTO", value, lens[i],
				     &finding),
		    lens[i] > ADDRESS_MAX);
		if (lens[i] > ADDRESS_MAX)
			assert_non_null(strstr(finding.text, "4096 bytes"));
	}
	/* Much to mend, and variables that make it too long. */
	for (size_t i = 0; i + 5 <= ADDRESS_MAX; i += 5)
		memcpy(value + i, "a@x, ", 5);
	assert_true(mail_check(&rules, "MAILTO", value, ADDRESS_MAX, &finding));
	assert_non_null(strstr(finding.text, "bare addresses"));
	for (size_t i = 0; i + 5 <= ADDRESS_MAX; i += 5)
		memcpy(value + i, "$TWO,", 5);
	assert_true(mail_check(&rules, "MAILTO", value, ADDRESS_MAX, &finding));
	assert_non_null(strstr(finding.text, "4096 bytes"));
	memset(value, 'A', 3000);
	value[0] = '$';
	assert_true(mail_check(&rules, "MAILTO", value, 3000, &finding));
	assert_non_null(strstr(finding.text, "comes out empty"));
	assert_non_null(strstr(finding.text, "the job's user"));
	free(value);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_common),
	    cmocka_unit_test(test_debian),
	    cmocka_unit_test(test_redhat),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_no_mail),
	    cmocka_unit_test(test_not_asked),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests_name("mail_check", tests, NULL, NULL);
}
