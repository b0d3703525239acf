/*
 * next_fire: the only authority on when an entry runs. The tick, cronnext,
 * crontab(1) and the tests all ask it.
 *
 * Clock changes of the zone (DESIGN.md "Time", COMPAT.md 9.3):
 * - wildcard entries follow the wall clock: a time that is skipped is not run,
 *   a time that comes twice is run twice;
 * - fixed-time entries: a listed time that falls into a gap runs at the first
 *   minute after the gap (several such times of one entry run once); one that
 *   comes twice runs the first time only;
 * - every change of offset counts, with or without a DST flag; one of three
 *   hours or more is a jump: nothing is made up, nothing is held back.
 */
#ifndef EVCRON_CORE_NEXT_FIRE_H
#define EVCRON_CORE_NEXT_FIRE_H

#include "core/minute.h"
#include "core/schedule.h"
#include "core/zone.h"

/* The first minute later than after at which an entry with this schedule runs
 * in this zone, its delay included; MINUTE_NEVER if none before the zone's
 * list ends or if it is @reboot. Pure; some 40 ns. */
struct minute next_fire(const struct schedule *, const struct zone *,
    struct minute after);

#endif
