/*
 * crontab: installs, lists, edits and removes users' tables, as Debian's cron
 * and cronie do it (COMPAT.md 10).
 *
 * The order of things: put down the rights that a set-id bit gave, read the
 * line, open what is to be installed, see to the spool, ask whether this user
 * may (the access lists, and under RHEL PAM), do it. Rights are taken up again
 * in crontab_spool.c and for the access lists alone.
 */
#include "tools/crontab.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/users/access.h"
#include "sys/audit.h"
#include "sys/spawn/context.h"
#include "sys/fd.h"
#include "sys/spawn/session.h"
#include "tools/crontab_backup.h"
#include "tools/crontab_cluster.h"
#include "tools/crontab_edit.h"
#include "tools/crontab_install.h"
#include "tools/crontab_judge.h"
#include "tools/crontab_list.h"
#include "tools/crontab_spool.h"

#define LOG_WAIT_MS 1000
/* The status of the child that asked PAM. Not 0: a module may end it. */
#define CONSENT 113
#define REFUSAL 114

/* ---- before all else ---- */

static struct log *
open_log(const struct crontab *c)
{
	const struct log_target target = {
	    .socket = c->paths.log_socket,
	    .ident = "crontab",
	};

	return log_open(&target);
}

/* A syslog that is busy is waited for a little. */
static void
close_log(struct log *log)
{
	struct pollfd ready = {.events = POLLOUT};

	ready.fd = log_waiting_fd(log);
	if (ready.fd >= 0 && poll(&ready, 1, LOG_WAIT_MS) > 0)
		log_flush(log);
	log_close(log);
}

/* Opens the operand with the caller's own ids, in all eyes: what he can't read
 * he can't have read for him. -1: a message was printed. */
static int
open_operand(const struct crontab *c)
{
	const char *file = c->options.file;
	bool debian = c->options.personality->debian;
	struct stat st;
	int fd;

	if (file == NULL || strcmp(file, "-") == 0)
		return STDIN_FILENO;
	fd = open(file,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | (debian ? O_NONBLOCK : 0));
	if (fd < 0 || fstat(fd, &st) != 0) {
		crontab_complain(file);
		fd_close(&fd);
		return -1;
	}
	if (debian && !S_ISREG(st.st_mode))
		(void)fprintf(stderr, "%s: Not a regular file.\n", file);
	else if (S_ISDIR(st.st_mode))
		(void)fprintf(stderr,
		    "invalid crontab file: '%s' is a directory\n", file);
	else
		return fd;
	close(fd);
	return -1;
}

/* ---- access ---- */

static bool
may_use(const struct crontab *c)
{
	const struct personality *personality = c->options.personality;
	const struct access_lists lists = {
	    .allow = c->paths.cron_allow,
	    .deny = c->paths.cron_deny,
	};
	const char *user = c->options.caller, *unreadable;
	bool allowed;

	if (personality->access_of_target) {
		user = c->options.user;
		if (strcmp(user, "root") == 0)
			return true;
	} else if (c->options.is_root) {
		return true;
	}
	crontab_raise(c);
	allowed = access_allowed(personality, &lists, user, &unreadable);
	crontab_drop(c);
	if (unreadable != NULL)
		crontab_complain(unreadable);
	return allowed;
}

static void
say(void *context, const char *text)
{
	const struct crontab *c = context;

	log_event(c->log, LOG_INFO, "CRON", "pam_message", 0, "%s", text);
}

/* Modules run with the rights of a set-id program and a caller's limits, and
 * may do what they like to their process: they get one of their own, with none
 * of the caller's variables. */
static _Noreturn void
ask_pam(const struct crontab *c)
{
	const struct session_plan plan = {
	    .service = c->options.personality->pam_service,
	    .user = c->options.caller,
	    .ident = "crontab",
	    .say = say,
	    .context = (void *)(uintptr_t)c,
	};
	int code;

	(void)signal(SIGXFSZ, SIG_DFL);
	if (clearenv() != 0)
		_exit(EXIT_FAILURE);
	crontab_raise(c);
	code = session_admits(&plan);
	if (code == 0)
		_exit(CONSENT);
	log_event(c->log, LOG_INFO, c->options.caller, "PAM ERROR", 0, "%s",
	    session_text(code));
	close_log(c->log);
	_exit(REFUSAL);
}

/* How the child ended that could not ask to the end. */
static void
log_no_answer(const struct crontab *c, int status)
{
	bool killed = WIFSIGNALED(status);

	log_event(c->log, LOG_ERR, c->options.caller, "PAM ERROR", 0,
	    "a module %s %d",
	    killed ? "crashed, signal" : "ended the process, status",
	    killed ? WTERMSIG(status) : WEXITSTATUS(status));
}

/* cronie asks PAM about all callers but root [COMPAT.md 10.1]. */
static bool
pam_admits(const struct crontab *c)
{
	int status;
	pid_t pid;

	if (c->options.personality->debian || c->options.is_root ||
	    c->privilege.effective_uid != 0)
		return true;
	pid = fork();
	if (pid == 0)
		ask_pam(c);
	if (pid == -1) {
		perror("fork");
		return false;
	}
	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR) {
			perror("waitpid");
			return false;
		}
	}
	if (!WIFEXITED(status) ||
	    (WEXITSTATUS(status) != CONSENT && WEXITSTATUS(status) != REFUSAL))
		log_no_answer(c, status);
	return WIFEXITED(status) && WEXITSTATUS(status) == CONSENT;
}

static void
deny_by_pam(const struct crontab *c)
{
	(void)fprintf(stderr,
	    "You (%s) are not allowed to access to (crontab) because of pam "
	    "configuration.\n",
	    c->options.user);
}

/* cronie tells the audit; Debian's cron does not. */
static void
tell_audit(const struct crontab *c)
{
	int result, errnum;

	if (c->options.personality->debian)
		return;
	crontab_raise(c);
	result = audit_denied();
	errnum = errno;
	crontab_drop(c);
	if (result != 0)
		log_event(c->log, LOG_ERR, "CRON", "ERROR", errnum,
		    "can't tell the audit");
}

/* Who is refused for another is root, and no news for the log. */
static void
deny(const struct crontab *c)
{
	tell_audit(c);
	if (strcmp(c->options.caller, c->options.user) != 0) {
		(void)fprintf(stderr,
		    "The user %s cannot use this program (crontab)\n",
		    c->options.user);
		return;
	}
	(void)fprintf(stderr,
	    "You (%s) are not allowed to use this program (crontab)\n"
	    "See crontab(1) for more information\n",
	    c->options.user);
	log_event(c->log, LOG_INFO, c->options.caller, "AUTH", 0,
	    "crontab command not allowed");
}

/* ---- removing ---- */

/* cronie takes all but a yes for a no; Debian asks until it knows. */
static bool
really(const struct crontab *c)
{
	bool debian = c->options.personality->debian;
	char answer;

	(void)printf("crontab: really delete %s's crontab? %s", c->options.user,
	    debian ? "(y/n) " : "");
	for (int asked = 0; asked < CRONTAB_QUESTIONS; asked++) {
		(void)fflush(stdout);
		answer = crontab_answer();
		if (answer != 0 || !debian)
			return answer == 'y';
		(void)fputs("Please enter Y or N: ", stderr);
	}
	return false;
}

static int
remove_locked(const struct crontab *c, const struct stored *stored)
{
	if (!c->options.personality->debian)
		crontab_log(c, "DELETE");
	if (!stored->exists) {
		(void)fprintf(stderr, "no crontab for %s\n", c->options.user);
		return EXIT_FAILURE;
	}
	if (c->options.personality->debian)
		crontab_log(c, "DELETE");
	if (!c->options.no_backup)
		(void)backup_keep(c, stored->bytes, stored->len);
	return stored_remove(c, stored->fd) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
remove_table(const struct crontab *c)
{
	bool debian = c->options.personality->debian;
	struct stored stored;
	int status;

	/* Debian looks first, cronie asks first. */
	if (debian && c->options.prompt) {
		if (stored_read(c, &stored) != 0)
			return EXIT_FAILURE;
		bool exists = stored.exists;
		stored_clear(&stored);
		if (!exists) {
			(void)fprintf(stderr, "no crontab for %s\n",
			    c->options.user);
			return EXIT_FAILURE;
		}
	}
	if (c->options.prompt && !really(c))
		return EXIT_SUCCESS;
	if (stored_lock(c, &stored) != 0)
		return EXIT_FAILURE;
	status = remove_locked(c, &stored);
	stored_clear(&stored);
	return status;
}

/* ---- installing and testing ---- */

static int
test_bytes(const struct crontab *c, const char *bytes, size_t len)
{
	bool testing = c->options.action == ACTION_TEST;
	unsigned line;

	if (judge_table(c, c->options.file, bytes, len, testing, &line) !=
	    JUDGED_GOOD)
		return EXIT_FAILURE;
	(void)fputs(testing ? "No syntax issues were found in the crontab "
			      "file.\n"
			    : "The syntax of the crontab file was successfully "
			      "checked.\n",
	    stderr);
	return EXIT_SUCCESS;
}

/* With -s the table begins with one more line than the file. */
static int
install_input(const struct crontab *c, const char *bytes, size_t len)
{
	char *text = crontab_begin(c, bytes, &len);
	int status = EXIT_FAILURE;
	unsigned line;

	if (text == NULL)
		crontab_complain(c->options.file);
	else if (install_table(c, c->options.file, text, len, NULL, &line) ==
		 OUTCOME_DONE)
		status = EXIT_SUCCESS;
	free(text);
	return status;
}

static int
take_input(const struct crontab *c, int fd)
{
	int status;
	size_t len;
	char *bytes = crontab_read(fd, &len);

	if (bytes == NULL) {
		crontab_complain(c->options.file);
		return EXIT_FAILURE;
	}
	if (c->options.action == ACTION_TEST || c->options.dry_run)
		status = test_bytes(c, bytes, len);
	else
		status = install_input(c, bytes, len);
	free(bytes);
	return status;
}

/* ---- the program ---- */

static int
act(const struct crontab *c, int input)
{
	switch (c->options.action) {
	case ACTION_LIST:
		return list_table(c);
	case ACTION_REMOVE:
		return remove_table(c);
	case ACTION_EDIT:
		return edit_table(c);
	case ACTION_SET_HOST:
		return cluster_set(c);
	case ACTION_GET_HOST:
		return cluster_get(c);
	default:
		return take_input(c, input);
	}
}

static int
run(const struct crontab *c)
{
	int input = open_operand(c), status = EXIT_FAILURE;

	if (input < 0)
		return EXIT_FAILURE;
	if (spool_ensure(c) == 0) {
		if (!may_use(c))
			deny(c);
		else if (!pam_admits(c))
			deny_by_pam(c);
		else
			status = act(c, input);
	}
	if (input > STDERR_FILENO)
		close(input);
	return status;
}

/* -s: cronie puts the range of the caller's context before a table that is
 * edited, and the whole before one that is installed. -1: a message was
 * printed.
 */
static int
take_context(struct crontab *c)
{
	bool edit = c->options.action == ACTION_EDIT;
	const char *message;
	char *context;

	if (!c->options.context)
		return 0;
	context = context_of_caller(edit, &message);
	if (context == NULL) {
		(void)fprintf(stderr, "%s\n", message);
		return -1;
	}
	errno = EINVAL;
	if (strchr(context, '\n') != NULL ||
	    asprintf(&c->first_line, "%s=%s\n",
		edit ? "MLS_LEVEL" : "SELINUX_ROLE_TYPE", context) < 0)
		c->first_line = NULL;
	free(context);
	if (c->first_line == NULL)
		crontab_complain("crontab");
	return c->first_line != NULL ? 0 : -1;
}

int
main(int argc, char **argv)
{
	struct crontab c;
	int status = EXIT_FAILURE;

	memset(&c, 0, sizeof c);
	if (privilege_init(&c.privilege) != 0 || fd_fill_standard() != 0) {
		perror("crontab");
		return EXIT_FAILURE;
	}
	/* A limit of the caller's is an error to be told, no death. */
	(void)signal(SIGXFSZ, SIG_IGN);
	/* Ignored by a caller, it would keep from us how our children end. */
	(void)signal(SIGCHLD, SIG_DFL);
	crontab_options_parse(&c.options, argc, argv, c.privilege.real_uid,
	    c.privilege.elevated);
	if (paths_init(&c.paths, c.options.personality, c.options.root,
		false) == 0)
		c.log = open_log(&c);
	if (c.log == NULL) {
		(void)fprintf(stderr, "crontab: %s\n", strerror(ENOMEM));
	} else {
		if (take_context(&c) == 0)
			status = run(&c);
		close_log(c.log);
	}
	free(c.first_line);
	paths_clear(&c.paths);
	crontab_options_clear(&c.options);
	return crontab_end_output() == 0 ? status : EXIT_FAILURE;
}
