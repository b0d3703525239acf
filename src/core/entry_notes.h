/*
 * What is odd in an entry that can be read: a '%' inside quotes, a sixth field,
 * a user where there is none, none where there is one, a day that never comes.
 * Each cron runs such a line as it is written, or never; so these are notices,
 * and hints where it may well be meant.
 */
#ifndef EVCRON_CORE_ENTRY_NOTES_H
#define EVCRON_CORE_ENTRY_NOTES_H

#include "core/entry.h"

/* Tells what there is to note of the reader's line, which entry_read() has
 * read. */
void entry_note(struct reader *, const struct entry_rules *,
    const struct entry_line *);

/* Advises behind the last fault that entry_read() has told of this line. */
void entry_advise(struct reader *, const struct entry_rules *,
    const struct entry_line *);

/* Is this text, which need not be the reader's, an entry without a fault above
 * that level? Nobody hears of its faults. */
bool entry_reads(const struct reader *, const struct entry_rules *,
    struct slice text, enum fault_level);

#endif
