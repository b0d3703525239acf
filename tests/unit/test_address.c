/* Addresses: which are safe, what variables make of them, what was meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "core/personality.h"

static void
test_safe(void **state)
{
	static const struct {
		const char *address;
		enum address_verdict debian, redhat;
		size_t at; /* of the personality that refuses it */
	} cases[] = {
	    {"joe", ADDRESS_SAFE, ADDRESS_SAFE, 0},
	    {"joe,ann@x.org", ADDRESS_SAFE, ADDRESS_SAFE, 0},
	    {"Joe.B%x!y:z_a-b+c@h", ADDRESS_SAFE, ADDRESS_SAFE, 0},
	    {"joe=x", ADDRESS_SAFE, ADDRESS_BYTE, 3},
	    {"joe/y", ADDRESS_SAFE, ADDRESS_BYTE, 3},
	    {"9", ADDRESS_SAFE, ADDRESS_SAFE, 0},
	    {"joe-ann,bob,", ADDRESS_SAFE, ADDRESS_SAFE, 0},
	    {"", ADDRESS_EMPTY, ADDRESS_EMPTY, 0},
	    {"-oQ/tmp", ADDRESS_START, ADDRESS_START, 0},
	    {"joe,-oQ", ADDRESS_OPTION, ADDRESS_OPTION, 4},
	    {"+joe", ADDRESS_START, ADDRESS_START, 0},
	    {",joe", ADDRESS_START, ADDRESS_START, 0},
	    {"joe ann", ADDRESS_BYTE, ADDRESS_BYTE, 3},
	    {"a@x, b@x", ADDRESS_BYTE, ADDRESS_BYTE, 4},
	    {"joe;ls", ADDRESS_BYTE, ADDRESS_BYTE, 3},
	    {"joe|ls", ADDRESS_BYTE, ADDRESS_BYTE, 3},
	    {"$(ls)", ADDRESS_BYTE, ADDRESS_BYTE, 0},
	    {"joe\nann", ADDRESS_BYTE, ADDRESS_BYTE, 3},
	    {"j\303\266rg", ADDRESS_BYTE, ADDRESS_BYTE, 1},
	    {"joe\"", ADDRESS_BYTE, ADDRESS_BYTE, 3},
	    {"<joe>", ADDRESS_BYTE, ADDRESS_BYTE, 0},
	};
	const char *debian = personality_find("debian")->safe_mail;
	const char *redhat = personality_find("redhat")->safe_mail;
	char *huge = malloc(65537);
	size_t i, at;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(address_judge(cases[i].address, debian, &at),
		    cases[i].debian);
		assert_int_equal(address_judge(cases[i].address, redhat, &at),
		    cases[i].redhat);
		if (cases[i].redhat != ADDRESS_SAFE)
			assert_int_equal(at, cases[i].at);
		assert_int_equal(address_is_safe(cases[i].address, debian),
		    cases[i].debian == ADDRESS_SAFE);
	}
	assert_non_null(huge);
	memset(huge, 'a', 65536);
	huge[65536] = '\0';
	assert_int_equal(address_judge(huge, debian, &at), ADDRESS_LONG);
	assert_int_equal(at, ADDRESS_MAX);
	huge[ADDRESS_MAX] = '\0';
	assert_true(address_is_safe(huge, debian));
	free(huge);
}

static const char *
lookup(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "HOST") == 0)
		return "box.org";
	if (strcmp(name, "_a1") == 0)
		return "x";
	return NULL;
}

static void
test_expand(void **state)
{
	static const struct {
		const char *value, *expected;
	} cases[] = {
	    {"", ""},
	    {"joe", "joe"},
	    {"joe@$HOST", "joe@box.org"},
	    {"joe@${HOST}.de", "joe@box.org.de"},
	    {"$HOST,$_a1", "box.org,x"},
	    {"a$NOBODY@x", "a@x"},
	    {"a${NOBODY}b", "ab"},
	    {"$", "$"},
	    {"a$-b$HOST", "a$-b$HOST"},
	    {"$1a$HOST", "$1a$HOST"},
	    {"${HOST", "${HOST"},
	    {"${}", "${}"},
	    {"${HOST-x}", "${HOST-x}"},
	    {"$HOST}", "box.org}"},
	    {"$$HOST", "$$HOST"},
	};
	char out[32], small[8], name[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(address_expand(cases[i].value, lookup, NULL,
				     out, sizeof out),
		    0);
		assert_string_equal(out, cases[i].expected);
	}
	assert_int_equal(address_expand("$HOST", lookup, NULL, small,
			     sizeof small),
	    0);
	assert_int_equal(address_expand("a$HOST", lookup, NULL, small,
			     sizeof small),
	    -1);
	assert_int_equal(address_expand("12345678", lookup, NULL, small,
			     sizeof small),
	    -1);
	/* No variable has such a name. */
	memset(name, 'A', sizeof name);
	name[0] = '$';
	name[sizeof name - 1] = '\0';
	assert_int_equal(address_expand(name, lookup, NULL, out, sizeof out),
	    0);
	assert_string_equal(out, "");
}

static void
test_mend(void **state)
{
	static const struct {
		const char *value, *expected; /* NULL: it can't be known */
	} cases[] = {
	    {"a@x, b@x", "a@x,b@x"},
	    {" a@x ,\tb@x , ", "a@x,b@x"},
	    {"a@x; b@x", "a@x,b@x"},
	    {"a@x b@x", "a@x,b@x"},
	    {"a@x  b@x,c", "a@x,b@x,c"},
	    {"Ops <ops@x>", "ops@x"},
	    {"Ops <ops@x>, Joe B <joe>", "ops@x,joe"},
	    {"\"Smith, J\" <j@x>,ann", "j@x,ann"},
	    {"<j@x>", "j@x"},
	    {"a@x (the admin, Joe)", "a@x"},
	    {"'a@x'", "a@x"},
	    {"\"a@x\",\"b@x\"", "a@x,b@x"},
	    {"root # the admin", "root"},
	    {",a@x,,b@x", "a@x,b@x"},
	    {"joe", "joe"},
	    {"joe ann", NULL},
	    {"joe@x ann", NULL},
	    {"Ops <ops@x", NULL},
	    {"$ADMIN", NULL},
	    {"a@x, $ADMIN", NULL},
	    {"-oQ/tmp", NULL},
	    {"a@x, -b", NULL},
	    {"|prog", NULL},
	    {"j\303\266rg@x", NULL},
	    {"", NULL},
	    {" , ", NULL},
	    {"<>", NULL},
	    {"\"", NULL},
	};
	const char *safe = personality_find("redhat")->safe_mail;
	char out[32], small[7];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool known =
		    address_mend(cases[i].value, safe, out, sizeof out);
		if (known != (cases[i].expected != NULL) ||
		    (known && strcmp(out, cases[i].expected) != 0))
			fail_msg("'%s' is '%s'", cases[i].value, out);
	}
	assert_false(address_mend("a@x, b@x", safe, small, sizeof small));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_safe),
	    cmocka_unit_test(test_expand),
	    cmocka_unit_test(test_mend),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
