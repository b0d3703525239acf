/*
 * Copies of tables: whatever a table is, it comes back the same; whatever the
 * bytes are, no table comes of them that a parse could not have made.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/random.h"
#include "core/table_copy.h"
#include "parsed.h"

#define ROUNDS 2000
#define HASHED 16 /* magic and hash come before what is hashed */

static unsigned
seed_of_test(void)
{
	const char *given = getenv("SEED");
	unsigned seed = given != NULL ? (unsigned)strtoul(given, NULL, 10)
				      : (unsigned)time(NULL);

	print_message("SEED=%u\n", seed);
	srandom(seed);
	return seed;
}

static unsigned
below(unsigned limit)
{
	return (unsigned)random() % limit;
}

static const char *
one_of(const char *const *list, size_t count)
{
	return list[below((unsigned)count)];
}

#define ONE_OF(list) one_of(list, sizeof(list) / sizeof(*(list)))

static void
add_line(char *text, size_t size, enum table_kind kind)
{
	static const char *const settings[] = {"A=b", "CRON_TZ=Asia/Tokyo",
	    "CRON_TZ=", "RANDOM_DELAY=30", "RANDOM_DELAY=0", "PATH=/bin",
	    "EMPTY=", "Q = \" a b \"", "# comment", ""};
	static const char *const minutes[] = {"*", "*/7", "0", "1~59", "3-9",
	    "*,5", "59"};
	static const char *const hours[] = {"*", "*/5", "4", "1~22", "0-3"};
	static const char *const days[] = {"*", "*/2", "1-31/2", "13", "1~28"};
	static const char *const weekdays[] = {"*", "5", "*/3", "sun", "1-5"};
	static const char *const commands[] = {"true", "-n mail me", "a%b%c",
	    "x \xff\xfe", "echo \\% y"};
	static const char *const users[] = {"root", "joe", "nobody"};
	size_t len = strlen(text);
	const char *user = kind == TABLE_USER ? "" : ONE_OF(users);

	if (below(3) == 0)
		snprintf(text + len, size - len, "%s\n", ONE_OF(settings));
	else if (below(6) == 0)
		snprintf(text + len, size - len, "@reboot %s %s\n", user,
		    ONE_OF(commands));
	else
		snprintf(text + len, size - len, "%s %s %s %u %s %s %s\n",
		    ONE_OF(minutes), ONE_OF(hours), ONE_OF(days), 1 + below(12),
		    ONE_OF(weekdays), user, ONE_OF(commands));
}

static char *
copy(const struct table *table, size_t *len)
{
	const struct table_copy told = {.written_at_ns = 42, .uid = 7};
	char *bytes;

	*len = table_copy_size(table);
	bytes = malloc(*len);
	assert_non_null(bytes);
	table_copy_write(table, &told, bytes);
	return bytes;
}

static void
assert_same_entry(const struct table *a, const struct table *b, uint32_t i)
{
	const struct entry *x = &a->entries[i], *y = &b->entries[i];

	assert_memory_equal(&x->when, &y->when, sizeof(x->when));
	assert_string_equal(entry_command(a, x), entry_command(b, y));
	assert_string_equal(entry_user(a, x), entry_user(b, y));
	assert_string_equal(entry_zone(a, x), entry_zone(b, y));
	assert_memory_equal(entry_scope(a, x), entry_scope(b, y),
	    sizeof(struct entry_scope));
	assert_int_equal(x->line, y->line);
	assert_int_equal(y->index, i);
}

static void
assert_same(const struct table *a, const struct table *b)
{
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->path, b->path);
	assert_int_equal(a->size, b->size);
	assert_int_equal(a->entry_count, b->entry_count);
	assert_int_equal(a->setting_count, b->setting_count);
	for (uint32_t i = 0; i < a->entry_count; i++)
		assert_same_entry(a, b, i);
	for (uint32_t i = 0; i < a->setting_count; i++)
		assert_string_equal(a->text + a->settings[i],
		    b->text + b->settings[i]);
}

static void
test_comes_back(void **state)
{
	static const enum table_kind kinds[] = {TABLE_SYSTEM, TABLE_DROPIN,
	    TABLE_USER};
	size_t entries = 0;

	(void)state;
	(void)seed_of_test();
	for (unsigned round = 0; round < ROUNDS; round++) {
		enum table_kind kind = kinds[round % 3];
		struct table_copy told;
		struct table *back;
		char text[4096] = "", *bytes;
		struct parsed p;
		size_t len;

		for (unsigned lines = below(20); lines > 0; lines--)
			add_line(text, sizeof(text), kind);
		p = parse("debian", kind, text);
		if (p.table == NULL)
			fail_msg("refused: %s", text);
		bytes = copy(p.table, &len);
		assert_int_equal(table_copy_read(bytes, len, memory_heap(),
				     &told, &back),
		    TABLE_GOOD);
		assert_same(p.table, back);
		assert_int_equal(told.written_at_ns, 42);
		assert_int_equal(told.uid, 7);
		entries += back->entry_count;
		table_unref(back);
		parsed_clear(&p);
		free(bytes);
	}
	assert_true(entries > ROUNDS);
}

/* What is given out must be safe to walk. */
static void
walk(struct table *table)
{
	size_t sum = strlen(table->name) + strlen(table->path);

	for (uint32_t i = 0; i < table->entry_count; i++) {
		struct entry *e = &table->entries[i];

		assert_ptr_equal(entry_table(e), table);
		assert_true(
		    entry_scope(table, e)->settings <= table->setting_count);
		sum += strlen(entry_user(table, e));
		sum += strlen(entry_zone(table, e));
		sum += strlen(entry_command(table, e));
		assert_true((e->when.flags & SCHEDULE_REBOOT) != 0 ||
			    (e->when.minutes != 0 && e->when.doms != 0));
	}
	for (uint32_t i = 0; i < table->setting_count; i++)
		assert_non_null(strchr(table->text + table->settings[i], '='));
	assert_true(sum < table->size * (table->entry_count * 3 + 2));
}

static void
read_hostile(const char *bytes, size_t len, size_t *good)
{
	/* of its own size, so that a byte too far is seen */
	char *exact = malloc(len > 0 ? len : 1);
	struct table_copy told;
	struct table *table;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	if (table_copy_read(exact, len, memory_heap(), &told, &table) ==
	    TABLE_GOOD) {
		walk(table);
		table_unref(table);
		(*good)++;
	} else {
		assert_null(table);
	}
	free(exact);
}

static void
test_hostile(void **state)
{
	size_t len, good = 0;
	struct parsed p = parse("debian", TABLE_DROPIN,
	    "A=b\nCRON_TZ=UTC\n1 2 3 4 5 root one\n@reboot joe two\n");
	char *bytes = copy(p.table, &len), *bad = malloc(len);

	(void)state;
	(void)seed_of_test();
	assert_non_null(bad);
	for (size_t cut = 0; cut < len; cut++)
		read_hostile(bytes, cut, &good);
	for (size_t i = 0; i < len; i++) { /* the hash sees each bit */
		memcpy(bad, bytes, len);
		bad[i] = (char)(bad[i] ^ (1 << below(8)));
		read_hostile(bad, len, &good);
	}
	assert_int_equal(good, 0);
	for (unsigned round = 0; round < 100000; round++) {
		uint64_t hash;

		memcpy(bad, bytes, len);
		for (unsigned n = 1 + below(3); n > 0; n--)
			bad[HASHED + below((unsigned)len - HASHED)] =
			    (char)(below(3) == 0 ? 0xff : below(256));
		hash = random_mix(0, bad + HASHED, len - HASHED);
		memcpy(bad + 8, &hash, sizeof(hash));
		read_hostile(bad, len, &good);
	}
	assert_true(good > 0);
	free(bad);
	free(bytes);
	parsed_clear(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_comes_back),
	    cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests_name("table_copy", tests, NULL, NULL);
}
