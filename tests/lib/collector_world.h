/*
 * A crond for tests of the collector: directories of its own, the built program
 * over a socket, jobs that are shell scripts, and a mailer that writes down
 * what it gets.
 */
#ifndef EVCRON_TESTS_COLLECTOR_WORLD_H
#define EVCRON_TESTS_COLLECTOR_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/run_record.h"

struct world {
	char dir[64]; /* of everything */
	int socket;   /* to the collector, or -1 */
	pid_t collector;
	uid_t uid;
	char name[64];     /* of that user */
	bool says_no_user; /* the account is the test's to say */
	unsigned generation;
	unsigned runs;       /* so far: their ids */
	pid_t jobs[256];     /* what they left is ended at the close */
	char heard[1 << 20]; /* all words that came, a line each */
	size_t heard_len, heard_at;
};

struct world_job {
	char id[32];
	pid_t pid;
	const char *script;    /* for sh; set by the caller */
	enum mail_rule mail;   /* likewise */
	const char *recipient; /* likewise; NULL: joe, where it is mailed */
	const char *mailto;    /* likewise: its table's; NULL: none */
	bool no_job;           /* likewise: there is none, after all */
	bool slow;             /* likewise: waits for the file "open" before it
				  opens its output */
};

void world_open(struct world *, uid_t);
void world_close(struct world *);

/* Starts the program with these more arguments, NULL at the end, and waits for
 * ready. */
void world_start(struct world *, const char *const *more);
/* A later crond: connects to it by its name. */
void world_connect(struct world *);
void world_disconnect(struct world *);
void world_kill(struct world *);

void world_say(struct world *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Waits for a line that begins so (10 s), from where the last one was found;
 * the line. */
const char *world_hear(struct world *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Likewise, from the beginning of all. */
const char *world_hear_any(struct world *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Has it come, ever? */
bool world_heard(struct world *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Waits for its end (10 s); the status. */
int world_wait_end(struct world *);

/* Writes the run's file, sends the run, starts the job. */
void world_run(struct world *, struct world_job *);
/* Waits for the job and says how it ended. */
void world_job_ends(struct world *, struct world_job *);
/* Both, to its over; the mailer is granted, if it is asked for, until done. */
void world_run_all(struct world *, struct world_job *);
void world_grant(struct world *, const char *letter);

/* What the mailer got so far, all mails one after the other; malloced. */
char *world_mail(struct world *);
/* The mailer exits so from now on; it sleeps so long first. */
void world_mailer(struct world *, int status, const char *before);
/* A file of the world as text; malloced; "" if there is none. */
char *world_file(struct world *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* How many names there are in that directory, dot files left out. */
size_t world_count(struct world *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Waits (10 s) until the file of that name is there, or gone. */
void world_await(struct world *, bool there, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
