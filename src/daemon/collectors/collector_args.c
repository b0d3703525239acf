/* A list of --name=value, grown as it is made. */
#include "daemon/collectors/collector_args.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX 40

struct list {
	char **argv;
	size_t count;
	bool failed;
};

static void add(struct list *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
add(struct list *l, const char *format, ...)
{
	va_list args;

	if (l->failed || l->count + 1 >= ARGS_MAX) {
		l->failed = true;
		return;
	}
	va_start(args, format);
	if (vasprintf(&l->argv[l->count], format, args) < 0) {
		l->argv[l->count] = NULL;
		l->failed = true;
	} else {
		l->count++;
	}
	va_end(args);
}

static void
add_text(struct list *l, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		add(l, "--%s=%s", name, value);
}

static void
add_count(struct list *l, const char *name, uint64_t value)
{
	if (value != 0)
		add(l, "--%s=%llu", name, (unsigned long long)value);
}

/* As crond's --retry: in seconds. */
static void
add_backoff(struct list *l, const struct backoff *b)
{
	char text[BACKOFF_WAITS_MAX * 24] = "";
	size_t len = 0;
	unsigned i;

	for (i = 0; i < b->count; i++)
		len +=
		    (size_t)snprintf(text + len, sizeof text - len, "%s%llus",
			i > 0 ? "," : "", (unsigned long long)b->waits[i]);
	add_text(l, "retry", text);
	if (b->limit_secs != 0)
		add(l, "--retry-for=%llus", (unsigned long long)b->limit_secs);
}

static const char *
output_name(enum mail_output output)
{
	static const char *const names[] = {[OUTPUT_MAILED] = "mail",
	    [OUTPUT_LOGGED] = "log",
	    [OUTPUT_BOTH] = "both"};

	return names[output];
}

static void
add_whose(struct list *l, const struct collector_whose *w)
{
	add(l, "--socket=%d", w->socket);
	add(l, "--uid=%lu", (unsigned long)w->uid);
	add_text(l, "name", w->name);
	add_count(l, "generation", w->generation);
	if (w->recover)
		add(l, "--recover");
}

static void
add_mail(struct list *l, const struct collector_args *a)
{
	add_text(l, "mailbox", a->mailbox_dir);
	add_text(l, "mailer", a->mailer);
	add_text(l, "sendmail", a->sendmail);
	add_text(l, "output", output_name(a->output));
	if (a->full_hostname)
		add(l, "--full-hostname");
	if (a->pipe_letters)
		add(l, "--pipe-letters");
	add(l, "--log-mask=%u", a->log_mask);
	add_text(l, "log-socket", a->log_socket);
	add_count(l, "stall", a->stall_secs);
	add_count(l, "limit", a->limit_secs);
	add_count(l, "letter-max", a->letter_max);
	add_backoff(l, &a->backoff);
	add_count(l, "outbox-age", a->outbox_secs);
	add_count(l, "mailbox-max", a->mailbox_max);
	add_count(l, "warn-after", a->warn_secs);
	add_text(l, "sent", a->sent_dir);
	add_count(l, "sent-max", a->sent_max);
	add_count(l, "sent-age", a->sent_secs);
}

char **
collector_argv(const struct collector_args *a, const struct collector_whose *w,
    const char *program)
{
	struct list l = {.argv = calloc(ARGS_MAX, sizeof *l.argv)};
	const char *slash = strrchr(program, '/');

	if (l.argv == NULL)
		return NULL;
	add(&l, "%s", slash != NULL ? slash + 1 : program);
	add_whose(&l, w);
	add_text(&l, "personality", a->personality->name);
	add_text(&l, "root", a->root);
	add_text(&l, "runs", a->runs_dir);
	add_text(&l, "collect", a->collect_dir);
	add_text(&l, "outbox", a->outbox_dir);
	add_mail(&l, a);
	if (!l.failed)
		return l.argv;
	collector_argv_free(l.argv);
	return NULL;
}

void
collector_argv_free(char **argv)
{
	size_t i;

	for (i = 0; argv != NULL && argv[i] != NULL; i++)
		free(argv[i]);
	free(argv);
}
