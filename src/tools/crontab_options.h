/*
 * The words of crontab's command line: the letters, rules and messages of each
 * incumbent (COMPAT.md 2.2), in the order in which they find fault.
 */
#ifndef EVCRON_TOOLS_CRONTAB_OPTIONS_H
#define EVCRON_TOOLS_CRONTAB_OPTIONS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/personality.h"

/* Longer names of users are refused; a file's name has no room for them. */
#define CRONTAB_NAME_MAX 256

enum crontab_action {
	ACTION_INSTALL,
	ACTION_LIST,
	ACTION_REMOVE,
	ACTION_EDIT,
	ACTION_TEST,
	ACTION_SET_HOST, /* of a cluster */
	ACTION_GET_HOST,
};

struct crontab_options {
	const struct personality *personality;
	enum crontab_action action;
	const char *file; /* INSTALL, TEST: "-" is stdin */
	const char *host; /* SET_HOST: or NULL */
	const char *root; /* "" or --root */
	char *caller;     /* his name */
	char *user;       /* whose table */
	uid_t user_uid;   /* his */
	bool for_other;   /* not the caller's own uid's */
	bool is_root;     /* the caller, or he counts as root (--root) */
	bool prompt;      /* -i */
	bool dry_run;     /* Debian's -n: INSTALL, but don't */
	bool no_backup;   /* -b */
	bool context;     /* -s: the caller's SELinux context goes along */
};

/* caller: the real uid; elevated: the program has rights that the caller has
 * not, so --root and --personality are refused. Prints and ends the program
 * for what is wrong, for --help and the like. */
void crontab_options_parse(struct crontab_options *, int argc, char **argv,
    uid_t caller, bool elevated);
void crontab_options_clear(struct crontab_options *);

#endif
