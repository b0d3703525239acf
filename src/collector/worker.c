/*
 * Threads. How one begins decides what can hang: main waits for the new thread
 * to have a table of its own, then closes its own copy of the FIFO, which is
 * not the last one, and only then lets the thread go on, so that the thread's
 * is the last. No step of that waits for a user.
 */
#include "collector/worker.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "collector/talk.h"
#include "sys/clock.h"
#include "sys/fd.h"

#define STACK_SIZE ((size_t)128 * 1024)

struct worker *
worker_new(struct collector *collector, enum worker_kind kind, worker_cb work,
    const char *name)
{
	struct worker *w = calloc(1, sizeof *w);

	if (w == NULL || strlen(name) >= sizeof w->name) {
		free(w);
		return NULL;
	}
	w->collector = collector;
	w->kind = kind;
	w->work = work;
	w->fifo = w->record_fd = w->wake = -1;
	strcpy(w->name, name);
	if (sem_init(&w->begun, 0, 0) != 0 || sem_init(&w->go, 0, 0) != 0) {
		free(w);
		return NULL;
	}
	return w;
}

void
worker_free(struct worker *w)
{
	fd_close(&w->record_fd);
	fd_close(&w->wake);
	(void)sem_destroy(&w->begun);
	(void)sem_destroy(&w->go);
	free(w);
}

/* The thread */

static void
keep_only(int *keep, size_t count)
{
	int low = STDERR_FILENO + 1, fd;
	size_t i, j;

	for (i = 1; i < count; i++) {
		fd = keep[i];
		for (j = i; j > 0 && keep[j - 1] > fd; j--)
			keep[j] = keep[j - 1];
		keep[j] = fd;
	}
	for (i = 0; i < count; i++) {
		if (keep[i] < low)
			continue;
		if (keep[i] > low)
			(void)fd_close_range(low, keep[i] - 1);
		low = keep[i] + 1;
	}
	(void)fd_close_range(low, -1);
}

static void
wait_for(sem_t *sem)
{
	while (sem_wait(sem) != 0 && errno == EINTR)
		;
}

static void *
thread(void *context)
{
	struct worker *w = context;
	int fifo = w->fifo, record_fd = w->record_fd;
	int keep[] = {fifo, record_fd, w->wake, talk_fd(w->collector->talk)};

	w->own_table = unshare(CLONE_FILES) == 0;
	if (!w->own_table) {
		(void)sem_post(&w->begun);
		return NULL;
	}
	keep_only(keep, sizeof keep / sizeof keep[0]);
	(void)sem_post(&w->begun);
	wait_for(&w->go);
	w->work(w, fifo, record_fd);
	/* The last that is done with w. */
	talk_notice(w->collector->talk, TALK_GONE, w, "");
	return NULL;
}

struct worker_told
worker_told(struct worker *w)
{
	struct worker_told told;

	pthread_mutex_lock(&w->collector->lock);
	told = w->told;
	pthread_mutex_unlock(&w->collector->lock);
	return told;
}

void
worker_wait(struct worker *w, int ms)
{
	struct pollfd wake = {.fd = w->wake, .events = POLLIN};
	uint64_t count;

	if (poll(&wake, 1, ms) > 0)
		(void)!read(w->wake, &count, sizeof count);
}

void
worker_risk(struct worker *w)
{
	atomic_store(&w->risky_since_ns, clock_mono_ns());
}

void
worker_safe(struct worker *w)
{
	int error = errno;

	atomic_store(&w->risky_since_ns, 0);
	errno = error;
}

/* Main */

static int
create(struct worker *w)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t id;
	int error;

	if (pthread_attr_init(&attr) != 0)
		return -1;
	(void)pthread_attr_setstacksize(&attr, STACK_SIZE);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&id, &attr, thread, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return error == 0 ? 0 : -1;
}

int
worker_start(struct worker *w)
{
	if (w->wake < 0)
		w->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake < 0)
		return -1;
	if (create(w) != 0)
		return -1;
	wait_for(&w->begun);
	if (!w->own_table)
		return -1;
	w->threaded = true;
	fd_close(&w->fifo);
	fd_close(&w->record_fd);
	(void)sem_post(&w->go);
	return 0;
}

void
worker_wake(struct worker *w)
{
	const uint64_t one = 1;

	if (w->threaded)
		(void)!write(w->wake, &one, sizeof one);
}
