/* What fails by turns does not fill the log. */
#include "daemon/base/say_once.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void
test_turns(void **state)
{
	struct say_once once = {0};
	int said = 0;

	(void)state;
	for (int i = 0; i < 10000; i++)
		said += say_once(&once, i % 2 == 0);
	assert_int_equal(said, 1);
	for (int i = 0; i < SAY_ONCE_WORKED; i++)
		assert_false(say_once(&once, false));
	assert_true(say_once(&once, true));
	assert_false(say_once(&once, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests_name("say_once", tests, NULL, NULL);
}
