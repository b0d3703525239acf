/*
 * What crond and a user's collector say to each other (DESIGN.md "Collectors"):
 * one message a datagram of their SEQPACKET socket, text, fields
 * parted by a tab, the word first. hello and bye never change their form; a
 * word or a field behind the last that a version does not know is skipped.
 *
 * crond to collector
 *	user NAME GID GROUPS HOME
 *		the account for mailers; GROUPS are numbers parted by commas. No
 *		GID: there is no such user now
 *	run ID	with the reading end of the run's FIFO attached; the run's file
 *		(core/run_state.h) is there
 *	ended ID known STATUS
 *		the job was reaped; STATUS as wait4 tells it
 *	ended ID unknown
 *		it ended and nobody saw how
 *	ended ID none
 *		there was no job: fork, open or exec's way to it failed; its
 *		output and letter are taken back
 *	grant ID
 *		the mailer of that letter may start
 *	drop BYTES
 *		remove your oldest letters that wait, so many bytes
 *	flush	try all letters that wait now
 *	ping N	answer pong N
 *	bye	end; nothing follows
 * collector to crond
 *	hello VERSION UID GENERATION PID
 *		first
 *	holds ID
 *		of each run that it has; then
 *	ready	before that no run is sent
 *	have ID	the FIFO is in hand
 *	over ID BYTES LOST
 *		the run's output is over: written, and of these discarded
 *	done ID HOW WHERE
 *		what became of its mail: HOW is none, mailed, kept, boxed or
 *		dropped; WHERE a path or empty
 *	lookup NAME
 *		answered by user NAME, where crond can tell: a name of another
 *		uid is nobody's
 *	want ID	a mailer for that letter
 *	free ID	that mailer has ended, or is no longer wanted
 *	kept COUNT BYTES AT
 *		letters that wait, and when the next is due (epoch seconds; 0:
 *		none)
 *	idle	nothing is left to do
 *	log PRIORITY PID WHO EVENT TEXT
 *		a line, of the job with that pid; 0: of the daemon. WHO and
 *		EVENT may be empty: then TEXT stands alone
 *		Where EVENT is CMDOUT, or CMDOUT+ for a line that goes on in the
 *		next one, TEXT is a job's: any bytes, escaped (core/escaped.h)
 *	pong N
 */
#ifndef EVCRON_CORE_COLLECTOR_WORDS_H
#define EVCRON_CORE_COLLECTOR_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define COLLECTOR_VERSION 1
/* No message is longer: 64 Ki groups do not fit, 10,000 do. */
#define COLLECTOR_MESSAGE_MAX ((size_t)128 * 1024)
#define COLLECTOR_ID_MAX      64

enum collector_word {
	WORD_UNKNOWN, /* of another version */
	WORD_USER,
	WORD_RUN,
	WORD_ENDED,
	WORD_GRANT,
	WORD_DROP,
	WORD_FLUSH,
	WORD_PING,
	WORD_BYE,
	WORD_HELLO,
	WORD_HOLDS,
	WORD_READY,
	WORD_HAVE,
	WORD_OVER,
	WORD_DONE,
	WORD_LOOKUP,
	WORD_WANT,
	WORD_FREE,
	WORD_KEPT,
	WORD_IDLE,
	WORD_LOG,
	WORD_PONG,
};

enum collector_end { END_KNOWN, END_UNKNOWN, END_NONE };

enum collector_mail {
	COLLECTOR_MAIL_NONE,
	COLLECTOR_MAILED,
	COLLECTOR_KEPT,
	COLLECTOR_BOXED,
	COLLECTOR_DROPPED,
};

struct collector_message { /* what the word does not have is zero */
	enum collector_word word;
	const char *id;           /* run, ended, grant, holds, have, over, done,
				     want, free */
	enum collector_end end;   /* ended */
	int status;               /* ended known */
	enum collector_mail mail; /* done */
	uint64_t number;          /* ping, pong; hello: VERSION; kept: COUNT */
	uint64_t bytes, lost;     /* over; kept and drop: bytes */
	int64_t at;               /* kept */
	uint64_t generation;      /* hello */
	uid_t uid;                /* hello */
	pid_t pid;                /* hello, log */
	int priority;             /* log: of syslog(3), without a facility */
	const char *who, *event;  /* log; NULL: none */
	const char *text;         /* log's TEXT, done's WHERE, user's HOME */
	const char *name, *groups; /* user, groups as text; lookup: name */
	bool account; /* user: there is one, gid and groups count */
	gid_t gid;    /* user */
};

/* The datagram of a message: its length, or -1 if it does not fit into size.
 * Tabs, newlines and NULs in texts become blanks; a log's text that is too long
 * is cut. */
ssize_t collector_message_write(const struct collector_message *, char *bytes,
    size_t size);

/* Reads a datagram of any origin: true, or false if it makes no sense. Its
 * strings point into bytes, which is changed, and has room for one more byte
 * behind len. An id is safe as a file's name. */
bool collector_message_read(struct collector_message *, char *bytes,
    size_t len);

/* Which word that one has, whatever stands behind it. Changes nothing. */
enum collector_word collector_message_word(const char *bytes, size_t len);

#endif
