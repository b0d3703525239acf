/*
 * One mailer process. Owns its watchers, the descriptor of its stdin until it
 * has it, and what it says: its stdout and stderr are a file in memory that
 * can't grow past 64 KiB. A pipe would have to be read, and a mailer that
 * delivers in the background would die of SIGPIPE when we went.
 *
 * It is forked, not vforked: a HOME on a dead NFS server must hold up the
 * mailer alone.
 */
#include "daemon/mail/mailer.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/mailcmd.h"
#include "daemon/base/child.h"
#include "daemon/base/adopted_process.h"
#include "daemon/users/user_cache.h"
#include "sys/clock.h"
#include "sys/fd.h"

#define COMPLAINT_FILE_MAX (64 * 1024)
#define COMPLAINT_MAX      256
#define PATH_DEFAULT       "/usr/bin:/bin"

#define KILL_SECS   10.0 /* from TERM to KILL */
#define RETRY_SECS  1.0  /* when fork says "not now" */
#define RETRIES_MAX 60
#define LOOKS       4 /* at its progress, in the time it may stall */

enum mailer_state {
	STATE_LOOKUP,   /* the user is asked for */
	STATE_RETRY,    /* the timer starts it again */
	STATE_RUNNING,  /* the timer looks for progress */
	STATE_TERM,     /* the timer will kill it */
	STATE_KILL,     /* nothing left to do but wait */
	STATE_NO_START, /* the timer tells who waits */
};

struct mailer {
	struct office *office;
	struct run_record *record;
	const struct mailer_hooks *hooks;
	void *context;
	enum mailer_state state;
	struct user_question question;
	struct child child;
	struct adopted_process *adopted; /* instead: an earlier crond's */
	ev_timer timer;
	struct mailer_end end;
	char *program;
	int input;
	int report;    /* of a child that couldn't exec */
	int complaint; /* the file that is its stdout and stderr */
	unsigned retries;
	unsigned looks; /* without progress, in a row */
	bool overdue;
	int64_t started_ns; /* monotonic */
	gid_t *groups;      /* copied: a retry comes later */
	size_t group_count;
};

struct plan_parts { /* what a struct spawn_plan points to */
	struct mailcmd cmd;
	char **programs;
	struct env env; /* of the job; empty: the daemon's own */
};

static void
free_strings(char **strings)
{
	size_t i;

	for (i = 0; strings != NULL && strings[i] != NULL; i++)
		free(strings[i]);
	free(strings);
}

static void
parts_clear(struct plan_parts *parts)
{
	mailcmd_clear(&parts->cmd);
	free_strings(parts->programs);
	env_clear(&parts->env);
}

/* Each "DIR/NAME" of PATH, or just the name if it has a '/'. */
static char **
program_paths(const char *name, const char *path)
{
	size_t n = 2, len;
	const char *p;
	char **list;

	for (p = path; *p != '\0'; p++)
		n += *p == ':';
	list = calloc(n + 1, sizeof *list);
	if (list == NULL)
		return NULL;
	if (strchr(name, '/') != NULL) {
		list[0] = strdup(name);
		return list;
	}
	for (n = 0, p = path;; p += len + 1) {
		len = strcspn(p, ":");
		if (asprintf(&list[n], "%.*s%s%s", (int)len, p,
			len > 0 ? "/" : "./", name) < 0) {
			list[n] = NULL;
			break;
		}
		n++;
		if (p[len] == '\0')
			break;
	}
	return list;
}

/* The incumbents' own command lines (COMPAT.md 7). */
static enum mailcmd_verdict
default_words(struct mailcmd *cmd, const struct office *office,
    const struct mailcmd_values *values)
{
	const char *rest = office->config.personality->debian
			       ? "-FCronDaemon -i -B8BITMIME -oem '%t'"
			       : "-FCronDaemon -i -odi -oem -oi -t -f %f";
	enum mailcmd_verdict verdict;
	char *template;

	/* The path is no template: as a placeholder's value it stays whole. */
	if (asprintf(&template, "%%s %s", rest) < 0)
		return MAILCMD_NO_MEMORY;
	verdict = mailcmd_split(cmd, template, values);
	free(template);
	return verdict;
}

static enum mailcmd_verdict
make_words(struct mailcmd *cmd, const struct mailer *m)
{
	const struct office *office = m->office;
	const struct run_record *record = m->record;
	struct mailcmd_values values = {
	    .recipient = record->recipient,
	    .sender = record->sender != NULL ? record->sender : record->user,
	};
	enum mailcmd_verdict verdict;
	char *subject;

	if (office->config.command == NULL) {
		values.subject = office->config.sendmail;
		return default_words(cmd, office, &values);
	}
	subject = mail_headers_subject(&office->style, record);
	if (subject == NULL)
		return MAILCMD_NO_MEMORY;
	values.subject = subject;
	verdict = mailcmd_split(cmd, office->config.command, &values);
	free(subject);
	return verdict;
}

/* -1 with errno; parts are to be cleared in any case. */
static int
make_parts(struct plan_parts *parts, const struct mailer *m)
{
	bool job = m->office->config.personality->mailer_gets_job_env;
	enum mailcmd_verdict verdict = make_words(&parts->cmd, m);
	const char *path;

	if (verdict != MAILCMD_GOOD) {
		errno = verdict == MAILCMD_NO_MEMORY  ? ENOMEM
			: verdict == MAILCMD_TOO_MANY ? E2BIG
						      : EINVAL;
		return -1;
	}
	if (job && run_record_job_env(m->record, &parts->env) == -1) {
		errno = ENOMEM;
		return -1;
	}
	path = job ? env_get(&parts->env, "PATH") : getenv("PATH");
	if (path == NULL)
		path = PATH_DEFAULT;
	parts->programs = program_paths(parts->cmd.argv[0], path);
	if (parts->programs == NULL || parts->programs[0] == NULL) {
		errno = ENOMEM;
		return -1;
	}
	return 0;
}

/* What it says goes there; /dev/null where there can't be such a file. */
static int
complaint_open(void)
{
	int fd = memfd_create("mailer", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, COMPLAINT_FILE_MAX) != 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) !=
		0)
		fd_close(&fd);
	return fd;
}

/* Its first words, as one line. */
static void
complaint_read(int fd, char *out, size_t size)
{
	size_t len = 0, i;
	ssize_t n = -1;

	if (fd >= 0)
		n = pread(fd, out, size - 1, 0);
	for (i = 0; n > 0 && i < (size_t)n && out[i] != '\0'; i++) {
		if (out[i] != '\n' && out[i] != '\r')
			out[len++] = out[i];
		else if (len > 0 && out[len - 1] != ' ')
			out[len++] = ' ';
	}
	while (len > 0 && out[len - 1] == ' ')
		len--;
	out[len] = '\0';
}

static void
mailer_free(struct mailer *m)
{
	struct mail_config *config = &m->office->config;

	ev_timer_stop(config->loop, &m->timer);
	fd_close(&m->input);
	fd_close(&m->report);
	fd_close(&m->complaint);
	run_record_unref(m->record);
	free(m->program);
	free(m->groups);
	free(m);
}

static void
mailer_end(struct mailer *m)
{
	char complaint[COMPLAINT_MAX];

	complaint_read(m->complaint, complaint, sizeof complaint);
	m->end.complaint = complaint;
	m->end.program = m->program != NULL ? m->program : "mailer";
	m->hooks->ended(m->context, &m->end);
	mailer_free(m);
}

static void
timer_set(struct mailer *m, enum mailer_state state, ev_tstamp secs)
{
	m->state = state;
	ev_timer_stop(m->office->config.loop, &m->timer);
	ev_timer_set(&m->timer, secs, 0.);
	ev_timer_start(m->office->config.loop, &m->timer);
}

/* Who waits is told from the loop. */
static void
no_start(struct mailer *m, enum mailer_fate fate, enum spawn_step step,
    int error)
{
	m->end.fate = fate;
	m->end.step = step;
	m->end.error = error;
	timer_set(m, STATE_NO_START, 0.);
}

static void
child_ended(struct child *child, int status, const struct rusage *usage)
{
	struct mailer *m = child->data;
	struct spawn_failure failure;

	(void)usage;
	spawn_failure_read(&m->report, &failure);
	m->end.status = status;
	if (failure.step != SPAWN_STARTED) {
		m->end.fate = MAILER_NOT_STARTED;
		m->end.step = failure.step;
		m->end.error = failure.error;
	} else if (m->state == STATE_TERM || m->state == STATE_KILL) {
		m->end.fate = m->overdue ? MAILER_OVERDUE : MAILER_STALLED;
	} else {
		m->end.fate = MAILER_ENDED;
	}
	mailer_end(m);
}

static void
stranger_ended(void *context, bool known, int status,
    const struct rusage *usage)
{
	struct mailer *m = context;

	(void)usage;
	m->adopted = NULL;
	m->end.status = status;
	if (m->state == STATE_TERM || m->state == STATE_KILL)
		m->end.fate = MAILER_OVERDUE;
	else
		m->end.fate = known ? MAILER_ENDED : MAILER_UNKNOWN;
	mailer_end(m);
}

static ev_tstamp
look_secs(const struct mailer *m)
{
	return (ev_tstamp)m->office->config.stall_secs / LOOKS;
}

static pid_t
fork_mailer(struct mailer *m, const struct plan_parts *parts)
{
	const struct office *office = m->office;
	struct spawn_failure failure;
	struct spawn_plan plan = {
	    .origin = office->config.origin,
	    .argv = parts->cmd.argv,
	    .programs = parts->programs,
	    .env = parts->env.vars != NULL ? parts->env.vars : environ,
	    .home = m->record->home != NULL ? m->record->home : "/",
	    .uid = m->record->uid,
	    .gid = m->record->gid,
	    .groups = m->groups,
	    .group_count = m->group_count,
	    .as_root = office->as_root,
	    .input = m->input,
	    .output = m->complaint >= 0 ? m->complaint : office->null_fd,
	    .debian = office->config.personality->debian,
	};

	return spawn_job(&plan, &failure, &m->report);
}

static void
launch(struct mailer *m)
{
	struct plan_parts parts = {0};
	pid_t pid = -1;
	int error;

	if (make_parts(&parts, m) == 0) {
		free(m->program);
		m->program = strdup(parts.cmd.argv[0]);
		if (m->complaint < 0)
			m->complaint = complaint_open();
		if (m->hooks->starts != NULL)
			m->hooks->starts(m->context);
		pid = fork_mailer(m, &parts);
	}
	error = errno;
	parts_clear(&parts);
	if (pid > 0) {
		child_start(m->office->config.children, &m->child, pid,
		    child_ended, m);
		fd_close(&m->input);
		m->started_ns = clock_mono_ns();
		timer_set(m, STATE_RUNNING, look_secs(m));
		if (m->hooks->started != NULL)
			m->hooks->started(m->context, pid);
	} else if ((error == EAGAIN || error == ENOMEM || error == EMFILE ||
		       error == ENFILE) &&
		   m->retries++ < RETRIES_MAX) {
		timer_set(m, STATE_RETRY, RETRY_SECS);
	} else {
		no_start(m, MAILER_NOT_STARTED, SPAWN_STARTED, error);
	}
}

/* A user of another uid by now is another user. */
static void
launch_as(struct mailer *m, const struct account *account)
{
	if (account->uid != m->record->uid) {
		no_start(m, MAILER_NO_USER, SPAWN_STARTED, 0);
		return;
	}
	m->groups = calloc(account->group_count + 1, sizeof *m->groups);
	if (m->groups == NULL) {
		no_start(m, MAILER_NOT_STARTED, SPAWN_STARTED, ENOMEM);
		return;
	}
	memcpy(m->groups, account->groups,
	    account->group_count * sizeof *m->groups);
	m->group_count = account->group_count;
	launch(m);
}

static void
user_answered(void *context, const char *name, enum user_answer answer,
    const struct account *account)
{
	struct mailer *m = context;

	(void)name;
	if (answer == USER_FOUND)
		launch_as(m, account);
	else
		no_start(m, MAILER_NO_USER, SPAWN_STARTED,
		    answer == USER_NOBODY ? 0 : EAGAIN);
}

static void
look_up(struct mailer *m)
{
	struct user_cache *users = m->office->config.users;
	const char *name = m->record->user;
	const struct account *account;
	enum user_answer answer;

	answer = user_cache_find(users, name, true, &account);
	if (answer == USER_ASKING) {
		m->state = STATE_LOOKUP;
		user_cache_ask(users, &m->question, name, true, user_answered,
		    m);
	} else {
		user_answered(m, name, answer, account);
	}
}

/* It leads a session of its own: what it started goes with it. */
static void
send_signal(const struct mailer *m, int signo)
{
	if (m->adopted != NULL)
		adopted_process_signal(m->adopted, signo);
	else if (kill(-m->child.pid, signo) != 0)
		(void)kill(m->child.pid, signo);
}

/* Its user may have it seem busy for ever: what it reads from is also his. */
static bool
is_overdue(const struct mailer *m)
{
	int64_t limit_ns = (int64_t)m->office->config.limit_secs * 1000000000;

	return m->hooks->limited && clock_mono_ns() - m->started_ns >= limit_ns;
}

static void
look(struct mailer *m)
{
	m->overdue = is_overdue(m);
	m->looks = m->hooks->stalled(m->context) ? m->looks + 1 : 0;
	if (m->looks < LOOKS && !m->overdue) {
		timer_set(m, STATE_RUNNING, look_secs(m));
		return;
	}
	send_signal(m, SIGTERM);
	timer_set(m, STATE_TERM, KILL_SECS);
}

static void
on_timer(struct ev_loop *loop, ev_timer *timer, int events)
{
	struct mailer *m = timer->data;

	(void)loop;
	(void)events;
	switch (m->state) {
	case STATE_RETRY:
		launch(m);
		break;
	case STATE_RUNNING:
		look(m);
		break;
	case STATE_TERM:
		send_signal(m, SIGKILL);
		m->state = STATE_KILL;
		break;
	case STATE_NO_START:
		mailer_end(m);
		break;
	case STATE_LOOKUP:
	case STATE_KILL:
		assert(false);
	}
}

static struct mailer *
mailer_new(struct office *office, struct run_record *record,
    const struct mailer_hooks *hooks, void *context)
{
	struct mailer *m = calloc(1, sizeof *m);

	if (m == NULL)
		return NULL;
	m->office = office;
	m->record = record;
	run_record_ref(record);
	m->hooks = hooks;
	m->context = context;
	m->input = m->report = m->complaint = -1;
	ev_init(&m->timer, on_timer);
	m->timer.data = m;
	return m;
}

struct mailer *
mailer_start(struct office *office, struct run_record *record, int input,
    const struct mailer_hooks *hooks, void *context)
{
	struct mailer *m = mailer_new(office, record, hooks, context);

	if (m == NULL) {
		fd_close(&input);
		return NULL;
	}
	m->input = input;
	if (office->as_root)
		look_up(m);
	else
		launch(m);
	return m;
}

struct mailer *
mailer_adopt(struct office *office, struct run_record *record, pid_t pid,
    uint64_t birth, const struct mailer_hooks *hooks, void *context)
{
	struct mailer *m = mailer_new(office, record, hooks, context);
	int error;

	if (m == NULL)
		return NULL;
	m->adopted = adopted_process_watch(office->config.loop,
	    office->config.children, pid, birth, stranger_ended, m);
	if (m->adopted == NULL) {
		error = errno;
		mailer_free(m);
		errno = error;
		return NULL;
	}
	m->started_ns = clock_mono_ns();
	timer_set(m, STATE_RUNNING, look_secs(m));
	return m;
}

bool
mailer_poll(struct mailer *m)
{
	return m->adopted != NULL && adopted_process_look(m->adopted);
}

void
mailer_forget(struct mailer *m)
{
	if (m->state == STATE_LOOKUP)
		user_cache_cancel(&m->question);
	adopted_process_forget(m->adopted);
	if (m->state == STATE_RUNNING || m->state == STATE_TERM ||
	    m->state == STATE_KILL)
		child_stop(m->office->config.children, &m->child);
	mailer_free(m);
}
