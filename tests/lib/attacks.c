/*
 * What an ordinary user does to a cron: "attacks VERB NOTE [ARGUMENT...]", run
 * as a job, a mailer, or beside them. Appends its pid to the file NOTE when it
 * is about to hold what it attacks, and then holds it for as long as it lives.
 * What it could not do is appended to NOTE.err, what it should not have been
 * able to do to NOTE.breach. tests/faults/walls.sh says which verb stands for
 * what.
 */
#include "dead_memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/random.h"

#define HANDS 12 /* processes, where one is not enough */

struct attack {
	const char *note;
	int argc;
	char **argv; /* behind NOTE */
};

static void
append(const char *note, const char *suffix, const char *text)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s%s", note, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd == -1)
		_exit(98);
	dprintf(fd, "%s\n", text);
	close(fd);
}

static void
cannot(const struct attack *a, const char *what)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	append(a->note, ".err", text);
	_exit(1);
}

static void
held(const struct attack *a)
{
	char text[32];

	snprintf(text, sizeof(text), "%d", (int)getpid());
	append(a->note, "", text);
}

static void
doze(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void
hold_on(void)
{
	for (;;)
		pause();
}

/* A socket that never has anything to read. */
static int
silent_socket(const struct attack *a)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == -1)
		cannot(a, "socketpair");
	return ends[0];
}

static void
dead(const struct attack *a)
{
	if (dead_begin() == -1)
		cannot(a, "dead memory");
}

static char *
memory_that_never_comes(const struct attack *a)
{
	char *memory;

	dead(a);
	memory = dead_memory();
	if (memory == NULL)
		cannot(a, "dead memory");
	return memory;
}

static int
file_that_never_comes(const struct attack *a)
{
	int fd;

	dead(a);
	fd = dead_file();
	if (fd == -1)
		cannot(a, "dead file");
	return fd;
}

/* ---- the lock of a pipe, which is stdout */

static void
splice_from(const struct attack *a, int from, int to)
{
	held(a);
	if (splice(from, NULL, to, NULL, 65536, 0) == -1)
		cannot(a, "splice");
}

static void
do_splice_socket(const struct attack *a)
{
	if (write(STDOUT_FILENO, "x", 1) == -1)
		cannot(a, "write");
	splice_from(a, silent_socket(a), STDOUT_FILENO);
}

static void
do_splice_silent(const struct attack *a)
{
	splice_from(a, silent_socket(a), STDOUT_FILENO);
}

static void
do_splice_file(const struct attack *a)
{
	splice_from(a, file_that_never_comes(a), STDOUT_FILENO);
}

static void
do_sendfile_socket(const struct attack *a)
{
	int from = silent_socket(a);

	held(a);
	if (sendfile(STDOUT_FILENO, from, NULL, 65536) == -1)
		cannot(a, "sendfile");
}

/* No malice is needed: busybox' cat does it with a file of an NFS that is dead.
 * With an argument that is the file, and nobody's fault. */
static void
do_sendfile_file(const struct attack *a)
{
	int from = a->argc > 0 ? open(a->argv[0], O_RDONLY | O_CLOEXEC)
			       : file_that_never_comes(a);

	if (from == -1)
		cannot(a, a->argv[0]);
	held(a);
	if (sendfile(STDOUT_FILENO, from, NULL, 65536) == -1)
		cannot(a, "sendfile");
}

static void
do_write_memory(const struct attack *a)
{
	char *memory = memory_that_never_comes(a);

	held(a);
	if (write(STDOUT_FILENO, memory, 4096) == -1)
		cannot(a, "write");
}

static void
reopen(const struct attack *a, int flags, int fd)
{
	int own = open("/proc/self/fd/1", flags);

	if (own == -1)
		cannot(a, "open of /proc/self/fd/1");
	if (dup2(own, fd) == -1)
		cannot(a, "dup2");
}

/* What it has written itself, back into memory that never comes. */
static void
do_read_memory(const struct attack *a)
{
	char *memory = memory_that_never_comes(a), text[65536] = "";

	reopen(a, O_RDWR | O_NONBLOCK, 9);
	held(a);
	for (int i = 0; i < 10000; i++) {
		if (write(9, text, sizeof(text)) == -1 && errno != EAGAIN)
			cannot(a, "write");
		if (read(9, memory, 4096) == -1 && errno != EAGAIN)
			cannot(a, "read");
	}
}

/* An empty FIFO without a writer: some wait in tee for other pipes, which
 * further ones hold. tee has the lock of the first while it waits for the
 * second. */
static void
do_tee(const struct attack *a)
{
	int other[2], from = silent_socket(a);

	if (fork() > 0) {
		doze(700);
		_exit(0);
	}
	setsid();
	reopen(a, O_RDONLY | O_NONBLOCK, 9);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	for (int i = 0; i < HANDS; i++) {
		if (pipe(other) == -1)
			cannot(a, "pipe");
		if (fork() == 0) {
			splice(from, NULL, other[1], NULL, 65536, 0);
			_exit(0);
		}
		if (fork() == 0) {
			doze(100);
			held(a);
			while (tee(9, other[1], 1, SPLICE_F_NONBLOCK) != -1 ||
			       errno == EAGAIN)
				;
			cannot(a, "tee");
		}
	}
	hold_on();
}

/* Takes and leaves the lock without end, which is fair to nobody. */
static void
do_hammer(const struct attack *a)
{
	int waiting;

	for (int i = 0; i < 3; i++)
		if (fork() == 0)
			break;
	held(a);
	for (;;) {
		if (ioctl(STDOUT_FILENO, FIONREAD, &waiting) == -1)
			cannot(a, "FIONREAD");
		fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 65536);
		fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 4096);
	}
}

/* Holds by a description of its own, so that cron's close of the end that it
 * gave to the job may be the last one of that. */
static void
do_reopen(const struct attack *a)
{
	int from = silent_socket(a);

	reopen(a, O_RDWR, STDERR_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	splice_from(a, from, STDOUT_FILENO);
}

/* The same, of the pipe that stdin is, if it is one: the data behind a table's
 * '%'. */
static void
do_stdin(const struct attack *a)
{
	int from = silent_socket(a), own = open("/proc/self/fd/0", O_RDWR);
	struct stat sb;

	if (fstat(STDIN_FILENO, &sb) == 0 && !S_ISFIFO(sb.st_mode)) {
		append(a->note, ".refused", "stdin is no pipe");
		held(a);
		hold_on();
	}
	if (own == -1)
		cannot(a, "open of /proc/self/fd/0");
	splice_from(a, from, own);
}

/* ---- what others find locked */

/* Lists directories that are given, and all of them at once. */
static void
do_list(const struct attack *a)
{
	char *memory = memory_that_never_comes(a);
	int opened = 0;

	for (int i = 0; i < a->argc; i++) {
		int fd = open(a->argv[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd == -1)
			continue;
		opened++;
		append(a->note, ".listed", a->argv[i]);
		if (fork() == 0) {
			held(a);
			syscall(SYS_getdents64, fd, memory, 4096);
			cannot(a, a->argv[i]);
		}
		close(fd);
	}
	if (opened == 0)
		append(a->note, ".refused", "no directory can be listed");
	held(a);
	hold_on();
}

/* Reads what is given, or stdin, into memory that never comes: with its
 * position locked, and on XFS the file itself. */
static void
do_read_file(const struct attack *a)
{
	char *memory = memory_that_never_comes(a);
	int fd = STDIN_FILENO;

	if (a->argc > 0)
		fd = open(a->argv[0], O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		cannot(a, a->argv[0]);
	held(a);
	if (read(fd, memory, 4096) == -1)
		cannot(a, "read");
	append(a->note, ".err", "read: it came");
}

/* Nobody can read this process's arguments: the lock of its memory is held. */
static void
do_mmap(const struct attack *a)
{
	char *memory = memory_that_never_comes(a);

	if (fork() == 0) {
		volatile char byte = memory[0];

		_exit(byte);
	}
	doze(300);
	held(a);
	dead_mmap();
	cannot(a, "mmap");
}

/* A message with that descriptor, to a socket of the file system. */
static void
send_descriptor(const char *path, int type, int fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[] = "list\n";
	struct iovec piece = {text, sizeof(text) - 1};
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct msghdr message = {.msg_iov = &piece,
	    .msg_iovlen = 1,
	    .msg_control = control.bytes,
	    .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int s = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (s != -1 &&
	    connect(s, (struct sockaddr *)&address, sizeof(address)) == 0)
		sendmsg(s, &message, MSG_NOSIGNAL);
}

/* A pipe whose lock is held is thrown into each socket that is given. A child
 * of this one does it and ends, so that whoever gets it has it alone. */
static void
do_rights(const struct attack *a)
{
	static const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	int from = silent_socket(a), ends[2];
	char path[64];

	if (pipe(ends) == -1)
		cannot(a, "pipe");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[1]);
	if (fork() == 0)
		splice_from(a, from, ends[1]);
	doze(200);
	for (int i = 0; i < a->argc; i++)
		for (size_t k = 0; k < sizeof(types) / sizeof(*types); k++)
			if (fork() == 0) {
				send_descriptor(a->argv[i], types[k],
				    open(path, O_RDWR | O_CLOEXEC));
				kill(getpid(), SIGKILL);
			}
	hold_on();
}

/* What is at that path is by turns a file and a FIFO whose lock is held:
 * whoever looks first and then opens it may find the other. */
static void
do_flip(const struct attack *a)
{
	int from = silent_socket(a), own, file;
	char other[PATH_MAX];

	snprintf(other, sizeof(other), "%s.fifo", a->argv[0]);
	if (mkfifo(other, 0644) == -1)
		cannot(a, other);
	own = open(other, O_RDWR | O_CLOEXEC);
	file = open(a->argv[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (own == -1 || file == -1)
		cannot(a, a->argv[0]);
	close(file);
	if (fork() == 0)
		splice_from(a, from, own);
	for (;;) {
		if (renameat2(AT_FDCWD, other, AT_FDCWD, a->argv[0],
			RENAME_EXCHANGE) == -1)
			cannot(a, "renameat2");
		doze(1);
	}
}

static void
do_lease(const struct attack *a)
{
	signal(SIGIO, SIG_IGN);
	for (int i = 0; i < a->argc; i++) {
		int fd = open(a->argv[i], O_RDONLY);

		if (fd == -1 || fcntl(fd, F_SETLEASE, F_WRLCK) == -1)
			cannot(a, a->argv[i]);
	}
	held(a);
	hold_on();
}

/* ---- output and descriptors */

/* A background child that holds the output of a job that is over, and then
 * writes that much, slowly. */
static void
do_late(const struct attack *a)
{
	static char text[4096];
	long left = strtol(a->argv[0], NULL, 10);
	pid_t parent = getpid();
	char done[32];

	if (fork() > 0)
		_exit(0);
	while (getppid() == parent)
		doze(50);
	doze(2000);
	memset(text, 'l', sizeof(text));
	held(a);
	while (left > 0) {
		ssize_t n = write(STDOUT_FILENO, text, sizeof(text));

		if (n == -1)
			cannot(a, "write");
		left -= n;
	}
	snprintf(done, sizeof(done), "%d", (int)getpid());
	append(a->note, ".done", done);
}

static void
do_wait(const struct attack *a)
{
	held(a);
	hold_on();
}

/* ---- processes */

/* Stops every process of this user, again and again, also those that are on
 * their way from cron to their exec. */
static void
do_stop_all(const struct attack *a)
{
	held(a);
	for (;;) {
		kill(-1, SIGSTOP);
		doze(1);
	}
}

static void
do_stop(const struct attack *a)
{
	held(a);
	raise(SIGSTOP);
	hold_on();
}

/* The uid that a process has, and whether it runs what this does. */
static bool
is_mine(pid_t pid, char *name, size_t size)
{
	char path[64], line[256];
	uid_t uid = (uid_t)-1;
	FILE *file;

	*name = '\0';
	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	while (fgets(line, sizeof(line), file) != NULL) {
		if (sscanf(line, "Uid: %u", &uid) == 1)
			break;
		if (strncmp(line, "Name:\t", 6) == 0)
			snprintf(name, size, "%.*s",
			    (int)strcspn(line + 6, "\n"), line + 6);
	}
	fclose(file);
	return uid == getuid() && pid != getpid();
}

/* Each process of this user's, for ever. */
static void
for_each_process(const struct attack *a,
    void (*work)(const struct attack *, pid_t, const char *name))
{
	held(a);
	for (;;) {
		DIR *proc = opendir("/proc");
		struct dirent *entry;

		while (proc != NULL && (entry = readdir(proc)) != NULL) {
			pid_t pid = atoi(entry->d_name);
			char name[64];

			if (pid > 0 && is_mine(pid, name, sizeof(name)))
				work(a, pid, name);
		}
		if (proc != NULL)
			closedir(proc);
		doze(1);
	}
}

static void
trace(const struct attack *a, pid_t pid, const char *name)
{
	char text[128];

	if (strcmp(name, "attacks") == 0 || getsid(pid) == getsid(0))
		return;
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1)
		return;
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	snprintf(text, sizeof(text), "%s %d", name, (int)pid);
	append(a->note, ".traced", text);
}

/* Shells of other jobs are traced and stopped; nobody lets them go on. */
static void
do_trace(const struct attack *a)
{
	for_each_process(a, trace);
}

static void
breach(const struct attack *a, pid_t pid, const char *name, const char *what)
{
	char text[256];

	snprintf(text, sizeof(text), "%s of %s %d", what, name, (int)pid);
	append(a->note, ".breach", text);
}

/* Whoever has this user's id and still is cron. */
static void
seize(const struct attack *a, pid_t pid, const char *name)
{
	char path[64];
	int pidfd, fd;

	if (strncasecmp(name, "cron", 4) != 0 &&
	    strncmp(name, "evcron", 6) != 0)
		return;
	append(a->note, ".tried", name);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int i = 0; pidfd != -1 && i < 16; i++)
		if ((fd = (int)syscall(SYS_pidfd_getfd, pidfd, i, 0)) != -1) {
			breach(a, pid, name, "pidfd_getfd");
			close(fd);
		}
	if (pidfd != -1)
		close(pidfd);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) != -1) {
		breach(a, pid, name, "mem");
		close(fd);
	}
	snprintf(path, sizeof(path), "/proc/%d/fd/1", (int)pid);
	if ((fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) != -1) {
		breach(a, pid, name, "fd");
		close(fd);
	}
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0) {
		breach(a, pid, name, "ptrace");
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
}

static void
do_seize(const struct attack *a)
{
	for_each_process(a, seize);
}

/* ---- and what helps */

/* So many names of variables that have the low 16 bits of their hash in common,
 * where the hash has seed 0. */
static void
do_collide(const struct attack *a)
{
	long left = strtol(a->argv[0], NULL, 10);
	char name[16];

	for (unsigned long i = 0; left > 0; i++) {
		int len = snprintf(name, sizeof(name), "H%08lX", i);

		if ((random_mix(0, name, (size_t)len) & 0xffff) == 0) {
			puts(name);
			left--;
		}
	}
}

/* How many milliseconds ago a process was made; the machine counts in ticks. */
static long long
age_of(pid_t pid)
{
	char path[64], line[1024] = "", *at;
	unsigned long long ticks = 0;
	struct timespec now;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		return 0;
	fclose(file);
	at = strrchr(line, ')');
	/* Field 22, and that parenthesis ends the second. */
	for (int field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at != NULL)
		ticks = strtoull(at, NULL, 10);
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000 -
	       (long long)ticks * 1000 / sysconf(_SC_CLK_TCK);
}

/* When it ran, and when the leader of its session was made, which is when cron
 * forked it; in milliseconds. */
static void
do_stamp(const struct attack *a)
{
	struct timespec now;
	char text[64];
	long long ms;

	clock_gettime(CLOCK_REALTIME, &now);
	ms = (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	snprintf(text, sizeof(text), "%lld %lld", ms, ms - age_of(getsid(0)));
	append(a->note, "", text);
}

static const struct verb {
	const char *name;
	void (*run)(const struct attack *);
	int args; /* at least */
} verbs[] = {
    {"splice-socket", do_splice_socket, 0},
    {"splice-silent", do_splice_silent, 0},
    {"splice-file", do_splice_file, 0},
    {"sendfile-socket", do_sendfile_socket, 0},
    {"sendfile-file", do_sendfile_file, 0},
    {"write-memory", do_write_memory, 0},
    {"read-memory", do_read_memory, 0},
    {"tee", do_tee, 0},
    {"hammer", do_hammer, 0},
    {"reopen", do_reopen, 0},
    {"stdin", do_stdin, 0},
    {"list", do_list, 1},
    {"read-file", do_read_file, 0},
    {"mmap", do_mmap, 0},
    {"rights", do_rights, 1},
    {"flip", do_flip, 1},
    {"lease", do_lease, 1},
    {"late", do_late, 1},
    {"wait", do_wait, 0},
    {"stop-all", do_stop_all, 0},
    {"stop", do_stop, 0},
    {"trace", do_trace, 0},
    {"seize", do_seize, 0},
    {"collide", do_collide, 1},
    {"stamp", do_stamp, 0},
};

int
main(int argc, char **argv)
{
	struct attack a = {.note = argc > 2 ? argv[2] : NULL,
	    .argc = argc - 3,
	    .argv = argv + 3};

	umask(0);
	/* A test may have begun before others; its users have not. */
	if (argc > 1 && strcmp(argv[1], "stamp") != 0)
		setpriority(PRIO_PROCESS, 0, 0);
	for (size_t i = 0; a.note != NULL && i < sizeof(verbs) / sizeof(*verbs);
	     i++)
		if (strcmp(verbs[i].name, argv[1]) == 0 &&
		    a.argc >= verbs[i].args) {
			verbs[i].run(&a);
			return 0;
		}
	fputs("usage: attacks VERB NOTE [ARGUMENT...]\n", stderr);
	return 99;
}
