/* The command line of cronnext: cronie's options, and --root, --personality. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/cronnext.h"

/* cronie's horizon: eight of its years. */
#define SPAN_SECS (INT64_C(8) * 12 * 31 * 86400)

static void
usage(void)
{
	static const char text[] =
	    "Find the time of the next scheduled cron job.\n"
	    "Usage:\n"
	    " cronnext [options] [file ...]\n"
	    "\n"
	    "Options:\n"
	    " -i, --include users  only the tables of these users\n"
	    " -e, --exclude users  not the tables of these users\n"
	    " -s, --no-system      not the system tables\n"
	    " -a, --all            installed tables even if files are given\n"
	    " -t, --from time      start from this time (seconds since epoch)\n"
	    " -q, --until time     end at this time (seconds since epoch)\n"
	    " -j, --job text       only jobs that contain text\n"
	    " -l, --list           print the next jobs to be executed\n"
	    " -c, --tables         print the next execution of each job\n"
	    " -f, --full           print all jobs executed until -q\n"
	    "     --root dir       tables below this directory\n"
	    "     --personality name  debian, redhat or suse\n"
	    " -h, --help           this help\n"
	    " -V, --version        print version and exit\n";

	(void)fputs(text, stderr);
}

static int64_t
read_time(const char *text)
{
	char *end;
	long long at;

	errno = 0;
	at = strtoll(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || at < 0 ||
	    at > INT64_C(1) << 40) {
		(void)fprintf(stderr,
		    "bad time: %s (want seconds since the epoch)\n", text);
		usage();
		exit(EXIT_FAILURE);
	}
	return at;
}

enum { OPTION_ROOT = 256, OPTION_PERSONALITY };

static const struct option long_options[] = {
    {"include", required_argument, NULL, 'i'},
    {"exclude", required_argument, NULL, 'e'},
    {"no-system", no_argument, NULL, 's'},
    {"all", no_argument, NULL, 'a'},
    {"from", required_argument, NULL, 't'},
    {"until", required_argument, NULL, 'q'},
    {"job", required_argument, NULL, 'j'},
    {"list", no_argument, NULL, 'l'},
    {"tables", no_argument, NULL, 'c'},
    {"full", no_argument, NULL, 'f'},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"personality", required_argument, NULL, OPTION_PERSONALITY},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {NULL, 0, NULL, 0},
};

static void
take_personality(struct cronnext *c, const char *name)
{
	c->personality = personality_find(name);
	if (c->personality != NULL)
		return;
	(void)fprintf(stderr, "no such personality: %s\n", name);
	usage();
	exit(EXIT_FAILURE);
}

static void
take_option(struct cronnext *c, int option, const char *word)
{
	switch (option) {
	case 'i':
		c->include = optarg;
		break;
	case 'e':
		c->exclude = optarg;
		break;
	case 's':
		c->system = false;
		break;
	case 'a':
		c->installed = true;
		break;
	case 't':
		c->start_at = (read_time(optarg) + 59) / 60 * 60;
		break;
	case 'q':
		c->end_at = read_time(optarg) / 60 * 60;
		c->end_given = true;
		break;
	case 'j':
		c->command = optarg;
		break;
	case 'l':
		c->list_next = true;
		break;
	case 'c':
		c->list_tables = true;
		break;
	case 'f':
		c->list_all = true;
		break;
	case OPTION_ROOT:
		c->root = optarg;
		break;
	case OPTION_PERSONALITY:
		take_personality(c, optarg);
		break;
	case 'h':
		usage();
		exit(EXIT_SUCCESS);
	case 'V':
		(void)puts("evcron " EVCRON_VERSION);
		exit(EXIT_SUCCESS);
	default:
		(void)fprintf(stderr, "%s: %s\n",
		    option == ':' ? "missing argument of option"
				  : "unrecognized option",
		    word);
		usage();
		exit(EXIT_FAILURE);
	}
}

void
cronnext_read_options(struct cronnext *c, int argc, char **argv)
{
	int option;

	opterr = 0; /* cronie's own words */
	while ((option = getopt_long(argc, argv, ":i:e:ast:q:j:lcfhV",
		    long_options, NULL)) != -1)
		take_option(c, option, argv[optind - 1]);
	if (c->list_all && !c->end_given) {
		(void)fprintf(stderr,
		    "no ending time specified: -f requires -q\n");
		usage();
		exit(EXIT_FAILURE);
	}
	if (!c->end_given)
		c->end_at = c->start_at + SPAN_SECS;
}
