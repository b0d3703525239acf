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
	struct state state, again;
	char *text;
	size_t n;

	if (state_read(&state, bytes, len) != STATE_GOOD)
		return;
	assert(state.part == 1 || state.part == 2);
	assert(state.facts->pid >= 0 && state.mailer >= 0);
	text = state_write(&state, &n);
	assert(text != NULL);
	assert(state_read(&again, text, n) == STATE_GOOD);
	assert(state_key_same(&again.key, &state.key));
	assert(again.part == state.part && again.over == state.over);
	assert(again.mailer == state.mailer && again.fifo == state.fifo);
	assert(again.starting == state.starting);
	assert(again.facts->pid == state.facts->pid);
	assert(again.facts->ended == state.facts->ended);
	assert(again.facts->status == state.facts->status);
	assert(strcmp(again.facts->id, state.facts->id) == 0);
	assert(strcmp(again.facts->command, state.facts->command) == 0);
	facts_unref(again.facts);
	facts_unref(state.facts);
	free(text);
}

static void
check_past(const char *bytes, size_t len)
{
	const int64_t clocks[] = {0, 1740000000, INT64_C(7800000000)};
	char front[PAST_FRONT];
	enum past_verdict verdict;
	struct past past, again;
	struct past_left left;
	size_t at = PAST_FRONT, i;
	int64_t left_out;
	uint64_t key;

	if (!past_read(&past, bytes, len))
		return;
	while (past_entry_read(bytes, len, &at, &key))
		assert(at <= len);
	past_write(&past, front);
	assert(past_read(&again, front, sizeof front));
	assert(again.done.wild.n == past.done.wild.n);
	assert(again.next.n == past.next.n);
	for (i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		past_left_read(&left, &past, bytes, len);
		(void)past_resume(&past, &left, clocks[i], &verdict, &left_out);
		assert(left_out >= 0);
		if (left.count > 0)
			assert(
			    past_left_take(&left, left.keys[left.count / 2]));
		past_left_settle(&left, &past.done, &past.done);
		past_left_clear(&left);
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
