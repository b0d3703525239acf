/* The queue of the threads. Owns its own lock, which nobody holds over a call
 * that waits. */
#include "collector/talk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "sys/fd.h"

#define LINES_MAX   500
#define WORD_MAX    (16 * 1024)
#define RETRY_MS    100
#define NS_PER_SEC  1000000000
#define NS_PER_MSEC 1000000

struct talk {
	pthread_mutex_t lock;
	pthread_cond_t room;
	struct talk_items items;
	size_t lines;
	int fd;
};

struct talk *
talk_new(void)
{
	struct talk *t = calloc(1, sizeof *t);
	pthread_condattr_t attr;

	if (t == NULL)
		return NULL;
	TAILQ_INIT(&t->items);
	t->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (t->fd < 0 || pthread_condattr_init(&attr) != 0 ||
	    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) != 0 ||
	    pthread_cond_init(&t->room, &attr) != 0 ||
	    pthread_mutex_init(&t->lock, NULL) != 0) {
		fd_close(&t->fd);
		free(t);
		return NULL;
	}
	(void)pthread_condattr_destroy(&attr);
	return t;
}

int
talk_fd(const struct talk *t)
{
	return t->fd;
}

static void
add(struct talk *t, struct talk_item *item)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&t->lock);
	TAILQ_INSERT_TAIL(&t->items, item, link);
	t->lines += item->kind == TALK_LINE;
	pthread_mutex_unlock(&t->lock);
	(void)!write(t->fd, &one, sizeof one);
}

static struct talk_item *
item_new(enum talk_kind kind, struct worker *worker, const char *bytes,
    size_t len)
{
	struct talk_item *item = malloc(sizeof *item + len + 1);

	if (item == NULL)
		return NULL;
	*item = (struct talk_item){.kind = kind, .worker = worker, .len = len};
	memcpy(item->bytes, bytes, len);
	item->bytes[len] = '\0';
	return item;
}

/* Without it main would wait for ever. */
static struct talk_item *
item_surely(enum talk_kind kind, struct worker *worker, const char *bytes,
    size_t len)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * NS_PER_MSEC};
	struct talk_item *item;

	while ((item = item_new(kind, worker, bytes, len)) == NULL)
		(void)nanosleep(&pause, NULL);
	return item;
}

void
talk_word(struct talk *t, const struct collector_message *m)
{
	char bytes[WORD_MAX];
	ssize_t n = collector_message_write(m, bytes, sizeof bytes);
	struct talk_item *item = NULL;

	if (n > 0)
		item = item_new(m->word == WORD_LOG ? TALK_LINE : TALK_WORD,
		    NULL, bytes, (size_t)n);
	if (item != NULL)
		add(t, item);
}

void
talk_over(struct talk *t, struct worker *worker,
    const struct collector_message *m)
{
	char bytes[256];
	ssize_t n = collector_message_write(m, bytes, sizeof bytes);

	add(t, item_surely(TALK_OVER, worker, bytes, n > 0 ? (size_t)n : 0));
}

void
talk_notice(struct talk *t, enum talk_kind kind, struct worker *worker,
    const char *text)
{
	add(t, item_surely(kind, worker, text, strlen(text)));
}

void
talk_letter(struct talk *t, struct worker *worker, struct letter *letter)
{
	struct talk_item *item = item_surely(TALK_LETTER, worker, "", 0);

	item->letter = letter;
	add(t, item);
}

void
talk_waits(struct talk *t, struct worker *w, const char *name, uint64_t secs,
    uint64_t bytes)
{
	struct talk_item *item = item_surely(TALK_WAITS, w, name, strlen(name));

	item->secs = secs;
	item->number = bytes;
	add(t, item);
}

void
talk_failed(struct talk *t, const char *why, uint64_t since_secs)
{
	struct talk_item *item =
	    item_surely(TALK_FAILED, NULL, why, strlen(why));

	item->secs = since_secs;
	add(t, item);
}

bool
talk_is_behind(struct talk *t)
{
	bool behind;

	pthread_mutex_lock(&t->lock);
	behind = t->lines >= LINES_MAX;
	pthread_mutex_unlock(&t->lock);
	return behind;
}

void
talk_wait_for_room(struct talk *t, unsigned ms)
{
	struct timespec until;
	int result = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * NS_PER_MSEC;
	if (until.tv_nsec >= NS_PER_SEC) {
		until.tv_sec++;
		until.tv_nsec -= NS_PER_SEC;
	}
	pthread_mutex_lock(&t->lock);
	while (t->lines >= LINES_MAX && result == 0)
		result = pthread_cond_timedwait(&t->room, &t->lock, &until);
	pthread_mutex_unlock(&t->lock);
}

void
talk_take(struct talk *t, struct talk_items *items)
{
	uint64_t count;

	(void)!read(t->fd, &count, sizeof count);
	TAILQ_INIT(items);
	pthread_mutex_lock(&t->lock);
	TAILQ_CONCAT(items, &t->items, link);
	pthread_mutex_unlock(&t->lock);
}

void
talk_line_gone(struct talk *t)
{
	pthread_mutex_lock(&t->lock);
	t->lines--;
	if (t->lines < LINES_MAX)
		pthread_cond_broadcast(&t->room);
	pthread_mutex_unlock(&t->lock);
}
