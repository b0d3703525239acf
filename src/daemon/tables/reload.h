/*
 * Tables and the file system: loads all at the start, then just what changed
 * (DESIGN.md "Reload"), and keeps the agenda up to date. Says in the log what
 * was loaded, refused, gone, and why (COMPAT.md 4, 8; DESIGN.md 3.2).
 */
#ifndef EVCRON_DAEMON_TABLES_RELOAD_H
#define EVCRON_DAEMON_TABLES_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/tables/reload_config.h"

struct reload;

/* config is copied, its pointers must outlive the reload. NULL with errno: no
 * memory. */
struct reload *reload_new(const struct reload_config *);
void reload_free(struct reload *);

/* Sets the watches and loads everything, before the loop runs. Owns the
 * watcher of mounts_fd from here on. */
void reload_start(struct reload *);

/* Is the first load still under way, for users who are being looked up or file
 * systems that may hang? @reboot jobs wait for its end, which config->changed
 * tells. */
bool reload_is_loading(const struct reload *);

/* May tables still come of which config->late will tell? */
bool reload_is_incomplete(const struct reload *);

/* HUP, URG: looks at everything again. */
void reload_all(struct reload *);

/* At a tick: reads waiting events and applies them now, without the quiet
 * time. */
void reload_apply_now(struct reload *);

#endif
