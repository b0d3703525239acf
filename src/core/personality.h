/*
 * Debian, RHEL, SUSE: where they differ, as data. One table of constants for
 * each, chosen by configure and overridden by --personality, so that one build
 * can be all of them. Every constant's source is COMPAT.md, by the section in
 * brackets.
 */
#ifndef EVCRON_CORE_PERSONALITY_H
#define EVCRON_CORE_PERSONALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The build's own; configure --with-personality. */
#ifndef EVCRON_PERSONALITY
#define EVCRON_PERSONALITY "debian"
#endif

enum personality_names { /* which names in cron.d and spool are tables [4.1] */
	NAMES_CRONIE,
	NAMES_DEBIAN,
};

struct personality {
	const char *name; /* "debian", "redhat", "suse" */
	bool debian;      /* log, mail and option flavour [2, 7, 8] */

	const char *daemon;    /* program's name: "cron", "crond" */
	const char *job_ident; /* syslog ident of a job: "CRON", "CROND" [8] */

	/* paths [1] */
	const char *system_table;
	const char *dropin_dir;
	const char *spool_dir;
	const char *spool_parent; /* Debian's daemon makes this too; or NULL */
	mode_t spool_mode;        /* 0700, or 01730 */
	const char *spool_group;  /* "crontab", or NULL: root */
	const char *pid_file;
	bool pid_file_removed; /* at a clean end [1] */
	const char *reboot_marker;
	bool marker_required;    /* DEATH, exit 0, if it can't be made [2.1] */
	const char *work_dir;    /* chdir here at start; or NULL */
	const char *sendmail;    /* the MTA's program */
	const char *mailbox_dir; /* of users, where local mail goes */
	const char *pam_service;

	/* tables [3, 4, 5] */
	enum personality_names names;
	bool table_all_or_nothing; /* a bad line refuses the table */
	bool junk_ignored;         /* "5;6" read as 5 by the daemon */
	bool
	    unknown_options_run; /* a command "-x ..." is run, with a warning */
	bool empty_command_known; /* the incumbent accepts an empty command */
	bool extensions_new;      /* ~ - -n CRON_TZ RANDOM_DELAY: say at load */
	bool backslash_pairs;     /* the command's \\ becomes \ [3.6] */
	bool quoted_trimmed;      /* A="  x  " loses its right blanks [3.1] */
	bool unknown_user_refused; /* in system tables: the table [3.5] */
	size_t line_max;           /* bytes of a line that count */
	size_t command_max;        /* longest command */
	bool command_too_long;     /* longer is a fault, or silently cut */
	unsigned lines_max;        /* lines of any table, 0: no limit */
	unsigned entries_max;      /* entries of a user table, 0: no limit */
	unsigned settings_max;     /* variables of a user table, 0: no limit */
	size_t filler_max; /* comment bytes between items, 0: no limit */

	/* jobs [5, 6] */
	const char *path;         /* PATH where none is set */
	bool sets_user;           /* USER as well as LOGNAME */
	bool inherits_locale;     /* LANG, LC_*, ... reach the tables */
	bool home_required;       /* no HOME, no run; or run in work_dir */
	bool pam_for_system_root; /* PAM also for root's system jobs */

	/* output, mail, log [7, 8] */
	unsigned linger_secs;     /* how long an ended run's output is waited
				     for while others hold it open */
	bool mailer_gets_job_env; /* or the daemon's own */
	const char *safe_mail;    /* characters besides alnum, not as first */
	bool logs_end;            /* CMDEND by default */

	/* crontab(1) [10] */
	bool everyone_allowed; /* where there is no cron.allow, no cron.deny */
	bool access_of_target; /* they judge -u's user, or the caller */
	bool stored_header;    /* three comment lines above each table */
	bool root_keeps;       /* what root installs for a user is root's */
	bool keeps_backup;     /* of each table that is replaced */
	const char *temp_prefix; /* of names in the spool that come to be */
	bool temp_names_host;    /* and after it the host's name */
	const char *editor;      /* without VISUAL, EDITOR */
	const char *edit_dir;    /* where the editor runs; NULL: stay */
};

/* By name, NULL if there is none such. With NULL: the build's own. */
const struct personality *personality_find(const char *name);

/* The build's, then the others, NULL at the end: for tests and --help. */
const struct personality *const *personality_all(void);

/* Does this "NAME=value" of the daemon's own environment reach every table
 * [5]? LANG, LC_*, LANGUAGE, RANDOM_DELAY, MAILFROM where inherits_locale is
 * set. main picks them, in the order of environ, for table_source. */
bool personality_inherits(const struct personality *, const char *variable);

#endif
