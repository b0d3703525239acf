/*
 * A PAM module for tests. What it does is said by its arguments, in order:
 *
 *	on=PHASE	the rest counts in that phase alone: acct, establish,
 *			reinitialize, delete, open, close
 *	user=NAME	the rest counts for that user alone
 *	record=FILE	a line: phase, user, service, PAM_TTY, pid, environment
 *	putenv=N=V	sets a variable
 *	say=TEXT	says it to the user
 *	sleep=SECONDS	is slow
 *	gate=FILE	waits for that file, at most 25 seconds
 *	mess		other signals, limits, descriptors, timers, directory
 *	keep=PATH	opens that FIFO and keeps it open, as pam_systemd does
 *	fail, crash, exit
 */
#include <sys/types.h>

#include <fcntl.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct probe {
	pam_handle_t *pam;
	const char *phase, *user;
};

static const char *
item(const struct probe *probe, int which)
{
	const void *value = NULL;

	if (pam_get_item(probe->pam, which, &value) != PAM_SUCCESS ||
	    value == NULL)
		return "-";
	return value;
}

static void
wait_for(const char *path)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	int i;

	for (i = 0; i < 500 && access(path, F_OK) != 0; i++)
		nanosleep(&pause, NULL);
}

static void
record(const struct probe *probe, const char *path)
{
	char **list = pam_getenvlist(probe->pam), line[4096];
	size_t len, i;
	int fd;

	len = (size_t)snprintf(line, sizeof(line), "%s %s %s %s %d",
	    probe->phase, probe->user, item(probe, PAM_SERVICE),
	    item(probe, PAM_TTY), (int)getpid());
	for (i = 0; list != NULL && list[i] != NULL && len < 4000; i++) {
		len += (size_t)snprintf(line + len, sizeof(line) - len, " %s",
		    list[i]);
		free(list[i]);
	}
	free(list);
	line[len++] = '\n';
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
	if (fd == -1 || write(fd, line, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void
on_signal(int signo)
{
	(void)signo;
}

static void
mess(void)
{
	struct rlimit limit = {.rlim_cur = 333, .rlim_max = 444};
	sigset_t all;
	int i;

	for (i = 0; i < 5; i++)
		(void)!open("/dev/null", O_RDONLY);
	(void)dup2(0, 200);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, on_signal);
	setrlimit(RLIMIT_NOFILE, &limit);
	alarm(1);
	if (chdir("/") == -1)
		abort();
}

/* True: the module is to fail. */
static int
obey(const struct probe *probe, const char *word)
{
	const char *value = strchr(word, '=');

	value = value == NULL ? "" : value + 1;
	if (strncmp(word, "record=", 7) == 0)
		record(probe, value);
	else if (strncmp(word, "putenv=", 7) == 0)
		pam_putenv(probe->pam, value);
	else if (strncmp(word, "say=", 4) == 0)
		(void)pam_info(probe->pam, "%s", value);
	else if (strncmp(word, "sleep=", 6) == 0)
		sleep((unsigned)atoi(value));
	else if (strncmp(word, "gate=", 5) == 0)
		wait_for(value);
	else if (strcmp(word, "mess") == 0)
		mess();
	else if (strncmp(word, "keep=", 5) == 0)
		(void)!open(value, O_RDWR | O_CLOEXEC);
	else if (strcmp(word, "crash") == 0)
		raise(SIGSEGV);
	else if (strcmp(word, "exit") == 0)
		_exit(0);
	return strcmp(word, "fail") == 0;
}

static int
act(pam_handle_t *pam, const char *phase, int argc, const char **argv)
{
	struct probe probe = {.pam = pam, .phase = phase};
	int i;

	probe.user = item(&probe, PAM_USER);
	for (i = 0; i < argc; i++) {
		if (strncmp(argv[i], "on=", 3) == 0) {
			if (strcmp(argv[i] + 3, phase) != 0)
				return PAM_SUCCESS;
		} else if (strncmp(argv[i], "user=", 5) == 0) {
			if (strcmp(argv[i] + 5, probe.user) != 0)
				return PAM_SUCCESS;
		} else if (obey(&probe, argv[i])) {
			return PAM_PERM_DENIED;
		}
	}
	return PAM_SUCCESS;
}

int
pam_sm_authenticate(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	(void)flags;
	return act(pam, "authenticate", argc, argv);
}

static int
has(int flags, unsigned flag)
{
	return ((unsigned)flags & flag) != 0;
}

/* crond must be silent in all it asks for. */
static int
act_silently(pam_handle_t *pam, const char *phase, int flags, int argc,
    const char **argv)
{
	if (!has(flags, PAM_SILENT))
		return PAM_SERVICE_ERR;
	return act(pam, phase, argc, argv);
}

int
pam_sm_setcred(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	const char *phase = "establish";

	if (has(flags, PAM_DELETE_CRED))
		phase = "delete";
	else if (has(flags, PAM_REINITIALIZE_CRED))
		phase = "reinitialize";
	return act_silently(pam, phase, flags, argc, argv);
}

int
pam_sm_acct_mgmt(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	return act_silently(pam, "acct", flags, argc, argv);
}

int
pam_sm_open_session(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	return act_silently(pam, "open", flags, argc, argv);
}

int
pam_sm_close_session(pam_handle_t *pam, int flags, int argc, const char **argv)
{
	return act_silently(pam, "close", flags, argc, argv);
}
