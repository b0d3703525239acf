/* The waiting room: in order, by one timer, and no timer where nobody waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/mail/retry_timer.h"

static struct ev_loop *loop;
static struct retry_timer *retry;
static char order[512];  /* names as they came, blanks between */
static unsigned room;    /* how many may come */
static const char *back; /* one that comes back at once, in a second */
static uint64_t early;

static bool
again(void *context, const char *name, uint64_t early_secs)
{
	(void)context;
	if (room == 0)
		return false;
	room--;
	early = early_secs;
	strcat(order, name);
	strcat(order, " ");
	if (back != NULL && strcmp(name, back) == 0)
		assert_int_equal(retry_timer_add(retry, name, 1), 0);
	return true;
}

static int
setup(void **state)
{
	const struct retry_timer_hooks hooks = {.again = again};

	(void)state;
	loop = ev_loop_new(EVFLAG_AUTO);
	retry = retry_timer_new(loop, &hooks);
	order[0] = '\0';
	room = 1000;
	back = NULL;
	return loop == NULL || retry == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	retry_timer_free(retry);
	ev_loop_destroy(loop);
	return 0;
}

static void
test_order(void **state)
{
	(void)state;
	/* Nothing waits: the loop has nothing to wait for. */
	assert_false(ev_run(loop, EVRUN_ONCE));
	retry_timer_add(retry, "c", 2);
	retry_timer_add(retry, "far", 3600);
	retry_timer_add(retry, "b", 1);
	retry_timer_add(retry, "a", 0);
	assert_int_equal(retry_timer_count(retry), 4);
	while (retry_timer_count(retry) > 1)
		ev_run(loop, EVRUN_ONCE);
	assert_string_equal(order, "a b c ");
	assert_int_equal(early, 0);
}

/* All that wait now, once, in their order; one that fails again in between
 * takes nobody's place. */
static void
test_flush(void **state)
{
	(void)state;
	retry_timer_add(retry, "b", 3600);
	retry_timer_add(retry, "a", 60);
	retry_timer_add(retry, "c", 7200);
	back = "a";
	retry_timer_flush(retry);
	assert_string_equal(order, "a b c ");
	assert_in_range(early, 7190, 7200);
	assert_int_equal(retry_timer_count(retry), 1);
}

/* Those for whom there is no room wait without a timer until they are asked
 * about; what was flushed stays so. */
static void
test_no_room(void **state)
{
	(void)state;
	room = 1;
	retry_timer_add(retry, "a", 60);
	retry_timer_add(retry, "b", 3600);
	retry_timer_add(retry, "c", 3600);
	retry_timer_flush(retry);
	assert_string_equal(order, "a ");
	assert_false(ev_run(loop, EVRUN_ONCE));
	room = 1000;
	retry_timer_pump(retry);
	assert_int_equal(retry_timer_count(retry), 0);
	assert_int_equal(strlen(order), 6);
}

static void
test_many(void **state)
{
	char name[16], seen[1000] = {0};
	unsigned i, at, before = 0;
	char *p;

	(void)state;
	for (i = 0; i < 60; i++) {
		snprintf(name, sizeof name, "%03u", (i * 37) % 60);
		retry_timer_add(retry, name, 100 + (i * 37) % 60);
	}
	retry_timer_flush(retry);
	for (p = order; *p != '\0'; p += 4) {
		at = (unsigned)strtoul(p, NULL, 10);
		assert_true(at < 60 && !seen[at]);
		assert_true(p == order || at > before);
		seen[at] = 1;
		before = at;
	}
	assert_int_equal(before, 59);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(test_order),
	    WITH(test_flush),
	    WITH(test_no_room),
	    WITH(test_many),
	};

	return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
