/* The arguments, as a table: a name, and where its value goes. */
#include "collector/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "core/strbuf.h"

#define DAY ((uint64_t)86400)
#define MIB ((uint64_t)1 << 20)

enum {
	OPT_SOCKET = 1,
	OPT_UID,
	OPT_NAME,
	OPT_GENERATION,
	OPT_RUNS,
	OPT_COLLECT,
	OPT_OUTBOX,
	OPT_RECOVER,
	OPT_PERSONALITY,
	OPT_ROOT,
	OPT_MAILBOX,
	OPT_MAILER,
	OPT_SENDMAIL,
	OPT_OUTPUT,
	OPT_HOST,
	OPT_FULL_HOSTNAME,
	OPT_PIPE_LETTERS,
	OPT_CHARSET,
	OPT_LOG_MASK,
	OPT_LOG_SOCKET,
	OPT_STALL,
	OPT_LIMIT,
	OPT_THREADS,
	OPT_LETTER_MAX,
	OPT_RETRY,
	OPT_RETRY_FOR,
	OPT_OUTBOX_AGE,
	OPT_MAILBOX_MAX,
	OPT_WARN_AFTER,
	OPT_SENT,
	OPT_SENT_MAX,
	OPT_SENT_AGE,
};

static const struct option options[] = {
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"uid", required_argument, NULL, OPT_UID},
    {"name", required_argument, NULL, OPT_NAME},
    {"generation", required_argument, NULL, OPT_GENERATION},
    {"runs", required_argument, NULL, OPT_RUNS},
    {"collect", required_argument, NULL, OPT_COLLECT},
    {"outbox", required_argument, NULL, OPT_OUTBOX},
    {"recover", no_argument, NULL, OPT_RECOVER},
    {"personality", required_argument, NULL, OPT_PERSONALITY},
    {"root", required_argument, NULL, OPT_ROOT},
    {"mailbox", required_argument, NULL, OPT_MAILBOX},
    {"mailer", required_argument, NULL, OPT_MAILER},
    {"sendmail", required_argument, NULL, OPT_SENDMAIL},
    {"output", required_argument, NULL, OPT_OUTPUT},
    {"host", required_argument, NULL, OPT_HOST},
    {"full-hostname", no_argument, NULL, OPT_FULL_HOSTNAME},
    {"pipe-letters", no_argument, NULL, OPT_PIPE_LETTERS},
    {"charset", required_argument, NULL, OPT_CHARSET},
    {"log-mask", required_argument, NULL, OPT_LOG_MASK},
    {"log-socket", required_argument, NULL, OPT_LOG_SOCKET},
    {"stall", required_argument, NULL, OPT_STALL},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"letter-max", required_argument, NULL, OPT_LETTER_MAX},
    {"retry", required_argument, NULL, OPT_RETRY},
    {"retry-for", required_argument, NULL, OPT_RETRY_FOR},
    {"outbox-age", required_argument, NULL, OPT_OUTBOX_AGE},
    {"mailbox-max", required_argument, NULL, OPT_MAILBOX_MAX},
    {"warn-after", required_argument, NULL, OPT_WARN_AFTER},
    {"sent", required_argument, NULL, OPT_SENT},
    {"sent-max", required_argument, NULL, OPT_SENT_MAX},
    {"sent-age", required_argument, NULL, OPT_SENT_AGE},
    {NULL, 0, NULL, 0},
};

/* Directories, before the user's part is known. */
struct parents {
	const char *runs, *collect, *outbox, *sent;
};

static bool
number(const char *text, uint64_t max, uint64_t *out)
{
	int64_t n;

	if (!strbuf_number(text, 0, (int64_t)max, &n))
		return false;
	*out = (uint64_t)n;
	return true;
}

static bool
small_number(const char *text, uint64_t max, unsigned *out)
{
	uint64_t n;
	bool good = number(text, max, &n);

	if (good)
		*out = (unsigned)n;
	return good;
}

/* 0 leaves the default. */
static bool
seconds(const char *text, uint64_t *out)
{
	uint64_t n;

	if (strcmp(text, "0") == 0)
		return true;
	if (!duration_read(text, strlen(text), BACKOFF_SECS_MAX, &n))
		return false;
	*out = n;
	return true;
}

static bool
bytes(const char *text, uint64_t *out)
{
	uint64_t n;

	if (!number(text, INT64_MAX, &n))
		return false;
	if (n != 0)
		*out = n;
	return true;
}

static bool
short_seconds(const char *text, unsigned *out)
{
	uint64_t n = *out;

	if (!seconds(text, &n) || n > 100 * DAY)
		return false;
	*out = (unsigned)n;
	return true;
}

static bool
take_output(struct collector_options *o, const char *text)
{
	static const char *const names[] = {"mail", "log", "both"};
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(text, names[i]) == 0) {
			o->output = (enum mail_output)i;
			return true;
		}
	return false;
}

/* What is about mail that was not taken. */
static bool
take_waiting(struct collector_options *o, int option, const char *text)
{
	switch (option) {
	case OPT_RETRY:
		return backoff_parse(&o->backoff, text);
	case OPT_RETRY_FOR:
		return seconds(text, &o->backoff.limit_secs);
	case OPT_OUTBOX_AGE:
		return seconds(text, &o->outbox_secs);
	case OPT_MAILBOX_MAX:
		return bytes(text, &o->mailbox_max);
	case OPT_WARN_AFTER:
		return seconds(text, &o->warn_secs);
	case OPT_SENT_MAX:
		return bytes(text, &o->sent_max);
	case OPT_SENT_AGE:
		return seconds(text, &o->sent_secs);
	default:
		return false;
	}
}

static bool
take_mail(struct collector_options *o, int option, const char *text)
{
	switch (option) {
	case OPT_MAILBOX:
		o->mailbox_dir = text;
		return true;
	case OPT_MAILER:
		o->mailer = text;
		return true;
	case OPT_SENDMAIL:
		o->sendmail = text;
		return true;
	case OPT_OUTPUT:
		return take_output(o, text);
	case OPT_HOST:
		o->host = text;
		return true;
	case OPT_PIPE_LETTERS:
		o->pipe_letters = true;
		return true;
	case OPT_FULL_HOSTNAME:
		o->full_hostname = true;
		return true;
	case OPT_CHARSET:
		o->charset = text;
		return true;
	case OPT_STALL:
		return short_seconds(text, &o->stall_secs);
	case OPT_LIMIT:
		return short_seconds(text, &o->limit_secs);
	case OPT_THREADS:
		return bytes(text, &o->threads_max);
	case OPT_LETTER_MAX:
		return bytes(text, &o->letter_max);
	default:
		return take_waiting(o, option, text);
	}
}

static bool
take(struct collector_options *o, struct parents *parents, int option,
    const char *text)
{
	uint64_t n;

	switch (option) {
	case OPT_SOCKET:
		if (!number(text, INT32_MAX, &n))
			return false;
		o->socket = (int)n;
		return true;
	case OPT_UID:
		if (!number(text, (uid_t)-2, &n))
			return false;
		o->uid = (uid_t)n;
		return true;
	case OPT_NAME:
		o->name = text;
		return true;
	case OPT_GENERATION:
		return number(text, INT64_MAX, &o->generation);
	case OPT_RUNS:
		parents->runs = text;
		return true;
	case OPT_COLLECT:
		parents->collect = text;
		return true;
	case OPT_OUTBOX:
		parents->outbox = text;
		return true;
	case OPT_SENT:
		parents->sent = text;
		return true;
	case OPT_RECOVER:
		o->recover = true;
		return true;
	case OPT_PERSONALITY:
		o->personality = personality_find(text);
		return o->personality != NULL;
	case OPT_ROOT: /* it is in all paths */
		return true;
	case OPT_LOG_MASK:
		return small_number(text, UINT32_MAX, &o->log_mask);
	case OPT_LOG_SOCKET:
		o->log_socket = text;
		return true;
	default:
		return take_mail(o, option, text);
	}
}

/* -1: no memory. */
static int
user_directory(char **out, const char *parent,
    const struct collector_options *o, bool generation)
{
	int n = 0;

	if (parent == NULL)
		return 0;
	if (generation)
		n = asprintf(out, "%s/%lu.%llu", parent, (unsigned long)o->uid,
		    (unsigned long long)o->generation);
	else
		n = asprintf(out, "%s/%lu", parent, (unsigned long)o->uid);
	if (n < 0)
		*out = NULL;
	return n < 0 ? -1 : 0;
}

static void
set_defaults(struct collector_options *o)
{
	*o = (struct collector_options){
	    .socket = -1,
	    .uid = (uid_t)-1,
	    .personality = personality_find(NULL),
	    .stall_secs = 600,
	    .limit_secs = 3600,
	    .letter_max = 64 * MIB,
	    .outbox_secs = 30 * DAY,
	    .mailbox_max = 50 * MIB,
	    .warn_secs = 3600,
	    .sent_max = 64 * MIB,
	    .sent_secs = 7 * DAY,
	};
	backoff_default(&o->backoff);
}

int
collector_options_parse(struct collector_options *o, int argc, char **argv)
{
	struct parents parents = {0};
	int option, index = 0;

	set_defaults(o);
	while ((option = getopt_long(argc, argv, "", options, &index)) != -1)
		if (option == '?' || !take(o, &parents, option, optarg)) {
			if (option != '?')
				fprintf(stderr, "evcron-collect: --%s: '%s'\n",
				    options[index].name, optarg);
			return -1;
		}
	if (optind < argc || o->uid == (uid_t)-1 || o->name == NULL ||
	    parents.outbox == NULL) {
		fprintf(stderr, "evcron-collect: started by crond; it needs "
				"--uid, --name and --outbox\n");
		return -1;
	}
	if (o->sendmail == NULL)
		o->sendmail = o->personality->sendmail;
	if (user_directory(&o->runs_dir, parents.runs, o, false) == 0 &&
	    user_directory(&o->collect_dir, parents.collect, o, true) == 0 &&
	    user_directory(&o->outbox_dir, parents.outbox, o, false) == 0 &&
	    user_directory(&o->sent_dir, parents.sent, o, false) == 0)
		return 0;
	collector_options_clear(o);
	return -1;
}

void
collector_options_clear(struct collector_options *o)
{
	free(o->runs_dir);
	free(o->collect_dir);
	free(o->outbox_dir);
	free(o->sent_dir);
	o->runs_dir = o->collect_dir = o->outbox_dir = o->sent_dir = NULL;
}
