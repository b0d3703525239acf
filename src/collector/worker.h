/*
 * A thread for one run, or for one letter. It has a descriptor table of its
 * own, with what it needs and nothing else: what a user holds up, it holds up
 * for this thread alone, and the process can end all the same.
 */
#ifndef EVCRON_COLLECTOR_WORKER_H
#define EVCRON_COLLECTOR_WORKER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/collector.h"
#include "core/collector_words.h"

struct letter;

enum worker_kind {
	WORKER_RUN,    /* collector/run_output.h */
	WORKER_LETTER, /* collector/delivery.h */
	WORKER_REMOVE, /* a letter, for want of room */
};

enum worker_end { /* of the run's job */
	WORKER_NOT_ENDED,
	WORKER_ENDED,         /* status tells how */
	WORKER_ENDED_UNKNOWN, /* nobody saw it */
	WORKER_NO_JOB,        /* there was none */
};

struct worker_told { /* what main has said */
	enum worker_end end;
	int status;
	bool granted; /* the mailer may start */
	bool enough;  /* late output: there is too much of it */
	bool crond;   /* there is one */
};

struct worker;

/* What a thread does. The descriptors are those of struct worker, and the
 * thread's now; -1: none. */
typedef void (*worker_cb)(struct worker *, int fifo, int record_fd);

struct worker {
	TAILQ_ENTRY(worker) all;
	struct collector *collector;
	enum worker_kind kind;
	worker_cb work;
	char name[COLLECTOR_ID_MAX + 8]; /* of the run, or of the letter */
	/* Main's, until the thread takes them over. */
	int fifo;              /* reading end; -1: it is opened by path */
	int record_fd;         /* the run's file, where it has no name; -1 */
	int wake;              /* main has told something; -1: no thread yet */
	struct letter *letter; /* NULL: it is opened by name */
	uint64_t early_secs;   /* a letter that is tried before its time */
	bool unread;           /* when a letter is due is not known yet */
	bool asked;            /* it is tried now in any case */
	/* Main's. */
	bool threaded;
	bool wanted;  /* a thread, as soon as there can be one */
	bool polled;  /* the FIFO is in main's epoll */
	bool granted; /* its mailer may run */
	bool flush;   /* its letter is tried again at once if it is kept */
	bool over;    /* the run is; what remains is mail, or late output */
	bool late;    /* it has late output */
	bool enough;  /* and that is too much */
	bool hang_logged;
	char mailing[COLLECTOR_ID_MAX + 8]; /* wants a mailer for; "": none */
	char again[COLLECTOR_ID_MAX + 8];   /* that letter, when it is gone */
	struct worker_told told;            /* under the collector's lock */
	/* Since when it is in a call that a user may hold up (monotonic); 0: it
	 * is not. */
	_Atomic int64_t risky_since_ns;
	/* The start's handshake. */
	sem_t begun, go;
	bool own_table;
};

/* NULL: no memory. */
struct worker *worker_new(struct collector *, enum worker_kind, worker_cb,
    const char *name);
void worker_free(struct worker *);

/* Main: gives it its thread and lets go of its descriptors. -1: not now; it is
 * as it was. */
int worker_start(struct worker *);
/* Main: after a change of told. */
void worker_wake(struct worker *);

/* The thread: what main has said so far. */
struct worker_told worker_told(struct worker *);
/* Waits for main, ms at most. */
void worker_wait(struct worker *, int ms);
/* Around calls that can hang. */
void worker_risk(struct worker *);
void worker_safe(struct worker *);

#endif
