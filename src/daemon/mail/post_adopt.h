/*
 * A letter over a restart of the daemon: what is written down of it for the
 * next crond, and how that one goes on with it (DESIGN.md "Outliving the
 * daemon").
 */
#ifndef EVCRON_DAEMON_MAIL_POST_ADOPT_H
#define EVCRON_DAEMON_MAIL_POST_ADOPT_H

#include <stdbool.h>

#include "daemon/mail/post.h"

struct run_state;

/* Writes the state file, for the first time or again. */
void post_note(struct post *);
/* Likewise, when its record has got a session. */
void post_note_whole(struct post *);
/* It gets none, for that reason: nobody could read its run's output. */
void post_untold(struct post *, int errnum);
/* Nothing of it is left to do: takes the state file away. */
void post_done_with(struct post *);

/* A successor comes: likewise, with all that was only in memory. in_place as
 * for hooks->hand_over; false undoes it. */
void post_hand_over(struct post *, bool in_place);

/* The post of a letter that an earlier crond began, in whatever state that left
 * it. References the state's record. NULL: no memory. */
struct post *post_adopt(struct office *, const struct run_state *);

#endif
