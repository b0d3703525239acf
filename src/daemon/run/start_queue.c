/*
 * The queue of starts. Owns nothing: the starts are daemon/run/starts.c's.
 */
#include "daemon/run/start_queue.h"

#include <stddef.h>

/* Starts in a row from one user's table; those behind them let others pass: he
 * may have 10,000 entries due each minute. */
#define ROW_MAX 16
/* One with so many settings counts as one more: they are copied, written down,
 * and copied again by its fork and exec. */
#define SETTINGS_MORE 256
/* One turn in so many is given to those that let others pass. */
#define SHARE 4

void
start_queue_init(struct start_queue *q)
{
	*q = (struct start_queue){0};
	TAILQ_INIT(&q->due);
	TAILQ_INIT(&q->late);
	TAILQ_INIT(&q->bulk);
}

void
start_move(struct start *start, struct start_list *to)
{
	if (start->list != NULL)
		TAILQ_REMOVE(start->list, start, link);
	start->list = to;
	TAILQ_INSERT_TAIL(to, start, link);
}

void
start_queue_begin(struct start_queue *q, unsigned turn)
{
	struct start *start;

	if (q->turn == turn)
		return;
	q->turn = turn;
	while ((start = TAILQ_FIRST(&q->due)) != NULL)
		start_move(start, &q->late);
}

/* Is it one too many in a row? */
static bool
lets_others_pass(struct start_queue *q, struct entry *entry)
{
	const struct table *table = entry_table(entry);

	if (table != q->row_table ||
	    (TAILQ_EMPTY(&q->due) && TAILQ_EMPTY(&q->bulk)))
		q->row = 0;
	q->row_table = table;
	if (table->kind != TABLE_USER || q->row >= ROW_MAX)
		return table->kind == TABLE_USER;
	q->row += 1 + entry_scope(table, entry)->settings / SETTINGS_MORE;
	return false;
}

void
start_queue_put(struct start_queue *q, struct start *start)
{
	bool last = lets_others_pass(q, start->entry);
	/* One that comes back may have become late meanwhile. */
	bool late = start->turn != 0 && start->turn != q->turn;

	start_move(start, last ? &q->bulk : late ? &q->late : &q->due);
}

bool
start_queue_empty(const struct start_queue *q)
{
	return TAILQ_EMPTY(&q->due) && TAILQ_EMPTY(&q->late) &&
	       TAILQ_EMPTY(&q->bulk);
}

struct start *
start_queue_next(struct start_queue *q)
{
	struct start_list *const lists[] = {&q->late, &q->bulk, &q->late,
	    &q->due, &q->late, &q->bulk};
	unsigned share = ++q->given / SHARE; /* both have theirs by turns */
	size_t i = q->given % SHARE == 0 ? share % 2 : 3;
	struct start *start = NULL;

	for (; i < sizeof lists / sizeof lists[0] && start == NULL; i++)
		start = TAILQ_FIRST(lists[i]);
	return start;
}
