/*
 * What of a table is in force: on the agenda, or, where its text is refused
 * under Debian, the last good version, whose copy outlives the daemon
 * (DESIGN.md 3.2).
 */
#ifndef EVCRON_DAEMON_TABLES_TABLE_INSTALL_H
#define EVCRON_DAEMON_TABLES_TABLE_INSTALL_H

#include <stdbool.h>

#include "daemon/tables/table_slot.h"

/* The slot's table by name, for reports and copies; good as long as the slot.
 */
struct table_id table_slot_id(const struct table_slot *);

/* The slot is to be looked at again: in a second, later if that goes on. */
void table_slot_retry(struct loader *, struct table_slot *);

/* Puts a table into force in the place of the one that is; takes over the
 * reference. Without memory the old one stays, and the slot is tried again. */
void table_install(struct loader *, struct table_slot *, struct table *);

/* Nothing of the slot is in force any more. */
void table_uninstall(struct loader *, struct table_slot *);
/* Neither is its copy wanted. */
void table_drop_last_good(struct loader *, struct table_slot *);

/* The new text is refused: does the last good version stay? True: it came back
 * from its copy, which table_log_last_good tells once the faults are told. */
bool table_refuse(struct loader *, struct table_slot *);
void table_log_last_good(struct loader *, struct table_slot *, bool revived);

/* There is no memory for what is in the file: said once, tried again. */
void table_install_no_memory(struct loader *, struct table_slot *);

#endif
