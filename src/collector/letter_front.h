/*
 * The front of a letter's file, all that stands before what is left of its
 * body: label, headers, and the note on top of the body. Made from the letter
 * alone, for its first way out as for each other one, so it does no harm if the
 * writing of it is cut short.
 *
 *	| label | ... | headers | note |         body          |
 *	| label | ... (what a stream took) | headers | note | body |
 */
#ifndef EVCRON_COLLECTOR_LETTER_FRONT_H
#define EVCRON_COLLECTOR_LETTER_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/letter.h"
#include "core/letter_meta.h"

/* Where the body of a new letter begins: after the longest front that its
 * record can have, on a page of its own. */
uint64_t letter_front_size(const struct letter *);

/* Parts of the file that is open for writing as fd. 0, or -1 with errno;
 * EMSGSIZE: there is no room for the headers, the file is as it was. back: it
 * is not on its first way out, and so has the Date of its run. */
int letter_front_write_label(const struct letter *, int fd);
int letter_front_write_headers(struct letter *, int fd, bool back);

#endif
