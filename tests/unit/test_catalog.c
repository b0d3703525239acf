/* The catalog: finding, growing, and what a fresh listing keeps and drops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/catalog.h"

#define MANY 1000

static const struct hash_key key = {{1, 2}};

static void
test_find(void **state)
{
	static struct catalog_slot slots[MANY], same;
	struct catalog *c = catalog_new(&key);
	static char names[MANY][16];
	size_t seen = 0;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "t%d", i);
		catalog_add(c, &slots[i], TABLE_USER, names[i]);
	}
	catalog_add(c, &same, TABLE_DROPIN, "t7");
	assert_int_equal(catalog_count(c), MANY + 1);
	assert_ptr_equal(catalog_find(c, TABLE_USER, "t7"), &slots[7]);
	assert_ptr_equal(catalog_find(c, TABLE_DROPIN, "t7"), &same);
	assert_null(catalog_find(c, TABLE_DROPIN, "t8"));
	for (struct catalog_slot *s = catalog_first(c); s != NULL; s = s->next)
		seen++;
	assert_int_equal(seen, MANY + 1);
	for (int i = 0; i < MANY; i++)
		catalog_remove(c, &slots[i]);
	assert_null(catalog_find(c, TABLE_USER, "t7"));
	assert_ptr_equal(catalog_find(c, TABLE_DROPIN, "t7"), &same);
	catalog_remove(c, &same);
	assert_null(catalog_first(c));
	catalog_free(c);
}

static void
test_listing(void **state)
{
	struct catalog_slot a, b, gone1, gone2, other, new;
	struct catalog *c = catalog_new(&key);
	struct catalog_slot *slot;
	size_t dropped = 0;

	(void)state;
	catalog_add(c, &a, TABLE_DROPIN, "a");
	catalog_add(c, &gone1, TABLE_DROPIN, "gone1");
	catalog_add(c, &b, TABLE_DROPIN, "b");
	catalog_add(c, &gone2, TABLE_DROPIN, "gone2");
	catalog_add(c, &other, TABLE_USER, "gone1");
	catalog_list_begin(c, TABLE_DROPIN);
	assert_ptr_equal(catalog_list_see(c, TABLE_DROPIN, "a"), &a);
	assert_ptr_equal(catalog_list_see(c, TABLE_DROPIN, "b"), &b);
	assert_null(catalog_list_see(c, TABLE_DROPIN, "new"));
	catalog_add(c, &new, TABLE_DROPIN, "new");
	while ((slot = catalog_unseen(c, TABLE_DROPIN)) != NULL) {
		assert_true(slot == &gone1 || slot == &gone2);
		catalog_remove(c, slot);
		dropped++;
	}
	assert_int_equal(dropped, 2);
	assert_int_equal(catalog_count(c), 4);
	catalog_remove(c, &a);
	catalog_remove(c, &b);
	catalog_remove(c, &new);
	catalog_remove(c, &other);
	catalog_free(c);
}

static void
test_marks(void **state)
{
	const int64_t second = 1000000000;
	struct catalog_mark m = {1, 2, 3, 100 * second, 200 * second, 7};
	struct catalog_mark n = m;

	(void)state;
	n.hash = 8; /* a stat can't tell */
	assert_false(catalog_mark_differs(&m, &n));
	n.ctime_ns++;
	assert_true(catalog_mark_differs(&m, &n));
	assert_true(catalog_mark_is_young(&m, 201 * second));
	assert_true(catalog_mark_is_young(&m, 100 * second));
	assert_false(catalog_mark_is_young(&m, 203 * second));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_listing),
	    cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
