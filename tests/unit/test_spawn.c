/*
 * Starting jobs, for real. The job is this program itself, called as a shell
 * ("-c WHAT"): it tells what it was started with. Steps that fail are made to
 * fail by seccomp.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys/inherited_limits.h"
#include "sys/spawn/spawn.h"

#define NOBODY 65534

#ifndef SYS_dup2 /* younger machines have only the other one */
#define SYS_dup2 SYS_dup3
#endif

extern char **environ;

static char dir[] = "/tmp/test_spawn.XXXXXX";
static char shell[64];

/* The job */

static void
tell_fds(void)
{
	int fd;

	printf("fds");
	for (fd = 0; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			printf(" %d", fd);
	}
	printf("\n");
}

static void
tell_signals(void)
{
	struct sigaction action;
	sigset_t mask;
	int signo;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	printf("signals");
	for (signo = 1; signo < NSIG; signo++) {
		if (sigaction(signo, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			printf(" i%d", signo);
		if (sigismember(&mask, signo) == 1)
			printf(" m%d", signo);
	}
	printf("\n");
}

static void
tell_ids(void)
{
	uid_t uid[3];
	gid_t gid[3], groups[64];
	int i, n;

	getresuid(&uid[0], &uid[1], &uid[2]);
	getresgid(&gid[0], &gid[1], &gid[2]);
	printf("uid %d %d %d\n", (int)uid[0], (int)uid[1], (int)uid[2]);
	printf("gid %d %d %d\n", (int)gid[0], (int)gid[1], (int)gid[2]);
	n = getgroups(64, groups);
	printf("groups");
	for (i = 0; i < n; i++)
		printf(" %d", (int)groups[i]);
	printf("\n");
}

static int
job(char **argv)
{
	char cwd[256] = "";
	struct rlimit limit;
	char **var;
	int c;

	if (strcmp(argv[2], "cat") == 0) {
		while ((c = getchar()) != EOF)
			putchar(c);
		return 0;
	}
	tell_fds();
	tell_signals();
	tell_ids();
	if (getcwd(cwd, sizeof(cwd)) != NULL)
		printf("cwd %s\n", cwd);
	getrlimit(RLIMIT_NOFILE, &limit);
	printf("nofile %lu %lu\n", (unsigned long)limit.rlim_cur,
	    (unsigned long)limit.rlim_max);
	printf("leader %d %d\n", getsid(0) == getpid(), getpgrp() == getpid());
	printf("argv %s %s %s\n", argv[0], argv[1], argv[2]);
	for (var = environ; *var != NULL; var++)
		printf("env %s\n", *var);
	umask(022);
	return 7;
}

/* The test's side */

struct result {
	pid_t pid;
	struct spawn_failure failure;
	int status;
	size_t len;
	char output[256 * 1024];
};

static struct inherited_limits origin;
static char *environment[] = {(char[]){"A=1"}, (char[]){"B=x y"}, NULL};
static struct result result;

static struct spawn_plan
plan_of(const char *command, bool shared)
{
	static gid_t groups[2];

	groups[0] = getegid();
	groups[1] = 4242;
	return (struct spawn_plan){
	    .origin = &origin,
	    .shell = shell,
	    .command = command,
	    .env = environment,
	    .home = dir,
	    .home_required = true,
	    .uid = geteuid(),
	    .gid = getegid(),
	    .groups = groups,
	    .group_count = 2,
	    .as_root = geteuid() == 0,
	    .shared = shared,
	};
}

static void
run(struct spawn_plan *plan, const char *input, size_t len)
{
	int ends[2], report;
	ssize_t n;

	memset(&result, 0, sizeof(result));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	plan->input = spawn_input(input, len, plan->uid, plan->gid);
	assert_int_not_equal(plan->input, -1);
	plan->output = ends[1];
	result.pid = spawn_job(plan, &result.failure, &report);
	close(ends[1]);
	close(plan->input);
	assert_true(result.pid > 0);
	assert_int_equal(report == -1, plan->shared);
	while ((n = read(ends[0], result.output + result.len,
		    sizeof(result.output) - 1 - result.len)) > 0)
		result.len += (size_t)n;
	close(ends[0]);
	assert_int_equal(waitpid(result.pid, &result.status, 0), result.pid);
	if (!plan->shared)
		spawn_failure_read(&report, &result.failure);
	assert_int_equal(report, -1);
}

static void
assert_line(const char *line)
{
	char wanted[512];

	snprintf(wanted, sizeof(wanted), "%s\n", line);
	if (strstr(result.output, wanted) == NULL)
		fail_msg("no line \"%s\" in:\n%s", line, result.output);
}

static void
test_what_a_job_gets(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);
	char line[256];
	int leak = fcntl(0, F_DUPFD, 700); /* not close-on-exec */

	run(&plan, NULL, 0);
	close(leak);
	assert_int_equal(result.failure.step, SPAWN_STARTED);
	assert_true(WIFEXITED(result.status));
	assert_int_equal(WEXITSTATUS(result.status), 7);
	assert_line("fds 0 1 2");
	assert_line("signals");
	assert_line("leader 1 1");
	snprintf(line, sizeof(line), "argv %s -c tell", shell);
	assert_line(line);
	snprintf(line, sizeof(line), "cwd %s", dir);
	assert_line(line);
	assert_non_null(strstr(result.output, "env A=1\nenv B=x y\n"));
	/* and nothing behind it */
	assert_string_equal(strstr(result.output, "env A=1"),
	    "env A=1\nenv B=x y\n");
}

static void
on_signal(int signo)
{
	(void)signo;
}

static void
test_signals(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);
	struct inherited_limits ours;
	sigset_t some;

	/* Inherited: USR2 and PIPE ignored. The daemon's own: HUP has a
	 * handler, USR1 is ignored, TERM is blocked. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	inherited_limits_take(&ours);
	plan.origin = &ours;
	signal(SIGHUP, on_signal);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(&some);
	sigaddset(&some, SIGTERM);
	sigprocmask(SIG_BLOCK, &some, NULL);
	run(&plan, NULL, 0);
	sigprocmask(SIG_UNBLOCK, &some, NULL);
	assert_int_equal(SIGUSR2, 12);
	assert_line("signals i12");
	/* Nothing was reset in the parent. */
	assert_true(signal(SIGHUP, SIG_DFL) == on_signal);
	assert_true(signal(SIGUSR1, SIG_DFL) == SIG_IGN);
	assert_true(signal(SIGPIPE, SIG_DFL) == SIG_IGN);
	assert_true(signal(SIGUSR2, SIG_DFL) == SIG_IGN);
}

static void
test_limits(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);
	struct inherited_limits ours = origin;
	struct rlimit raised;
	char line[128];

	ours.nofile.rlim_cur = 123;
	plan.origin = &ours;
	run(&plan, NULL, 0);
	snprintf(line, sizeof(line), "nofile 123 %lu",
	    (unsigned long)origin.nofile.rlim_max);
	assert_line(line);
	getrlimit(RLIMIT_NOFILE, &raised);
	assert_int_equal(raised.rlim_cur, origin.nofile.rlim_cur);
}

static void
test_becomes_nobody(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);

	if (geteuid() != 0)
		skip();
	plan.uid = plan.gid = NOBODY;
	run(&plan, NULL, 0);
	assert_int_equal(result.failure.step, SPAWN_STARTED);
	assert_line("uid 65534 65534 65534");
	assert_line("gid 65534 65534 65534");
	assert_line("groups 0 4242");
	assert_int_equal(geteuid(), 0);
}

static void
test_never_as_somebody_else(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);

	plan.as_root = false;
	plan.uid = geteuid() + 1;
	run(&plan, NULL, 0);
	assert_int_equal(result.failure.step, SPAWN_UID);
	assert_int_equal(result.failure.error, EPERM);
	assert_int_equal(result.len, 0);
}

static void
test_input(void **state)
{
	static const size_t lens[] = {0, 1, 4096, 65536, 65537,
	    SPAWN_INPUT_MAX};
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("cat", shared);
	char *bytes = malloc(SPAWN_INPUT_MAX + 1);
	size_t i;

	assert_non_null(bytes);
	for (i = 0; i <= SPAWN_INPUT_MAX; i++)
		bytes[i] = (char)('a' + i % 23);
	for (i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		run(&plan, bytes, lens[i]);
		assert_int_equal(result.len, lens[i]);
		assert_memory_equal(result.output, bytes, lens[i]);
	}
	assert_int_equal(spawn_input(bytes, SPAWN_INPUT_MAX + 1, 0, 0), -1);
	assert_int_equal(errno, E2BIG);
	free(bytes);
}

static void
test_home(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);
	char cwd[256], line[300];

	plan.home = "/no/such/home";
	run(&plan, NULL, 0);
	assert_int_equal(result.failure.step, SPAWN_CHDIR);
	assert_int_equal(result.failure.error, ENOENT);
	assert_int_equal(result.len, 0);
	assert_string_equal(spawn_step_text(result.failure.step),
	    "chdir failed");
	plan.home_required = false;
	run(&plan, NULL, 0);
	assert_int_equal(result.failure.step, SPAWN_STARTED);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	snprintf(line, sizeof(line), "cwd %s", cwd);
	assert_line(line);
}

static void
test_home_is_entered_as_the_user(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);
	char path[96];

	if (geteuid() != 0)
		skip();
	snprintf(path, sizeof(path), "%s/private", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	plan.uid = plan.gid = NOBODY;
	plan.home = path;
	run(&plan, NULL, 0);
	rmdir(path);
	assert_int_equal(result.failure.step, SPAWN_CHDIR);
	assert_int_equal(result.failure.error, EACCES);
}

static void
test_exec_fails(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);

	plan.shell = "/no/such/shell";
	run(&plan, NULL, 0);
	assert_int_equal(result.failure.step, SPAWN_STARTED);
	assert_int_equal(WEXITSTATUS(result.status), 1);
	assert_string_equal(result.output,
	    "execl: couldn't exec `/no/such/shell'\n"
	    "execl: No such file or directory\n");
	plan.debian = true;
	run(&plan, NULL, 0);
	assert_string_equal(result.output,
	    "/no/such/shell: execle: No such file or directory\n");
}

static void
test_dry(void **state)
{
	bool shared = *(bool *)*state;
	struct spawn_plan plan = plan_of("tell", shared);

	plan.dry = true;
	run(&plan, NULL, 0);
	assert_int_equal(result.failure.step, SPAWN_STARTED);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.len, 0);
}

/* From now on that system call of this process and its children returns error
 * without being done; with 0 it claims to have been. */
static void
break_call(unsigned number, unsigned error)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1)
		_exit(99);
}

/* Where ids once had 16 bits the calls with those names still do. */
#ifdef SYS_setresuid32
#define SET_UIDS   SYS_setresuid32
#define SET_GIDS   SYS_setresgid32
#define SET_GROUPS SYS_setgroups32
#else
#define SET_UIDS   SYS_setresuid
#define SET_GIDS   SYS_setresgid
#define SET_GROUPS SYS_setgroups
#endif

/* CVE-2006-2607: whichever step fails, or only claims to have been done, there
 * is no exec. */
static void
test_no_exec_after_a_failed_step(void **state)
{
	static const struct {
		unsigned call, error;
		enum spawn_step step;
	} cases[] = {
	    {SET_UIDS, EAGAIN, SPAWN_UID},
	    {SET_UIDS, 0, SPAWN_UID},
	    {SET_GIDS, EPERM, SPAWN_GID},
	    {SET_GIDS, 0, SPAWN_GID},
	    {SET_GROUPS, EPERM, SPAWN_GROUPS},
	    {SYS_prlimit64, EPERM, SPAWN_LIMITS},
	    {SYS_dup2, EMFILE, SPAWN_FDS},
	};
	bool shared = *(bool *)*state;
	size_t i;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		pid = fork();
		if (pid == 0) {
			struct spawn_plan plan = plan_of("tell", shared);

			plan.uid = plan.gid = NOBODY;
			break_call(cases[i].call, cases[i].error);
			run(&plan, NULL, 0);
			if (result.len != 0)
				_exit(1);
			if (result.failure.step != cases[i].step)
				_exit(2);
			_exit(WEXITSTATUS(result.status) == 1 ? 0 : 3);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("case %zu: status %x", i, (unsigned)status);
	}
}

static void
test_birth(void **state)
{
	struct spawn_plan plan = plan_of("cat", false);
	uint64_t before = process_start_time(getpid());

	(void)state;
	assert_true(before > 0);
	assert_true(process_start_time(1) <= before);
	assert_int_equal(process_start_time(0), 0);
	run(&plan, NULL, 0);
	/* A name with blanks and brackets does not confuse it. */
	prctl(PR_SET_NAME, "a) b (c) 1 2");
	assert_int_equal(process_start_time(getpid()), before);
	prctl(PR_SET_NAME, "test_spawn");
}

/* Copies this program to where nobody may execute it too. */
static int
set_up(void **state)
{
	char buffer[65536];
	int from, to;
	ssize_t n;

	(void)state;
	/* What the tester has open or ignored is not ours to judge. */
	signal(SIGPIPE, SIG_DFL);
	inherited_limits_take(&origin);
	sigemptyset(&origin.ignored);
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1)
		return -1;
	snprintf(shell, sizeof(shell), "%s/shell", dir);
	from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	to = open(shell, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (from == -1 || to == -1 || fchmod(to, 0755) == -1)
		return -1;
	while ((n = read(from, buffer, sizeof(buffer))) > 0) {
		if (write(to, buffer, (size_t)n) != n)
			return -1;
	}
	close(from);
	return close(to);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(shell);
	return rmdir(dir);
}

#define BOTH(test)                                                             \
	{#test ", vfork", test, NULL, NULL, &yes},                             \
	{                                                                      \
#test ", fork", test, NULL, NULL, &no                          \
	}

int
main(int argc, char **argv)
{
	static bool yes = true, no = false;
	const struct CMUnitTest tests[] = {
	    BOTH(test_what_a_job_gets),
	    BOTH(test_signals),
	    BOTH(test_limits),
	    BOTH(test_becomes_nobody),
	    BOTH(test_never_as_somebody_else),
	    BOTH(test_input),
	    BOTH(test_home),
	    BOTH(test_home_is_entered_as_the_user),
	    BOTH(test_exec_fails),
	    BOTH(test_dry),
	    BOTH(test_no_exec_after_a_failed_step),
	    cmocka_unit_test(test_birth),
	};

	if (argc == 3 && strcmp(argv[1], "-c") == 0)
		return job(argv);
	return cmocka_run_group_tests_name("spawn", tests, set_up, tear_down);
}
