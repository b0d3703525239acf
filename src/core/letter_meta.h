/*
 * The label in the first page of a letter in the outbox: whose it is, how far
 * it got, and all that a mailer needs, as lines of text, so that a later crond
 * (or an admin, by less) can tell. Format 1:
 *
 *	evcron letter 1
 *	headers 4711		where they begin in the file; 0: not written
 *	body 8192		where the body begins
 *	first 0			bytes of the body that are gone already
 *	streamed 1		a mailer was fed from it while it grew
 *	cut 1			nobody saw the end of its run
 *	mailing 1		a mailer may have it, or may have had it
 *	losing 1		room ran out: what came later is not in it
 *	tries 2			attempts in vain, with since, next (seconds
 *				since the epoch), waited, final, why
 *	user joe		... one line for each fact, '\' and newline
 *				    in values as "\\" and "\n"
 *	pam NAME=value		of its session; older writers had none
 *	env NAME=value		of the entry, which may be many; older writers
 *				    had them before pam
 *	end
 */
#ifndef EVCRON_CORE_LETTER_META_H
#define EVCRON_CORE_LETTER_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/run_record.h"

/* Longer reasons are cut. */
#define LETTER_META_WHY_MAX 400

struct letter_tries {         /* attempts in vain; all zero: none */
	uint32_t count;       /* how many */
	int64_t since_at;     /* when the first was: seconds since the epoch */
	int64_t next_at;      /* when the next one is to be */
	uint64_t waited_secs; /* between them, in all (core/backoff.h) */
	bool final;           /* no mailer is to be tried any more */
};

struct letter_meta {
	uint64_t headers_at; /* at most body_at + first */
	uint64_t body_at;
	uint64_t first; /* what a stream took, before it broke */
	bool streamed;  /* so parts may have arrived */
	bool cut;       /* the run's end was made up: nobody saw it */
	bool mailing;   /* a mailer was started; how that ended is not known */
	bool losing;    /* room ran out, and its run went on */
	struct letter_tries tries;
	char why[LETTER_META_WHY_MAX + 1]; /* the last complaint, or "" */
	struct run_record *record;
};

enum letter_meta_verdict {
	LETTER_META_GOOD,
	LETTER_META_FOREIGN, /* no label, or one of another format */
	LETTER_META_BROKEN,  /* cut off, or a line that makes no sense */
	LETTER_META_NO_MEMORY,
};

/* The label's text, malloced; NULL: no memory. */
char *letter_meta_write(const struct letter_meta *, size_t *len);
/* Likewise, behind front bytes that are the caller's to fill; *len is of both.
 */
char *letter_meta_write_behind(const struct letter_meta *, size_t front,
    size_t *len);

/* No label of this record are longer, wherever its letter stands. */
size_t letter_meta_max(const struct run_record *);

/* Reads a label from bytes of any origin; what is behind its end is not
 * looked at. On LETTER_META_GOOD the caller has a reference of the record. */
enum letter_meta_verdict letter_meta_read(struct letter_meta *,
    const char *bytes, size_t len);
/* Likewise, but of the entry's environment, which may be large, the record only
 * has env_cost. */
enum letter_meta_verdict letter_meta_read_without_env(struct letter_meta *,
    const char *bytes, size_t len);

#endif
