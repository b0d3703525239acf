/* Environments: order kept, later settings win. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/env.h"

static void
test_later_settings_take_the_place(void **state)
{
	struct env env;

	(void)state;
	env_init(&env);
	assert_null(env_get(&env, "A"));
	assert_int_equal(env_set(&env, "A=1"), 0);
	assert_int_equal(env_set(&env, "AB=2=3"), 0);
	assert_int_equal(env_set_pair(&env, "", "empty name"), 0);
	assert_int_equal(env_set_pair(&env, "A", "9"), 0);
	assert_int_equal(env_set(&env, "NONE"), 0);
	assert_int_equal(env.count, 4);
	assert_string_equal(env.vars[0], "A=9");
	assert_string_equal(env.vars[1], "AB=2=3");
	assert_string_equal(env.vars[2], "=empty name");
	assert_string_equal(env.vars[3], "NONE=");
	assert_null(env.vars[4]);
	assert_string_equal(env_get(&env, "A"), "9");
	assert_string_equal(env_get(&env, "AB"), "2=3");
	assert_null(env_get(&env, "B"));
	env_clear(&env);
	assert_int_equal(env.count, 0);
}

static void
test_many(void **state)
{
	struct env env;
	char name[32], value[32];

	(void)state;
	env_init(&env);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 5000; i++) {
			snprintf(name, sizeof(name), "V%d", i);
			snprintf(value, sizeof(value), "%d", i + round);
			assert_int_equal(env_set_pair(&env, name, value), 0);
		}
	}
	assert_int_equal(env.count, 5000);
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "V%d", i);
		snprintf(value, sizeof(value), "%d", i + 1);
		assert_string_equal(env_get(&env, name), value);
	}
	assert_null(env.vars[5000]);
	env_clear(&env);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_later_settings_take_the_place),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
