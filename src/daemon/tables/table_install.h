/*
 * What of a table is in force: on the agenda, or, where its text is refused
 * under Debian, the last good version, whose copy outlives the daemon
 * (design.md 3.2).
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_INSTALL_H
#define EVCRON_DAEMON_TABLES_TABLE_INSTALL_H

#include <stdbool.h>

#include "daemon/tables/table_load.h"

/* The slot's table by name, for reports and copies; good as long as the slot.
 */
struct table_id slot_id(const struct slot *);

/* The slot is to be looked at again: in a second, later if that goes on. */
void slot_again(struct loader *, struct slot *);

/* Puts a table into force in the place of the one that is; takes over the
 * reference. Without memory the old one stays, and the slot is tried again. */
void force_put(struct loader *, struct slot *, struct table *);

/* Nothing of the slot is in force any more. */
void force_drop(struct loader *, struct slot *);
/* Neither is its copy wanted. */
void force_drop_copy(struct loader *, struct slot *);

/* The new text is refused: does the last good version stay? True: it came back
 * from its copy, which force_say_revived tells once the faults are told. */
bool force_refuse(struct loader *, struct slot *);
void force_say_revived(struct loader *, struct slot *, bool revived);

/* There is no memory for what is in the file: said once, tried again. */
void force_no_memory(struct loader *, struct slot *);

#endif
