/*
 * evcron-collect: reads what the jobs of one user write, and mails it. crond
 * starts one for each user whose jobs run (DESIGN.md "Collectors"); it outlives
 * crond where that ends, and ends itself when crond says so, or, without a
 * crond, when there is nothing left to do.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "collector/hub.h"
#include "collector/mailbox.h"
#include "collector/privileges.h"
#include "core/mailcmd.h"
#include "sys/inherited_limits.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/limits.h"

#define LOG_MASK_FAILED 4 /* Debian's -L 4 */
#define EVENTS_MAX      64
#define THREADS_MIN     256
#define THREADS_MAX     4096
#define SECOND_NS       ((int64_t)1000000000)
#define HANG_LOOK_NS    (10 * SECOND_NS)
#define LOG_LOOK_NS     (SECOND_NS / 10)
#define SOON_NS         (10 * SECOND_NS)
#define STOP_NS         (3 * SECOND_NS)

/* Setting up */

static void
set_style(struct collector *c)
{
	const struct collector_options *o = c->options;

	if (o->host != NULL)
		(void)strncpy(c->host, o->host, sizeof c->host - 1);
	else if (gethostname(c->host, sizeof c->host) != 0)
		strcpy(c->host, "localhost");
	c->host[sizeof c->host - 1] = '\0';
	if (o->charset == NULL)
		(void)setlocale(LC_CTYPE, "");
	c->style = (struct mail_headers_style){
	    .personality = c->personality,
	    .host = c->host,
	    .full_host = o->full_hostname,
	    .charset = o->charset != NULL ? o->charset : nl_langinfo(CODESET),
	    .mark_failed = (o->log_mask & LOG_MASK_FAILED) != 0,
	};
}

/* crond has refused a command that makes no sense. */
static bool
has_placeholders(const char *command)
{
	struct mailcmd_values values = {.recipient = "root"};
	struct mailcmd cmd;
	bool found;

	if (command == NULL ||
	    mailcmd_split(&cmd, command, &values) != MAILCMD_GOOD)
		return false;
	found = cmd.placeholders;
	mailcmd_clear(&cmd);
	return found;
}

/* A stop that tells all processes: what jobs write at their end is to be read.
 * crond says when to go, and where it went too, a little later is soon enough.
 */
static void
watch_signals(struct hub *h)
{
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = &h->signals};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	h->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->signals >= 0)
		(void)epoll_ctl(h->epoll, EPOLL_CTL_ADD, h->signals, &event);
}

/* A sixteenth of what the machine can have: more of them than any user's jobs
 * need, and few enough that a user who makes them wait, by a mailer that is
 * stopped or a descriptor that is kept, leaves others theirs. */
static size_t
threads_by_machine(void)
{
	FILE *f = fopen("/proc/sys/kernel/pid_max", "re");
	unsigned long max = 0;

	if (f != NULL && fscanf(f, "%lu", &max) != 1)
		max = 0;
	if (f != NULL)
		(void)fclose(f);
	max /= 16;
	if (max < THREADS_MIN)
		return THREADS_MIN;
	return max > THREADS_MAX ? THREADS_MAX : max;
}

static int
set_up(struct hub *h)
{
	struct collector *c = &h->collector;
	struct epoll_event event = {.events = EPOLLIN};

	c->options = &h->options;
	c->personality = h->options.personality;
	c->as_root = geteuid() == 0;
	c->body_only = has_placeholders(h->options.mailer);
	set_style(c);
	TAILQ_INIT(&h->workers);
	h->threads_max = h->options.threads_max > 0 ? h->options.threads_max
						    : threads_by_machine();
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->talk = talk_new();
	if (h->epoll < 0 || c->talk == NULL ||
	    pthread_mutex_init(&c->lock, NULL) != 0)
		return -1;
	event.data.ptr = c->talk;
	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, talk_fd(c->talk), &event) != 0)
		return -1;
	watch_signals(h);
	h->outbox = outbox_open_user(h->options.outbox_dir);
	return link_open(h);
}

/* The loop */

static int64_t
sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool
has_threads(const struct hub *h)
{
	const struct worker *w;

	TAILQ_FOREACH(w, &h->workers, all)
		if (w->threaded)
			return true;
	return false;
}

static int
timeout_ms(const struct hub *h)
{
	int64_t due = letters_due_ns(h), now = clock_mono_ns();

	if (h->retry_ns != 0)
		due = sooner(due, h->retry_ns);
	if (h->stop_ns != 0 && h->crond < 0)
		due = sooner(due, h->stop_ns);
	if (has_threads(h))
		due = sooner(due, now + HANG_LOOK_NS);
	if (link_logs(h))
		due = sooner(due, now + LOG_LOOK_NS);
	if (due == INT64_MAX)
		return -1;
	due = due > now ? (due - now) / 1000000 + 1 : 0;
	return due > 3600 * 1000 ? 3600 * 1000 : (int)due;
}

/* A letter that is due soon is worth staying for. What is due and has not begun
 * can't, where there is no crond: nobody has said who mailers run as. */
static bool
is_idle(const struct hub *h)
{
	return TAILQ_EMPTY(&h->workers) && h->removing.count == 0 &&
	       TAILQ_EMPTY(&h->out) &&
	       (h->crond < 0 || h->waiting.count == 0 ||
		   waiting_due_ns(&h->waiting) > clock_mono_ns() + SOON_NS);
}

/* Without a crond there is nobody to say bye. */
static void
say_idle(struct hub *h)
{
	if (h->stop_ns != 0 && h->crond < 0 && clock_mono_ns() >= h->stop_ns)
		h->ending = true;
	if (!is_idle(h))
		return;
	if (h->crond < 0)
		h->ending = !link_logs(h);
	else if (!h->idle_said && h->greeted) {
		h->idle_said = true;
		link_say(h, &(struct collector_message){.word = WORD_IDLE});
	}
}

static void
heard_signal(struct hub *h)
{
	struct signalfd_siginfo info;

	if (read(h->signals, &info, sizeof info) == (ssize_t)sizeof info)
		h->stop_ns = clock_mono_ns() + STOP_NS;
}

/* FIFOs first: a notice may free what their events point to. */
static void
dispatch(struct hub *h, const struct epoll_event *events, int count)
{
	uint32_t crond = 0;
	bool talk = false, listener = false;
	int i;

	for (i = 0; i < count; i++) {
		if (events[i].data.ptr == &h->crond)
			crond = events[i].events;
		else if (events[i].data.ptr == &h->listener)
			listener = true;
		else if (events[i].data.ptr == &h->signals)
			heard_signal(h);
		else if (events[i].data.ptr == h->collector.talk)
			talk = true;
		else
			runs_readable(h, events[i].data.ptr);
	}
	if (crond != 0 && h->crond >= 0)
		link_on_crond(h, crond);
	if (talk)
		runs_hear(h);
	if (listener)
		link_on_listener(h);
}

static void
loop(struct hub *h)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t looked_ns = clock_mono_ns(), now;
	int n;

	for (;;) {
		letters_pump(h);
		link_flush(h);
		say_idle(h);
		link_flush(h);
		if (h->ending)
			return;
		n = epoll_wait(h->epoll, events, EVENTS_MAX, timeout_ms(h));
		dispatch(h, events, n);
		now = clock_mono_ns();
		if (now - looked_ns < SECOND_NS)
			continue;
		looked_ns = now;
		h->retry_ns = 0;
		link_listen_again(h);
		runs_look(h);
	}
}

int
main(int argc, char **argv)
{
	static struct hub hub;
	struct hub *h = &hub;

	if (argc > 1 && strcmp(argv[1], MAILBOX_WORD) == 0)
		return mailbox_main(argc - 1, argv + 1);
	inherited_limits_take(&h->collector.limits);
	if (fd_fill_standard() != 0 ||
	    collector_options_parse(&h->options, argc, argv) != 0)
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)setsid();
	(void)limits_raise();
	privileges_drop();
	if (set_up(h) != 0)
		return 1;
	if (h->options.recover)
		runs_recover(h);
	runs_recover_late(h);
	letters_scan(h);
	if (h->crond >= 0)
		link_greet(h);
	loop(h);
	link_close(h);
	/* Threads that hang are no reason to stay. */
	_exit(0);
}
