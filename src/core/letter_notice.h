/*
 * What stands on top of a letter's body when the reader can't trust that all of
 * it is there, that it comes once, or that the run's end is known (DESIGN.md
 * "Mail", "Outliving the daemon"). One sentence for each doubt, in brackets.
 */
#ifndef EVCRON_CORE_LETTER_NOTICE_H
#define EVCRON_CORE_LETTER_NOTICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/mail_headers.h"

struct letter_notice {      /* all zero: there is nothing to say */
	bool doubtful;      /* its mailer may have sent it */
	bool streamed;      /* one was fed while the job ran, and broke off */
	uint64_t first;     /* bytes of output that one took: not in it */
	uint64_t discarded; /* bytes at the end, which no other note tells of */
	bool cut;           /* nobody saw the run's end: all may be missing */
	bool unseen;        /* its job ended while no crond ran that could
			       read the last of its output */
	bool unknown;       /* its job's status was not to be had */
};

/* The note, with an empty line behind it, and its length; 0: "". */
size_t letter_notice_write(const struct letter_notice *,
    char note[MAIL_NOTE_MAX + 1]);

#endif
