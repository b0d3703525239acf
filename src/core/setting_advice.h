/*
 * Lines that a shell would read otherwise than a table does:
 *
 *	export FOO=bar		no setting: the name has a blank
 *	TZ=UTC 0 5 * * * cmd	a setting: all of "UTC 0 5 * * * cmd" is its
 *value MAILTO=root # on call	another, of "root # on call"
 *
 * Those that are no setting are faults anyway, and here get their advice; those
 * that are one get a notice, for no cron refuses them.
 */
#ifndef EVCRON_CORE_SETTING_ADVICE_H
#define EVCRON_CORE_SETTING_ADVICE_H

#include "core/entry_notes.h"
#include "core/line.h"

/* Does the line begin with a word that sets variables in a shell? */
bool setting_begins_as_shell(const struct reader *);

/* Tells that the line is no setting, though it looks like one: why and where
 * are those of reader_setting(), or NULL. */
void setting_refuse(struct reader *, const struct entry_rules *,
    const char *why, const char *where);

/* Tells what in this setting, the reader's line, can't be meant. */
void setting_note(struct reader *, const struct entry_rules *,
    const struct setting *);

#endif
