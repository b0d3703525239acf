/*
 * What a cron daemon does once, before its loop runs: directories, the marker
 * that tells whether this boot's @reboot jobs have run, and the lines of the
 * log that say so, in the personality's words (COMPAT.md 1, 8, 9.5).
 */
#ifndef EVCRON_DAEMON_LIFE_STARTUP_H
#define EVCRON_DAEMON_LIFE_STARTUP_H

#include <stdbool.h>

#include "core/personality.h"
#include "sys/log/log.h"
#include "sys/paths.h"

/* A start that can't go on: one line to stderr, one to the log. errnum 0: there
 * is none. */
void startup_death(struct log *, const struct personality *, int errnum,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Our own directories, 0700: that of what runs, which nobody but us may write
 * to, else -1 with errno; and, where it can be made, that of mail. */
int startup_own_dirs(const struct paths *);
/* Who can't do without the first one ends; errno tells why. */
void startup_no_dirs(const struct paths *, const struct personality *,
    struct log *);

/* The spool, where it is missing, with the personality's modes; then stands in
 * the personality's working directory. 0, or -1 after startup_death. */
int startup_spool(const struct paths *, const struct personality *,
    struct log *);

/* The lines of a start. forked: not in the foreground. */
void startup_say(struct log *, const struct personality *, bool forked,
    int lock_fd, unsigned delay_percent);
enum startup_boot {
	BOOT_FIRST, /* the first start since the boot: @reboot jobs run */
	BOOT_AGAIN,
	BOOT_DEATH, /* the marker can't be made and the personality wants it */
};

/* Leaves the marker; says in the log what becomes of @reboot jobs. boot_id:
 * this boot's, where the marker may outlive a boot (an ordinary user's) and so
 * must name it; NULL: it is the incumbent's empty file. */
enum startup_boot startup_claim_boot(const struct paths *,
    const struct personality *, struct log *, const char *boot_id);
/* Before that: the start of a container's first process is its boot, also where
 * /run outlives it. */
void startup_new_boot(const struct paths *);

#endif
