/* The simulated daemon: see the header. */
#include "simulated.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NS INT64_C(1000000000)

/* ---- the file ---- */

static void
put_front(struct simulated *s)
{
	if (s->room < PROGRESS_FRONT) {
		s->room = 64 * PROGRESS_FRONT;
		s->file = malloc(s->room);
		assert(s->file != NULL);
		s->len = PROGRESS_FRONT;
	}
	progress_write(&s->past, s->file);
}

static void
put_key(struct simulated *s, uint64_t key)
{
	if (s->len + PROGRESS_ENTRY > s->room) {
		s->room *= 2;
		s->file = realloc(s->file, s->room);
		assert(s->file != NULL);
	}
	progress_entry_write(key, s->file + s->len);
	s->len += PROGRESS_ENTRY;
}

static void
put_settled(struct simulated *s)
{
	size_t i;

	s->past.begun.n = 0;
	s->past.held.n = s->left.count > 0 ? s->left.through.n : 0;
	put_front(s);
	s->len = PROGRESS_FRONT;
	for (i = 0; i < s->left.count; i++)
		put_key(s, s->left.keys[i]);
}

static void
settle(struct simulated *s, int64_t stopped_at)
{
	struct clock_step_done done = agenda_done(s->agenda);

	progress_left_forget_done(&s->left, &s->past.done, &done);
	s->past.done = done;
	s->past.next = agenda_next(s->agenda);
	s->past.stopped_at = stopped_at;
	put_settled(s);
}

static uint64_t
key_of(const struct simulated *s, const struct entry *entry, int64_t minute)
{
	return progress_key((uint64_t)minute << 16 | (uint64_t)entry->index
							 << 2,
	    entry_when(s->table, entry));
}

static void
note_start(struct simulated *s, const struct entry *entry, int64_t minute)
{
	if (minute > s->past.begun.n) {
		s->past.begun.n = minute;
		put_front(s);
	}
	put_key(s, key_of(s, entry, minute));
}

static struct clock_step_done
resume(struct simulated *s, int64_t wall)
{
	struct clock_step_done done = {minute_of(wall), minute_of(wall)};
	struct progress past;
	int64_t left_out;

	s->past =
	    (struct progress){.key = {"simulation", 1, 1}, .stopped_at = -1};
	progress_left_clear(&s->left);
	if (s->file != NULL) {
		if (!progress_read(&past, s->file, s->len))
			abort();
		progress_left_read(&s->left, &past, s->file, s->len);
		done = progress_resume(&past, &s->left, wall, &s->verdict,
		    &left_out);
		assert(left_out >= 0);
	}
	s->past.done = done;
	s->past.next =
	    minute_plus(done.wild.n < done.fixed.n ? done.wild : done.fixed, 1);
	put_settled(s);
	return done;
}

/* ---- the tick ---- */

static bool
start_one(struct simulated *s, const struct entry *entry, int64_t minute)
{
	if (progress_left_take(&s->left, key_of(s, entry, minute)))
		return true;
	if (s->lives_on == 0)
		return false;
	if (s->lives_on > 0)
		s->lives_on--;
	note_start(s, entry, minute);
	s->run(s->context, entry, minute);
	return true;
}

static bool
run_through(struct simulated *s, struct minute through)
{
	struct entry *const *list;
	struct minute due;
	size_t count, i;

	while ((count = agenda_pop(s->agenda, through, &due, &list)) > 0)
		for (i = 0; i < count; i++)
			if (!start_one(s, list[i], due.n))
				return false;
	return true;
}

static void
arm(struct simulated *s)
{
	struct minute next = agenda_next(s->agenda);

	s->armed = minute_is_never(next) ? INT64_MAX : minute_at(next);
}

bool
simulated_wake(struct simulated *s, int64_t wall, int64_t mono)
{
	struct clock_step_look now = {wall * NS, mono * NS, 0};
	struct clock_step_done done = agenda_done(s->agenda);
	struct clock_step j = clock_step_judge(&s->last, &now, &done);

	s->last = now;
	if (!run_through(s, j.missed))
		return false;
	done = agenda_done(s->agenda);
	if (done.wild.n != j.resume.wild.n || done.fixed.n != j.resume.fixed.n)
		agenda_rebase(s->agenda, &j.resume);
	if (!run_through(s, j.now))
		return false;
	arm(s);
	settle(s, -1);
	return true;
}

/* ---- a life ---- */

bool
simulated_start(struct simulated *s, int64_t wall, int64_t mono)
{
	struct clock_step_done done = resume(s, wall);

	assert(s->agenda == NULL);
	s->agenda = agenda_new(&done, s->zone_of, s->context,
	    &(const struct hash_key){{1, 2}});
	if (s->agenda == NULL || agenda_add(s->agenda, s->table) != 0)
		abort();
	s->last = (struct clock_step_look){wall * NS, mono * NS, 0};
	return simulated_wake(s, wall, mono);
}

void
simulated_stop(struct simulated *s, int64_t wall)
{
	settle(s, wall);
	simulated_kill(s);
}

void
simulated_kill(struct simulated *s)
{
	agenda_free(s->agenda);
	s->agenda = NULL;
}

void
simulated_rezone(struct simulated *s)
{
	struct clock_step_done done = agenda_done(s->agenda);

	agenda_rebase(s->agenda, &done);
	arm(s);
	settle(s, -1);
}

void
simulated_clear(struct simulated *s)
{
	simulated_kill(s);
	free(s->file);
	progress_left_clear(&s->left);
}
