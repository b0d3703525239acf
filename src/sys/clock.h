/* The two clocks, read together. All in nanoseconds. */
#ifndef EVCRON_SYS_CLOCK_H
#define EVCRON_SYS_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t clock_wall_ns(void); /* CLOCK_REALTIME */
int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC: stands still in suspend */
int64_t clock_cpu_ns(void);  /* what this process has computed */

enum clock_format {
	CLOCK_MAIL,  /* the Date of a mail (RFC 5322) */
	CLOCK_MBOX,  /* the first line of a mail in a mailbox */
	CLOCK_SHORT, /* 2026-11-24 23:50 */
};

/* An instant in seconds since the epoch as local time (in English: only
 * LC_CTYPE is ever set); "?" for one that has no year. Returns out. */
char *clock_show(char *out, size_t size, enum clock_format, int64_t at);

#endif
