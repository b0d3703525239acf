/*
 * The label of a letter. collector/letter_front.c writes it when a letter
 * begins and when it is complete; whoever looks after letters left behind reads
 * it. A reader must take any bytes: the file is root's own, but a disk may have
 * failed.
 */
#include "core/letter_meta.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/mail_headers.h"
#include "core/run_env.h"
#include "core/strbuf.h"

#define MAGIC "evcron letter 1\n"

/* Names of lines, digits and constants of all lines but env together. */
#define FRAME_MAX 1024

static void
put_line(struct strbuf *t, const char *name, const char *value)
{
	if (value == NULL)
		return;
	strbuf_add(t, name, strlen(name));
	strbuf_add(t, " ", 1);
	for (;;) {
		size_t plain = strcspn(value, "\n\\");

		strbuf_add(t, value, plain);
		value += plain;
		if (*value == '\0')
			break;
		strbuf_add(t, *value == '\n' ? "\\n" : "\\\\", 2);
		value++;
	}
	strbuf_add(t, "\n", 1);
}

static size_t
line_max(const char *value)
{
	return value == NULL ? 0 : 2 * strlen(value) + 2;
}

static bool
is_shown(const char *block, size_t size)
{
	return block != NULL && size > 0 && size <= MAIL_ENV_MAX;
}

static size_t
block_max(const char *name, const char *block, size_t size)
{
	const char *s;
	size_t max = 0;

	if (!is_shown(block, size))
		return 0;
	for (s = block; *s != '\0'; s += strlen(s) + 1)
		max += strlen(name) + 1 + line_max(s);
	return max;
}

static void
put_block(struct strbuf *t, const char *name, const char *block, size_t size)
{
	const char *s;

	if (!is_shown(block, size))
		return;
	/* What a module has put there may be no variable. */
	for (s = block; *s != '\0'; s += strlen(s) + 1)
		if (strchr(s, '=') != NULL)
			put_line(t, name, s);
}

/* The environment's lines where runs share it, made for the second of them.
 * NULL: it is the record's own, or nobody else's yet, or there is no memory. */
static const struct run_env *
shared_lines(const struct run_record *record)
{
	struct run_env *shared = record->shared;
	struct strbuf t;

	if (shared == NULL || shared->lines != NULL)
		return shared;
	if (!shared->found)
		return NULL;
	t = (struct strbuf){
	    .size = block_max("env", record->env, record->env_size) + 1};
	t.bytes = malloc(t.size);
	if (t.bytes == NULL)
		return NULL;
	put_block(&t, "env", record->env, record->env_size);
	shared->lines = t.bytes;
	shared->lines_len = t.len;
	return shared;
}

static size_t
env_max(const struct run_record *record)
{
	const struct run_env *shared = shared_lines(record);

	return shared != NULL ? shared->lines_len
			      : block_max("env", record->env, record->env_size);
}

static void
put_env(struct strbuf *t, const struct run_record *record)
{
	const struct run_env *shared = shared_lines(record);

	if (shared != NULL)
		strbuf_add(t, shared->lines, shared->lines_len);
	else
		put_block(t, "env", record->env, record->env_size);
}

size_t
letter_meta_max(const struct run_record *record)
{
	size_t max = FRAME_MAX + 2 * LETTER_META_WHY_MAX +
		     line_max(record->user) + line_max(record->command) +
		     line_max(record->table) + line_max(record->recipient) +
		     line_max(record->sender) + line_max(record->home);

	return max + env_max(record) +
	       block_max("pam", record->session_env, record->session_env_size);
}

static void
put_numbers(struct strbuf *t, const struct run_record *f)
{
	strbuf_put(t,
	    "uid %lu\ngid %lu\nline %u\nflags %lu\ndue %lld\nmail %d\n",
	    (unsigned long)f->uid, (unsigned long)f->gid, f->line,
	    (unsigned long)f->flags, (long long)f->due.n, (int)f->mail);
	strbuf_put(t, "started %lld\noutput %llu\nlost %llu\n",
	    (long long)f->started_at_ns, (unsigned long long)f->output_bytes,
	    (unsigned long long)f->lost_bytes);
	if (f->ended && f->status_known)
		strbuf_put(t, "status %d\n", f->status);
	else if (f->ended)
		strbuf_put(t, "status unknown\n");
}

/* A letter that nobody has tried to send has no such lines. */
static void
put_tries(struct strbuf *t, const struct letter_meta *label)
{
	const struct letter_tries *tries = &label->tries;

	if (label->streamed)
		strbuf_put(t, "streamed 1\n");
	if (label->cut)
		strbuf_put(t, "cut 1\n");
	if (label->mailing)
		strbuf_put(t, "mailing 1\n");
	if (label->losing)
		strbuf_put(t, "losing 1\n");
	if (tries->count > 0)
		strbuf_put(t, "tries %lu\nsince %lld\nnext %lld\nwaited %llu\n",
		    (unsigned long)tries->count, (long long)tries->since_at,
		    (long long)tries->next_at,
		    (unsigned long long)tries->waited_secs);
	if (tries->final)
		strbuf_put(t, "final 1\n");
	if (label->why[0] != '\0')
		put_line(t, "why", label->why);
}

char *
letter_meta_write_behind(const struct letter_meta *label, size_t front,
    size_t *len)
{
	const struct run_record *f = label->record;
	struct strbuf t = {.len = front,
	    .size = front + letter_meta_max(f) + 1};

	assert(!f->env_left_out);
	t.bytes = malloc(t.size);
	if (t.bytes == NULL)
		return NULL;
	strbuf_put(&t, MAGIC "headers %llu\nbody %llu\nfirst %llu\n",
	    (unsigned long long)label->headers_at,
	    (unsigned long long)label->body_at,
	    (unsigned long long)label->first);
	put_line(&t, "id", f->id);
	put_line(&t, "user", f->user);
	put_line(&t, "command", f->command);
	put_line(&t, "table", f->table);
	put_line(&t, "recipient", f->recipient);
	put_line(&t, "sender", f->sender);
	put_line(&t, "home", f->home);
	put_numbers(&t, f);
	put_tries(&t, label);
	put_block(&t, "pam", f->session_env, f->session_env_size);
	put_env(&t, f);
	strbuf_put(&t, "end\n");
	*len = t.len;
	return t.bytes;
}

char *
letter_meta_write(const struct letter_meta *label, size_t *len)
{
	return letter_meta_write_behind(label, 0, len);
}

/* What a label says, before record can be made of it. Strings point into the
 * reader's copy of the bytes. */
struct reading {
	struct run_record_source source;
	struct env env, pam; /* vars allocated here, their strings are not */
	struct run_record plain;
	const char *id;
	uint64_t headers_at, body_at, first;
	bool streamed, cut, mailing, losing;
	struct letter_tries tries;
	const char *why;
	bool ended_line; /* "end" was there */
	bool without_env;
	size_t left_out; /* bytes of it, then */
};

/* In place, for the text only gets shorter. */
static bool
unescape(char *value)
{
	char *to = value;

	for (; *value != '\0'; value++) {
		if (*value == '\\') {
			value++;
			if (*value != 'n' && *value != '\\')
				return false;
			*to++ = *value == 'n' ? '\n' : '\\';
		} else {
			*to++ = *value;
		}
	}
	*to = '\0';
	return true;
}

static bool
read_string(struct reading *r, const char *name, const char *value)
{
	struct {
		const char *name;
		const char **to;
	} strings[] = {
	    {"id", &r->id},
	    {"user", &r->source.user},
	    {"command", &r->source.command},
	    {"table", &r->source.table},
	    {"recipient", &r->source.recipient},
	    {"sender", &r->source.sender},
	    {"home", &r->source.home},
	    {"why", &r->why},
	};
	size_t i;

	for (i = 0; i < sizeof strings / sizeof strings[0]; i++)
		if (strcmp(name, strings[i].name) == 0) {
			*strings[i].to = value;
			return true;
		}
	return false;
}

static bool
read_offset(struct reading *r, const char *name, int64_t n)
{
	if (strcmp(name, "headers") == 0)
		r->headers_at = (uint64_t)n;
	else if (strcmp(name, "body") == 0)
		r->body_at = (uint64_t)n;
	else if (strcmp(name, "first") == 0)
		r->first = (uint64_t)n;
	else if (strcmp(name, "output") == 0)
		r->plain.output_bytes = (uint64_t)n;
	else if (strcmp(name, "lost") == 0)
		r->plain.lost_bytes = (uint64_t)n;
	else if (strcmp(name, "waited") == 0)
		r->tries.waited_secs = (uint64_t)n;
	else
		return false;
	return true;
}

static bool
read_mark(struct reading *r, const char *name, const char *value)
{
	int64_t n;

	if (!strbuf_number(value, 0, 1, &n))
		return false;
	if (strcmp(name, "streamed") == 0)
		r->streamed = n != 0;
	else if (strcmp(name, "cut") == 0)
		r->cut = n != 0;
	else if (strcmp(name, "mailing") == 0)
		r->mailing = n != 0;
	else if (strcmp(name, "losing") == 0)
		r->losing = n != 0;
	else
		r->tries.final = n != 0;
	return true;
}

static bool
read_small(struct reading *r, const char *name, const char *value)
{
	int64_t n;

	if (!strbuf_number(value, 0, UINT32_MAX, &n))
		return false;
	if (strcmp(name, "uid") == 0)
		r->plain.uid = (uid_t)n;
	else if (strcmp(name, "gid") == 0)
		r->plain.gid = (gid_t)n;
	else if (strcmp(name, "line") == 0)
		r->plain.line = (unsigned)n;
	else if (strcmp(name, "flags") == 0)
		r->plain.flags = (uint32_t)n;
	else if (strcmp(name, "mail") == 0 && n <= MAIL_SYSLOG)
		r->plain.mail = (enum mail_rule)n;
	else if (strcmp(name, "tries") == 0)
		r->tries.count = (uint32_t)n;
	else if (strcmp(name, "status") == 0 && n <= INT32_MAX) {
		r->plain.ended = r->plain.status_known = true;
		r->plain.status = (int)n;
	} else
		return false;
	return true;
}

/* Lines of names not known here are passed over: a later format 1 may have
 * more of them. */
static bool
read_number(struct reading *r, const char *name, const char *value)
{
	static const char *const offsets[] = {"headers", "body", "first",
	    "output", "lost", "waited"};
	static const char *const small[] = {"uid", "gid", "line", "flags",
	    "mail", "status", "tries"};
	static const char *const marks[] = {"streamed", "cut", "final",
	    "mailing", "losing"};
	struct {
		const char *name;
		int64_t *to;
	} instants[] = {
	    {"due", &r->plain.due.n},
	    {"started", &r->plain.started_at_ns},
	    {"since", &r->tries.since_at},
	    {"next", &r->tries.next_at},
	};
	int64_t n;
	size_t i;

	for (i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
		if (strcmp(name, offsets[i]) == 0)
			return strbuf_number(value, 0, INT64_MAX, &n) &&
			       read_offset(r, name, n);
	for (i = 0; i < sizeof small / sizeof small[0]; i++)
		if (strcmp(name, small[i]) == 0)
			return read_small(r, name, value);
	for (i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (strcmp(name, marks[i]) == 0)
			return read_mark(r, name, value);
	for (i = 0; i < sizeof instants / sizeof instants[0]; i++)
		if (strcmp(name, instants[i].name) == 0)
			return strbuf_number(value, INT64_MIN, INT64_MAX,
			    instants[i].to);
	return true;
}

static bool
read_variable(struct env *env, char *value)
{
	if (strchr(value, '=') == NULL)
		return false;
	env->vars[env->count++] = value;
	return true;
}

/* line is NUL-terminated, vars have room for it. */
static bool
read_line(struct reading *r, char *line)
{
	char *value = strchr(line, ' ');

	if (strcmp(line, "end") == 0) {
		r->ended_line = true;
		return true;
	}
	if (value == NULL)
		return false;
	*value++ = '\0';
	if (!unescape(value))
		return false;
	if (r->without_env && strcmp(line, "env") == 0) {
		r->left_out += strlen(value) + 1 + RUN_RECORD_SETTING;
		return true;
	}
	if (strcmp(line, "env") == 0)
		return read_variable(&r->env, value);
	if (strcmp(line, "pam") == 0)
		return read_variable(&r->pam, value);
	if (strcmp(line, "status") == 0 && strcmp(value, "unknown") == 0) {
		r->plain.ended = true;
		return true;
	}
	return read_string(r, line, value) || read_number(r, line, value);
}

static bool
read_lines(struct reading *r, char *text)
{
	char *end;

	while (!r->ended_line) {
		end = strchr(text, '\n');
		if (end == NULL)
			return false;
		*end = '\0';
		if (!read_line(r, text))
			return false;
		text = end + 1;
	}
	return r->id != NULL && r->source.user != NULL &&
	       r->source.command != NULL &&
	       strlen(r->id) < sizeof r->plain.id &&
	       (r->why == NULL || strlen(r->why) <= LETTER_META_WHY_MAX) &&
	       r->headers_at <= r->body_at + r->first;
}

/* The record that are plain values, into a struct run_record with its strings.
 */
static void
take_plain(struct run_record *record, const struct reading *r)
{
	const struct run_record *plain = &r->plain;

	memcpy(record->id, r->id, strlen(r->id) + 1);
	record->uid = plain->uid;
	record->gid = plain->gid;
	record->line = plain->line;
	record->flags = plain->flags;
	record->due = plain->due;
	record->mail = plain->mail;
	record->started_at_ns = plain->started_at_ns;
	record->ended = plain->ended;
	record->status_known = plain->status_known;
	record->status = plain->status;
	record->output_bytes = plain->output_bytes;
	record->lost_bytes = plain->lost_bytes;
}

static void
take_marks(struct letter_meta *label, const struct reading *r)
{
	label->streamed = r->streamed;
	label->cut = r->cut;
	label->mailing = r->mailing;
	label->losing = r->losing;
	label->tries = r->tries;
	if (r->why != NULL)
		memcpy(label->why, r->why, strlen(r->why) + 1);
}

static size_t
count_lines(const char *text)
{
	size_t n = 0;

	while ((text = strchr(text, '\n')) != NULL) {
		text++;
		n++;
	}
	return n;
}

/* What was read makes sense. */
static enum letter_meta_verdict
make_label(struct letter_meta *label, struct reading *r)
{
	r->source.env = &r->env;
	label->record = run_record_new(&r->source);
	if (label->record == NULL)
		return LETTER_META_NO_MEMORY;
	if (run_record_set_session_env(label->record, &r->pam) != 0) {
		run_record_unref(label->record);
		label->record = NULL;
		return LETTER_META_NO_MEMORY;
	}
	take_plain(label->record, r);
	label->record->env_cost += r->left_out;
	label->record->env_left_out = r->without_env;
	label->headers_at = r->headers_at;
	label->body_at = r->body_at;
	label->first = r->first;
	take_marks(label, r);
	return LETTER_META_GOOD;
}

static enum letter_meta_verdict
read_label(struct letter_meta *label, const char *bytes, size_t len,
    bool without_env)
{
	enum letter_meta_verdict verdict = LETTER_META_BROKEN;
	size_t magic = strlen(MAGIC), lines;
	struct reading r = {.without_env = without_env};
	char *copy;

	*label = (struct letter_meta){0};
	if (len < magic || memcmp(bytes, MAGIC, magic) != 0)
		return LETTER_META_FOREIGN;
	copy = strndup(bytes + magic, len - magic);
	if (copy == NULL)
		return LETTER_META_NO_MEMORY;
	lines = count_lines(copy) + 1;
	r.env.vars = calloc(lines, sizeof *r.env.vars);
	r.pam.vars = calloc(lines, sizeof *r.pam.vars);
	if (r.env.vars == NULL || r.pam.vars == NULL)
		verdict = LETTER_META_NO_MEMORY;
	else if (read_lines(&r, copy))
		verdict = make_label(label, &r);
	free(r.env.vars);
	free(r.pam.vars);
	free(copy);
	return verdict;
}

enum letter_meta_verdict
letter_meta_read(struct letter_meta *label, const char *bytes, size_t len)
{
	return read_label(label, bytes, len, false);
}

enum letter_meta_verdict
letter_meta_read_without_env(struct letter_meta *label, const char *bytes,
    size_t len)
{
	return read_label(label, bytes, len, true);
}
