/*
 * State files as bytes. daemon/base/state_files.c writes them,
 * daemon/handover/adopt.c reads them; sys/files/run_files.c has the files.
 */
#include "core/run_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/letter_meta.h"

#define MAGIC "evcron state 2\n"

#define PID_DIGITS   10
#define COUNT_DIGITS 20

static_assert(sizeof MAGIC - 1 == RUN_STATE_PID_AT, "the pid's slot");

/* Keys */

void
run_state_key_put(struct strbuf *t, const struct run_state_key *key)
{
	strbuf_put(t, "boot %s\npidns %llu\ninit %llu\n", key->boot,
	    (unsigned long long)key->pid_ns,
	    (unsigned long long)key->init_start);
}

bool
run_state_key_line(struct run_state_key *key, const char *name,
    const char *value)
{
	size_t len = strlen(value);
	int64_t n;

	if (strcmp(name, "boot") == 0) {
		key->boot[0] = '\0';
		if (len < sizeof key->boot)
			memcpy(key->boot, value, len + 1);
		return true;
	}
	if (strcmp(name, "pidns") != 0 && strcmp(name, "init") != 0)
		return false;
	if (!strbuf_number(value, 0, INT64_MAX, &n))
		n = 0;
	*(name[0] == 'p' ? &key->pid_ns : &key->init_start) = (uint64_t)n;
	return true;
}

bool
run_state_key_same(const struct run_state_key *a, const struct run_state_key *b)
{
	return strcmp(a->boot, b->boot) == 0 && a->pid_ns == b->pid_ns &&
	       a->init_start == b->init_start;
}

/* Slots */

static char *
put_text(char *at, const char *text)
{
	size_t len = strlen(text);

	memcpy(at, text, len);
	return at + len;
}

/* So many digits and a newline. What does not fit is cut: it is none of ours.
 */
static char *
put_number(char *at, uint64_t number, unsigned digits)
{
	unsigned i;

	for (i = digits; i > 0; i--, number /= 10)
		at[i - 1] = (char)('0' + number % 10);
	at[digits] = '\n';
	return at + digits + 1;
}

void
run_state_pid_slot(char slot[RUN_STATE_PID_SIZE], pid_t pid, uint64_t start)
{
	char *at = put_text(slot, "pid ");

	at = put_number(at, pid > 0 ? (uint64_t)pid : 0, PID_DIGITS);
	at = put_text(at, "birth ");
	(void)put_number(at, start, COUNT_DIGITS);
}

static void
put_over_slot(char *slot, bool over, uint64_t output, uint64_t lost)
{
	char *at = put_text(slot, "over ");

	at = put_number(at, over, 1);
	at = put_text(at, "output ");
	at = put_number(at, output, COUNT_DIGITS);
	at = put_text(at, "lost ");
	(void)put_number(at, lost, COUNT_DIGITS);
}

void
run_state_over_slot(char slot[RUN_STATE_OVER_SIZE], uint64_t output,
    uint64_t lost)
{
	put_over_slot(slot, true, output, lost);
}

/* Writing */

static void
put_run(struct strbuf *t, const struct run_record *f)
{
	const struct run_usage *u = f->usage;

	strbuf_put(t, "session %d\nmono %lld\nstarted %lld\n", f->session,
	    (long long)f->started_mono_ns, (long long)f->started_at_ns);
	if (!f->ended)
		return;
	strbuf_put(t, "ended %lld\n", (long long)f->ended_mono_ns);
	if (f->status_known)
		strbuf_put(t, "status %d\n", f->status);
	if (u == NULL)
		return;
	strbuf_put(t, "user %lld\nsystem %lld\nrss %lld\nin %lld\nout %lld\n",
	    (long long)u->user_us, (long long)u->system_us,
	    (long long)u->max_rss_kib, (long long)u->blocks_in,
	    (long long)u->blocks_out);
}

void
run_state_front(const struct run_state *state, char front[RUN_STATE_FRONT])
{
	struct strbuf t = {.bytes = front, .size = RUN_STATE_FRONT};

	const struct run_record *f = state->record;

	strbuf_put(&t, MAGIC);
	run_state_pid_slot(t.bytes + t.len, f->pid, f->pid_start);
	t.len += RUN_STATE_PID_SIZE;
	put_over_slot(t.bytes + t.len, state->over, f->output_bytes,
	    f->lost_bytes);
	t.len += RUN_STATE_OVER_SIZE;
	run_state_key_put(&t, &state->key);
	strbuf_put(&t, "generation %llu\nkeeper %d\nkeeper-inode %llu\n",
	    (unsigned long long)state->generation, state->session_fifo,
	    (unsigned long long)state->session_fifo_inode);
	put_run(&t, f);
	memset(front + t.len, '\n', RUN_STATE_FRONT - t.len);
}

char *
run_state_write(const struct run_state *state, size_t *len)
{
	const struct letter_meta label = {.record = state->record};
	char *text = letter_meta_write_behind(&label, RUN_STATE_FRONT, len);

	if (text != NULL)
		run_state_front(state, text);
	return text;
}

/* Reading */

typedef enum letter_meta_verdict read_label_fn(struct letter_meta *,
    const char *bytes, size_t len);

struct reading {
	struct run_state state;
	struct run_record plain; /* numbers of the front */
	struct run_usage usage;
	bool has_usage;
};

static bool
read_flag(struct reading *r, const char *name, int64_t n)
{
	if (strcmp(name, "over") == 0)
		r->state.over = n == 1;
	else if (strcmp(name, "session") == 0)
		r->plain.session = n == 1;
	else
		return true;
	return n == 0 || n == 1;
}

static bool
read_int(struct reading *r, const char *name, int64_t n)
{
	bool fits = n >= 0 && n <= INT32_MAX;

	if (strcmp(name, "pid") == 0) {
		r->plain.pid = (pid_t)n;
	} else if (strcmp(name, "status") == 0) {
		r->plain.status_known = true;
		r->plain.status = (int)n;
	} else if (strcmp(name, "keeper") == 0) {
		r->state.session_fifo = (int)n;
		return n >= -1 && n <= INT32_MAX;
	} else {
		return read_flag(r, name, n);
	}
	return fits;
}

/* Names not known here are passed over: a later format 1 may have more. */
static bool
read_number(struct reading *r, const char *name, int64_t n)
{
	struct run_record *f = &r->plain;
	struct {
		const char *name;
		uint64_t *to;
	} counts[] = {
	    {"birth", &f->pid_start},
	    {"generation", &r->state.generation},
	    {"keeper-inode", &r->state.session_fifo_inode},
	    {"output", &f->output_bytes},
	    {"lost", &f->lost_bytes},
	};
	struct {
		const char *name;
		int64_t *to;
		bool *there;
	} values[] = {
	    {"mono", &f->started_mono_ns, NULL},
	    {"started", &f->started_at_ns, NULL},
	    {"ended", &f->ended_mono_ns, &f->ended},
	    {"user", &r->usage.user_us, &r->has_usage},
	    {"system", &r->usage.system_us, &r->has_usage},
	    {"rss", &r->usage.max_rss_kib, &r->has_usage},
	    {"in", &r->usage.blocks_in, &r->has_usage},
	    {"out", &r->usage.blocks_out, &r->has_usage},
	};
	size_t i;

	for (i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (strcmp(name, counts[i].name) == 0) {
			*counts[i].to = (uint64_t)n;
			return n >= 0;
		}
	for (i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(name, values[i].name) == 0) {
			*values[i].to = n;
			if (values[i].there != NULL)
				*values[i].there = true;
			return true;
		}
	return read_int(r, name, n);
}

static bool
read_front(struct reading *r, char *front)
{
	char *at = front, *name, *value;
	int64_t n;

	while (strbuf_line(&at, &name, &value)) {
		if (run_state_key_line(&r->state.key, name, value))
			continue;
		if (!strbuf_number(value, INT64_MIN, INT64_MAX, &n) ||
		    !read_number(r, name, n))
			return false;
	}

	return at != NULL && r->state.key.boot[0] != '\0' &&
	       r->state.key.pid_ns != 0 && r->state.key.init_start != 0;
}

static void
take_plain(struct run_record *record, const struct reading *r)
{
	const struct run_record *plain = &r->plain;

	record->pid = plain->pid;
	record->pid_start = plain->pid_start;
	record->session = plain->session;
	record->started_mono_ns = plain->started_mono_ns;
	record->started_at_ns = plain->started_at_ns;
	record->output_bytes = plain->output_bytes;
	record->lost_bytes = plain->lost_bytes;
	record->ended = plain->ended;
	record->ended_mono_ns = plain->ended_mono_ns;
	record->status_known = plain->ended && plain->status_known;
	record->status = record->status_known ? plain->status : 0;
	if (r->has_usage)
		run_record_set_usage(record, &r->usage);
}

static enum run_state_verdict
read_state(struct run_state *state, const char *bytes, size_t len,
    read_label_fn *read_label)
{
	struct reading r = {.state = {.session_fifo = -1}};
	size_t magic = strlen(MAGIC);
	char front[RUN_STATE_FRONT + 1];
	struct letter_meta label;

	*state = (struct run_state){.session_fifo = -1};
	if (len < magic || memcmp(bytes, MAGIC, magic) != 0)
		return RUN_STATE_FOREIGN;
	if (len < RUN_STATE_FRONT)
		return RUN_STATE_BROKEN;
	memcpy(front, bytes, RUN_STATE_FRONT);
	front[RUN_STATE_FRONT] = '\0';
	if (!read_front(&r, front + magic))
		return RUN_STATE_BROKEN;
	switch (read_label(&label, bytes + RUN_STATE_FRONT,
	    len - RUN_STATE_FRONT)) {
	case LETTER_META_GOOD:
		break;
	case LETTER_META_NO_MEMORY:
		return RUN_STATE_NO_MEMORY;
	case LETTER_META_FOREIGN:
	case LETTER_META_BROKEN:
		return RUN_STATE_BROKEN;
	}
	*state = r.state;
	state->record = label.record;
	take_plain(state->record, &r);
	return RUN_STATE_GOOD;
}

enum run_state_verdict
run_state_read(struct run_state *state, const char *bytes, size_t len)
{
	return read_state(state, bytes, len, letter_meta_read);
}

enum run_state_verdict
run_state_read_without_env(struct run_state *state, const char *bytes,
    size_t len)
{
	return read_state(state, bytes, len, letter_meta_read_without_env);
}
