/*
 * One line of a table as an entry: five time fields or a nickname, the user in
 * system tables, options, command (COMPAT.md 3.2, 3.4, 3.5). What the line
 * alone says; what comes from the lines above it is table.c's.
 */
#ifndef EVCRON_CORE_ENTRY_H
#define EVCRON_CORE_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/line.h"
#include "core/schedule.h"

enum entry_flags {
	ENTRY_QUIET = 0x01,           /* "-" prefix: no CMD, CMDEND lines */
	ENTRY_MAIL_ON_FAILURE = 0x02, /* -n before the command */
};

/* The text of its fault: cronie has a line of its own in the log for this one.
 */
#define ENTRY_NOT_QUIET                                                        \
	"only root's tables may begin an entry with '-' (run it without log "  \
	"lines)"

struct entry_rules {
	const char *user;  /* whose table it is; NULL: a system table */
	bool has_user;     /* a system table */
	bool may_be_quiet; /* "-" prefix */
	uint64_t seed;     /* for '~' */
	/* As in struct table_source; for notes and advice. */
	bool (*zone_known)(const char *name);
	bool (*user_only)(const char *name);
};

/* What is wrong with one, where advice may be given (entry_notes.h). */
enum entry_wrong {
	ENTRY_WRONG_NOTHING,
	ENTRY_WRONG_QUIET, /* the '-' at its beginning */
	ENTRY_WRONG_SIXTH, /* a field too many */
	ENTRY_WRONG_USER,  /* none, and a '-' behind the command's name */
};

struct entry_line {
	struct schedule when; /* without a delay */
	uint32_t flags;       /* enum entry_flags */
	/* the time fields as written; of a nickname the first, alone */
	struct slice fields[5];
	enum entry_wrong wrong; /* of the fault told last */
	struct slice wrong_word;
	struct slice user;    /* with has_user */
	struct slice command; /* as written, with its % data */
};

/* Reads the reader's line. false: it is no entry, and the reader has been told
 * why. */
bool entry_read(struct reader *, const struct entry_rules *,
    struct entry_line *);

/* Has the line a '~' in its time fields, so that seed matters? */
bool entry_is_random(const struct reader *);

#endif
