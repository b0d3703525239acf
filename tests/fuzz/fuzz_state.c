/*
 * State files and the file of minutes, from any bytes: what is read is written
 * and read again, and must be the same.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/progress.h"
#include "core/run_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
check_state(const char *bytes, size_t len)
{
	struct run_state state, again;
	char *text;
	size_t n;

	if (run_state_read(&state, bytes, len) != RUN_STATE_GOOD)
		return;
	assert(state.record->pid >= 0);
	text = run_state_write(&state, &n);
	assert(text != NULL);
	assert(run_state_read(&again, text, n) == RUN_STATE_GOOD);
	assert(run_state_key_same(&again.key, &state.key));
	assert(again.over == state.over);
	assert(again.generation == state.generation);
	assert(again.record->pid == state.record->pid);
	assert(again.record->ended == state.record->ended);
	assert(again.record->status == state.record->status);
	assert(strcmp(again.record->id, state.record->id) == 0);
	assert(strcmp(again.record->command, state.record->command) == 0);
	run_record_unref(again.record);
	run_record_unref(state.record);
	free(text);
}

static void
check_past(const char *bytes, size_t len)
{
	const int64_t clocks[] = {0, 1740000000, INT64_C(7800000000)};
	char front[PROGRESS_FRONT];
	enum progress_verdict verdict;
	struct progress past, again;
	struct progress_left left;
	size_t at = PROGRESS_FRONT, i;
	int64_t left_out;
	uint64_t key;

	if (!progress_read(&past, bytes, len))
		return;
	while (progress_entry_read(bytes, len, &at, &key))
		assert(at <= len);
	progress_write(&past, front);
	assert(progress_read(&again, front, sizeof front));
	assert(again.done.wild.n == past.done.wild.n);
	assert(again.next.n == past.next.n);
	for (i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		progress_left_read(&left, &past, bytes, len);
		(void)progress_resume(&past, &left, clocks[i], &verdict,
		    &left_out);
		assert(left_out >= 0);
		if (left.count > 0)
			assert(progress_left_take(&left,
			    left.keys[left.count / 2]));
		progress_left_forget_done(&left, &past.done, &past.done);
		progress_left_clear(&left);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = malloc(len + 1);

	if (text == NULL)
		return 0;
	memcpy(text, bytes, len);
	text[len] = '\0';
	check_state(text, len);
	check_past(text, len);
	free(text);
	return 0;
}
