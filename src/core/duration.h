/* Lengths of time as options have them: "90", "90s", "15m", "1h", "5d". */
#ifndef EVCRON_CORE_DURATION_H
#define EVCRON_CORE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads one that is len bytes long, from 1 second to max. false: it is none. */
bool duration_read(const char *text, size_t len, uint64_t max, uint64_t *secs);

/* In words, by the largest unit that keeps two digits: "3 min", "47 h", "5 d".
 * Returns out. */
char *duration_show(char *out, size_t size, uint64_t secs);

#endif
