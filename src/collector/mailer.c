/*
 * Mailers. What one says goes into a file in memory that can't grow past 64
 * KiB: a pipe would have to be read, and a mailer that delivers in the
 * background would die of SIGPIPE when we went.
 *
 * Where it reads is known by /proc's fdinfo of our own descriptor for the same
 * description: lseek would take the lock that its read holds.
 */
#include "collector/mailer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/mail_users.h"
#include "core/mail_headers.h"
#include "core/mailcmd.h"
#include "sys/clock.h"
#include "sys/fd.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define COMPLAINT_FILE_MAX (64 * 1024)
#define PATH_DEFAULT       "/usr/bin:/bin"

#define SECOND_NS   ((int64_t)1000000000)
#define KILL_SECS   10   /* from TERM to KILL */
#define RETRY_MS    1000 /* when fork says "not now" */
#define RETRIES_MAX 60
#define LOOKS       4   /* at its progress, in the time it may stall */
#define BLIND_MS    100 /* between looks where there is no pidfd */

struct plan_parts { /* what a struct spawn_plan points to */
	struct mailcmd cmd;
	char **programs;
	struct env env; /* of the job; empty: our own */
	struct mailer_account account;
};

bool
mailer_is_missing(const struct collector *c)
{
	return c->options->mailer == NULL &&
	       access(c->options->sendmail, X_OK) != 0;
}

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
	mailer_account_clear(&parts->account);
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
default_words(struct mailcmd *cmd, const struct collector *c,
    const struct mailcmd_values *values)
{
	const char *rest = c->personality->debian
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
make_words(struct mailcmd *cmd, const struct collector *c,
    const struct run_record *record)
{
	struct mailcmd_values values = {
	    .recipient = record->recipient,
	    .sender = record->sender != NULL ? record->sender : record->user,
	};
	enum mailcmd_verdict verdict;
	char *subject;

	if (c->options->mailer == NULL) {
		values.subject = c->options->sendmail;
		return default_words(cmd, c, &values);
	}
	subject = mail_headers_subject(&c->style, record);
	if (subject == NULL)
		return MAILCMD_NO_MEMORY;
	values.subject = subject;
	verdict = mailcmd_split(cmd, c->options->mailer, &values);
	free(subject);
	return verdict;
}

/* -1 with errno. */
static int
make_parts(struct plan_parts *parts, const struct collector *c,
    const struct run_record *record)
{
	bool job = c->personality->mailer_gets_job_env;
	enum mailcmd_verdict verdict = make_words(&parts->cmd, c, record);
	const char *path;

	if (verdict != MAILCMD_GOOD) {
		errno = verdict == MAILCMD_NO_MEMORY  ? ENOMEM
			: verdict == MAILCMD_TOO_MANY ? E2BIG
						      : EINVAL;
		return -1;
	}
	if (job && run_record_job_env(record, &parts->env) == -1) {
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

	if (fd >= 0 && (ftruncate(fd, COMPLAINT_FILE_MAX) != 0 ||
			   fcntl(fd, F_ADD_SEALS,
			       F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0))
		fd_close(&fd);
	return fd >= 0 ? fd : open("/dev/null", O_WRONLY | O_CLOEXEC);
}

/* Its first words, as one line. */
static void
complaint_read(int fd, char out[MAILER_COMPLAINT_MAX])
{
	size_t len = 0, i;
	ssize_t n = -1;

	if (fd >= 0)
		n = pread(fd, out, MAILER_COMPLAINT_MAX - 1, 0);
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

static int
no_start(struct mailer *m, enum mailer_fate fate, int error)
{
	m->end.fate = fate;
	m->end.step = SPAWN_STARTED;
	m->end.error = error;
	fd_close(&m->complaint);
	return -1;
}

static pid_t
fork_mailer(struct mailer *m, const struct plan_parts *parts,
    const struct run_record *record, int input)
{
	const struct collector *c = m->worker->collector;
	struct spawn_failure failure;
	struct spawn_plan plan = {
	    .origin = &c->limits,
	    .argv = parts->cmd.argv,
	    .programs = parts->programs,
	    .env = parts->env.vars != NULL ? parts->env.vars : environ,
	    .home = record->home != NULL ? record->home : "/",
	    .uid = record->uid,
	    .gid = record->gid,
	    .groups = parts->account.groups,
	    .group_count = parts->account.group_count,
	    .as_root = c->as_root,
	    .input = input,
	    .input_by_pipe = c->options->pipe_letters,
	    .output = m->complaint,
	    .debian = c->personality->debian,
	};

	return spawn_job(&plan, &failure, &m->report);
}

static int64_t
look_ns(const struct mailer *m)
{
	return m->worker->collector->options->stall_secs * SECOND_NS / LOOKS;
}

static void
started(struct mailer *m)
{
	m->end.fate = MAILER_RUNNING;
	m->started_ns = clock_mono_ns();
	m->next_look_ns = m->started_ns + look_ns(m);
	m->pidfd = (int)syscall(SYS_pidfd_open, m->pid, 0);
}

/* Whoever has another uid or no account by now gets no mail as before. */
static int
find_user(struct mailer *m, const struct run_record *record,
    struct mailer_account *account)
{
	struct collector *c = m->worker->collector;

	if (!c->as_root)
		return 0;
	switch (mail_users_find(c, record->user, account)) {
	case ACCOUNT_FOUND:
		if (account->groups == NULL)
			return no_start(m, MAILER_NOT_STARTED, ENOMEM);
		return 0;
	case ACCOUNT_UNKNOWN:
		return no_start(m, MAILER_NOT_STARTED, EAGAIN);
	case ACCOUNT_GONE:
		return no_start(m, MAILER_NO_USER, 0);
	case ACCOUNT_OTHER:
		break;
	}
	return no_start(m, MAILER_OTHER_USER, 0);
}

static bool
is_not_now(int error)
{
	return error == EAGAIN || error == ENOMEM || error == EMFILE ||
	       error == ENFILE;
}

int
mailer_start(struct mailer *m, struct worker *worker, struct run_record *record,
    int input)
{
	struct plan_parts parts = {0};
	unsigned tries = 0;
	int error;

	*m = (struct mailer){.worker = worker,
	    .pid = -1,
	    .pidfd = -1,
	    .report = -1,
	    .complaint = -1};
	(void)snprintf(m->end.program, sizeof m->end.program, "mailer");
	if (find_user(m, record, &parts.account) != 0) {
		mailer_account_clear(&parts.account);
		return -1;
	}
	m->complaint = complaint_open();
	if (make_parts(&parts, worker->collector, record) == 0) {
		(void)snprintf(m->end.program, sizeof m->end.program, "%s",
		    parts.cmd.argv[0]);
		while ((m->pid = fork_mailer(m, &parts, record, input)) < 0 &&
		       is_not_now(errno) && tries++ < RETRIES_MAX)
			worker_wait(worker, RETRY_MS);
	}
	error = errno;
	parts_clear(&parts);
	if (m->pid < 0)
		return no_start(m, MAILER_NOT_STARTED, error);
	started(m);
	return 0;
}

bool
mailer_poll(struct mailer *m)
{
	struct spawn_failure failure;
	pid_t pid = waitpid(m->pid, &m->end.status, WNOHANG);

	if (pid == 0)
		return false;
	spawn_failure_read(&m->report, &failure);
	worker_risk(m->worker);
	complaint_read(m->complaint, m->end.complaint);
	fd_close(&m->complaint);
	worker_safe(m->worker);
	fd_close(&m->pidfd);
	if (failure.step != SPAWN_STARTED) {
		m->end.fate = MAILER_NOT_STARTED;
		m->end.step = failure.step;
		m->end.error = failure.error;
	} else if (m->kill_ns != 0) {
		m->end.fate = m->overdue ? MAILER_OVERDUE : MAILER_STALLED;
	} else {
		m->end.fate = MAILER_ENDED;
	}
	return true;
}

/* It leads a session of its own: what it started goes with it. */
static void
send_signal(const struct mailer *m, int signo)
{
	if (kill(-m->pid, signo) != 0)
		(void)kill(m->pid, signo);
}

static int64_t
due_ns(const struct mailer *m)
{
	if (m->killed)
		return INT64_MAX;
	return m->kill_ns != 0 ? m->kill_ns : m->next_look_ns;
}

bool
mailer_is_look_due(const struct mailer *m)
{
	return clock_mono_ns() >= due_ns(m);
}

int
mailer_wait_ms(const struct mailer *m)
{
	int64_t due = due_ns(m), ms;

	if (m->pidfd < 0)
		return BLIND_MS;
	if (due == INT64_MAX)
		return -1;
	ms = (due - clock_mono_ns()) / 1000000 + 1;
	return ms < 0 ? 0 : (int)ms;
}

/* Its user may have it seem busy for ever: what it reads from is also his. */
static bool
is_overdue(const struct mailer *m)
{
	unsigned limit = m->worker->collector->options->limit_secs;

	return m->limited &&
	       clock_mono_ns() - m->started_ns >= limit * SECOND_NS;
}

void
mailer_look(struct mailer *m, bool stalled)
{
	if (m->kill_ns != 0) {
		send_signal(m, SIGKILL);
		m->killed = true;
		return;
	}
	m->overdue = is_overdue(m);
	m->looks = stalled ? m->looks + 1 : 0;
	m->next_look_ns = clock_mono_ns() + look_ns(m);
	if (m->looks < LOOKS && !m->overdue)
		return;
	send_signal(m, SIGTERM);
	m->kill_ns = clock_mono_ns() + KILL_SECS * SECOND_NS;
}

/* Where the next read begins; -1: not known. */
static int64_t
position(int fd)
{
	char path[64], text[256];
	long long pos = -1;
	ssize_t n;
	int info;

	(void)snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return -1;
	n = read(info, text, sizeof text - 1);
	fd_close(&info);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return sscanf(text, "pos: %lld", &pos) == 1 ? pos : -1;
}

void
mailer_wait(struct mailer *m, int input, int64_t from)
{
	struct pollfd ends = {.fd = m->pidfd, .events = POLLIN};
	int64_t seen = from, now;

	while (!mailer_poll(m)) {
		(void)poll(&ends, 1, mailer_wait_ms(m));
		if (!mailer_is_look_due(m))
			continue;
		now = position(input);
		mailer_look(m, now >= 0 && now == seen);
		seen = now;
	}
}
