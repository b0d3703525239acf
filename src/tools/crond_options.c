/*
 * getopt_long over the options of both incumbents and our own. Nothing is done
 * here but parsing and telling; main acts on the struct.
 */
#include "tools/crond_options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/duration.h"
#include "core/mailcmd.h"
#include "sys/build_info.h"

#define LETTERS "fnlL:ipPsm:cx:u:hV"

/* Options without a letter. */
enum {
	OPTION_FULL_HOSTNAME = 256,
	OPTION_PERSONALITY,
	OPTION_ROOT,
	OPTION_CHECK,
	OPTION_DRAIN,
	OPTION_LOG,
	OPTION_LOG_FORMAT,
	OPTION_OUTPUT,
	OPTION_GRACE,
	OPTION_MAILERS,
	OPTION_STALL,
	OPTION_LETTER_MAX,
	OPTION_OUTBOX_MAX,
	OPTION_OUTBOX_AGE,
	OPTION_RETRY,
	OPTION_RETRY_FOR,
	OPTION_MAILBOX_MAX,
	OPTION_WARN_AFTER,
	OPTION_SENT_MAX,
	OPTION_SENT_AGE,
	OPTION_OUTBOX,
	OPTION_SENT,
	OPTION_FLUSH,
	OPTION_COLLECTOR,
	OPTION_ANSWER,
	OPTION_HELP,
};

static const struct option long_options[] = {
    {"foreground", no_argument, NULL, 'f'},
    {"full-hostname", no_argument, NULL, OPTION_FULL_HOSTNAME},
    {"lsb-names", no_argument, NULL, 'l'},
    {"log-level", required_argument, NULL, 'L'},
    {"no-inotify", no_argument, NULL, 'i'},
    {"permit-all", no_argument, NULL, 'p'},
    {"inherit-path", no_argument, NULL, 'P'},
    {"syslog-output", no_argument, NULL, 's'},
    {"mailer", required_argument, NULL, 'm'},
    {"cluster", no_argument, NULL, 'c'},
    {"debug", required_argument, NULL, 'x'},
    {"user", required_argument, NULL, 'u'},
    {"usage", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"personality", required_argument, NULL, OPTION_PERSONALITY},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"check", no_argument, NULL, OPTION_CHECK},
    {"drain", no_argument, NULL, OPTION_DRAIN},
    {"log", required_argument, NULL, OPTION_LOG},
    {"log-format", required_argument, NULL, OPTION_LOG_FORMAT},
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"grace", required_argument, NULL, OPTION_GRACE},
    {"mailers", required_argument, NULL, OPTION_MAILERS},
    {"stall", required_argument, NULL, OPTION_STALL},
    {"letter-max", required_argument, NULL, OPTION_LETTER_MAX},
    {"outbox-max", required_argument, NULL, OPTION_OUTBOX_MAX},
    {"outbox-age", required_argument, NULL, OPTION_OUTBOX_AGE},
    {"retry", required_argument, NULL, OPTION_RETRY},
    {"retry-for", required_argument, NULL, OPTION_RETRY_FOR},
    {"mailbox-max", required_argument, NULL, OPTION_MAILBOX_MAX},
    {"warn-after", required_argument, NULL, OPTION_WARN_AFTER},
    {"sent-max", required_argument, NULL, OPTION_SENT_MAX},
    {"sent-age", required_argument, NULL, OPTION_SENT_AGE},
    {"outbox", no_argument, NULL, OPTION_OUTBOX},
    {"sent", no_argument, NULL, OPTION_SENT},
    {"flush", no_argument, NULL, OPTION_FLUSH},
    {"collector", required_argument, NULL, OPTION_COLLECTOR},
    {"answer", required_argument, NULL, OPTION_ANSWER},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static const char help_text[] =
    "Usage:\n"
    " %1$s [OPTION]...            run the tables of this machine\n"
    " %1$s [OPTION]... TABLE...   not as root: run these tables as yourself\n"
    " %1$s --check [FILE]...      say what is wrong with tables\n"
    " %1$s --outbox [ID]...       show the mail that waits; --flush: try it "
    "now\n"
    "\n"
    "Running:\n"
    " -f, --foreground       stay in the foreground%2$s\n"
    " -i, --no-inotify       look at all files once a minute instead\n"
    " -c, --cluster          users' tables only where the spool's "
    ".cron.hostname\n"
    "                        names this host\n"
    " -p, --permit-all       don't check owner, mode and links of tables\n"
    " -P, --inherit-path     jobs without a PATH get the daemon's own\n"
    " -l, --lsb-names        names in cron.d as the LSB has them\n"
    "     --grace=TIME       a stop gives jobs so long, then ends them (30s "
    "as PID 1)\n"
    "     --drain            start nothing, look after what runs, then end\n"
    " -x, --debug=LIST       foreground, log to stderr; `test': run nothing\n"
    "\n"
    "Mail:\n"
    " -m, --mailer=COMMAND   hand mail to COMMAND; `off' for no mail; with "
    "%%t\n"
    "                        (recipient), %%s (subject), %%f (sender) in it, "
    "it\n"
    "                        gets the body alone\n"
    " -s, --syslog-output    output goes to the log, not to mail\n"
    "     --output=WHERE     mail, log (as -s) or both\n"
    "     --full-hostname    the host's full name in the Subject%3$s\n"
    "     --mailers=N        at most N mailers at once (16)\n"
    "     --stall=SECONDS    a mailer that reads nothing so long is ended "
    "(600)\n"
    "     --letter-max=SIZE  bytes of output kept before they are streamed "
    "(64M)\n"
    "     --outbox-max=SIZE  bytes of all letters together (1G)\n"
    "\n"
    "Mail that fails:\n"
    "     --outbox [ID]...   list the letters that wait and why, or print "
    "these\n"
    "     --sent [ID]...     likewise those of failed runs, kept as sent\n"
    "     --flush            have all that wait tried now\n"
    "     --retry=LIST       the waits between attempts; the last goes on "
    "(1m,5m,15m,1h)\n"
    "     --retry-for=TIME   how long; then to the user's mailbox (5d)\n"
    "     --outbox-age=TIME  what no mailbox takes either is dropped then "
    "(30d)\n"
    "     --mailbox-max=SIZE no mailbox grows past that by us (50M)\n"
    "     --warn-after=TIME  failing mail is a warning in the log then (1h)\n"
    "     --sent-age=TIME    how long letters of failed runs stay as sent "
    "(7d)\n"
    "     --sent-max=SIZE    bytes of all of those (64M)\n"
    "\n"
    "Log:\n"
    " -L, --log-level=N      sum of 1 start, 2 end, 4 failed, 8 pids of jobs\n"
    "     --log=WHERE        auto, syslog, stdout, stderr or both (syslog, "
    "stderr)\n"
    "     --log-format=FORM  of stdout and stderr: text or json\n"
    "\n"
    "Tables and paths:\n"
    "     --check [FILE]...  print all faults of all tables, or of these "
    "system\n"
    "                        tables; exit 1 if there are any\n"
    " -u, --user=USER        with --check: USER's table, or FILEs as USER's\n"
    "     --root=DIR         all paths below DIR\n"
    "     --collector=PATH   the program that reads what jobs write and mails "
    "it\n"
    "     --answer=SECONDS   it may take so long to answer (5)\n"
    "     --personality=NAME debian, redhat or suse (here: %4$s)\n"
    "\n"
    " -V, --version          print the version and exit\n"
    "     --help             print this and exit\n";

static int complain(const struct crond_options *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* One line to stderr; always -1. */
static int
complain(const struct crond_options *o, const char *format, ...)
{
	va_list args;

	(void)fprintf(stderr, "%s: ", o->personality->daemon);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	return -1;
}

static void
print_help(const struct crond_options *o, FILE *to)
{
	bool debian = o->personality->debian;

	(void)fprintf(to, help_text, o->personality->daemon,
	    debian ? "" : " (also -n)", debian ? " (also -n)" : "",
	    o->personality->name);
}

static void
print_version(const struct crond_options *o)
{
	(void)printf("evcron %s\n", EVCRON_VERSION);
	(void)printf("%s, personality %s, ", o->personality->daemon,
	    o->personality->name);
	build_info_print(stdout);
	(void)putchar('\n');
}

/* Debian's usage is one line, cronie's the whole list (COMPAT.md 2.1). */
static void
print_usage(const struct crond_options *o)
{
	if (o->personality->debian)
		(void)fprintf(stderr,
		    "usage: %s [OPTION]... (%s --help lists them)\n",
		    o->personality->daemon, o->personality->daemon);
	else
		print_help(o, stderr);
}

/* A number from low to high, with K, M, G or T behind it if sizes. */
static int
parse_number(const struct crond_options *o, const char *name, const char *text,
    bool is_size, uint64_t low, uint64_t high, uint64_t *value)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9')
		errno = EINVAL;
	if (errno == 0 && is_size && *end != '\0' &&
	    (suffix = strchr(suffixes, *end)) != NULL) {
		unsigned shift = 10 * (unsigned)(suffix - suffixes + 1);

		if (*value > UINT64_MAX >> shift)
			errno = ERANGE;
		*value <<= shift;
		end++;
	}
	if (errno == 0 && *end == '\0' && *value >= low && *value <= high)
		return 0;
	return complain(o, "--%s: '%s' is no %s from %llu to %llu", name, text,
	    is_size ? "size (as in 64M)" : "number", (unsigned long long)low,
	    (unsigned long long)high);
}

static int
parse_count(const struct crond_options *o, const char *name, const char *text,
    unsigned high, unsigned *value)
{
	uint64_t number;

	if (parse_number(o, name, text, false, 1, high, &number) != 0)
		return -1;
	*value = (unsigned)number;
	return 0;
}

static int
parse_size(const struct crond_options *o, const char *name, const char *text,
    uint64_t *value)
{
	return parse_number(o, name, text, true, 64 << 10, (uint64_t)1 << 50,
	    value);
}

static int
parse_duration(const struct crond_options *o, const char *name,
    const char *text, uint64_t *secs)
{
	if (duration_read(text, strlen(text), BACKOFF_SECS_MAX, secs))
		return 0;
	return complain(o, "--%s: '%s' is no time (as in 30s, 15m, 1h, 5d)",
	    name, text);
}

static int
parse_retry(struct crond_options *o, const char *text)
{
	if (backoff_parse(&o->backoff, text))
		return 0;
	return complain(o,
	    "--retry: '%s' is no list of up to %d times (as in 1m,5m,1h)", text,
	    BACKOFF_WAITS_MAX);
}

/* Of letters that no mailer takes. 1: none of these options. */
static int
parse_kept(struct crond_options *o, int option, const char *text)
{
	switch (option) {
	case OPTION_OUTBOX_MAX:
		return parse_size(o, "outbox-max", text, &o->outbox_max);
	case OPTION_OUTBOX_AGE:
		return parse_duration(o, "outbox-age", text, &o->outbox_secs);
	case OPTION_RETRY:
		return parse_retry(o, text);
	case OPTION_RETRY_FOR:
		return parse_duration(o, "retry-for", text,
		    &o->backoff.limit_secs);
	case OPTION_MAILBOX_MAX:
		return parse_size(o, "mailbox-max", text, &o->mailbox_max);
	case OPTION_WARN_AFTER:
		return parse_duration(o, "warn-after", text, &o->warn_secs);
	case OPTION_SENT_MAX:
		return parse_size(o, "sent-max", text, &o->sent_max);
	case OPTION_SENT_AGE:
		return parse_duration(o, "sent-age", text, &o->sent_secs);
	default:
		return 1;
	}
}

/* As Debian's cron reads it, atoi and no more; but not without a word. */
static void
parse_log_mask(struct crond_options *o, const char *text)
{
	char *end;
	long mask = strtol(text, &end, 10);

	if (end == text || *end != '\0' || mask < 0 || mask > 15)
		(void)complain(o, "-L %s: want a sum of 1, 2, 4, 8; taking %d",
		    text, (int)(mask & 15));
	o->log_mask = (unsigned)mask & 15;
}

/* cronie's flags. There is nothing to trace that the log does not say; `test'
 * keeps its meaning. */
static int
parse_debug(struct crond_options *o, const char *list)
{
	static const char *const known[] = {"ext", "sch", "proc", "pars",
	    "load", "misc", "test", "bit"};
	size_t len, i;

	for (; *list != '\0'; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		for (i = 0; i < sizeof known / sizeof known[0]; i++) {
			if (strlen(known[i]) == len &&
			    strncmp(known[i], list, len) == 0)
				break;
		}
		if (i == sizeof known / sizeof known[0])
			return complain(o, "-x: unrecognized debug flag '%.*s'",
			    (int)len, list);
		if (strcmp(known[i], "test") == 0)
			o->dry = true;
	}
	o->debug = true;
	o->foreground = true;
	return 0;
}

static int
parse_target(struct crond_options *o, const char *text)
{
	static const char *const names[] = {[TARGET_AUTO] = "auto",
	    [TARGET_SYSLOG] = "syslog",
	    [TARGET_STDERR] = "stderr",
	    [TARGET_STDOUT] = "stdout",
	    [TARGET_BOTH] = "both"};
	unsigned i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], text) == 0) {
			o->target = (enum crond_log_target)i;
			return 0;
		}
	}
	return complain(o,
	    "--log: '%s' is not auto, syslog, stdout, stderr or both", text);
}

static int
parse_format(struct crond_options *o, const char *text)
{
	o->json = strcmp(text, "json") == 0;
	if (o->json || strcmp(text, "text") == 0)
		return 0;
	return complain(o, "--log-format: '%s' is not text or json", text);
}

static int
parse_output(struct crond_options *o, const char *text)
{
	static const char *const names[] = {[OUTPUT_MAILED] = "mail",
	    [OUTPUT_LOGGED] = "log",
	    [OUTPUT_BOTH] = "both"};
	unsigned i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(names[i], text) == 0) {
			o->output = (enum mail_output)i;
			return 0;
		}
	}
	return complain(o, "--output: '%s' is not mail, log or both", text);
}

/* Unlike other times it may be none. */
static int
parse_grace(struct crond_options *o, const char *text)
{
	uint64_t secs = 0;

	if (strcmp(text, "0") != 0 &&
	    parse_duration(o, "grace", text, &secs) != 0)
		return -1;
	o->grace_secs = (int64_t)secs;
	return 0;
}

static int
parse_personality(struct crond_options *o, const char *name)
{
	const struct personality *found = personality_find(name);

	if (found == NULL)
		return complain(o,
		    "--personality: '%s' is not debian, redhat or suse", name);
	o->personality = found;
	return 0;
}

static int
parse_mailer(struct crond_options *o, const char *command)
{
	static const struct mailcmd_values values = {NULL, NULL, NULL};
	struct mailcmd mailcmd;
	enum mailcmd_verdict verdict =
	    mailcmd_split(&mailcmd, command, &values);

	if (verdict != MAILCMD_GOOD)
		return complain(o, "-m: %s", mailcmd_fault(verdict));
	mailcmd_clear(&mailcmd);
	o->mailer = command;
	return 0;
}

struct seen { /* what can only be judged when all is parsed */
	bool n, log_mask, usage, help, version;
};

static int
parse_value(struct crond_options *o, struct seen *seen, int option,
    const char *text)
{
	int kept = parse_kept(o, option, text);

	if (kept <= 0)
		return kept;
	switch (option) {
	case 'L':
		seen->log_mask = true;
		parse_log_mask(o, text);
		return 0;
	case 'm':
		return parse_mailer(o, text);
	case 'x':
		return parse_debug(o, text);
	case 'u':
		o->user = text;
		return 0;
	case OPTION_PERSONALITY:
		return parse_personality(o, text);
	case OPTION_ROOT:
		o->root = text;
		return 0;
	case OPTION_LOG:
		return parse_target(o, text);
	case OPTION_LOG_FORMAT:
		return parse_format(o, text);
	case OPTION_OUTPUT:
		return parse_output(o, text);
	case OPTION_COLLECTOR:
		o->collector = text;
		return 0;
	case OPTION_ANSWER:
		return parse_count(o, "answer", text, 86400, &o->answer_secs);
	case OPTION_GRACE:
		return parse_grace(o, text);
	case OPTION_MAILERS:
		return parse_count(o, "mailers", text, 1000, &o->mailers_max);
	case OPTION_STALL:
		return parse_count(o, "stall", text, 86400, &o->stall_secs);
	case OPTION_LETTER_MAX:
		return parse_size(o, "letter-max", text, &o->letter_max);
	default: /* getopt has told what is wrong */
		seen->usage = true;
		return 0;
	}
}

static int
parse_option(struct crond_options *o, struct seen *seen, int option,
    const char *text)
{
	switch (option) {
	case 'f':
		o->foreground = true;
		return 0;
	case 'n':
		seen->n = true;
		return 0;
	case 'l':
		o->lsb_names = true;
		return 0;
	case 'i':
		o->sweep_always = true;
		return 0;
	case 'p':
		o->permit_all = true;
		return 0;
	case 'P':
		o->keep_path = true;
		return 0;
	case 's':
		return parse_output(o, "log");
	case 'c':
		o->cluster = true;
		return 0;
	case 'V':
		seen->version = true;
		return 0;
	case OPTION_FULL_HOSTNAME:
		o->full_hostname = true;
		return 0;
	case OPTION_CHECK:
		o->check = true;
		return 0;
	case OPTION_OUTBOX:
		o->outbox = true;
		return 0;
	case OPTION_SENT:
		o->sent = true;
		return 0;
	case OPTION_FLUSH:
		o->flush = true;
		return 0;
	case OPTION_DRAIN:
		o->drain = o->foreground = true;
		return 0;
	case OPTION_HELP:
		seen->help = true;
		return 0;
	default:
		return parse_value(o, seen, option, text);
	}
}

/* What depends on several options or on the personality. */
static int
settle(struct crond_options *o, const struct seen *seen)
{
	/* The end of a container's first process is that of all in it. */
	if (getpid() == 1)
		o->foreground = true;
	if (seen->n && o->personality->debian)
		o->full_hostname = true;
	else if (seen->n)
		o->foreground = true;
	/* Failed runs are logged in any case; a mark in the Subject as well is
	 * what -L asks for. */
	o->log_asked = seen->log_mask ? o->log_mask : LOG_RUN_START;
	if (!seen->log_mask)
		o->log_mask = LOG_RUN_START | LOG_RUN_FAILED |
			      (o->personality->logs_end ? LOG_RUN_END : 0);
	if (o->debug && o->target == TARGET_AUTO)
		o->target = TARGET_BOTH;
	if (o->user != NULL && !o->check)
		return complain(o, "-u: only together with --check");
	if (o->check + o->flush + (o->outbox || o->sent) > 1)
		return complain(o,
		    "--check, --flush, and --outbox or --sent: one of these");
	if (o->flush && o->operands[0] != NULL)
		return complain(o, "--flush: it is for all letters");
	if (!o->check && !o->foreground && o->target != TARGET_AUTO &&
	    o->target != TARGET_SYSLOG)
		return complain(o,
		    "--log: stdout and stderr want the foreground (-f)");
	if (o->json && (!o->foreground || o->target == TARGET_SYSLOG))
		return complain(o,
		    "--log-format: it is for --log=stdout or stderr");
	if (o->root != NULL && o->root[0] == '\0')
		return complain(o, "--root: want a directory");
	return 0;
}

enum crond_options_verdict
crond_options_parse(struct crond_options *o, int argc, char **argv, int *status)
{
	struct seen seen = {false, false, false, false, false};
	int option;

	memset(o, 0, sizeof *o);
	o->personality = personality_find(NULL);
	o->mailers_max = 16;
	o->stall_secs = 600;
	o->answer_secs = 5;
	o->letter_max = (uint64_t)64 << 20;
	o->outbox_max = (uint64_t)1 << 30;
	backoff_default(&o->backoff);
	o->outbox_secs = (uint64_t)30 * 86400;
	o->mailbox_max = (uint64_t)50 << 20;
	o->warn_secs = 3600;
	o->sent_max = (uint64_t)64 << 20;
	o->sent_secs = (uint64_t)7 * 86400;
	o->grace_secs = -1;

	*status = EXIT_FAILURE;
	optind = 0; /* glibc: start anew, whoever parsed before */
	while ((option = getopt_long(argc, argv, LETTERS, long_options,
		    NULL)) != -1) {
		if (parse_option(o, &seen, option, optarg) != 0)
			return OPTIONS_EXIT;
	}
	o->operands = argv + optind;
	if (seen.usage) {
		print_usage(o);
		return OPTIONS_EXIT;
	}
	if (seen.help || seen.version) {
		if (seen.help)
			print_help(o, stdout);
		else
			print_version(o);
		*status = fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
		return OPTIONS_EXIT;
	}
	return settle(o, &seen) == 0 ? OPTIONS_GOOD : OPTIONS_EXIT;
}
