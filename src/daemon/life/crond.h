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
void crond_run(struct crond *);
/* "crond --drain": no tables, no ticks, until the last run is over. */
void crond_drain(struct crond *);

/* Hooks; context is the struct crond. Of signals: */
void crond_stop(void *context);
void crond_reload(void *context);
void crond_upgrade(void *context);
void crond_unused_signal(void *context, int signum);
/* Of the upgrade: does something only we can hear? */
bool crond_busy(void *context);
/* Likewise: the program can be executed. */
void crond_exec(void *context);
/* Of the tick: */
void crond_before_tick(void *context);
void crond_due(void *context, struct entry *, struct minute due);
/* Of tick and runs: what is on disk of minutes may have to change. */
void crond_settled(void *context);
/* Of runs: */
bool crond_was_started(void *context, struct entry *, struct minute due);
void crond_starts(void *context, struct entry *, struct minute due);
/* Of tables and zones: */
void crond_agenda_changed(void *context);
void crond_late(void *context, struct table *, int64_t changed_ns);
void crond_zones_changed(void *context);

#endif
