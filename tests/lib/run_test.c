/*
 * Runs one test with a limit of time: make check calls each test through it
 * (tests/local.mk: LOG_COMPILER).
 *
 * usage: run_test PROGRAM [ARGUMENT...]
 *
 * A PROGRAM whose name ends in .sh is run by bash. The limit is in seconds: the
 * first of the test's first lines that reads "Limit: N seconds", behind a
 * comment's characters, says it (of a built program, the lines of its source
 * $srcdir/PROGRAM.c); else TEST_LIMIT, else DEFAULT_SECS. SPEED multiplies
 * each.
 *
 * At the limit run_test reports the test, what its scripts noted (see below),
 * and its processes; then it ends them all, also those that ignore SIGTERM or
 * that left the test's session, and exits with 124. Otherwise its status is the
 * test's, 128 and the signal's number where one killed it. What a test left
 * running is reported and ended too.
 *
 * TEST_NOTES is a directory where the test's scripts may keep a file each: the
 * first line says what the script is doing, each other line is the path of a
 * log whose end shows it.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_SECS 600
#define LIMIT_LINES                                                            \
	40            /* of a test's file, in which its limit is looked for    \
		       */
#define TERM_SECS  5  /* to end at SIGTERM */
#define CLEAN_SECS 5  /* for the test to remove its files, alone */
#define KILL_SECS  10 /* for the kernel to end what was killed */
#define LEFT_SECS  2  /* for what a test left running to end by itself */
#define TAIL_BYTES 4096
#define TIMED_OUT  124

struct process {
	pid_t pid, parent;
	char state;
	unsigned long long start; /* clock ticks after boot */
	bool below;               /* started by the test */
};

struct list {
	struct process *process;
	size_t count, size;
};

static void
die(const char *what)
{
	fprintf(stderr, "run_test: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* Seconds after some start. */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the limit */

/* The seconds that the head of the file says, or 0. */
static unsigned
said_limit(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];
	unsigned secs = 0;

	if (file == NULL)
		return 0;
	for (int i = 0; i < LIMIT_LINES && secs == 0; i++) {
		if (fgets(line, sizeof(line), file) == NULL)
			break;
		if (sscanf(line + strspn(line, "#/* \t"), "Limit: %u seconds",
			&secs) != 1)
			secs = 0;
	}
	fclose(file);
	return secs;
}

/* In seconds, with SPEED in it. */
static double
limit_of(const char *program)
{
	const char *srcdir = getenv("srcdir"), *speed = getenv("SPEED");
	const char *own = getenv("TEST_LIMIT");
	double secs = said_limit(program);
	char source[PATH_MAX];

	if (secs == 0 && srcdir != NULL) {
		snprintf(source, sizeof(source), "%s/%s.c", srcdir, program);
		secs = said_limit(source);
	}
	if (secs == 0 && own != NULL)
		secs = atof(own);
	if (secs <= 0)
		secs = DEFAULT_SECS;
	return speed != NULL && atof(speed) > 0 ? secs * atof(speed) : secs;
}

/* ---- the test's processes: we are the reaper of all of them (prctl(2)) */

static bool
read_process(const char *name, struct process *p)
{
	char path[64], stat[512];
	const char *end;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%.20s/stat", name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	n = fread(stat, 1, sizeof(stat) - 1, file);
	fclose(file);
	stat[n] = '\0';
	end = strrchr(stat, ')');
	*p = (struct process){.pid = atoi(name)};
	return end != NULL && p->pid > 0 &&
	       sscanf(end + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
		   "%*d %*d %*d %*d %*d %llu",
		   &p->state, &p->parent, &p->start) == 3;
}

static void
add_process(struct list *list, const struct process *p)
{
	if (list->count == list->size) {
		list->size = 2 * list->size + 64;
		list->process =
		    realloc(list->process, list->size * sizeof(*list->process));
		if (list->process == NULL)
			die("processes");
	}
	list->process[list->count++] = *p;
}

static int
compare_pids(const void *a, const void *b)
{
	const struct process *one = a, *other = b;

	return (one->pid > other->pid) - (one->pid < other->pid);
}

/* Is it we, or is it marked in the sorted list? */
static bool
is_below(const struct list *list, pid_t pid)
{
	const struct process key = {.pid = pid}, *found;

	if (pid == getpid())
		return true;
	found = list->count == 0 ? NULL
				 : bsearch(&key, list->process, list->count,
				       sizeof(*list->process), compare_pids);
	return found != NULL && found->below;
}

/* Is /proc that of our PID namespace? Its pids would be others' otherwise. */
static bool
proc_is_ours(void)
{
	char name[32];
	ssize_t len = readlink("/proc/self", name, sizeof(name) - 1);

	if (len <= 0)
		return false;
	name[len] = '\0';
	return atoi(name) == getpid();
}

/* All processes of the machine; those that the test started are marked, but not
 * zombies, which need nothing more than their parent. */
static struct list
processes(void)
{
	struct list list = {0};
	struct dirent *entry;
	struct process p;
	DIR *dir = proc_is_ours() ? opendir("/proc") : NULL;
	bool more = true;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (read_process(entry->d_name, &p))
			add_process(&list, &p);
	if (dir != NULL)
		closedir(dir);
	if (list.count > 0)
		qsort(list.process, list.count, sizeof(*list.process),
		    compare_pids);
	while (more) {
		more = false;
		for (size_t i = 0; i < list.count; i++) {
			struct process *at = &list.process[i];

			if (!at->below && is_below(&list, at->parent))
				at->below = more = true;
		}
	}
	for (size_t i = 0; i < list.count; i++)
		if (list.process[i].state == 'Z')
			list.process[i].below = false;
	return list;
}

/* Sends it to what the test started, but to the process "spare" (0: to all);
 * how many that were. With 0 as the signal they are only counted. */
static unsigned
signal_below(int signal, pid_t spare)
{
	struct list list = processes();
	unsigned count = 0;

	for (size_t i = 0; i < list.count; i++) {
		const struct process *p = &list.process[i];

		if (p->below && p->pid != spare) {
			kill(p->pid, signal);
			count++;
		}
	}
	free(list.process);
	return count;
}

/* ---- the report */

/* The first bytes of a file in /proc, NUL as a blank. */
static const char *
proc_text(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	n = file != NULL ? fread(text, 1, size - 1, file) : 0;
	if (file != NULL)
		fclose(file);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ')
			text[i] = ' ';
	text[n] = '\0';
	return n > 0 ? text : "-";
}

static void
report_processes(void)
{
	struct list list = processes();
	char wait[64], command[200];

	printf("run_test: its processes, with the seconds since each began and "
	       "what it waits in:\n%8s %8s S %6s %-20s %s\n",
	    "pid", "parent", "age", "wait", "command");
	for (size_t i = 0; i < list.count; i++) {
		const struct process *p = &list.process[i];

		if (p->below)
			printf("%8d %8d %c %6.0f %-20s %s\n", (int)p->pid,
			    (int)p->parent, p->state,
			    now() -
				(double)p->start / (double)sysconf(_SC_CLK_TCK),
			    proc_text(p->pid, "wchan", wait, sizeof(wait)),
			    proc_text(p->pid, "cmdline", command,
				sizeof(command)));
	}
	free(list.process);
}

static void
report_tail(const char *path)
{
	FILE *file = fopen(path, "re");
	char text[TAIL_BYTES];
	long at;
	size_t n;

	if (file == NULL)
		return;
	at = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : 0;
	if (at > 0) {
		printf("run_test: the end of %s:\n", path);
		fseek(file, at > TAIL_BYTES ? at - TAIL_BYTES : 0, SEEK_SET);
		n = fread(text, 1, sizeof(text), file);
		fwrite(text, 1, n, stdout);
		if (n > 0 && text[n - 1] != '\n')
			printf("\n");
	}
	fclose(file);
}

static void
report_note(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[PATH_MAX];
	bool first = true;

	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (first)
			printf("run_test: it was in: %s\n", line);
		else
			report_tail(line);
		first = false;
	}
	fclose(file);
}

/* Calls it with the path of each note. */
static void
each_note(const char *notes, void (*call)(const char *))
{
	DIR *dir = opendir(notes);
	struct dirent *entry;
	char path[PATH_MAX];

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", notes,
			    entry->d_name);
			call(path);
		}
	if (dir != NULL)
		closedir(dir);
}

static void
remove_file(const char *path)
{
	unlink(path);
}

/* ---- its run */

/* A signal of the set, but no later than the instant "end": then 0. */
static int
next_signal(const sigset_t *set, double end)
{
	double left = end - now();
	struct timespec t;
	int signal;

	if (left < 0)
		left = 0;
	t.tv_sec = (time_t)left;
	t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
	signal = sigtimedwait(set, NULL, &t);
	return signal > 0 ? signal : 0;
}

/* Fetches whoever ended; whether the test did, whose status is then there. */
static bool
reap(pid_t test, int *status)
{
	bool over = false;
	int other;
	pid_t pid;

	while ((pid = waitpid(-1, &other, WNOHANG)) > 0)
		if (pid == test) {
			*status = other;
			over = true;
		}
	return over;
}

/* Waits, no longer than that, until no process of the test is left, not
 * counting the process "spare". */
static bool
wait_none(pid_t spare, double secs)
{
	const struct timespec step = {.tv_nsec = 20000000};
	double end = now() + secs;
	int status;

	for (;;) {
		(void)reap(0, &status);
		if (signal_below(0, spare) == 0)
			return true;
		if (now() >= end)
			return false;
		nanosleep(&step, NULL);
	}
}

/* Ends all processes. The test's first one goes last: when the others are gone
 * it removes what it made. */
static void
end_all(pid_t test)
{
	if (test > 0 && !proc_is_ours())
		kill(test, SIGKILL); /* of the others we know nothing */
	signal_below(SIGTERM, test);
	if (!wait_none(test, TERM_SECS))
		signal_below(SIGKILL, test);
	(void)wait_none(0, CLEAN_SECS);
	for (double end = now() + KILL_SECS; now() < end;) {
		signal_below(SIGKILL, 0);
		if (wait_none(0, 0.1))
			return;
	}
	printf("run_test: the kernel does not end these:\n");
	report_processes();
}

/* Becomes the test: argv[0], with our own name before it. */
static void
execute(char **argv, const sigset_t *signals)
{
	static char bash[] = "bash";
	size_t len = strlen(argv[0]);

	sigprocmask(SIG_SETMASK, signals, NULL);
	if (len > 3 && strcmp(argv[0] + len - 3, ".sh") == 0) {
		argv[-1] = bash; /* in place of our own name */
		execvp(bash, argv - 1);
	} else {
		execvp(argv[0], argv);
	}
	fprintf(stderr, "run_test: %s: %s\n", argv[0], strerror(errno));
	_exit(99);
}

/* Until the test ends: its exit status. */
static int
watch(const char *name, pid_t test, const sigset_t *set, const char *notes)
{
	double limit = limit_of(name), end = now() + limit;
	int status = 0, signal;

	while (!reap(test, &status)) {
		signal = next_signal(set, end);
		if (signal == 0 && now() >= end) {
			printf("run_test: %s did not end within %g seconds, "
			       "its limit\n",
			    name, limit);
			each_note(notes, report_note);
			report_processes();
			fflush(stdout);
			end_all(test);
			return TIMED_OUT;
		}
		if (signal != 0 && signal != SIGCHLD) {
			printf("run_test: %s is ended, for signal %d came\n",
			    name, signal);
			end_all(test);
			return 128 + signal;
		}
	}
	if (!wait_none(0, LEFT_SECS)) {
		printf("run_test: %s left these running:\n", name);
		report_processes();
		end_all(0);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char notes[PATH_MAX];
	sigset_t set, old;
	int status;
	pid_t test;

	if (argc < 2) {
		fprintf(stderr, "usage: run_test PROGRAM [ARGUMENT...]\n");
		return 99;
	}
	snprintf(notes, sizeof(notes), "%s/evcron-test.XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	if (mkdtemp(notes) == NULL || setenv("TEST_NOTES", notes, 1) != 0)
		die(notes);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
		die("prctl");
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, &old);
	test = fork();
	if (test == -1)
		die("fork");
	if (test == 0)
		execute(argv + 1, &old);
	status = watch(argv[1], test, &set, notes);
	each_note(notes, remove_file);
	rmdir(notes);
	return status;
}
