/*
 * A table: bytes of a file turned into entries, the settings above them, and
 * faults. Pure: no file, no clock, no passwd; what the grammar needs to know
 * of the world comes in a struct table_source.
 *
 * A table is one block of memory, entries first, then what they share, then
 * settings and text, so a million entries cost little more than their commands.
 * It never changes after the parse, but for its context, the links that the
 * agenda threads through entries, and the list of environments that its runs
 * share.
 */
#ifndef EVCRON_CORE_TABLE_H
#define EVCRON_CORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/entry.h"
#include "core/env.h"
#include "core/fault.h"
#include "core/keyed_hash.h"
#include "core/memory.h"
#include "core/personality.h"
#include "core/run_env.h"
#include "core/schedule.h"

struct mail_rules;

/* In the order in which jobs of one minute start (DESIGN.md 3.5). */
enum table_kind {
	TABLE_SYSTEM, /* /etc/crontab: has a user field */
	TABLE_DROPIN, /* a file in /etc/cron.d: has a user field */
	TABLE_USER,   /* in the spool, or an operand: has none */
};

struct agenda_group;

/* What entries in a row mostly have in common. */
struct entry_scope {
	uint32_t user;        /* offset of the user's name in the text */
	uint32_t zone;        /* offset of CRON_TZ's value; of "" if none */
	uint32_t settings;    /* how many of the table's settings are above */
	uint16_t flags;       /* enum entry_flags */
	uint16_t user_column; /* from 1; 0: none, or out of sight */
};

struct entry {
	union {
		struct schedule when; /* until the table is on an agenda; see
					 entry_when() */
		struct { /* then: of agenda.c, not touched elsewhere */
			struct agenda_group *group;
			struct entry *next, **prev;
		};
	};
	uint32_t command; /* where its text begins in the table's text: with its
			     % data, unescaped yet */
	uint32_t scope;   /* of those behind the entries */
	uint32_t line;    /* from 1 */
	uint32_t index;   /* in table->entries: finds the table from it */
};

_Static_assert(sizeof(struct entry) == 40, "there may be a million of them");

struct table {
	enum table_kind kind : 8;
	bool on_agenda : 1; /* by agenda.c */
	uint32_t refs;      /* table_ref, table_unref */
	const char *name;   /* file's name in its directory; "" for SYSTEM */
	const char *path;   /* as in logs */
	struct memory *memory;
	char *context;            /* table_set_context */
	struct run_envs envs;     /* table_run_env */
	size_t size;              /* of the block */
	const char *text;         /* all strings, each NUL-terminated */
	const uint32_t *settings; /* offsets of "NAME=value" in line order */
	uint32_t setting_count;
	uint32_t entry_count;
	struct entry entries[];
};

struct table_source {
	const struct personality *personality;
	enum table_kind kind;
	const char *name;
	const char *path;
	const char *user;       /* TABLE_USER: whose it is; else ignored */
	bool may_be_quiet;      /* "-" prefix allowed: system table, or owner's
				   uid is 0 [COMPAT.md 3.4] */
	uint64_t host_seed;     /* random.h */
	struct hash_key key;    /* of the parse's sets and of environments */
	unsigned delay_percent; /* RANDOM_DELAY's factor, 0-100 */
	/* Is this value of CRON_TZ a zone? NULL: nobody asks. */
	bool (*zone_known)(const char *name);
	/* By which MAILTO and MAILFROM are judged (mail_check.h). NULL: nobody
	 * asks. */
	const struct mail_rules *mail;
	/* Is this the name of a user, and of no program? NULL: nobody asks. */
	bool (*user_only)(const char *name);
	const char *const *inherited; /* the daemon's variables that reach every
				   table, "NAME=value", NULL at the end; only
				   RANDOM_DELAY counts in the parse */
};

enum table_verdict {
	TABLE_GOOD,      /* *table is set; faults may still name lines */
	TABLE_REFUSED,   /* a fault that costs the whole table */
	TABLE_NO_MEMORY, /* try again later */
};

/* Reads len bytes (not NUL-terminated) as a table in daemon's eyes. faults are
 * added to, never cleared. On TABLE_GOOD the caller owns *table (one
 * reference). crontab(1)'s stricter eyes: TABLE_GOOD and no fault from
 * FAULT_LENIENT up. */
enum table_verdict table_parse(const struct table_source *, const char *bytes,
    size_t len, struct memory *, struct faults *, struct table **);

/* The longest delay that RANDOM_DELAY may ask for. */
#define TABLE_DELAY_MAX_MINS (24 * 60)

struct table_room { /* what is to be in a new table */
	uint32_t entries, scopes, settings;
	size_t text_len;
};

struct table_block { /* of a new table, to be filled */
	struct entry_scope *scopes;
	uint32_t *settings;
	char *text;
};

/* For who makes tables (table.c, table_copy.c): one block with room for all,
 * one reference, nothing in it yet. NULL: no memory. */
struct table *table_blank(struct memory *, const struct table_room *,
    struct table_block *);

void table_ref(struct table *);
/* Frees it with the last reference. */
void table_unref(struct table *);

static inline struct table *
entry_table(struct entry *e)
{
	return (struct table *)((char *)(e - e->index) -
				offsetof(struct table, entries));
}

static inline const struct entry_scope *
table_scopes(const struct table *t)
{
	return (const struct entry_scope *)(const void *)&t
	    ->entries[t->entry_count];
}

static inline const struct entry_scope *
entry_scope(const struct table *t, const struct entry *e)
{
	return table_scopes(t) + e->scope;
}

static inline const char *
entry_user(const struct table *t, const struct entry *e)
{
	return t->text + entry_scope(t, e)->user;
}

static inline const char *
entry_zone(const struct table *t, const struct entry *e)
{
	return t->text + entry_scope(t, e)->zone;
}

static inline const char *
entry_command(const struct table *t, const struct entry *e)
{
	return t->text + e->command;
}

/* When it is due, wherever its table is. An agenda's group begins with the
 * schedule that its entries share. Good until the table goes on or off one. */
static inline const struct schedule *
entry_when(const struct table *t, const struct entry *e)
{
	return t->on_agenda ? (const struct schedule *)(const void *)e->group
			    : &e->when;
}

/* What SELinux wants its jobs to be, as sys/spawn/context.h found it. Copied;
 * NULL: nothing. -1: no memory. */
int table_set_context(struct table *, const char *context);

/* Order of start within a minute: kind, then name by bytes. <0, 0, >0 */
int table_compare(const struct table *, const struct table *);

/* The environment of a run of this entry, without PAM (COMPAT.md 5): inherited,
 * then the settings above the entry, then SHELL, HOME, PATH, LOGNAME and USER
 * as the personality has them. user and home are of the account that runs it;
 * path NULL: the personality's. Adds to env. -1: no memory. */
int table_environment(const struct table *, const struct entry *,
    const struct table_source *, const char *user, const char *home,
    const char *path, struct env *env);

/* The same, shared: that of a run which has it now, or a new one; a reference
 * is the caller's. source and path are to be the same each time. NULL: no
 * memory.
 */
struct run_env *table_run_env(struct table *, const struct entry *,
    const struct table_source *, const char *user, const char *home,
    const char *path);

#endif
