/* Environments: order kept, later settings win. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/env.h"
#include "core/random.h"
#include "core/string_set.h"

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

/* In one block nothing is different but that. */
static void
test_pack(void **state)
{
	struct env env;

	(void)state;
	env_init(&env);
	assert_int_equal(env_pack(&env), 0);
	assert_int_equal(env.block_size, 1);
	env_clear(&env);
	assert_int_equal(env_reserve(&env, 3), 0);
	assert_int_equal(env_set(&env, "A=1"), 0);
	assert_int_equal(env_set(&env, "B="), 0);
	assert_int_equal(env_pack(&env), 0);
	assert_int_equal(env.count, 2);
	assert_int_equal(env.block_size, 8);
	assert_memory_equal(env.block, "A=1\0B=\0", 8);
	assert_ptr_equal(env.vars[0], env.block);
	assert_string_equal(env_get(&env, "B"), "");
	assert_null(env.vars[2]);
	env_clear(&env);
	assert_null(env.block);
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

/* Names that share a place under the seed that was known to everybody: all
 * 1,000 in a row of that length, and each search went through it. */
enum { COLLIDING = 1000, SAME_BITS = 0xfff };

static char colliding[COLLIDING][32];

static int
make_colliding(void **state)
{
	uint64_t first = random_mix(0, "V", 1) & SAME_BITS;
	size_t count = 0;

	(void)state;
	for (unsigned i = 0; count < COLLIDING; i++) {
		int len = snprintf(colliding[count], 32, "V%u", i);
		if ((random_mix(0, colliding[count], (size_t)len) &
			SAME_BITS) == first)
			count++;
	}
	return 0;
}

struct run {
	size_t now, longest;
};

static void
run_count(struct run *run, bool used)
{
	run->now = used ? run->now + 1 : 0;
	if (run->now > run->longest)
		run->longest = run->now;
}

static void
test_colliding_settings(void **state)
{
	const struct hash_key key = {{0x1234, 0x5678}};
	struct run run = {0, 0};
	struct env env;

	(void)state;
	env_init_keyed(&env, &key);
	for (size_t i = 0; i < COLLIDING; i++)
		assert_int_equal(env_set_pair(&env, colliding[i], ""), 0);
	for (size_t i = 0; i < env.slot_count; i++)
		run_count(&run, env.slots[i] != 0);
	assert_true(run.longest < 100);
	env_clear(&env);
}

static void
test_colliding_strings(void **state)
{
	const struct hash_key key = {{0x1234, 0x5678}};
	struct run run = {0, 0};
	struct string_set set;

	(void)state;
	string_set_init(&set, memory_heap(), &key);
	for (size_t i = 0; i < COLLIDING; i++)
		assert_non_null(string_set_find(&set,
		    (struct slice){colliding[i], strlen(colliding[i])}));
	for (size_t i = 0; i < set.size; i++)
		run_count(&run, set.list[i].bytes != NULL);
	assert_true(run.longest < 100);
	string_set_clear(&set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_later_settings_take_the_place),
	    cmocka_unit_test(test_pack),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test_setup(test_colliding_settings, make_colliding),
	    cmocka_unit_test_setup(test_colliding_strings, make_colliding),
	};

	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}
