/*
 * Datagrams between crond and its collectors, from structs and back. Writing
 * never fails half way: what does not fit is said, but for a log's text, which
 * is cut. Reading trusts nothing: after an upgrade the other side is another
 * version, and a collector deals with users all day.
 */
#include "core/collector_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/strbuf.h"

static const struct {
	const char *name;
	enum collector_word word;
} words[] = {
    {"user", WORD_USER},
    {"run", WORD_RUN},
    {"ended", WORD_ENDED},
    {"grant", WORD_GRANT},
    {"drop", WORD_DROP},
    {"flush", WORD_FLUSH},
    {"ping", WORD_PING},
    {"bye", WORD_BYE},
    {"hello", WORD_HELLO},
    {"holds", WORD_HOLDS},
    {"ready", WORD_READY},
    {"have", WORD_HAVE},
    {"over", WORD_OVER},
    {"done", WORD_DONE},
    {"lookup", WORD_LOOKUP},
    {"want", WORD_WANT},
    {"free", WORD_FREE},
    {"kept", WORD_KEPT},
    {"idle", WORD_IDLE},
    {"log", WORD_LOG},
    {"pong", WORD_PONG},
};

static const char *const ends[] = {
    [END_KNOWN] = "known",
    [END_UNKNOWN] = "unknown",
    [END_NONE] = "none",
};

static const char *const mails[] = {
    [COLLECTOR_MAIL_NONE] = "none",
    [COLLECTOR_MAILED] = "mailed",
    [COLLECTOR_KEPT] = "kept",
    [COLLECTOR_BOXED] = "boxed",
    [COLLECTOR_DROPPED] = "dropped",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Writing */

struct writing {
	char *bytes;
	size_t len, size;
	bool full; /* something did not fit */
};

static void put(struct writing *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
put(struct writing *w, const char *format, ...)
{
	size_t left = w->size - w->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(w->bytes + w->len, left, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= left)
		w->full = true;
	else
		w->len += (size_t)n;
}

/* A field of any text. cut: what does not fit is left out. */
static void
put_text(struct writing *w, const char *text, bool cut)
{
	size_t len = text != NULL ? strlen(text) : 0, i;

	put(w, "\t");
	if (w->full)
		return;
	if (len > w->size - w->len) {
		w->full = !cut;
		len = w->size - w->len;
	}
	for (i = 0; i < len; i++) {
		char c = text[i];

		w->bytes[w->len++] = c == '\t' || c == '\n' ? ' ' : c;
	}
}

static void
put_number(struct writing *w, uint64_t n)
{
	put(w, "\t%llu", (unsigned long long)n);
}

static void
put_signed(struct writing *w, int64_t n)
{
	put(w, "\t%lld", (long long)n);
}

static void
put_user(struct writing *w, const struct collector_message *m)
{
	put_text(w, m->name, false);
	if (!m->account)
		return;
	put_number(w, m->gid);
	put_text(w, m->groups, false);
	put_text(w, m->text, false);
}

static void
put_hello(struct writing *w, const struct collector_message *m)
{
	put_number(w, m->number);
	put_number(w, m->uid);
	put_number(w, m->generation);
	put_signed(w, m->pid);
}

static void
put_log(struct writing *w, const struct collector_message *m)
{
	put_signed(w, m->priority);
	put_signed(w, m->pid);
	put_text(w, m->who, false);
	put_text(w, m->event, false);
	put_text(w, m->text, true);
}

static void
put_fields(struct writing *w, const struct collector_message *m)
{
	if (m->id != NULL)
		put_text(w, m->id, false);
	switch (m->word) {
	case WORD_USER:
		put_user(w, m);
		break;
	case WORD_ENDED:
		put_text(w, ends[m->end], false);
		if (m->end == END_KNOWN)
			put_signed(w, m->status);
		break;
	case WORD_LOOKUP:
		put_text(w, m->name, false);
		break;
	case WORD_DROP:
		put_number(w, m->bytes);
		break;
	case WORD_PING:
	case WORD_PONG:
		put_number(w, m->number);
		break;
	case WORD_HELLO:
		put_hello(w, m);
		break;
	case WORD_OVER:
		put_number(w, m->bytes);
		put_number(w, m->lost);
		break;
	case WORD_DONE:
		put_text(w, mails[m->mail], false);
		put_text(w, m->text, false);
		break;
	case WORD_KEPT:
		put_number(w, m->number);
		put_number(w, m->bytes);
		put_signed(w, m->at);
		break;
	case WORD_LOG:
		put_log(w, m);
		break;
	default:
		break;
	}
}

ssize_t
collector_message_write(const struct collector_message *m, char *bytes,
    size_t size)
{
	struct writing w = {.bytes = bytes, .size = size};
	size_t i;

	for (i = 0; i < COUNT(words) && words[i].word != m->word; i++)
		;
	if (i == COUNT(words) || size == 0)
		return -1;
	put(&w, "%s", words[i].name);
	if (!w.full)
		put_fields(&w, m);
	return w.full ? -1 : (ssize_t)w.len;
}

/* Reading */

/* The field at *at, and moves on behind it; NULL: there is none. */
static char *
field(char **at)
{
	char *start = *at;

	if (start == NULL)
		return NULL;
	*at = strchr(start, '\t');
	if (*at != NULL)
		*(*at)++ = '\0';
	return start;
}

/* What is left, tabs and all. */
static const char *
rest(char **at)
{
	const char *start = *at;

	*at = NULL;
	return start;
}

static bool
number_from(const char *text, uint64_t max, uint64_t *out)
{
	size_t i;

	*out = 0;
	if (text == NULL || text[0] == '\0')
		return false;
	for (i = 0; text[i] != '\0'; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (text[i] < '0' || text[i] > '9' || *out > max / 10 ||
		    *out * 10 > max - digit)
			return false;
		*out = *out * 10 + digit;
	}
	return true;
}

static bool
number(char **at, uint64_t max, uint64_t *out)
{
	return number_from(field(at), max, out);
}

static bool
signed_number(char **at, int64_t min, int64_t max, int64_t *out)
{
	const char *text = field(at);

	*out = 0;
	return text != NULL && strbuf_number(text, min, max, out);
}

static bool
process(char **at, pid_t *out)
{
	int64_t n;
	bool good = signed_number(at, 0, INT32_MAX, &n);

	*out = (pid_t)n;
	return good;
}

static bool
is_id(const char *id)
{
	size_t i;

	if (id == NULL || id[0] == '\0' || id[0] == '.')
		return false;
	for (i = 0; id[i] != '\0'; i++) {
		char c = id[i];

		if (i >= COLLECTOR_ID_MAX ||
		    !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '-' || c == '_' ||
			c == '.'))
			return false;
	}
	return true;
}

/* Which of these names it is; -1: none. */
static int
which(const char *name, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; name != NULL && i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return (int)i;
	return -1;
}

static bool
are_groups(const char *text)
{
	return text != NULL && text[strspn(text, "0123456789,")] == '\0';
}

static bool
read_user(struct collector_message *m, char **at)
{
	uint64_t gid;

	m->name = field(at);
	if (m->name == NULL || m->name[0] == '\0')
		return false;
	if (*at == NULL)
		return true;
	if (!number(at, (gid_t)-2, &gid))
		return false;
	m->account = true;
	m->gid = (gid_t)gid;
	m->groups = field(at);
	m->text = field(at);
	return are_groups(m->groups) && m->text != NULL;
}

static bool
read_ended(struct collector_message *m, char **at)
{
	int end = which(field(at), ends, COUNT(ends));
	int64_t status;

	if (end < 0)
		return false;
	m->end = (enum collector_end)end;
	if (m->end != END_KNOWN)
		return true;
	if (!signed_number(at, INT32_MIN, INT32_MAX, &status))
		return false;
	m->status = (int)status;
	return true;
}

static bool
read_hello(struct collector_message *m, char **at)
{
	uint64_t uid;

	if (!number(at, UINT64_MAX, &m->number) ||
	    !number(at, (uid_t)-2, &uid) ||
	    !number(at, UINT64_MAX, &m->generation))
		return false;
	m->uid = (uid_t)uid;
	return process(at, &m->pid);
}

static bool
read_done(struct collector_message *m, char **at)
{
	int mail = which(field(at), mails, COUNT(mails));

	m->text = field(at);
	if (mail < 0 || m->text == NULL)
		return false;
	m->mail = (enum collector_mail)mail;
	return true;
}

static bool
read_log(struct collector_message *m, char **at)
{
	int64_t priority;

	if (!signed_number(at, 0, 7, &priority) || !process(at, &m->pid))
		return false;
	m->priority = (int)priority;
	m->who = field(at);
	m->event = field(at);
	m->text = rest(at);
	if (m->text == NULL)
		return false;
	if (m->who[0] == '\0')
		m->who = NULL;
	if (m->event[0] == '\0')
		m->event = NULL;
	return true;
}

static bool
read_fields(struct collector_message *m, char **at)
{
	switch (m->word) {
	case WORD_USER:
		return read_user(m, at);
	case WORD_RUN:
	case WORD_GRANT:
	case WORD_HOLDS:
	case WORD_HAVE:
	case WORD_WANT:
	case WORD_FREE:
	case WORD_ENDED:
	case WORD_OVER:
	case WORD_DONE:
		m->id = field(at);
		if (!is_id(m->id))
			return false;
		if (m->word == WORD_ENDED)
			return read_ended(m, at);
		if (m->word == WORD_DONE)
			return read_done(m, at);
		return m->word != WORD_OVER ||
		       (number(at, UINT64_MAX, &m->bytes) &&
			   number(at, UINT64_MAX, &m->lost));
	case WORD_LOOKUP:
		m->name = field(at);
		return m->name != NULL && m->name[0] != '\0';
	case WORD_DROP:
		return number(at, UINT64_MAX, &m->bytes);
	case WORD_PING:
	case WORD_PONG:
		return number(at, UINT64_MAX, &m->number);
	case WORD_HELLO:
		return read_hello(m, at);
	case WORD_KEPT:
		return number(at, UINT64_MAX, &m->number) &&
		       number(at, UINT64_MAX, &m->bytes) &&
		       signed_number(at, 0, INT64_MAX, &m->at);
	case WORD_LOG:
		return read_log(m, at);
	default:
		return true;
	}
}

bool
collector_message_read(struct collector_message *m, char *bytes, size_t len)
{
	char *at = bytes;
	const char *name;
	size_t i;

	*m = (struct collector_message){.word = WORD_UNKNOWN};
	if (len == 0 || memchr(bytes, '\0', len) != NULL)
		return false;
	bytes[len] = '\0';
	name = field(&at);
	for (i = 0; i < COUNT(words); i++)
		if (strcmp(name, words[i].name) == 0)
			m->word = words[i].word;
	return m->word == WORD_UNKNOWN || read_fields(m, &at);
}

enum collector_word
collector_message_word(const char *bytes, size_t len)
{
	const char *tab = memchr(bytes, '\t', len);
	size_t n = tab != NULL ? (size_t)(tab - bytes) : len, i;

	for (i = 0; i < COUNT(words); i++)
		if (strlen(words[i].name) == n &&
		    memcmp(words[i].name, bytes, n) == 0)
			return words[i].word;
	return WORD_UNKNOWN;
}
