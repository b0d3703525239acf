/* Whose turn it is: nobody waits for ever, whatever others have due. */
#include "daemon/run/start_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parsed.h"

#define COUNT 1000

static struct start starts[3 * COUNT];

static void
fill(struct start_list *list, struct start *from)
{
	int i;

	for (i = 0; i < COUNT; i++)
		start_move(&from[i], list);
}

/* How many of that list are among the next n. */
static unsigned
turns(struct start_queue *q, const struct start_list *list, unsigned n)
{
	struct start *start;
	unsigned count = 0;

	while (n-- > 0) {
		start = start_queue_next(q);
		assert_non_null(start);
		count += start->list == list;
		TAILQ_REMOVE(start->list, start, link);
		start->list = NULL;
	}
	return count;
}

static void
set_up(struct start_queue *q)
{
	memset(starts, 0, sizeof starts);
	start_queue_init(q);
	fill(&q->late, starts);
	fill(&q->bulk, starts + COUNT);
	fill(&q->due, starts + 2 * COUNT);
}

static void
test_shares(void **state)
{
	struct start_queue q;

	(void)state;
	set_up(&q);
	assert_int_equal(turns(&q, &q.due, 400), 300);
	set_up(&q);
	assert_int_equal(turns(&q, &q.late, 400), 50);
	set_up(&q);
	assert_int_equal(turns(&q, &q.bulk, 400), 50);
}

/* Who has no use for his turn leaves it to others, and all come to an end. */
static void
test_to_the_end(void **state)
{
	struct start_queue q;

	(void)state;
	set_up(&q);
	while (!TAILQ_EMPTY(&q.late))
		start_move(TAILQ_FIRST(&q.late), &q.bulk);
	assert_int_equal(turns(&q, &q.due, 400), 300);
	(void)turns(&q, &q.due, 3 * COUNT - 400);
	assert_true(start_queue_empty(&q));
	assert_null(start_queue_next(&q));
}

/* How many starts of a user's table are due in their place, of forty. */
static int
in_their_place(const char *settings)
{
	struct start_queue q;
	struct start row[40], *start;
	struct parsed p;
	int i, count = 0;
	char *text;

	assert_true(asprintf(&text, "%s* * * * * x\n", settings) > 0);
	p = parse("debian", TABLE_USER, text);
	free(text);
	assert_non_null(p.table);
	start_queue_init(&q);
	memset(row, 0, sizeof row);
	for (i = 0; i < 40; i++) {
		row[i].entry = &p.table->entries[0];
		start_queue_put(&q, &row[i]);
	}
	TAILQ_FOREACH(start, &q.due, link)
		count++;
	parsed_clear(&p);
	return count;
}

/* A start with thousands of settings takes the time of many. */
static void
test_settings(void **state)
{
	char *many = malloc(4000 * 16), *at = many;
	int i;

	(void)state;
	assert_non_null(many);
	for (i = 0; i < 4000; i++)
		at += sprintf(at, "N%d=1\n", i);
	assert_int_equal(in_their_place("A=b\n"), 16);
	assert_int_equal(in_their_place(many), 1);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shares),
	    cmocka_unit_test(test_to_the_end),
	    cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
