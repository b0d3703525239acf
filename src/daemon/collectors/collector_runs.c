/*
 * Runs on their way to a collector, and what it is told of them. Who has which
 * is decided in collectors.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/keyed_hash.h"
#include "daemon/collectors/collector.h"
#include "daemon/collectors/collectors.h"
#include "sys/seqpacket.h"

static size_t
bucket_of(const char *id)
{
	/* Ids are crond's own: no key. */
	const struct hash_key none = {{0, 0}};

	return keyed_hash(&none, id, strlen(id)) % COLLECTOR_RUN_BUCKETS;
}

void
collector_run_enlist(struct collector_user *u, struct collector_run *run)
{
	run->user = u;
	LIST_INSERT_HEAD(&u->runs, run, link);
	LIST_INSERT_HEAD(&u->all->runs[bucket_of(run->record->id)], run,
	    same_id);
}

void
collector_run_delist(struct collector_run *run)
{
	LIST_REMOVE(run, link);
	LIST_REMOVE(run, same_id);
	run->user = NULL;
	run->collector = NULL;
}

struct collector_run *
collector_run_find(const struct collector_user *u, const char *id)
{
	struct collector_run *run;

	LIST_FOREACH(run, &u->all->runs[bucket_of(id)], same_id)
		if (run->user == u && strcmp(run->record->id, id) == 0)
			return run;
	return NULL;
}

static void
begin(struct collector *c, struct collector_run *run)
{
	collector_run_enlist(c->user, run);
	collector_attach(c, run);
	collector_watch_answer(c);
}

static struct collector *
send_run(struct collectors *all, const struct collector_run *run, int attached)
{
	struct collector_user *u = collector_user_find(all, run->record->uid);
	struct collector *c = u != NULL ? collector_current(u) : NULL;
	const struct collector_message m = {.word = WORD_RUN,
	    .id = run->record->id};
	char bytes[128];
	ssize_t n = collector_message_write(&m, bytes, sizeof bytes);

	if (c == NULL || n <= 0 || !collector_has_room(c)) {
		errno = EAGAIN;
		return NULL;
	}
	if (seqpacket_send(c->socket, bytes, (size_t)n, attached) != 0)
		return NULL;
	return c;
}

int
collector_run_send(struct collectors *all, struct collector_run *run, int fifo)
{
	struct collector *c = send_run(all, run, fifo);

	if (c == NULL)
		return -1;
	begin(c, run);
	return 0;
}

uint64_t
collectors_generation(struct collectors *all, uid_t uid)
{
	struct collector_user *u = collector_user_find(all, uid);
	struct collector *c = u != NULL ? collector_current(u) : NULL;

	return c != NULL ? c->generation : 0;
}

int
collector_run_by_child(struct collectors *all, struct collector_run *run,
    int file)
{
	struct collector *c = send_run(all, run, file);

	if (c == NULL)
		return -1;
	begin(c, run);
	return fcntl(c->socket, F_DUPFD_CLOEXEC, 3);
}

int
collector_run_adopt(struct collectors *all, struct collector_run *run)
{
	struct collector_user *u =
	    collector_user_get(all, run->record->uid, run->record->user);

	if (u == NULL)
		return -1;
	collector_run_enlist(u, run);
	u->orphans = true;
	return 0;
}

void
collector_run_ended(struct collector_run *run)
{
	const struct run_record *record = run->record;

	run->ended = true;
	if (run->user == NULL || run->collector == NULL)
		return;
	collector_tell(run->collector,
	    &(struct collector_message){.word = WORD_ENDED,
		.id = record->id,
		.end = record->status_known ? END_KNOWN : END_UNKNOWN,
		.status = record->status});
}

void
collector_run_none(struct collector_run *run)
{
	if (run->user != NULL && run->collector != NULL)
		collector_tell(run->collector,
		    &(struct collector_message){.word = WORD_ENDED,
			.id = run->record->id,
			.end = END_NONE});
	collector_run_forget(run);
}

void
collector_run_forget(struct collector_run *run)
{
	if (run->user == NULL)
		return;
	if (run->collector != NULL && run->sent_now)
		run->collector->untaken--;
	collector_run_delist(run);
}
