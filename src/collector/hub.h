/*
 * The main thread's own: crond, the runs, the letters that wait. For the rooms
 * of the main thread alone.
 *
 *	main.c		setting up, the loop
 *	crond_link.c	the sockets to crond: words out and in
 *	runs.c		workers: begun, told, ended
 *	letters.c	letters that wait, mailers in turns
 *	mail_alert.c	mail that fails for hours
 */
#ifndef EVCRON_COLLECTOR_HUB_H
#define EVCRON_COLLECTOR_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/collector.h"
#include "collector/talk.h"
#include "collector/waiting.h"
#include "collector/worker.h"
#include "sys/files/outbox.h"
#include "sys/log/log.h"

struct kept { /* as crond was told */
	uint64_t count, bytes;
	int64_t at;
};

struct mail_alert {
	bool failing, said;
	int64_t due_at; /* seconds since the epoch */
	char last[128]; /* complaint */
};

struct hub {
	struct collector collector;
	struct collector_options options;
	int epoll;
	int signals;      /* a signalfd, or -1 */
	int64_t stop_ns;  /* asked to stop: without a crond, then; 0: not */
	int64_t retry_ns; /* something could not be had: again then; 0: no */
	TAILQ_HEAD(workers, worker) workers;
	size_t held; /* runs that are not over */
	size_t threads, threads_max;
	bool ending; /* bye */
	bool idle_said;
	/* crond_link.c */
	int crond, listener;     /* -1 */
	int dir, lock;           /* of --collect */
	bool greeted;            /* hello went out on this connection */
	bool deaf;               /* no descriptor to spare: nothing is read */
	bool sending;            /* epoll waits for room */
	struct talk_items out;   /* not sent yet */
	struct talk_items overs; /* for the next crond */
	size_t over_count;
	struct log *log; /* where there is no crond; or NULL */
	char *bytes;     /* one message */
	/* letters.c */
	struct outbox *outbox;
	struct waiting waiting, removing;
	size_t letters; /* their threads */
	struct kept kept;
	bool kept_said;
	int64_t expire_at; /* the next letter kept as sent; 0: none */
	struct mail_alert alert;
};

/* crond_link.c */

/* The connection that was inherited, and the socket for others. -1: another
 * collector is there already, or errno. */
int link_open(struct hub *);
void link_close(struct hub *);
/* There may be descriptors again. */
void link_listen_again(struct hub *);
/* Does this user's collector of that generation live? */
bool link_is_there(struct hub *, uint64_t generation);
void link_greet(struct hub *);
void link_say(struct hub *, const struct collector_message *);
void link_send(struct hub *, struct talk_item *);
/* epoll's events on the connection and on the listener. */
void link_on_crond(struct hub *, uint32_t events);
void link_on_listener(struct hub *);
/* Lines that wait for syslog. */
bool link_logs(const struct hub *);
void link_flush(struct hub *);

/* runs.c */

/* fifo: its output; -1: to be opened by path. Taken over. */
void runs_begin(struct hub *, const char *id, int fifo);
void runs_ended(struct hub *, const struct collector_message *);
void runs_recover(struct hub *);
/* Late output of collectors that are gone. */
void runs_recover_late(struct hub *);
/* Starts the thread of a run that has something to read. */
void runs_readable(struct hub *, struct worker *);
/* The threads' notices. */
void runs_hear(struct hub *);
/* All are told whether there is a crond. */
void runs_tell_crond(struct hub *, bool crond);
/* What could not be started, and who hangs. */
void runs_look(struct hub *);
void runs_start(struct hub *, struct worker *);
struct worker *runs_find(struct hub *, const char *id);

/* letters.c */

/* What is in the outbox, and in the archive. */
void letters_scan(struct hub *);
/* Starts what is due; tells crond what waits. */
void letters_pump(struct hub *);
int64_t letters_due_ns(const struct hub *);
void letters_waits(struct hub *, const struct talk_item *);
/* A worker whose letters others may be at now. */
void letters_worker_gone(struct hub *, const struct worker *);
void letters_handed_on(struct hub *, struct letter *);
void letters_flush(struct hub *);
void letters_drop(struct hub *, uint64_t bytes);
/* Mailers: asked for, granted, ended. */
void letters_want(struct hub *, struct worker *, const char *name);
void letters_grant(struct hub *, const char *name);
void letters_free(struct hub *, struct worker *, const char *name);
void letters_grant_alone(struct hub *);

/* mail_alert.c */

void mail_alert_init(struct hub *);
void mail_alert_failed(struct hub *, const char *why, uint64_t since_secs);
void mail_alert_worked(struct hub *);
void mail_alert_look(struct hub *);

#endif
