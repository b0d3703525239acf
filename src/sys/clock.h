/* The two clocks, read together. All in nanoseconds. */
#ifndef EVCRON_SYS_CLOCK_H
#define EVCRON_SYS_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ns(void); /* CLOCK_REALTIME */
int64_t clock_mono_ns(void); /* CLOCK_MONOTONIC: stands still in suspend */

#endif
