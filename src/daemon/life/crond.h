/*
 * What crond does while it runs: the hooks between its rooms, and its life from
 * taking over what runs to handing it over.
 */
#ifndef EVCRON_DAEMON_LIFE_CROND_H
#define EVCRON_DAEMON_LIFE_CROND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/minute.h"
#include "core/table.h"

struct crond;

/* All rooms are there: loads, says so, runs until told to stop; sets the exit
 * status. */
void life_run(struct crond *);
/* "crond --drain": no tables, no ticks, until the last run is over. */
void life_drain(struct crond *);

/* Hooks; context is the struct crond. Of signals: */
void life_stop(void *context);
void life_reload(void *context);
void life_upgrade(void *context);
void life_unused_signal(void *context, int signum);
/* Of the upgrade: does something only we can hear? */
bool life_busy(void *context);
/* Likewise: the program can be executed. */
void life_exec(void *context);
/* Of the tick: */
void life_before_tick(void *context);
void life_due(void *context, struct entry *, struct minute due);
/* Of tick and runs: what is on disk of minutes may have to change. */
void life_settled(void *context);
/* Of runs: */
bool life_was_started(void *context, struct entry *, struct minute due);
void life_starts(void *context, struct entry *, struct minute due);
/* Of tables and zones: */
void life_agenda_changed(void *context);
void life_late(void *context, struct table *, int64_t changed_ns);
void life_zones_changed(void *context);

#endif
