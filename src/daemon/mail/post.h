/*
 * One letter under way: from a run's first byte of output to the mailer's end.
 * Takes bytes from the run's FIFO to wherever record and limits have them go: a
 * file in the outbox, log lines, /dev/null, or by the file to a mailer already
 * running (DESIGN.md "Output").
 */
#ifndef EVCRON_DAEMON_MAIL_POST_H
#define EVCRON_DAEMON_MAIL_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "core/run_record.h"
#include "core/letter_meta.h"
#include "daemon/mail/office.h"

struct mailer;
struct mailer_stream;
struct post;

TAILQ_HEAD(post_list, post);

struct post_hooks { /* of who feeds the post */
	/* It can take bytes again. */
	void (*room)(void *context);
	/* The mail is closed: forget me. May be NULL: somebody else does. */
	void (*forget)(void *context);
	/* Late output: complete it now, its user has too many of them. NULL:
	 * this is none. */
	void (*enough)(void *context);
	/* A successor comes. in_place: over an exec of ours, so the FIFO is to
	 * stay open, and is returned; else -1, and it is not. */
	int (*hand_over)(void *context, bool in_place);
};

/* How the letter's own journey ended; the post is freed by who is told. */
typedef void (*post_done_cb)(void *context, struct post *);

/* A letter's attempts in vain (daemon/mail/deferred.h). */
struct post_attempts {
	struct letter_tries tries;
	uint64_t early_secs; /* how long before its time the next one is */
	char *why;           /* the last complaint; NULL: none */
};

/* Opaque but for mail.c, which queues posts. There is one beside each running
 * job: its fields stand by size, not by what they are about. */
struct post {
	TAILQ_ENTRY(post) all;
	LIST_ENTRY(post) same_hash;
	TAILQ_ENTRY(post) waiting;
	char *name; /* of the file: the record's id, or one of our own */
	struct office *office;
	struct run_record *record;
	struct cmdout *cmdout; /* NULL: no lines */
	struct mailer_stream *stream;
	struct mailer *mailer;
	struct post_attempts *attempts; /* NULL: none yet */
	const struct post_hooks *hooks;
	void *context;
	post_done_cb done;
	void *done_context;

	uint64_t body_at;
	uint64_t headers_at; /* 0: not written */
	uint64_t text_at;    /* what is mailed behind the headers begins there:
				the body, or a note on top of it; 0: the body */
	uint64_t body_len;   /* bytes put into the file, gone ones too */
	uint64_t lost;       /* bytes not put there for want of room */
	uint64_t first;      /* bytes gone out of the body by a stream */
	const char *lost_why;
	uint64_t logged; /* of the body, as CMDOUT lines */
	uint64_t mailer_start;
	int64_t seen; /* where the mailer was, as reader told */

	int fd;           /* of the file, -1 */
	int held;         /* its FIFO, for an exec in place; else -1 */
	int session_fifo; /* its session's, owned by the run; or -1 */
	int reader;       /* our own look at the mailer's offset, -1 */
	pid_t mailer_pid; /* 0: none */

	unsigned part;   /* 1, or 2 for late output */
	bool noted;      /* it has a state file (daemon/base/state_files.h) */
	bool untold : 1; /* it gets none: nobody could go on with it */
	bool over : 1;   /* its run is; so is that of late output */
	bool is_waiting : 1; /* for a mailer */
	bool in_file : 1;    /* it has a file in the outbox */
	bool kept : 1;       /* nobody has taken it: the file stays */
	bool taken : 1;      /* a mailer took it: the file is of no more use */
	bool losing : 1;     /* room ran out once: the rest is lost too */
	bool broken : 1;     /* a stream's mailer failed */
	bool streamed : 1;   /* it was fed to one: parts may have arrived */
	bool cut : 1;        /* nobody saw its run's end */
	bool complete : 1;   /* post_complete was called */
	bool unseen : 1;     /* its job ended while no crond ran */
	bool doubtful : 1;   /* its mailer may have sent it: nobody knows */
	bool second : 1;     /* a stream of it broke */
	bool streaming : 1;  /* it is fed to a mailer, or is about to be */
	bool starting : 1;   /* its mailer may have begun, pid not known */
	bool again : 1;      /* it came back (daemon/mail/letter_open.h) */
};

/* An empty letter of this record, which it references. NULL: no memory. */
struct post *post_new(struct office *, struct run_record *, unsigned part);
/* Stops what goes on and frees; the file stays as it is. */
void post_free(struct post *);

void post_set_hooks(struct post *, const struct post_hooks *, void *context);

enum post_took {
	POST_TOOK,    /* some; there may be more */
	POST_EMPTY,   /* the FIFO is empty, its writers are there */
	POST_EOF,     /* the FIFO is empty and nobody can write */
	POST_BLOCKED, /* the post is full; hooks->room will tell */
};

/* How much bytes are pressed on it. */
enum post_press {
	POST_GENTLY,     /* it may say POST_BLOCKED */
	POST_LAST,       /* what ends a run: the letter takes it although it is
			    full, if its mailer is just slow */
	POST_REGARDLESS, /* lines too, although the log is behind and may lose
			    them */
};

/* Moves up to max bytes out of the FIFO; *n says how many. Never blocks. */
enum post_took post_take(struct post *, int fifo, size_t max, enum post_press,
    size_t *n);

/* There will be no more. Writes headers and label; what the mailer of a stream
 * has to say comes by done. 0, or -1: this letter can't be sent (the reason is
 * logged), its file stays. */
int post_complete(struct post *, post_done_cb done, void *context);

/* A line about it in its job's name (daemon/mail/job_log.h); as log_event. */
void post_log(const struct post *, int priority, const char *who,
    const char *event, int errnum, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* What is known of its attempts; all zero: there were none. */
const struct letter_tries *post_tries(const struct post *);
/* Likewise, to be written to. NULL: no memory; then nothing can be noted. */
struct post_attempts *post_attempts(struct post *);
/* Notes a complaint (without memory: none), shows it ("" for none). */
void post_set_why(struct post *, const char *why);
const char *post_why(const struct post *);

/* Removes the file. */
void post_remove(struct post *);

#endif
