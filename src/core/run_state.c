/*
 * State files as bytes. daemon/base/state_files.c writes them, daemon/handover/adopt.c reads them;
 * sys/files/run_files.c has the files.
 */
#include "core/run_state.h"

#include <stdlib.h>
#include <string.h>

#include "core/letter_meta.h"

#define MAGIC "evcron state 1\n"

/* Keys */

void
state_key_put(struct text *t, const struct state_key *key)
{
	text_put(t, "boot %s\npidns %llu\ninit %llu\n", key->boot,
	    (unsigned long long)key->pid_ns,
	    (unsigned long long)key->init_start);
}

bool
state_key_line(struct state_key *key, const char *name, const char *value)
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
	if (!text_number(value, 0, INT64_MAX, &n))
		n = 0;
	*(name[0] == 'p' ? &key->pid_ns : &key->init_start) = (uint64_t)n;
	return true;
}

bool
state_key_same(const struct state_key *a, const struct state_key *b)
{
	return strcmp(a->boot, b->boot) == 0 && a->pid_ns == b->pid_ns &&
	       a->init_start == b->init_start;
}

/* Writing */

static void
put_run(struct text *t, const struct facts *f)
{
	const struct facts_usage *u = f->usage;

	text_put(t, "pid %ld\nbirth %llu\nmono %lld\n", (long)f->pid,
	    (unsigned long long)f->pid_start, (long long)f->started_mono_ns);
	text_put(t, "session %d\n", f->session);
	text_put(t, "started %lld\noutput %llu\nlost %llu\n",
	    (long long)f->started_at_ns, (unsigned long long)f->output_bytes,
	    (unsigned long long)f->lost_bytes);
	if (!f->ended)
		return;
	text_put(t, "ended %lld\n", (long long)f->ended_mono_ns);
	if (f->status_known)
		text_put(t, "status %d\n", f->status);
	if (u == NULL)
		return;
	text_put(t, "user %lld\nsystem %lld\nrss %lld\nin %lld\nout %lld\n",
	    (long long)u->user_us, (long long)u->system_us,
	    (long long)u->max_rss_kib, (long long)u->blocks_in,
	    (long long)u->blocks_out);
}

void
state_front(const struct state *state, char front[STATE_FRONT])
{
	struct text t = {.bytes = front, .size = STATE_FRONT};

	text_put(&t, MAGIC);
	state_key_put(&t, &state->key);
	text_put(&t, "part %u\nover %d\nlosing %d\nstreamed %d\nbroken %d\n",
	    state->part, state->over, state->losing, state->streamed,
	    state->broken);
	text_put(&t, "fifo %d\nkeeper %d\nkeeper-inode %llu\n", state->fifo,
	    state->keeper, (unsigned long long)state->keeper_inode);
	text_put(&t, "mailer %ld\nmailer-birth %llu\nstarting %d\n",
	    (long)state->mailer, (unsigned long long)state->mailer_start,
	    state->starting);
	put_run(&t, state->facts);
	memset(front + t.len, '\n', STATE_FRONT - t.len);
}

char *
state_write(const struct state *state, size_t *len)
{
	const struct label label = {.facts = state->facts};
	size_t label_len;
	char *text = label_write(&label, &label_len), *whole;

	if (text == NULL)
		return NULL;
	whole = malloc(STATE_FRONT + label_len);
	if (whole != NULL) {
		state_front(state, whole);
		memcpy(whole + STATE_FRONT, text, label_len);
		*len = STATE_FRONT + label_len;
	}
	free(text);
	return whole;
}

/* Reading */

struct reading {
	struct state state;
	struct facts plain; /* numbers of the front */
	struct facts_usage usage;
	bool has_usage;
};

static bool
read_flag(struct state *s, const char *name, int64_t n)
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
		r->state.keeper = (int)n;
		return n >= -1 && n <= INT32_MAX;
	} else
		return read_flag(&r->state, name, n);
	return fits;
}

/* Names not known here are passed over: a later format 1 may have more. */
static bool
read_number(struct reading *r, const char *name, int64_t n)
{
	struct facts *f = &r->plain;
	struct {
		const char *name;
		uint64_t *to;
	} counts[] = {
	    {"birth", &f->pid_start},
	    {"mailer-birth", &r->state.mailer_start},
	    {"keeper-inode", &r->state.keeper_inode},
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

	while (text_line(&at, &name, &value)) {
		if (state_key_line(&r->state.key, name, value))
			continue;
		if (!text_number(value, INT64_MIN, INT64_MAX, &n) ||
		    !read_number(r, name, n))
			return false;
	}

	return at != NULL && r->state.part != 0 &&
	       r->state.key.boot[0] != '\0' && r->state.key.pid_ns != 0 &&
	       r->state.key.init_start != 0;
}

static void
take_plain(struct facts *facts, const struct reading *r)
{
	const struct facts *plain = &r->plain;

	facts->pid = plain->pid;
	facts->pid_start = plain->pid_start;
	facts->session = plain->session;
	facts->started_mono_ns = plain->started_mono_ns;
	facts->started_at_ns = plain->started_at_ns;
	facts->output_bytes = plain->output_bytes;
	facts->lost_bytes = plain->lost_bytes;
	facts->ended = plain->ended;
	facts->ended_mono_ns = plain->ended_mono_ns;
	facts->status_known = plain->ended && plain->status_known;
	facts->status = facts->status_known ? plain->status : 0;
	if (r->has_usage)
		facts_set_usage(facts, &r->usage);
}

enum state_verdict
state_read(struct state *state, const char *bytes, size_t len)
{
	struct reading r = {.state = {.fifo = -1, .keeper = -1}};
	size_t magic = strlen(MAGIC);
	char front[STATE_FRONT + 1];
	struct label label;

	*state = (struct state){.fifo = -1, .keeper = -1};
	if (len < magic || memcmp(bytes, MAGIC, magic) != 0)
		return STATE_FOREIGN;
	if (len < STATE_FRONT)
		return STATE_BROKEN;
	memcpy(front, bytes, STATE_FRONT);
	front[STATE_FRONT] = '\0';
	if (!read_front(&r, front + magic))
		return STATE_BROKEN;
	switch (label_read(&label, bytes + STATE_FRONT, len - STATE_FRONT)) {
	case LABEL_GOOD:
		break;
	case LABEL_NO_MEMORY:
		return STATE_NO_MEMORY;
	case LABEL_FOREIGN:
	case LABEL_BROKEN:
		return STATE_BROKEN;
	}
	*state = r.state;
	state->facts = label.facts;
	take_plain(state->facts, &r);
	return STATE_GOOD;
}
