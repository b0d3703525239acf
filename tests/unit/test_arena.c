/* Memory that a forked child does not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/arena.h"

static void
test_blocks_do_not_overlap(void **state)
{
	struct memory *memory = arena_new();
	size_t sizes[300];
	unsigned char *blocks[300];

	(void)state;
	assert_non_null(memory);
	for (size_t i = 0; i < 300; i++) {
		sizes[i] = 1 + i * i * 3; /* up to 268 kB: both kinds */
		blocks[i] = memory->get(memory, sizes[i]);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t),
		    0);
		memset(blocks[i], (int)(i & 0xff), sizes[i]);
	}
	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(blocks[i][0], i & 0xff);
		assert_int_equal(blocks[i][sizes[i] - 1], i & 0xff);
		memory->put(memory, blocks[i], sizes[i]);
	}
	arena_free(memory);
}

/* Reading the same tables again and again maps nothing more. */
static void
test_blocks_are_used_again(void **state)
{
	struct memory *memory = arena_new();
	size_t mapped = 0;

	(void)state;
	assert_non_null(memory);
	for (int round = 0; round < 100; round++) {
		void *blocks[200];
		for (size_t i = 0; i < 200; i++)
			blocks[i] = memory->get(memory, 100 + 37 * i);
		for (size_t i = 0; i < 200; i++)
			memory->put(memory, blocks[i], 100 + 37 * i);
		if (round == 0)
			mapped = arena_mapped(memory);
		assert_int_equal(arena_mapped(memory), mapped);
	}
	arena_free(memory);
}

static void
test_large_blocks_go_back(void **state)
{
	struct memory *memory = arena_new();

	(void)state;
	assert_non_null(memory);
	void *block = memory->get(memory, 10 << 20);
	assert_non_null(block);
	assert_true(arena_mapped(memory) >= 10 << 20);
	memory->put(memory, block, 10 << 20);
	assert_int_equal(arena_mapped(memory), 0);
	assert_null(memory->get(memory, SIZE_MAX));
	assert_null(memory->get(memory, SIZE_MAX / 4 * 3));
	arena_free(memory);
}

/* Is this page mapped in a child of ours? 0, 1. */
static int
child_has(const void *block)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		/* write() tells without a signal: EFAULT. */
		int fds[2];
		if (pipe(fds) == -1)
			_exit(2);
		_exit(write(fds[1], block, 1) == 1 ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_a_child_does_not_have_it(void **state)
{
	struct memory *memory = arena_new();

	(void)state;
	assert_non_null(memory);
	char *small = memory->get(memory, 1000);
	char *large = memory->get(memory, 1000000);
	char *heap = memory_heap()->get(memory_heap(), 1000);
	assert_non_null(small);
	assert_non_null(large);
	assert_non_null(heap);
	*small = *large = *heap = 'x';
	assert_int_equal(child_has(small), 0);
	assert_int_equal(child_has(large), 0);
	assert_int_equal(child_has(heap), 1);
	memory_heap()->put(memory_heap(), heap, 1000);
	memory->put(memory, small, 1000);
	memory->put(memory, large, 1000000);
	arena_free(memory);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_blocks_do_not_overlap),
	    cmocka_unit_test(test_blocks_are_used_again),
	    cmocka_unit_test(test_large_blocks_go_back),
	    cmocka_unit_test(test_a_child_does_not_have_it),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
