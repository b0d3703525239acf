/* Environments that runs share: who shares one, how long it lives, and that
 * nothing of what a job gets or a file has is different for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/letter_meta.h"
#include "core/run_env.h"
#include "core/run_record.h"
#include "parsed.h"

static const char text[] = "B=1\n"
			   "A=back\\slash\n"
			   "LOGNAME=other\n"
			   "* * * * * one\n"
			   "0 0 * * * two\n"
			   "B=2\n"
			   "SHELL=/bin/bash\n"
			   "* * * * * three\n";

static struct run_env *
env_of(const struct parsed *p, uint32_t i, const char *user, const char *home)
{
	struct run_env *e = table_run_env(p->table, &p->table->entries[i],
	    &p->source, user, home, NULL);

	assert_non_null(e);
	return e;
}

static void
test_who_shares(void **state)
{
	struct parsed p = parse("debian", TABLE_USER, text);
	struct run_env *one = env_of(&p, 0, "joe", "/home/joe"), *other;

	(void)state;
	other = env_of(&p, 1, "joe", "/home/joe");
	assert_ptr_equal(other, one);
	run_env_unref(other);
	other = env_of(&p, 2, "joe", "/home/joe"); /* other settings */
	assert_ptr_not_equal(other, one);
	assert_string_equal(env_get(&other->env, "B"), "2");
	assert_string_equal(env_get(&one->env, "B"), "1");
	run_env_unref(other);
	other = env_of(&p, 0, "joe", "/home/new"); /* passwd has changed */
	assert_ptr_not_equal(other, one);
	assert_string_equal(env_get(&other->env, "HOME"), "/home/new");
	run_env_unref(other);
	other = env_of(&p, 0, "ann", "/home/joe");
	assert_ptr_not_equal(other, one);
	assert_string_equal(env_get(&other->env, "LOGNAME"), "ann");
	run_env_unref(other);
	run_env_unref(one);
	parsed_clear(&p);
}

/* Of many that nobody shares a few are looked at, those that were used last. */
static void
test_many(void **state)
{
	enum { MANY = 100 };
	struct parsed p;
	struct run_env *all[MANY], *again;
	char many[MANY * 20], *at = many;

	(void)state;
	for (int i = 0; i < MANY; i++)
		at += sprintf(at, "A%d=1\n* * * * * :\n", i);
	p = parse("debian", TABLE_USER, many);
	for (uint32_t i = 0; i < MANY; i++)
		all[i] = env_of(&p, i, "joe", "/");
	assert_false(all[MANY - 60]->found);
	again = env_of(&p, MANY - 60, "joe", "/");
	assert_ptr_equal(again, all[MANY - 60]);
	assert_true(again->found);
	run_env_unref(again);
	again = env_of(&p, 0, "joe", "/");
	assert_ptr_not_equal(again, all[0]);
	run_env_unref(again);
	for (int i = 0; i < MANY; i++)
		run_env_unref(all[i]);
	assert_null(LIST_FIRST(&p.table->envs));
	parsed_clear(&p);
}

/* With its last reference, whether its table is still there or not. */
static void
test_how_long(void **state)
{
	struct parsed p = parse("debian", TABLE_USER, text);
	struct run_env *one = env_of(&p, 0, "joe", "/home/joe");
	struct run_env *again = env_of(&p, 0, "joe", "/home/joe");

	(void)state;
	run_env_unref(one);
	assert_ptr_equal(LIST_FIRST(&p.table->envs), again);
	run_env_unref(again);
	assert_null(LIST_FIRST(&p.table->envs));
	run_env_unref(NULL);
	one = env_of(&p, 0, "joe", "/home/joe");
	again = env_of(&p, 2, "joe", "/home/joe");
	parsed_clear(&p);
	assert_string_equal(env_get(&one->env, "B"), "1");
	run_env_unref(one);
	assert_string_equal(env_get(&again->env, "SHELL"), "/bin/bash");
	run_env_unref(again);
}

/* The very bytes, in the same order, under each personality. */
static void
test_same_bytes(void **state)
{
	static const char *const names[] = {"debian", "redhat", "suse"};
	struct env plain;

	(void)state;
	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++) {
		struct parsed p = parse(names[n], TABLE_USER, text);
		for (uint32_t i = 0; i < p.table->entry_count; i++) {
			struct run_env *e = env_of(&p, i, "joe", "/home/joe");
			env_init(&plain);
			assert_int_equal(table_environment(p.table,
					     &p.table->entries[i], &p.source,
					     "joe", "/home/joe", NULL, &plain),
			    0);
			assert_int_equal(e->env.count, plain.count);
			for (size_t k = 0; k < plain.count; k++)
				assert_string_equal(e->env.vars[k],
				    plain.vars[k]);
			assert_null(e->env.vars[plain.count]);
			env_clear(&plain);
			run_env_unref(e);
		}
		parsed_clear(&p);
	}
}

static char *
label_of(const struct run_record_source *source, size_t *len)
{
	struct run_record *record = run_record_new(source);
	struct letter_meta label = {.record = record};
	char *label_text;

	assert_non_null(record);
	strcpy(record->id, "4711-a");
	assert_string_equal(run_record_setting(record, "B"), "1");
	assert_null(run_record_setting(record, "C"));
	label_text = letter_meta_write(&label, len);
	assert_non_null(label_text);
	assert_true(*len <= letter_meta_max(record));
	run_record_unref(record);
	return label_text;
}

/* A record that shares one is written as one that has its own. Its text is
 * kept once it is shared indeed. */
static void
test_same_label(void **state)
{
	struct parsed p = parse("debian", TABLE_USER, text);
	struct run_env *e = env_of(&p, 0, "joe", "/home/joe");
	struct run_record_source source = {.user = "joe",
	    .command = "one",
	    .shared = e};
	size_t len, own_len;
	char *label = label_of(&source, &len), *own;

	(void)state;
	assert_int_equal(e->refs, 1);
	assert_null(e->lines);
	source.shared = env_of(&p, 1, "joe", "/home/joe");
	own = label_of(&source, &own_len);
	assert_non_null(e->lines);
	assert_int_equal(len, own_len);
	assert_memory_equal(label, own, len);
	free(own);
	run_env_unref(e);
	source.shared = NULL;
	source.env = &e->env;
	own = label_of(&source, &own_len);
	assert_int_equal(len, own_len);
	assert_memory_equal(label, own, len);
	assert_non_null(strstr(label, "\nenv A=back\\\\slash\n"));
	free(label);
	free(own);
	run_env_unref(e);
	parsed_clear(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_who_shares),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_how_long),
	    cmocka_unit_test(test_same_bytes),
	    cmocka_unit_test(test_same_label),
	};

	return cmocka_run_group_tests_name("run_env", tests, NULL, NULL);
}
