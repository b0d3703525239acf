/*
 * The text of a mail. Nothing is kept here.
 *
 * Neither incumbent encodes a header (RFC 2047): bytes go as they are.
 */
#include "core/mail_headers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/strbuf.h"

/* A header; a line's end in the value would end the header: a blank. */
static void
put_header(struct strbuf *t, const char *before, const char *value,
    const char *after)
{
	size_t at = t->len;

	strbuf_put(t, "%s%s%s", before, value, after);
	for (; at < t->len; at++)
		if (t->bytes[at] == '\n' || t->bytes[at] == '\r')
			t->bytes[at] = ' ';
	strbuf_put(t, "\n");
}

/* As gethostname has it, up to the first '.' unless the whole is wanted. */
static size_t
host_length(const struct mail_headers_style *style)
{
	return style->full_host ? strlen(style->host)
				: strcspn(style->host, ".");
}

/* At most max bytes of s, not within a character of UTF-8. */
static size_t
cut_length(const char *s, size_t max)
{
	size_t len = strlen(s), n;

	if (len <= max)
		return len;
	for (n = max; n > 0 && n + 4 > max; n--)
		if (((unsigned char)s[n] & 0xc0) != 0x80)
			return n;
	return max;
}

char *
mail_headers_subject(const struct mail_headers_style *style,
    const struct run_record *record)
{
	bool mark = style->personality->debian && style->mark_failed &&
		    record->ended && run_record_failed(record);
	const char *failed = mark ? " (failed)" : "";
	size_t host = host_length(style);
	size_t size = strlen("Cron <@> ") + strlen(record->user) + host +
		      strlen(record->command) + 1;
	char *whole = malloc(size), *subject = NULL, *p;

	if (whole != NULL) {
		snprintf(whole, size, "Cron <%s@%.*s> %s", record->user,
		    (int)host, style->host, record->command);
		whole[cut_length(whole, MAIL_SUBJECT_MAX - strlen(failed))] =
		    '\0';
		if (asprintf(&subject, "%s%s", whole, failed) < 0)
			subject = NULL;
	}
	free(whole);
	for (p = subject; p != NULL && *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	return subject;
}

/* Block by block as record has them; too much is not shown at all. */
static const char *
first_setting(const char *block, size_t size)
{
	if (block == NULL || size == 0 || size > MAIL_ENV_MAX ||
	    block[0] == '\0')
		return NULL;
	return block;
}

static const char *
next_setting(const char *setting)
{
	setting += strlen(setting) + 1;
	return *setting == '\0' ? NULL : setting;
}

/* What the letter shows: cronie the job's whole environment, Debian's cron the
 * entry's. -1: no memory. */
static int
shown_environment(const struct personality *p, const struct run_record *record,
    struct env *env)
{
	const char *s = first_setting(record->env, record->env_size);

	env_init(env);
	if (s != NULL && !p->debian)
		return run_record_job_env(record, env);
	for (; s != NULL; s = next_setting(s)) {
		if (env_set(env, s) == -1) {
			env_clear(env);
			return -1;
		}
	}
	return 0;
}

static void
put_from(struct strbuf *t, const struct personality *p,
    const struct run_record *record)
{
	const char *sender = record->sender;

	if (sender == NULL)
		sender = p->debian ? "root (Cron Daemon)" : record->user;
	if (p->debian)
		put_header(t, "From: ", sender, "");
	else
		put_header(t, "From: \"(Cron Daemon)\" <", sender, ">");
}

static void
put_content(struct strbuf *t, const struct mail_headers_style *style,
    const struct env *env)
{
	const char *type = env_get(env, "CONTENT_TYPE");
	const char *encoding = env_get(env, "CONTENT_TRANSFER_ENCODING");
	const char *charset = style->charset;

	if (style->personality->debian &&
	    strcmp(charset, "ANSI_X3.4-1968") == 0)
		charset = "US-ASCII";
	strbuf_put(t, "MIME-Version: 1.0\n");
	if (type != NULL)
		put_header(t, "Content-Type: ", type, "");
	else
		put_header(t, "Content-Type: text/plain; charset=", charset,
		    "");
	if (encoding == NULL)
		encoding = "8bit";
	put_header(t, "Content-Transfer-Encoding: ", encoding, "");
}

static void
put_status(struct strbuf *t, const struct run_record *record)
{
	if (!record->ended || !run_record_failed(record))
		return;
	if (!record->status_known)
		strbuf_put(t, "X-Cron-Status: unknown\n");
	else if (WIFSIGNALED(record->status))
		strbuf_put(t, "X-Cron-Status: killed by signal %d\n",
		    WTERMSIG(record->status));
	else
		strbuf_put(t, "X-Cron-Status: exit status %d\n",
		    WEXITSTATUS(record->status));
}

/* A reader has no use for more, and mail systems limit what headers may have.
 */
static void
put_environment(struct strbuf *t, const struct env *env)
{
	size_t begin = t->len, i;

	for (i = 0; i < env->count; i++) {
		if (t->len - begin + strlen(env->vars[i]) > MAIL_ENV_SHOWN)
			break;
		put_header(t, "X-Cron-Env: <", env->vars[i], ">");
	}
	if (i < env->count)
		strbuf_put(t, "X-Cron-Env-Left-Out: %zu\n", env->count - i);
}

/* Any setting may be shown twice: CONTENT_TYPE. */
static size_t
settings_max(const char *block, size_t size)
{
	size_t max = 0;
	const char *s;

	for (s = first_setting(block, size); s != NULL; s = next_setting(s))
		max += strlen("X-Cron-Env: <>\n") + 2 * strlen(s);
	return max;
}

size_t
mail_headers_max(const struct mail_headers_style *style,
    const struct run_record *record)
{
	/* The names of all headers, and the constants in them; the user may be
	 * sender and recipient. */
	size_t max = 1024 + MAIL_SUBJECT_MAX + MAIL_NOTE_MAX +
		     strlen(style->charset) + 2 * strlen(record->user);

	if (record->recipient != NULL)
		max += strlen(record->recipient);
	if (record->sender != NULL)
		max += strlen(record->sender);
	return max + settings_max(record->env, record->env_size) +
	       settings_max(record->session_env, record->session_env_size);
}

char *
letter_late(const struct mail_headers_style *style,
    const struct run_record *record, const char *date, const char *note,
    size_t *len, size_t *note_at)
{
	const struct personality *p = style->personality;
	size_t size = mail_headers_max(style, record) + 1;
	struct strbuf t = {.bytes = malloc(size), .size = size};
	char *subject = mail_headers_subject(style, record);
	const char *to;
	struct env env;

	if (t.bytes == NULL || subject == NULL ||
	    shown_environment(p, record, &env) == -1) {
		free(t.bytes);
		free(subject);
		return NULL;
	}
	put_from(&t, p, record);
	to = record->recipient != NULL ? record->recipient : record->user;
	put_header(&t, "To: ", to, "");
	put_header(&t, "Subject: ", subject, "");
	if (date != NULL)
		put_header(&t, "Date: ", date, "");
	put_content(&t, style, &env);
	if (!p->debian)
		strbuf_put(&t,
		    "Auto-Submitted: auto-generated\nPrecedence: bulk\n");
	put_status(&t, record);
	put_environment(&t, &env);
	strbuf_put(&t, "\n");
	env_clear(&env);
	*note_at = t.len;
	if (note != NULL)
		strbuf_put(&t, "%s", note);
	free(subject);
	*len = t.len;
	return t.bytes;
}

char *
mail_headers_write(const struct mail_headers_style *style,
    const struct run_record *record, size_t *len)
{
	size_t note_at;

	return letter_late(style, record, NULL, NULL, len, &note_at);
}
