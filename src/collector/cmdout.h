/*
 * A run's output as CMDOUT lines in the log: crond -s, --output, and RHEL
 * without sendmail (COMPAT.md 7, 8).
 */
#ifndef EVCRON_COLLECTOR_CMDOUT_H
#define EVCRON_COLLECTOR_CMDOUT_H

#include <stddef.h>

#include "collector/collector.h"
#include "core/run_record.h"

struct cmdout { /* the line that has no end yet */
	char line[1023];
	size_t len;
};

/* Logs the lines that end in these bytes, cut at 1023. All zero at first. */
void cmdout_add(struct cmdout *, struct collector *, const struct run_record *,
    const char *bytes, size_t len);
/* There will be no more: logs a last line without newline. */
void cmdout_end(struct cmdout *, struct collector *, const struct run_record *);

#endif
