/*
 * The output of one run. Owns the FIFO, its watcher, and the letter until that
 * is handed to mail.
 *
 * The job has the FIFO O_RDWR: it can never get SIGPIPE, with or without a
 * daemon, and the end of file comes all the same when the last of its writers
 * is gone. Everything here follows from three events: the FIFO has bytes, the
 * FIFO is at its end, the job was reaped.
 *
 * What background children write once the run is over is a second letter, sent
 * when the last of them goes.
 */
#include "daemon/mail/output.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <syslog.h>
#include <unistd.h>

#include "core/run_state.h"
#include "daemon/mail/job_log.h"
#include "daemon/mail/mail.h"
#include "daemon/mail/post.h"
#include "daemon/mail/post_adopt.h"
#include "sys/spawn/context.h"
#include "sys/fd.h"
#include "sys/files/run_files.h"
#include "sys/jobpipe.h"

/* In one callback: a job that writes as fast as it can must not keep the loop
 * from the others. */
#define TAKE_MAX  (1024 * 1024)
#define WIDE_PIPE (512 * 1024)

struct output {
	const struct output_config *config;
	struct run_record *record;
	struct post *post;
	unsigned left; /* of what was there at its end */
	int fifo;      /* -1 after its end */
	bool nameless; /* the FIFO is a pipe that nobody else can open */
	bool wide;     /* the FIFO was made larger */
	bool kept; /* open over an exec: what is read of it is all there is */
	bool job_ended;
	bool ending;     /* what was there at its end is being taken */
	bool hurry;      /* whatever becomes of its lines */
	bool is_over;    /* the run is; what comes now is late */
	bool no_process; /* its end of file is all that will be seen of it */
	/* What comes next: where there is no process, its end of file; that the
	 * run is over. */
	void (*tell)(void *context);
	void *context;
	ev_io io;
	ev_timer linger;
};

static void
output_free(struct output *o)
{
	ev_io_stop(o->config->loop, &o->io);
	ev_timer_stop(o->config->loop, &o->linger);
	fd_close(&o->fifo);
	run_record_unref(o->record);
	free(o);
}

/* Not kept beside each running job. -1: it doesn't fit. */
static int
fifo_path(const struct output *o, char path[PATH_MAX])
{
	int len = snprintf(path, PATH_MAX, "%s/%s", o->config->runs_dir,
	    o->record->id);

	if (len < PATH_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

static void
fifo_end(struct output *o)
{
	char path[PATH_MAX];

	ev_io_stop(o->config->loop, &o->io);
	fd_close(&o->fifo);
	if (o->nameless || fifo_path(o, path) != 0 || unlink(path) == 0 ||
	    errno == ENOENT)
		return;
	log_event(o->config->log, LOG_WARNING, "CRON", "HANDOVER", errno,
	    "can't remove %s, which the next crond does", path);
}

static void post_has_room(void *context);
static void post_forgets(void *context);
static void post_enough(void *context);
static int fifo_hand_over(void *context, bool in_place);

static const struct post_hooks run_hooks = {.room = post_has_room,
    .hand_over = fifo_hand_over};
/* The run knows nothing of late output: mail ends it. */
static const struct post_hooks late_hooks = {.room = post_has_room,
    .forget = post_forgets,
    .enough = post_enough,
    .hand_over = fifo_hand_over};

static void
begin_late(struct output *o)
{
	o->post = mail_begin(o->config->mail, o->record, 2);
	if (o->post == NULL) {
		job_log(o->config->log, o->config->personality, o->record,
		    LOG_ERR, o->record->user, "MAIL", ENOMEM,
		    "later output of background children is lost");
		fifo_end(o);
		return;
	}
	o->post->over = true;
	o->post->untold = o->nameless;
	post_note(o->post);
	post_set_hooks(o->post, &late_hooks, o);
	mail_bound_late(o->config->mail, o->record->uid);
}

/* The end is logged before a successor is told that it was; and it knows of
 * late output before the letter is out of our hands. */
static void
run_over(struct output *o)
{
	struct post *post = o->post;
	struct mail *mail = o->config->mail;

	assert(o->job_ended && !o->is_over);
	o->is_over = true;
	ev_timer_stop(o->config->loop, &o->linger);
	o->tell(o->context);
	o->post = NULL;
	post->over = true;
	if (post->in_file || o->fifo >= 0)
		post_note(post);
	if (o->fifo >= 0)
		begin_late(o);
	if (o->fifo < 0)
		output_free(o);
	mail_send(mail, post);
}

static void
at_end_of_file(struct output *o)
{
	fifo_end(o);
	if (o->is_over) {
		mail_send(o->config->mail, o->post);
		output_free(o);
	} else if (o->job_ended) {
		run_over(o);
	} else if (o->no_process) {
		o->tell(o->context);
	}
}

/* Takes what is there, up to *max bytes; *max is what it takes no more of. */
static enum post_took
take_up_to(struct output *o, unsigned *max, enum post_press press)
{
	enum post_took took = POST_TOOK;
	size_t n;

	while (took == POST_TOOK && *max > 0) {
		took = post_take(o->post, o->fifo, *max, press, &n);
		*max -= n < *max ? (unsigned)n : *max;
	}
	if (took == POST_BLOCKED)
		ev_io_stop(o->config->loop, &o->io);
	/* One that writes much is worth fewer wake-ups; for most, 64 KiB are
	 * plenty, and a pipe costs memory. */
	if (o->record->output_bytes > TAKE_MAX && !o->wide) {
		o->wide = true;
		(void)fcntl(o->fifo, F_SETPIPE_SZ, WIDE_PIPE);
	}
	return took;
}

static enum post_took
take(struct output *o)
{
	unsigned max = TAKE_MAX;

	return take_up_to(o, &max, POST_GENTLY);
}

static void end_with_what_is_there(struct output *);

static void
on_fifo(struct ev_loop *loop, ev_io *io, int events)
{
	struct output *o = io->data;

	(void)loop;
	(void)events;
	if (o->ending && !o->is_over)
		end_with_what_is_there(o);
	else if (o->fifo < 0 || take(o) == POST_EOF)
		at_end_of_file(o);
}

static void
post_has_room(void *context)
{
	struct output *o = context;

	if (o->fifo < 0)
		return;
	ev_io_start(o->config->loop, &o->io);
	/* Nothing may be there any more: somebody else could read it. */
	if (o->ending && !o->is_over)
		ev_feed_event(o->config->loop, &o->io, EV_READ);
}

static void
post_forgets(void *context)
{
	struct output *o = context;

	o->post = NULL; /* mail frees it */
	output_free(o);
}

/* All that is in the FIFO now. One byte more tells the end of file from a
 * pause. */
static unsigned
what_is_there(const struct output *o)
{
	int there = 0;

	if (ioctl(o->fifo, FIONREAD, &there) != 0)
		there = 0;
	return (unsigned)there + 1;
}

/* Those who hold it open write on until the FIFO is full: they can read it
 * too, so nobody gets SIGPIPE. */
static void
post_enough(void *context)
{
	struct output *o = context;
	unsigned max = what_is_there(o);

	(void)take_up_to(o, &max, POST_REGARDLESS);
	post_log(o->post, LOG_WARNING, o->record->user, "MAIL", 0,
	    "too many of this user's jobs have left children behind that hold "
	    "their output open: of job %ld's nothing more is read; they will "
	    "wait for ever when they have written a pipe full",
	    (long)o->record->pid);
	at_end_of_file(o);
}

static int
fifo_hand_over(void *context, bool in_place)
{
	struct output *o = context;

	if (o->fifo < 0 || o->nameless ||
	    fcntl(o->fifo, F_SETFD, in_place ? 0 : FD_CLOEXEC) != 0)
		return -1;
	return in_place ? o->fifo : -1;
}

static void
linger(struct output *o, ev_tstamp secs)
{
	ev_timer_set(&o->linger, secs, 0.);
	ev_timer_start(o->config->loop, &o->linger);
	o->record->reaped = true; /* when that ends */
	post_note(o->post);
}

/* The run is over with what is there now; others may write on. When the log has
 * no room for its lines, it is over when they are in. */
static void
end_with_what_is_there(struct output *o)
{
	enum post_took took;

	if (!o->ending)
		o->left = what_is_there(o);
	o->ending = true;
	took = take_up_to(o, &o->left, o->hurry ? POST_REGARDLESS : POST_LAST);
	if (took == POST_BLOCKED && !o->hurry) {
		if (!ev_is_active(&o->linger))
			linger(o, o->post->office->config.stall_secs);
		return;
	}
	if (took == POST_EOF)
		fifo_end(o);
	else
		ev_io_start(o->config->loop, &o->io);
	run_over(o);
}

static void
on_linger(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct output *o = timer->data;

	(void)loop;
	(void)events;
	o->hurry = o->ending;
	end_with_what_is_there(o);
}

/* All the same it runs. */
static bool
goes_without(struct output *o)
{
	if (errno != EACCES && errno != EPERM)
		return false;
	o->nameless = true;
	post_untold(o->post, errno);
	return true;
}

/* One that the job could not write to would be /dev/null to it: its output
 * would be lost, and nobody told. */
static int
make_named(const struct output *o, const char *context, int ends[2])
{
	char path[PATH_MAX];

	if (fifo_path(o, path) != 0 ||
	    jobpipe_named(path, o->record->uid, o->record->gid, ends) != 0)
		return -1;
	if (context == NULL || context_may_write(context, ends[1]))
		return 0;
	fd_close(&ends[0]);
	fd_close(&ends[1]);
	(void)unlink(path);
	errno = EACCES;
	return -1;
}

static int
make_pipe(struct output *o, const char *context, int *job_fd)
{
	const struct run_record *record = o->record;
	int ends[2] = {-1, -1}, result = -1;

	if (!o->nameless)
		result = make_named(o, context, ends);
	if (o->nameless || (result != 0 && goes_without(o)))
		result = jobpipe_nameless(record->uid, record->gid, ends);
	o->fifo = ends[0];
	*job_fd = ends[1];
	return result;
}

static struct output *
output_new(const struct output_config *config, struct run_record *record)
{
	struct output *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	o->config = config;
	o->fifo = -1;
	o->nameless = config->runs_dir == NULL;
	o->record = record;
	run_record_ref(record);
	ev_init(&o->io, on_fifo);
	o->io.data = o;
	ev_init(&o->linger, on_linger);
	o->linger.data = o;
	return o;
}

static void
watch(struct output *o, const struct post_hooks *hooks)
{
	post_set_hooks(o->post, hooks, o);
	ev_io_set(&o->io, o->fifo, EV_READ);
	ev_io_start(o->config->loop, &o->io);
}

struct output *
output_open(const struct output_config *config, struct run_record *record,
    const char *context, int *job_fd)
{
	struct output *o = output_new(config, record);
	int error;

	if (o == NULL)
		return NULL;
	o->post = mail_begin(config->mail, record, 1);
	if (o->post == NULL || make_pipe(o, context, job_fd) != 0) {
		error = o->post == NULL ? ENOMEM : errno;
		if (o->post != NULL)
			mail_forget(config->mail, o->post);
		output_free(o);
		errno = error;
		return NULL;
	}
	post_note(o->post);
	watch(o, &run_hooks);
	return o;
}

/* The one that was kept open over an exec, or another by its name. None: its
 * end was read. */
static void
fifo_again(struct output *o, int inherited)
{
	const char *name = o->record->id;
	struct run_files *handover = o->config->handover;

	o->kept = inherited > STDERR_FILENO &&
		  run_files_is_fifo(handover, name, inherited);
	if (o->kept)
		o->fifo = fcntl(inherited, F_DUPFD_CLOEXEC, 3);
	else
		o->fifo = run_files_fifo(handover, name, o->record->uid);
}

struct output *
output_adopt(const struct output_config *config, const struct run_state *state)
{
	struct output *o = output_new(config, state->record);

	if (o == NULL)
		return NULL;
	o->post = mail_adopt(config->mail, state);
	if (o->post == NULL) {
		output_free(o);
		errno = ENOMEM;
		return NULL;
	}
	fifo_again(o, state->fifo);
	if (o->fifo >= 0)
		watch(o, &run_hooks);
	else if (errno != ENOENT)
		log_event(config->log, LOG_ERR, state->record->user, "HANDOVER",
		    errno, "the output of job %ld is lost: %s/%s",
		    (long)state->record->pid, config->runs_dir,
		    state->record->id);
	return o;
}

void
output_adopt_late(const struct output_config *config,
    const struct run_state *state)
{
	struct output *o = output_adopt(config, state);

	if (o == NULL) {
		log_event(config->log, LOG_ERR, state->record->user, "HANDOVER",
		    errno, "later output of background children is lost");
		return;
	}
	o->job_ended = o->is_over = true;
	post_set_hooks(o->post, &late_hooks, o);
	if (o->fifo < 0) {
		mail_send(config->mail, o->post);
		output_free(o);
	}
}

void
output_started(struct output *o)
{
	post_note(o->post);
}

void
output_session(struct output *o, int session_fifo)
{
	o->post->session_fifo = session_fifo;
	post_note_whole(o->post);
}

void
output_session_again(struct output *o, int session_fifo)
{
	o->post->session_fifo = session_fifo;
	post_note(o->post);
}

/* What follows the end of the job notes it. */
void
output_session_ended(struct output *o)
{
	o->post->session_fifo = -1;
}

void
output_on_eof(struct output *o, void (*eof)(void *context), void *context)
{
	o->no_process = true;
	o->tell = eof;
	o->context = context;
	if (o->fifo < 0)
		ev_feed_event(o->config->loop, &o->io, EV_READ);
}

void
output_hold(struct output *o)
{
	ev_io_stop(o->config->loop, &o->io);
}

void
output_release(struct output *o)
{
	if (o->fifo >= 0)
		ev_io_start(o->config->loop, &o->io);
}

void
output_cancel(struct output *o)
{
	if (o->fifo >= 0)
		fifo_end(o);
	post_remove(o->post);
	post_done_with(o->post);
	mail_forget(o->config->mail, o->post);
	output_free(o);
}

void
output_unseen(struct output *o)
{
	struct pollfd look = {.fd = o->fifo, .events = POLLIN};

	/* While somebody has it open, nothing of it is. */
	if (o->fifo >= 0 && poll(&look, 1, 0) >= 0 &&
	    (look.revents & POLLHUP) == 0)
		return;
	o->post->unseen = true;
	log_event(o->config->log, LOG_WARNING, o->record->user, "HANDOVER", 0,
	    "job %ld ended while no cron ran: the last of its output may be "
	    "lost",
	    (long)o->record->pid);
}

void
output_unread(struct output *o)
{
	struct pollfd look = {.fd = o->fifo, .events = POLLIN};

	/* A pipe that nobody had open for a moment is empty. */
	if (o->fifo < 0 || o->kept || poll(&look, 1, 0) <= 0 ||
	    (look.revents & (POLLHUP | POLLIN)) != POLLHUP)
		return;
	o->post->unseen = true;
	log_event(o->config->log, LOG_WARNING, o->record->user, "HANDOVER", 0,
	    "cron ended before it had read all that job %ld wrote: the last of "
	    "it may be lost",
	    (long)o->record->pid);
}

void
output_job_ended(struct output *o, output_over_cb over, void *context)
{
	o->job_ended = true;
	o->tell = over;
	o->context = context;
	if (o->fifo < 0)
		run_over(o);
	else if (o->config->personality->linger_secs == 0)
		end_with_what_is_there(o);
	else if (take(o) == POST_EOF)
		at_end_of_file(o);
	else
		linger(o, (ev_tstamp)o->config->personality->linger_secs);
}

void
output_forget(struct output *o)
{
	if (o->post != NULL)
		mail_forget(o->config->mail, o->post);
	output_free(o);
}
