/*
 * The command line. Two incumbents have read it for thirty years, and scripts
 * know their words; so each rule stands here as the one or the other has it.
 * A letter that only one of them knows means the same under all, but for -n
 * (Debian: dry run; cronie: cluster).
 */
#include "tools/crontab_options.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/build_info.h"
#include "sys/cluster.h"
#include "sys/spawn/context.h"
#include "tools/crontab.h"

#define LETTERS "u:lerisncbx:VTh"

enum {
	OPTION_ROOT = 256,
	OPTION_PERSONALITY,
	OPTION_HELP,
	OPTION_DRY_RUN,
	OPTION_SET_HOST
};

static const struct option long_options[] = {
    {"user", required_argument, NULL, 'u'},
    {"list", no_argument, NULL, 'l'},
    {"edit", no_argument, NULL, 'e'},
    {"remove", no_argument, NULL, 'r'},
    {"ask", no_argument, NULL, 'i'},
    {"test", no_argument, NULL, 'T'},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"no-backup", no_argument, NULL, 'b'},
    {"context", no_argument, NULL, 's'},
    {"set-host", no_argument, NULL, OPTION_SET_HOST},
    {"get-host", no_argument, NULL, 'c'},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"personality", required_argument, NULL, OPTION_PERSONALITY},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

/* What the line has said so far. */
struct reading {
	struct crontab_options *o;
	uid_t caller_uid;
	bool is_root, elevated;
	bool chosen; /* an operation was named */
	bool any;    /* or any option but those of tests */
};

/* ---- what is printed ---- */

static void
usage_debian(void)
{
	(void)fputs("usage:\tcrontab [-u user] [-n] file\n"
		    "\tcrontab [ -u user ] [ -i ] { -e | -l | -r }\n"
		    "\n"
		    "\t-h\t(displays this help message)\n"
		    "\n"
		    "\tfile\t(default operation is replace, per 1003.2)\n"
		    "\t-n\t(dry run: checks the syntax, then bails out)\n"
		    "\t-u user\t(choose the user whose crontab is touched)\n"
		    "\n"
		    "\t-e\t(edit user's crontab)\n"
		    "\t-l\t(list user's crontab)\n"
		    "\t-r\t(delete user's crontab)\n"
		    "\n"
		    "\t-i\t(prompt before deleting user's crontab)\n",
	    stderr);
}

static void
usage_cronie(void)
{
	(void)fprintf(stderr,
	    "Usage:\n"
	    " crontab [options] file\n"
	    " crontab [options]\n"
	    " crontab -n [hostname]\n"
	    "\n"
	    "Options:\n"
	    " -u <user>  define user\n"
	    " -e         edit user's crontab\n"
	    " -l         list user's crontab\n"
	    " -r         delete user's crontab\n"
	    " -i         prompt before deleting\n"
	    " -n <host>  set host in cluster to run users' crontabs\n"
	    " -c         get host in cluster to run users' crontabs\n"
	    " -b         don't backup old crontab\n"
	    " -T <file>  test a crontab file syntax\n"
	    "%s"
	    " -V         print version and exit\n"
	    " -x <mask>  enable debugging\n"
	    "\n"
	    "Default operation is replace, per 1003.2\n",
	    context_built() ? " -s         selinux context\n" : "");
}

static void usage(const struct reading *r, const char *complaint)
    __attribute__((noreturn));

static void
usage(const struct reading *r, const char *complaint)
{
	if (complaint != NULL)
		(void)fprintf(stderr, "crontab: usage error: %s\n", complaint);
	if (r->o->personality->debian)
		usage_debian();
	else
		usage_cronie();
	exit(EXIT_FAILURE);
}

static void help(const struct reading *r) __attribute__((noreturn));

static void
help(const struct reading *r)
{
	(void)printf(
	    "Usage: crontab [options] [file | -]\n"
	    "Installs file (or stdin) as your table of cron jobs.\n"
	    "\n"
	    "  -l, --list          print the table\n"
	    "  -e, --edit          edit it with $VISUAL, $EDITOR or %s\n"
	    "  -r, --remove        remove it\n"
	    "  -T, --test          judge file (or stdin), install nothing\n"
	    "  -u, --user NAME     another user's table\n"
	    "  -i, --ask           ask before removing\n"
	    "%s--dry-run       as --test, in Debian's words\n"
	    "%s--set-host      the host of a cluster that runs users' tables "
	    "is "
	    "the\n"
	    "                      operand, or this one (crond -c)\n"
	    "  -c, --get-host      print that host\n"
	    "  -b, --no-backup     keep no copy of the table that was there\n"
	    "  -s, --context       the table begins with your SELinux context\n"
	    "      --root DIR      all paths below this directory\n"
	    "      --personality NAME  debian, redhat or suse\n"
	    "  -h, --help          this help\n"
	    "  -V, --version       the version\n"
	    "\n"
	    "The personality is %s. See crontab(1) and crontab(5).\n",
	    r->o->personality->editor,
	    r->o->personality->debian ? "  -n, " : "      ",
	    r->o->personality->debian ? "      " : "  -n, ",
	    r->o->personality->name);
	exit(crontab_end_output() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void refuse(const char *why) __attribute__((noreturn));

static void
refuse(const char *why)
{
	(void)fprintf(stderr, "%s\n", why);
	exit(EXIT_FAILURE);
}

/* ---- users ---- */

static void
take_name(char **field, const char *name)
{
	free(*field);
	*field = strdup(name);
	if (*field == NULL)
		refuse(strerror(ENOMEM));
}

static void
take_caller(struct reading *r)
{
	const struct passwd *pw = getpwuid(r->caller_uid);

	if (pw == NULL) {
		(void)fputs("crontab: your UID isn't in the passwd file.\n"
			    "bailing out.\n",
		    stderr);
		exit(EXIT_FAILURE);
	}
	if (strlen(pw->pw_name) >= CRONTAB_NAME_MAX)
		refuse("username too long");
	take_name(&r->o->caller, pw->pw_name);
	take_name(&r->o->user, pw->pw_name);
	r->o->user_uid = pw->pw_uid;
}

/* A cluster's host is nobody's. */
static bool
names_no_user(const struct crontab_options *o)
{
	return o->action == ACTION_SET_HOST || o->action == ACTION_GET_HOST;
}

/* -u: cronie asks for rights first, Debian for the user; and to cronie nobody
 * but root may name anybody, be it himself. Where a source of users takes more
 * names for one user than his own (of any case, say), Debian's table and access
 * lists know him by that; cronie's by the word on the line. */
static void
take_user(struct reading *r, const char *name)
{
	const struct passwd *pw;
	bool debian = r->o->personality->debian;

	if (!debian && !r->is_root)
		refuse("must be privileged to use -u");
	if (!debian && !context_may_act_for_others())
		refuse(
		    "Access denied by SELinux, must be privileged to use -u");
	if (r->chosen &&
	    (names_no_user(r->o) || (!debian && r->o->action == ACTION_TEST)))
		refuse("cannot use -u with -n, -c or -T");
	pw = getpwnam(name);
	if (pw == NULL) {
		(void)fprintf(stderr, "crontab:  user `%s' unknown\n", name);
		exit(EXIT_FAILURE);
	}
	if (!r->is_root && pw->pw_uid != r->caller_uid)
		refuse("must be privileged to use -u");
	if (debian)
		name = pw->pw_name;
	/* The name becomes a file's in the spool. */
	if (strlen(name) >= CRONTAB_NAME_MAX)
		usage(r, "username too long");
	take_name(&r->o->user, name);
	r->o->user_uid = pw->pw_uid;
}

/* ---- letters ---- */

static void
take_action(struct reading *r, enum crontab_action action)
{
	if (r->chosen)
		usage(r, "only one operation permitted");
	r->chosen = true;
	r->o->action = action;
}

/* cronie's -n and -c say and tell which host of a cluster runs the tables. */
static void
take_cluster(struct reading *r, enum crontab_action action)
{
	if (action == ACTION_SET_HOST && !r->is_root)
		refuse("must be privileged to set host with -n");
	take_action(r, action);
	if (strcmp(r->o->user, r->o->caller) != 0)
		refuse("cannot use -u with -n or -c");
}

/* Debug flags are cronie's own; nothing here is told by them. */
static void
take_debug(const struct reading *r, const char *list)
{
	static const char *const names[] = {"ext", "sch", "proc", "pars",
	    "load", "misc", "test", "bit"};
	size_t i, len;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		for (i = 0; i < sizeof names / sizeof *names; i++) {
			if (strlen(names[i]) == len &&
			    memcmp(names[i], list, len) == 0)
				break;
		}
		if (i == sizeof names / sizeof *names)
			usage(r, "bad debug option");
	}
}

static void
take_letter(struct reading *r, int letter, const char *argument)
{
	struct crontab_options *o = r->o;

	r->any |= letter != OPTION_ROOT && letter != OPTION_PERSONALITY;
	switch (letter) {
	case 'l':
		take_action(r, ACTION_LIST);
		break;
	case 'r':
		take_action(r, ACTION_REMOVE);
		break;
	case 'e':
		take_action(r, ACTION_EDIT);
		break;
	case 'T':
		take_action(r, ACTION_TEST);
		break;
	case 'u':
		take_user(r, argument);
		break;
	case 'i':
		o->prompt = true;
		break;
	case 'b':
		o->no_backup = true;
		break;
	case 's':
		if (!context_built())
			usage(r, "this crontab is built without SELinux");
		o->context = true;
		break;
	case 'n':
		if (o->personality->debian)
			o->dry_run = true;
		else
			take_cluster(r, ACTION_SET_HOST);
		break;
	case OPTION_SET_HOST:
		take_cluster(r, ACTION_SET_HOST);
		break;
	case OPTION_DRY_RUN:
		o->dry_run = true;
		break;
	case 'c':
		take_cluster(r, ACTION_GET_HOST);
		break;
	case 'x':
		take_debug(r, argument);
		break;
	case 'V':
		(void)puts("evcron " EVCRON_VERSION);
		build_info_print(stdout);
		(void)putchar('\n');
		exit(crontab_end_output() == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	case 'h':
		usage(r, NULL);
	case OPTION_HELP:
		help(r);
	case OPTION_ROOT:
	case OPTION_PERSONALITY:
		break; /* taken before all others */
	default:
		usage(r, "unrecognized option");
	}
}

/* Where the tables are, and by whose rules, is not for the caller to say when
 * the program has more rights than he. */
static void
take_world(struct reading *r, int option, const char *argument)
{
	if (option != OPTION_ROOT && option != OPTION_PERSONALITY)
		return;
	if (r->elevated) {
		(void)fprintf(stderr,
		    "crontab: --%s: not with the rights of a set-id program\n",
		    option == OPTION_ROOT ? "root" : "personality");
		exit(EXIT_FAILURE);
	}
	if (option == OPTION_ROOT && argument[0] != '\0') {
		r->o->root = argument;
		r->is_root = true;
	} else if (option == OPTION_ROOT) {
		usage(r, "--root: want a directory");
	} else if (personality_find(argument) == NULL) {
		usage(r, "--personality: want debian, redhat or suse");
	} else {
		r->o->personality = personality_find(argument);
	}
}

/* ---- operands ---- */

/* What no host is called: the tables would run nowhere. Whoever means that says
 * so with an empty name. */
static bool
is_no_name(const char *host)
{
	for (; *host != '\0'; host++)
		if ((unsigned char)*host <= ' ' || *host == '\x7f')
			return true;
	return false;
}

/* The first operand, if it is a host's name; the others. */
static char **
take_host(struct reading *r, char **operands)
{
	if (r->o->action != ACTION_SET_HOST || *operands == NULL)
		return operands;
	if (strlen(*operands) >= CLUSTER_HOST_SIZE)
		usage(r, "hostname too long");
	if (is_no_name(*operands))
		usage(r, "hostname must be one word");
	r->o->host = *operands;
	return operands + 1;
}

static void
operands_debian(struct reading *r, char **operands)
{
	if (r->chosen && r->o->action != ACTION_TEST) {
		if (*operands != NULL)
			usage(r, "no arguments permitted after this option");
		return;
	}
	/* More than one is let pass in silence, as ever. */
	if (*operands != NULL)
		r->o->file = *operands;
	else if (!r->any || r->chosen)
		r->o->file = "-";
	else
		usage(r, "file name must be specified for replace");
}

static void
operands_cronie(struct reading *r, char **operands)
{
	if (r->o->action == ACTION_INSTALL || r->o->action == ACTION_TEST) {
		if (*operands != NULL)
			r->o->file = *operands++;
		else if (isatty(STDIN_FILENO))
			usage(r,
			    "file name or - (for stdin) must be specified");
		else
			r->o->file = "-";
	}
	if (*operands != NULL)
		usage(r, "no arguments permitted after this option");
}

/* Debian's own edits without installing what comes of it, and removes. */
static void
check_dry_run(const struct reading *r)
{
	if (r->o->dry_run &&
	    (r->o->action == ACTION_EDIT || r->o->action == ACTION_REMOVE))
		usage(r, "a dry run is of a file, not of -e or -r");
}

void
crontab_options_parse(struct crontab_options *o, int argc, char **argv,
    uid_t caller, bool elevated)
{
	struct reading r = {
	    .o = o,
	    .caller_uid = caller,
	    .is_root = caller == 0,
	    .elevated = elevated && caller != 0,
	};
	int letter;

	memset(o, 0, sizeof *o);
	o->personality = personality_find(NULL);
	o->action = ACTION_INSTALL;
	o->root = "";
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((letter = getopt_long(argc, argv, LETTERS, long_options,
		    NULL)) != -1)
		take_world(&r, letter, optarg);
	take_caller(&r);
	optind = 0;
	opterr = 1;
	while ((letter = getopt_long(argc, argv, LETTERS, long_options,
		    NULL)) != -1)
		take_letter(&r, letter, optarg);
	check_dry_run(&r);
	if (o->personality->debian)
		operands_debian(&r, take_host(&r, argv + optind));
	else
		operands_cronie(&r, take_host(&r, argv + optind));
	o->is_root = r.is_root;
	o->for_other = o->user_uid != caller;
}

void
crontab_options_clear(struct crontab_options *o)
{
	free(o->caller);
	free(o->user);
	memset(o, 0, sizeof *o);
}
