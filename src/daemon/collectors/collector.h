/*
 * What the rooms of this wing share: one collector, its user, all of them. For
 * src/daemon/collectors alone.
 *
 *	collectors.c		users; gate; who follows whom
 *	collector_account.c	a user's account, for mailers
 *	collector_runs.c	sending runs, and their ends
 *	collector_start.c	executing one, connecting to one
 *	collector_talk.c	its socket: sending, receiving, does it answer
 *	collector_heard.c	what its words mean
 *	grants.c		mailers, in turns
 *	next_attempts.c		users with letters that wait
 */
#ifndef EVCRON_DAEMON_COLLECTORS_COLLECTOR_H
#define EVCRON_DAEMON_COLLECTORS_COLLECTOR_H

#include "core/collector_words.h"
#include "daemon/collectors/collector_run.h"
#include "daemon/users/share.h"
#include "daemon/users/user_cache.h"
#include "sys/users/account.h"

/* Runs that were sent to one collector and that it does not have yet. */
#define COLLECTOR_UNTAKEN_MAX 64

enum collector_state {
	COLLECTOR_STARTING, /* executed or connected to; not ready yet */
	COLLECTOR_READY,    /* takes runs */
	COLLECTOR_OLD,      /* an earlier crond's: finishes what it has */
	COLLECTOR_LEFT,     /* likewise, for it did not answer */
	COLLECTOR_LEAVING,  /* was sent away; takes nothing */
};

struct collectors;

struct collector_datagram {
	TAILQ_ENTRY(collector_datagram) link;
	size_t len;
	char bytes[];
};

struct collector {
	LIST_ENTRY(collector) link; /* of its user, the newest first */
	struct collector_user *user;
	enum collector_state state;
	uint64_t generation; /* 0: of a pair, without a name */
	pid_t pid;           /* 0: it has not said */
	int socket;
	bool inherited; /* an earlier crond started it, with its options */
	bool recovers;  /* started to open by path what runs */
	bool ended;     /* but lines of it wait for the log */
	bool idle;      /* it said so, and was sent nothing since */
	bool attempt;   /* it was started for letters that wait */
	size_t untaken; /* runs it does not have yet */
	uint64_t ping;  /* the one under way; 0: none */
	ev_io in, out;
	ev_timer patience; /* it owes us an answer */
	ev_timer stay;     /* nothing to do: sent away then */
	TAILQ_HEAD(, collector_datagram) queue; /* what the socket did not take
						   yet */
	TAILQ_HEAD(, collector_datagram) lines; /* what the log did not,
						   and ends behind that */
	size_t line_bytes;
	TAILQ_ENTRY(collector) line_turn; /* while it has any */
	struct user_question lookup;      /* of a name */
	bool looking_up;
};

struct collector_grant {
	TAILQ_ENTRY(collector_grant) link;
	struct collector *collector;
	struct share_account *account; /* it runs; NULL: it is wanted */
	char id[COLLECTOR_ID_MAX + 1];
};

TAILQ_HEAD(collector_grants, collector_grant);

struct collector_user {
	LIST_ENTRY(collector_user) link;     /* in its bucket */
	TAILQ_ENTRY(collector_user) turn;    /* for a mailer */
	TAILQ_ENTRY(collector_user) attempt; /* for a collector */
	struct collectors *all;
	uid_t uid;
	char *name;          /* "": not known */
	uint64_t generation; /* the last one that was used */
	/* There is one for each user that ever had a collector. */
	LIST_HEAD(, collector) collectors;
	LIST_HEAD(, collector_run) runs;
	bool orphans; /* one of them may have no collector */
	TAILQ_HEAD(collector_waits, collector_wait) waits; /* the last turn's
							      first */
	unsigned woken;
	uint64_t numbers; /* of waits: the last one */
	/* The account as it was last sent, or is to be. */
	char *account_word;
	size_t account_len;
	struct user_question question;
	bool asking;
	/* Starts that failed in a row, and when the next one may be. */
	unsigned failures;
	bool waited; /* for that */
	ev_timer again;
	ev_timer wake; /* waits are told from the loop */
	/* Letters that wait. */
	uint64_t kept_count, kept_bytes;
	struct share_account *kept_account; /* of kept_bytes; or NULL */
	int64_t kept_due;    /* when the first one is, as it was told: seconds
				since the epoch; 0: none */
	int64_t kept_at;     /* when one is to be started for them, likewise */
	uint64_t drop_bytes; /* to be told as soon as one is ready */
	bool dropping;       /* to be told, or told; what it then has is not
				known yet */
	bool flush;          /* to be told likewise */
	bool queued;         /* for a collector, for its letters */
	/* Mailers. */
	struct collector_grants wants, running;
	bool in_turns;
};

#define COLLECTOR_BUCKETS     256
#define COLLECTOR_RUN_BUCKETS 1024

TAILQ_HEAD(collector_turns, collector_user);

struct collectors {
	struct collectors_config config;
	struct collector_args args;
	LIST_HEAD(, collector_user) buckets[COLLECTOR_BUCKETS];
	LIST_HEAD(, collector_run) runs[COLLECTOR_RUN_BUCKETS]; /* by id */
	size_t users;
	bool starts_failing; /* said */
	char *bytes;         /* for one message */
	uint64_t pings;
	ev_prepare log_room;                /* lines wait for the log, */
	TAILQ_HEAD(, collector) line_turns; /* of these, each one in turn */
	/* grants.c */
	struct collector_turns turns;
	/* next_attempts.c */
	ev_timer next;
	struct collector_turns attempts; /* users that are due */
	size_t attempting;
	struct outbox_scan *scan;
	size_t dropping;  /* users that are to lose letters */
	bool flush_found; /* what it finds is to be tried now */
};

/* --- collectors.c --- */

/* NULL: there is none. */
struct collector_user *collector_user_find(struct collectors *, uid_t);
/* Likewise, made if missing. name: as known now, or "". NULL: no memory. */
struct collector_user *collector_user_get(struct collectors *, uid_t,
    const char *name);
/* The one that takes runs; NULL: none, or not yet. */
struct collector *collector_current(const struct collector_user *);
/* Is there one that takes runs, or is about to? */
bool collector_user_has_one(const struct collector_user *);
/* Something has changed: runs without a collector, starts that wait. */
void collector_user_settle(struct collector_user *);
/* One did not come to be ready. error 0: it ended; ETIMEDOUT: it does not
 * answer; else why it could not be started. */
void collector_user_failed(struct collector_user *, int error);
/* It has that run now, which it may not know yet. */
void collector_attach(struct collector *, struct collector_run *);

/* --- collector_runs.c --- */

/* It is under way, its record is set; it is over, or forgotten. */
void collector_run_enlist(struct collector_user *, struct collector_run *);
void collector_run_delist(struct collector_run *);
/* NULL: the user has none of that id. A user may have thousands. */
struct collector_run *collector_run_find(const struct collector_user *,
    const char *id);

/* --- collector_account.c --- */

/* It is that one (NULL: there is none of that name), and sent if it differs. */
void collector_user_set_account(struct collector_user *,
    const struct account *);
/* Sends it; where it is not known, asks for it first. */
void collector_user_send_account(struct collector_user *, struct collector *);
/* It asks for a name's account: told when it is known, and not at all where it
 * can't be, or while it has another question; it asks again. */
void collector_lookup(struct collector *, const char *name);
void collector_lookup_cancel(struct collector *);

/* --- collector_start.c --- */

/* One for that user, in the next generation. 0, or -1 with errno. */
int collector_start(struct collector_user *, bool recover);
void collectors_connect(struct collectors *);

/* --- collector_talk.c --- */

/* A new one on that socket, which is taken over; -1 with errno. */
struct collector *collector_open(struct collector_user *, uint64_t generation,
    int socket);
/* Its socket is at its end, or it is of no more use: forgets it. Its runs have
 * no collector then. */
void collector_close(struct collector *);
/* Sends, now or when there is room. */
void collector_tell(struct collector *, const struct collector_message *);
void collector_tell_bytes(struct collector *, const char *bytes, size_t len);
/* Is it to take one more run? */
bool collector_has_room(const struct collector *);
/* log_room's callback, before the loop sleeps: lines that wait, as far as the
 * log takes them, one of each collector in turn. When it has sent some, the
 * loop comes round again. */
void collectors_log_lines(struct ev_loop *, ev_prepare *, int events);
/* It owes us an answer, or no longer does. */
void collector_watch_answer(struct collector *);
void collector_leave_alone(struct collector *);
void collector_send_away(struct collector *);

/* --- collector_heard.c --- */

/* true: it is to be closed. */
bool collector_heard(struct collector *, const struct collector_message *);

/* --- grants.c --- */

void grants_init(struct collectors *);
void grants_want(struct collector *, const char *id);
void grants_free(struct collector *, const char *id);
/* It ended: its mailers, if any, go on by themselves. */
void grants_forget(struct collector *);

/* --- next_attempts.c --- */

void next_attempts_init(struct collectors *);
void next_attempts_clear(struct collectors *);
void next_attempts_forget(struct collector_user *);
/* Letters of this user may wait that nobody spoke of. */
void next_attempts_soon(struct collector_user *);
/* One that looked after its letters itself is gone. */
void next_attempts_go_on(struct collector_user *);
/* kept has come: so many letters, so many bytes, the next one due then. */
void next_attempts_note(struct collector_user *, uint64_t count, uint64_t bytes,
    int64_t at);
/* A collector is ready that has not yet been told what is to be done at once.
 */
void next_attempts_tell(struct collector *);
/* A collector that was started for letters has tried them, or is gone. */
void next_attempts_tried(struct collector *);
/* All users with letters, now. */
void next_attempts_flush(struct collectors *);

#endif
