/*
 * State files as bytes. daemon/base/state_files.c writes them,
 * daemon/handover/adopt.c reads them; sys/files/run_files.c has the files.
 */
#include "core/run_state.h"

#include <stdlib.h>
#include <string.h>

#include "core/letter_meta.h"

#define MAGIC "evcron state 1\n"

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

/* Writing */

static void
put_run(struct strbuf *t, const struct run_record *f)
{
	const struct run_usage *u = f->usage;

	strbuf_put(t, "pid %ld\nbirth %llu\nmono %lld\n", (long)f->pid,
	    (unsigned long long)f->pid_start, (long long)f->started_mono_ns);
	strbuf_put(t, "session %d\n", f->session);
	strbuf_put(t, "started %lld\noutput %llu\nlost %llu\n",
	    (long long)f->started_at_ns, (unsigned long long)f->output_bytes,
	    (unsigned long long)f->lost_bytes);
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

	strbuf_put(&t, MAGIC);
	run_state_key_put(&t, &state->key);
	strbuf_put(&t, "part %u\nover %d\nlosing %d\nstreamed %d\nbroken %d\n",
	    state->part, state->over, state->losing, state->streamed,
	    state->broken);
	strbuf_put(&t, "fifo %d\nkeeper %d\nkeeper-inode %llu\n", state->fifo,
	    state->session_fifo, (unsigned long long)state->session_fifo_inode);
	strbuf_put(&t, "mailer %ld\nmailer-birth %llu\nstarting %d\n",
	    (long)state->mailer, (unsigned long long)state->mailer_start,
	    state->starting);
	put_run(&t, state->record);
	memset(front + t.len, '\n', RUN_STATE_FRONT - t.len);
}

char *
run_state_write(const struct run_state *state, size_t *len)
{
	const struct letter_meta label = {.record = state->record};
	size_t label_len;
	char *text = letter_meta_write(&label, &label_len), *whole;

	if (text == NULL)
		return NULL;
	whole = malloc(RUN_STATE_FRONT + label_len);
	if (whole != NULL) {
		run_state_front(state, whole);
		memcpy(whole + RUN_STATE_FRONT, text, label_len);
		*len = RUN_STATE_FRONT + label_len;
	}
	free(text);
	return whole;
}

/* Reading */

struct reading {
	struct run_state state;
	struct run_record plain; /* numbers of the front */
	struct run_usage usage;
	bool has_usage;
};

static bool
read_flag(struct run_state *s, const char *name, int64_t n)
{
	struct {
		const char *name;
		bool *to;
	} flags[] = {
	    {"over", &s->over},
	    {"losing", &s->losing},
	    {"streamed", &s->streamed},
	    {"broken", &s->broken},
	    {"starting", &s->starting},
	};
	size_t i;

	for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
		if (strcmp(name, flags[i].name) == 0) {
			*flags[i].to = n != 0;
			return n == 0 || n == 1;
		}
	return true;
}

static bool
read_int(struct reading *r, const char *name, int64_t n)
{
	bool fits = n >= 0 && n <= INT32_MAX;

	if (strcmp(name, "part") == 0) {
		r->state.part = (unsigned)n;
		return n == 1 || n == 2;
	}
	if (strcmp(name, "session") == 0) {
		r->plain.session = n == 1;
		return n == 0 || n == 1;
	}
	if (strcmp(name, "pid") == 0)
		r->plain.pid = (pid_t)n;
	else if (strcmp(name, "mailer") == 0)
		r->state.mailer = (pid_t)n;
	else if (strcmp(name, "status") == 0) {
		r->plain.status_known = true;
		r->plain.status = (int)n;
	} else if (strcmp(name, "fifo") == 0) {
		r->state.fifo = (int)n;
		return n >= -1 && n <= INT32_MAX;
	} else if (strcmp(name, "keeper") == 0) {
		r->state.session_fifo = (int)n;
		return n >= -1 && n <= INT32_MAX;
	} else
		return read_flag(&r->state, name, n);
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
	    {"mailer-birth", &r->state.mailer_start},
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

	return at != NULL && r->state.part != 0 &&
	       r->state.key.boot[0] != '\0' && r->state.key.pid_ns != 0 &&
	       r->state.key.init_start != 0;
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

enum run_state_verdict
run_state_read(struct run_state *state, const char *bytes, size_t len)
{
	struct reading r = {.state = {.fifo = -1, .session_fifo = -1}};
	size_t magic = strlen(MAGIC);
	char front[RUN_STATE_FRONT + 1];
	struct letter_meta label;

	*state = (struct run_state){.fifo = -1, .session_fifo = -1};
	if (len < magic || memcmp(bytes, MAGIC, magic) != 0)
		return RUN_STATE_FOREIGN;
	if (len < RUN_STATE_FRONT)
		return RUN_STATE_BROKEN;
	memcpy(front, bytes, RUN_STATE_FRONT);
	front[RUN_STATE_FRONT] = '\0';
	if (!read_front(&r, front + magic))
		return RUN_STATE_BROKEN;
	switch (letter_meta_read(&label, bytes + RUN_STATE_FRONT,
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
