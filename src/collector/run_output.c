/*
 * A run's output. The job has the FIFO O_RDWR: it can never get SIGPIPE, with
 * or without a collector, and the end of file comes all the same when the last
 * of its writers is gone. A read of 0 is that end only if somebody had it open
 * since we have (POLLHUP), or if the job has ended: before, it may not have
 * been opened yet.
 */
#include "collector/run_output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <syslog.h>
#include <unistd.h>

#include "collector/delivery.h"
#include "collector/job_log.h"
#include "collector/letter_open.h"
#include "collector/letter_write.h"
#include "collector/mailer_stream.h"
#include "collector/run_file.h"
#include "collector/talk.h"
#include "sys/clock.h"
#include "sys/fd.h"

/* In one go: it must be heard now and then what main says. */
#define TAKE_MAX  ((size_t)1024 * 1024)
#define WIDE_PIPE (512 * 1024)
#define SECOND_NS ((int64_t)1000000000)
#define LOG_MS    100  /* while the log is behind */
#define ALONE_MS  5000 /* between looks at a job of which nobody will tell */
#define ALONE_NS  (60 * SECOND_NS)

struct run_output {
	struct worker *worker;
	struct collector *collector;
	struct outbox *outbox;
	struct letter *letter;
	struct run_record *record; /* the letter's */
	struct letter *leaving;    /* of the run that is over: still streamed */
	int fifo;                  /* -1 after its end */
	int record_fd;
	size_t left; /* of what was there at its end */
	uint64_t thrown_away;
	int64_t closing_ns; /* when the run is over, whoever has it open */
	int64_t hurry_ns;   /* and whatever becomes of its lines */
	int64_t alone_ns;   /* since when nobody writes, and nobody will tell */
	enum letter_took took;
	bool by_path;    /* an earlier collector had it */
	bool some;       /* something was read */
	bool wide;       /* the FIFO was made larger */
	bool closing;    /* what was there at its end is being taken */
	bool over;       /* the run is; what comes now is late */
	bool cancelled;  /* there was no job */
	bool discarding; /* late output that is too much */
	bool crond;
	char late_name[RUN_FILE_NAME]; /* of the FIFO; "" */
};

static const char *
runs_dir(const struct run_output *o)
{
	return o->collector->options->runs_dir;
}

static void
fifo_end(struct run_output *o)
{
	worker_risk(o->worker);
	fd_close(&o->fifo);
	worker_safe(o->worker);
}

/* What is known of the job only once it runs. */
static void
read_again(struct run_output *o)
{
	struct run_record *record = o->record, *now;

	now = run_file_read(runs_dir(o), o->worker->name, o->record_fd, NULL);
	if (now == NULL)
		return;
	record->pid = now->pid;
	record->pid_start = now->pid_start;
	record->started_at_ns = now->started_at_ns;
	record->started_mono_ns = now->started_mono_ns;
	if (record->session_env == NULL) {
		record->session_env = now->session_env;
		record->session_env_size = now->session_env_size;
		now->session_env = NULL;
		now->session_env_size = 0;
	}
	run_record_unref(now);
}

/* All that is in the FIFO now. One byte more tells the end of file from a
 * pause. */
static size_t
what_is_there(const struct run_output *o)
{
	int there = 0;

	worker_risk(o->worker);
	if (o->fifo < 0 || ioctl(o->fifo, FIONREAD, &there) != 0)
		there = 0;
	worker_safe(o->worker);
	return (size_t)there + 1;
}

static void
begin_closing(struct run_output *o)
{
	o->closing = true;
	o->left = what_is_there(o);
}

static void
job_ended(struct run_output *o, bool known, int status)
{
	const struct collector *c = o->collector;
	int64_t now = clock_mono_ns();

	read_again(o);
	o->record->ended = true;
	o->record->status_known = known;
	o->record->status = status;
	o->hurry_ns = now + c->options->stall_secs * SECOND_NS;
	o->closing_ns = now + c->personality->linger_secs * SECOND_NS;
	if (c->personality->linger_secs == 0)
		begin_closing(o);
}

static void
hear(struct run_output *o)
{
	const struct worker_told told = worker_told(o->worker);

	o->crond = told.crond;
	if (told.enough)
		o->discarding = true;
	if (o->record->ended)
		return;
	switch (told.end) {
	case WORKER_ENDED:
		job_ended(o, true, told.status);
		break;
	case WORKER_ENDED_UNKNOWN:
		job_ended(o, false, 0);
		break;
	case WORKER_NO_JOB:
		o->cancelled = true;
		break;
	case WORKER_NOT_ENDED:
		break;
	}
}

/* Reading */

/* Somebody had it open, and nobody has now. */
static bool
is_hung_up(const struct run_output *o)
{
	struct pollfd look = {.fd = o->fifo, .events = POLLIN};

	return poll(&look, 1, 0) > 0 && (look.revents & POLLHUP) != 0;
}

/* Takes what is there, up to *max bytes; *max is what it takes no more of. */
static enum letter_took
take_up_to(struct run_output *o, size_t *max, enum letter_press press)
{
	enum letter_took took = LETTER_TOOK;
	size_t n;

	while (took == LETTER_TOOK && *max > 0) {
		took = letter_take(o->letter, o->fifo, *max, press, &n);
		o->some = o->some || n > 0;
		*max -= n < *max ? n : *max;
	}
	/* One that writes much is worth fewer wake-ups; for most, 64 KiB are
	 * plenty, and a pipe costs memory. */
	if (o->letter->record->output_bytes > TAKE_MAX && !o->wide) {
		o->wide = true;
		worker_risk(o->worker);
		(void)fcntl(o->fifo, F_SETPIPE_SZ, WIDE_PIPE);
		worker_safe(o->worker);
	}
	return took;
}

/* An ended job's output that nobody was there to read. */
static void
note_unseen(struct run_output *o)
{
	if (!o->by_path || o->some || o->record->pid == 0 || is_hung_up(o))
		return;
	o->letter->notes |= NOTE_UNSEEN;
	job_log(o->collector, o->record, LOG_WARNING, o->record->user,
	    "HANDOVER", 0,
	    "job %ld ended while nothing read its output: the last of it may "
	    "be lost",
	    (long)o->record->pid);
}

static void
read_some(struct run_output *o)
{
	int64_t now = clock_mono_ns();
	bool ended = o->record->ended;
	size_t max = TAKE_MAX;

	if (ended && !o->closing && now >= o->closing_ns)
		begin_closing(o);
	o->took = LETTER_EMPTY;
	if (o->fifo >= 0 && o->closing)
		o->took = take_up_to(o, &o->left,
		    now >= o->hurry_ns ? LETTER_HURRY : LETTER_LAST);
	else if (o->fifo >= 0)
		o->took = take_up_to(o, &max, LETTER_GENTLY);
	if (o->took == LETTER_EOF && (ended || is_hung_up(o))) {
		if (ended)
			note_unseen(o);
		fifo_end(o);
	}
	o->over =
	    ended && (o->fifo < 0 || (o->closing && o->took != LETTER_BLOCKED &&
					 o->took != LETTER_LOG));
}

/* Waiting */

/* No crond will say how the job has ended: waits a while for one, then nobody
 * knows. */
static void
look_alone(struct run_output *o)
{
	const struct run_record *record = o->record;
	int64_t now = clock_mono_ns();

	if (record == NULL || o->crond || record->ended ||
	    (o->fifo >= 0 && o->took != LETTER_EOF)) {
		o->alone_ns = 0;
		return;
	}
	if (record->pid == 0)
		read_again(o);
	if (o->alone_ns == 0 ||
	    (record->pid != 0 &&
		process_start_time(record->pid) == record->pid_start))
		o->alone_ns = now;
	else if (now - o->alone_ns >= ALONE_NS)
		job_ended(o, false, 0);
}

static int
sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int
ms_until(int64_t at_ns)
{
	int64_t ms = (at_ns - clock_mono_ns()) / 1000000 + 1;

	return ms < 0 ? 0 : ms > 3600 * 1000 ? 3600 * 1000 : (int)ms;
}

static int
patience(const struct run_output *o)
{
	int ms = -1;

	if (o->took == LETTER_TOOK)
		return 0;
	if (o->over || o->record == NULL)
		return -1;
	if (o->record->ended && !o->closing)
		ms = ms_until(o->closing_ns);
	if (!o->crond && !o->record->ended)
		ms = sooner(ms, ALONE_MS);
	return ms;
}

/* The rest of the way of a letter whose stream has ended. */
static void
stream_go_on(struct letter *l)
{
	struct mailer_end end;
	uint64_t first;
	bool whole;

	if (l->stream != NULL &&
	    !mailer_stream_go_on(l->stream, &end, &whole, &first))
		(void)delivery_stream_ended(l, &end, whole, first);
}

static void
leave(struct run_output *o)
{
	struct letter *l = o->leaving;

	stream_go_on(l);
	if (l->stream != NULL)
		return;
	o->leaving = NULL;
	delivery_run(l);
	letter_free(l);
}

/* For the FIFO, for main, for the mailers that are being fed. */
static void
wait_some(struct run_output *o)
{
	struct pollfd wants[6] = {
	    {.fd = o->worker->wake, .events = POLLIN},
	    {.fd = o->took == LETTER_BLOCKED ? -1 : o->fifo, .events = POLLIN},
	    {.fd = -1},
	    {.fd = -1},
	    {.fd = -1},
	    {.fd = -1},
	};
	int ms = patience(o);

	if (o->letter != NULL && o->letter->stream != NULL)
		ms = sooner(ms,
		    mailer_stream_wants(o->letter->stream, &wants[2]));
	if (o->leaving != NULL)
		ms = sooner(ms,
		    mailer_stream_wants(o->leaving->stream, &wants[4]));
	if (o->took == LETTER_LOG)
		talk_wait_for_room(o->collector->talk, LOG_MS);
	else
		(void)poll(wants, sizeof wants / sizeof wants[0], ms);
	worker_wait(o->worker, 0);
	if (o->letter != NULL)
		stream_go_on(o->letter);
	if (o->leaving != NULL)
		leave(o);
	if (!o->over)
		look_alone(o);
}

/* Ways */

static void
read_until_over(struct run_output *o)
{
	for (;;) {
		hear(o);
		if (o->cancelled)
			return;
		read_some(o);
		if (o->over)
			return;
		wait_some(o);
	}
}

/* The letter is complete: by this thread, or where that has more to read by
 * another one. */
static void
send(struct run_output *o)
{
	struct letter *l = o->letter;

	o->letter = NULL;
	if (l->stream != NULL) {
		o->leaving = l;
	} else if (o->fifo >= 0 && l->in_file) {
		fd_close(&l->fd);
		talk_letter(o->collector->talk, o->worker, l);
	} else {
		delivery_run(l);
		letter_free(l);
	}
}

/* Everything but its numbers. */
static struct run_record *
copy_record(const struct run_record *record)
{
	const struct letter_meta label = {
	    .record = (struct run_record *)(uintptr_t)record};
	struct letter_meta copy;
	size_t len;
	char *text = letter_meta_write(&label, &len);

	if (text == NULL ||
	    letter_meta_read(&copy, text, len) != LETTER_META_GOOD)
		copy.record = NULL;
	free(text);
	if (copy.record != NULL) {
		copy.record->pid = record->pid;
		copy.record->output_bytes = copy.record->lost_bytes = 0;
	}
	return copy.record;
}

static void
begin_late(struct run_output *o, struct run_record *record)
{
	if (record != NULL)
		o->letter = letter_new(o->worker, o->outbox, record, 2);
	if (o->letter == NULL) {
		run_record_unref(record);
		o->discarding = true;
		job_log(o->collector, NULL, LOG_ERR,
		    o->collector->options->name, "MAIL", ENOMEM,
		    "later output of background children is lost");
		return;
	}
	o->record = record;
	talk_notice(o->collector->talk, TALK_LATE, o->worker, "");
}

/* Late output has another name, by which another collector goes on with it. */
static void
end_name(struct run_output *o)
{
	uint64_t generation = o->collector->options->generation;

	if (o->fifo >= 0 && generation != 0 && runs_dir(o) != NULL) {
		run_file_late_name(o->late_name, generation, o->worker->name);
		if (run_file_rename_fifo(runs_dir(o), o->worker->name,
			o->late_name) == 0)
			return;
		o->late_name[0] = '\0';
	}
	run_file_remove_fifo(runs_dir(o), o->worker->name);
}

/* The letter is as complete as it gets before crond hears that the run is over.
 */
static void
run_over(struct run_output *o)
{
	const struct run_record *record = o->record;
	struct run_record *late = o->fifo >= 0 ? copy_record(record) : NULL;
	const struct collector_message over = {
	    .word = WORD_OVER,
	    .id = o->worker->name,
	    .bytes = record->output_bytes,
	    .lost = record->lost_bytes,
	};

	(void)letter_complete(o->letter);
	run_file_over(runs_dir(o), o->worker->name, record->output_bytes,
	    record->lost_bytes);
	end_name(o);
	talk_over(o->collector->talk, o->worker, &over);
	o->record = NULL;
	send(o);
	if (o->fifo >= 0)
		begin_late(o, late);
}

static void
throw_away(struct run_output *o)
{
	size_t n = 1;

	worker_risk(o->worker);
	o->took = LETTER_TOOK;
	while (o->took == LETTER_TOOK && n > 0) {
		o->took = letter_throw_away(o->fifo, TAKE_MAX, &n);
		o->thrown_away += n;
	}
	worker_safe(o->worker);
}

/* Its user has too many of them: nothing more of it is kept, but it is read on,
 * for who writes must not wait for ever. */
static void
stop_keeping(struct run_output *o)
{
	const struct run_record *record = o->letter->record;

	assert(record != NULL);
	job_log(o->collector, record, LOG_WARNING, record->user, "MAIL", 0,
	    "too many of this user's jobs have left children behind that hold "
	    "their output open: of job %ld's nothing more is kept, it is "
	    "discarded",
	    (long)record->pid);
	(void)letter_complete(o->letter);
	o->record = NULL;
	send(o);
}

static void
read_late(struct run_output *o)
{
	const pid_t pid = o->record != NULL ? o->record->pid : 0;
	size_t max;

	while (o->fifo >= 0) {
		o->discarding = o->discarding || worker_told(o->worker).enough;
		if (o->discarding && o->letter != NULL)
			stop_keeping(o);
		max = TAKE_MAX;
		if (o->letter != NULL)
			o->took = take_up_to(o, &max, LETTER_GENTLY);
		else
			throw_away(o);
		if (o->took == LETTER_EOF)
			fifo_end(o);
		else
			wait_some(o);
	}
	if (o->late_name[0] != '\0')
		run_file_remove_fifo(runs_dir(o), o->late_name);
	if (o->thrown_away > 0)
		job_log(o->collector, NULL, LOG_WARNING,
		    o->collector->options->name, "MAIL", 0,
		    "%llu bytes of later output of job %ld (%s) were discarded",
		    (unsigned long long)o->thrown_away, (long)pid,
		    o->worker->name);
	if (o->letter == NULL)
		return;
	(void)letter_complete(o->letter);
	send(o);
}

static void
take_back(struct run_output *o)
{
	fifo_end(o);
	run_file_remove_fifo(runs_dir(o), o->worker->name);
	letter_remove(o->letter);
	letter_free(o->letter);
	o->letter = NULL;
}

/* Beginning */

/* Something to go on with: what the run writes must be read. */
static struct run_record *
unknown_record(struct run_output *o, int error)
{
	const struct env env = {0};
	const struct run_record_source source = {
	    .user = o->collector->options->name,
	    .command = "?",
	    .table = "?",
	    .home = "/",
	    .env = &env,
	};
	struct run_record *record = run_record_new(&source);

	if (worker_told(o->worker).end != WORKER_NO_JOB)
		job_log(o->collector, NULL, LOG_ERR, source.user, "HANDOVER",
		    error,
		    "the output of run %s is lost: its file can't be "
		    "read",
		    o->worker->name);
	if (record == NULL)
		return NULL;
	record->mail = MAIL_NEVER;
	record->uid = o->collector->options->uid;
	memcpy(record->id, o->worker->name, sizeof record->id - 1);
	return record;
}

static void
open_fifo(struct run_output *o, const char *name)
{
	o->by_path = true;
	worker_risk(o->worker);
	o->fifo =
	    run_file_open_fifo(runs_dir(o), name, o->collector->options->uid);
	worker_safe(o->worker);
	if (o->fifo < 0 && errno != ENOENT)
		job_log(o->collector, o->record, LOG_ERR,
		    o->collector->options->name, "HANDOVER", errno,
		    "the output of run %s is lost", o->worker->name);
}

/* -1: no memory. */
static int
begin(struct run_output *o)
{
	struct run_record *record =
	    run_file_read(runs_dir(o), o->worker->name, o->record_fd, NULL);

	if (record == NULL)
		record = unknown_record(o, errno);
	if (record == NULL)
		return -1;
	o->outbox = outbox_open_user(o->collector->options->outbox_dir);
	if (o->outbox != NULL)
		o->letter = letter_new(o->worker, o->outbox, record, 1);
	if (o->letter == NULL) {
		run_record_unref(record);
		return -1;
	}
	o->record = record;
	/* What is counted here is counted anew; its end, which crond may have
	 * noted already, crond says as well, and then the output is awaited. */
	record->output_bytes = record->lost_bytes = 0;
	record->ended = record->status_known = false;
	if (o->fifo >= 0)
		return 0;
	open_fifo(o, o->worker->name);
	worker_risk(o->worker);
	letter_adopt(o->letter);
	worker_safe(o->worker);
	return 0;
}

/* What another collector's run wrote late: into the letter that was begun, or,
 * where there is none, nowhere, for nobody knows whose it is. */
static void
go_on_late(struct run_output *o)
{
	char name[sizeof o->letter->name];

	o->over = true;
	o->outbox = outbox_open_user(o->collector->options->outbox_dir);
	if (o->outbox == NULL || outbox_ready(o->outbox) != 0)
		return;
	run_file_late_name(o->late_name, o->collector->options->generation,
	    o->worker->name);
	open_fifo(o, o->late_name);
	(void)snprintf(name, sizeof name, "%.60s-2", o->worker->name);
	worker_risk(o->worker);
	o->letter = letter_open_late(o->worker, o->outbox, name);
	worker_safe(o->worker);
	o->discarding = o->letter == NULL;
	o->record = o->letter != NULL ? o->letter->record : NULL;
	read_late(o);
}

static void
go_through(struct run_output *o)
{
	while (begin(o) != 0) {
		outbox_close(o->outbox);
		o->outbox = NULL;
		worker_wait(o->worker, 1000);
	}
	read_until_over(o);
	if (o->cancelled) {
		take_back(o);
		return;
	}
	run_over(o);
	if (o->fifo >= 0)
		read_late(o);
}

void
run_output(struct worker *w, int fifo, int record_fd)
{
	struct run_output o = {.worker = w,
	    .collector = w->collector,
	    .fifo = fifo,
	    .record_fd = record_fd};

	if (w->late)
		go_on_late(&o);
	else
		go_through(&o);
	o.took = LETTER_EMPTY;
	while (o.leaving != NULL)
		wait_some(&o);
	outbox_close(o.outbox);
	fd_close(&o.record_fd);
}
