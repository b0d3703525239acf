/* Putting a table in the place of the old one. */
#ifndef EVCRON_TOOLS_CRONTAB_INSTALL_H
#define EVCRON_TOOLS_CRONTAB_INSTALL_H

#include "tools/crontab.h"
#include "tools/crontab_spool.h"

/* Installs bytes, read from file (as messages name it), as the user's table.
 * expected: what must still be there, as an edit found it; NULL: whatever is.
 * Unless it returns OUTCOME_DONE the old table is as it was. *line: of the
 * first fault. */
enum crontab_outcome install_table(const struct crontab *, const char *file,
    const char *bytes, size_t len, const struct stored *expected,
    unsigned *line);

#endif
