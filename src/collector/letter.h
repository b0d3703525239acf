/*
 * One letter: from a run's first byte of output to the end of its file. It is
 * its thread's alone. collector/letter_write.h has how it is written,
 * collector/delivery.h its way out (DESIGN.md "Output").
 */
#ifndef EVCRON_COLLECTOR_LETTER_H
#define EVCRON_COLLECTOR_LETTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/worker.h"
#include "core/letter_meta.h"
#include "core/run_record.h"
#include "sys/files/outbox.h"

struct cmdout;
struct mailer_stream;

enum letter_note {         /* what is said on top of its body */
	NOTE_CUT = 1,      /* nobody saw its run's end */
	NOTE_UNSEEN = 2,   /* its job ended while nobody read its output */
	NOTE_DOUBTFUL = 4, /* a mailer may have sent it */
	NOTE_STREAMED = 8, /* it was fed to a mailer, and that broke off */
};

enum letter_fate {      /* what became of it; core/collector_words.h */
	LETTER_OPEN,    /* nothing yet */
	LETTER_NOTHING, /* there was nothing to send */
	LETTER_TAKEN,   /* a mailer has it */
	LETTER_KEPT,    /* nobody took it: it waits */
	LETTER_BOXED,   /* it is in its user's mailbox */
	LETTER_DROPPED, /* it waited too long */
	LETTER_ASIDE,   /* it is another user's */
};

struct letter {
	struct collector *collector;
	struct worker *worker; /* whose thread has it */
	struct outbox *outbox; /* that thread's */
	struct run_record *record;
	struct cmdout *cmdout; /* NULL: no lines */
	struct mailer_stream *stream;
	const char *lost_why;
	char *why;           /* the last complaint; NULL: none */
	uint64_t body_at;    /* where the body begins in the file */
	uint64_t headers_at; /* 0: not written */
	uint64_t text_at;    /* what is mailed behind the headers begins there:
				the body, or a note on top; 0: the body */
	uint64_t body_len;   /* bytes put into the file, gone ones too */
	uint64_t first;      /* bytes gone out of the body by a stream */
	uint64_t lost;       /* bytes not put there for want of room */
	uint64_t logged;     /* of the body, as CMDOUT lines */
	uint64_t early_secs; /* how long before its time it is tried */
	struct letter_tries tries;
	enum letter_fate fate;
	unsigned notes; /* enum letter_note */
	int fd;         /* of the file, locked as long as it is open; -1 */
	bool in_file;   /* it has a file in the outbox */
	bool losing;    /* room ran out once: the rest is lost too */
	bool streamed;  /* it was fed to a mailer: parts may have arrived */
	bool broken;    /* that one failed: it is tried again as a whole */
	bool mailing;   /* a mailer has it, or may have had it */
	bool again;     /* it came back from the outbox */
	char name[COLLECTOR_ID_MAX + 8]; /* of the file */
};

/* An empty letter of this record, whose reference it takes over; part 1, or 2
 * for what comes after the run was over. NULL: no memory; the reference is
 * still the caller's. */
struct letter *letter_new(struct worker *, struct outbox *, struct run_record *,
    unsigned part);
/* Frees; the file stays as it is. */
void letter_free(struct letter *);

/* Removes the file: truncated first, so that it takes no room even where a
 * user's process still has it open. */
void letter_remove(struct letter *);

/* The letter's file is this thread's now: no other collector may work on it.
 * false: another one does. */
bool letter_lock(int fd);

/* Notes a complaint (without memory: none); shows it, "" for none. */
void letter_set_why(struct letter *, const char *why);
const char *letter_why(const struct letter *);

#endif
