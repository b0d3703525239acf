/*
 * A collector for tests of crond's side: speaks the words, reads FIFOs, counts
 * bytes, and mails nothing. What it does wrong is in the environment:
 *
 *	FAKE_COLLECTOR=mute	never says ready
 *	deaf		is ready, then takes and answers nothing
 *	dies		ends at its first run, as if killed
 *	quits		ends before it is ready
 *	garbage		says things that make no sense, and takes runs all the
 *			same
 *	once:WORD	so, but only if there is no file FAKE_COLLECTOR_MARK yet
 *
 * FAKE_COLLECTOR_LOG=FILE: each word that it gets, with its generation.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/collector_words.h"
#include "core/run_state.h"
#include "sys/seqpacket.h"

#define RUNS_MAX 2000

struct run {
	char id[COLLECTOR_ID_MAX + 1];
	int fd;
	bool ended, eof, file;
	unsigned long long bytes;
};

static struct run runs[RUNS_MAX];
static size_t count;
static int crond = -1, listener = -1, log_fd = -1;
static unsigned long uid;
static unsigned long long generation;
static const char *runs_dir = "", *collect_dir = "", *mode = "";
static bool recover, said_idle;
static char bytes[COLLECTOR_MESSAGE_MAX + 1];

static void
tell(const struct collector_message *m)
{
	char text[512];
	ssize_t n = collector_message_write(m, text, sizeof text);

	if (n > 0 && crond != -1)
		(void)seqpacket_send(crond, text, (size_t)n, -1);
}

static void
tell_id(enum collector_word word, const char *id)
{
	tell(&(struct collector_message){.word = word, .id = id});
}

static void
note(const char *text)
{
	if (log_fd != -1)
		dprintf(log_fd, "%llu %s\n", generation, text);
}

static bool
is(const char *what)
{
	return strcmp(mode, what) == 0;
}

static struct run *
find(const char *id)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (strcmp(runs[i].id, id) == 0)
			return &runs[i];
	return NULL;
}

static void
drop(struct run *run)
{
	char path[4096];

	if (run->fd != -1)
		close(run->fd);
	snprintf(path, sizeof path, "%s/%lu/%s", runs_dir, uid, run->id);
	if (runs_dir[0] != '\0')
		(void)unlink(path);
	*run = runs[--count];
}

static void
over(struct run *run)
{
	char path[4096], slot[RUN_STATE_OVER_SIZE];
	int fd;

	snprintf(path, sizeof path, "%s/%lu/%s.state", runs_dir, uid, run->id);
	fd = runs_dir[0] != '\0' ? open(path, O_WRONLY) : -1;
	if (fd != -1) {
		run_state_over_slot(slot, run->bytes, 0);
		(void)!pwrite(fd, slot, sizeof slot, RUN_STATE_OVER_AT);
		close(fd);
	}
	tell(&(struct collector_message){.word = WORD_OVER,
	    .id = run->id,
	    .bytes = run->bytes});
	drop(run);
}

static void
introduce(void)
{
	size_t i;

	if (is("mute"))
		return;
	if (is("garbage")) {
		(void)seqpacket_send(crond, "\0\1\2\377", 4, -1);
		(void)seqpacket_send(crond, "over", 4, -1);
		(void)seqpacket_send(crond, "frobnicate\tx", 12, -1);
		tell_id(WORD_OVER, "none-such");
		tell_id(WORD_HAVE, "none-such");
		tell_id(WORD_FREE, "none-such");
	}
	tell(&(struct collector_message){.word = WORD_HELLO,
	    .number = COLLECTOR_VERSION,
	    .uid = (uid_t)uid,
	    .generation = generation,
	    .pid = getpid()});
	for (i = 0; i < count; i++)
		tell_id(WORD_HOLDS, runs[i].id);
	if (is("garbage"))
		tell_id(WORD_HOLDS, "none-such");
	tell(&(struct collector_message){.word = WORD_READY});
}

static void
add(const char *id, int fd)
{
	struct run *run = find(id);
	struct stat st;

	if (run == NULL && count < RUNS_MAX) {
		run = &runs[count++];
		*run = (struct run){.fd = -1};
		snprintf(run->id, sizeof run->id, "%s", id);
	}
	/* First the run's file in memory: its output comes later. */
	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		close(fd);
		run->file = true;
		return;
	}
	run->fd = fd;
	tell_id(WORD_HAVE, id);
	if (is("garbage"))
		tell_id(WORD_HAVE, id);
}

static void
open_by_path(const char *id)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%lu/%s", runs_dir, uid, id);
	add(id, open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
}

static void
heard(struct collector_message *m, int attached)
{
	struct run *run = m->id != NULL ? find(m->id) : NULL;

	said_idle = false;
	switch (m->word) {
	case WORD_RUN:
		if (is("dies"))
			_exit(1);
		if (attached != -1)
			add(m->id, attached);
		else
			open_by_path(m->id);
		break;
	case WORD_ENDED:
		if (run != NULL && m->end == END_NONE)
			drop(run);
		else if (run != NULL)
			run->ended = true;
		break;
	case WORD_PING:
		tell(&(struct collector_message){.word = WORD_PONG,
		    .number = m->number});
		break;
	case WORD_BYE:
		_exit(0);
	default:
		break;
	}
}

static bool
read_words(void)
{
	struct collector_message m;
	int attached;
	ssize_t n;

	while ((n = seqpacket_receive(crond, bytes, sizeof bytes - 1,
		    &attached)) > 0) {
		bytes[n] = '\0';
		note(bytes);
		if (collector_message_read(&m, bytes, (size_t)n))
			heard(&m, attached);
	}
	return n < 0 && errno == EAGAIN;
}

static void
read_run(struct run *run)
{
	char text[65536];
	ssize_t n;
	int there = 0;

	if (run->fd == -1) {
		if (run->ended && !run->file)
			over(run);
		return;
	}
	while ((n = read(run->fd, text, sizeof text)) > 0)
		run->bytes += (unsigned long long)n;
	/* Nobody has it open; but before the job begins nobody has either. */
	run->eof = n == 0;
	(void)ioctl(run->fd, FIONREAD, &there);
	if ((run->ended || (crond == -1 && run->eof)) && there == 0)
		over(run);
}

static void
open_place(void)
{
	char path[4096];
	int dir;

	if (collect_dir[0] == '\0')
		return;
	snprintf(path, sizeof path, "%s/%lu.%llu", collect_dir, uid,
	    generation);
	(void)mkdir(path, 0700);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir != -1)
		listener = seqpacket_listen(dir, "socket");
}

static void
options(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		sscanf(argv[i], "--socket=%d", &crond);
		sscanf(argv[i], "--uid=%lu", &uid);
		sscanf(argv[i], "--generation=%llu", &generation);
		if (strncmp(argv[i], "--runs=", 7) == 0)
			runs_dir = argv[i] + 7;
		if (strncmp(argv[i], "--collect=", 10) == 0)
			collect_dir = argv[i] + 10;
		recover |= strcmp(argv[i], "--recover") == 0;
	}
	if (getenv("FAKE_COLLECTOR") != NULL)
		mode = getenv("FAKE_COLLECTOR");
	if (getenv("FAKE_COLLECTOR_LOG") != NULL)
		log_fd = open(getenv("FAKE_COLLECTOR_LOG"),
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (strncmp(mode, "once:", 5) != 0)
		return;
	i = open(getenv("FAKE_COLLECTOR_MARK"), O_CREAT | O_EXCL | O_WRONLY,
	    0600);
	mode = i == -1 ? "" : mode + 5;
}

static void
find_runs(void)
{
	char command[8192], name[256];
	FILE *list;

	snprintf(command, sizeof command,
	    "cd %s/%lu 2>/dev/null && ls | sed -n 's/\\.state$//p'", runs_dir,
	    uid);
	list = popen(command, "r");
	while (list != NULL && fscanf(list, "%255s", name) == 1)
		open_by_path(name);
	if (list != NULL)
		(void)pclose(list);
}

/* Whoever ends while no crond is there does so when nothing is left. */
static void
serve(void)
{
	struct pollfd look[2 + RUNS_MAX];
	nfds_t n = 0, i;

	look[n++] = (struct pollfd){.fd = crond, .events = POLLIN};
	look[n++] = (struct pollfd){.fd = listener, .events = POLLIN};
	for (i = 0; i < count; i++)
		look[n++] = (struct pollfd){.fd = runs[i].eof ? -1 : runs[i].fd,
		    .events = POLLIN};
	(void)poll(look, n, crond == -1 ? 100 : 1000);
	if (look[1].revents != 0) {
		if (crond != -1) {
			(void)read_words();
			close(crond);
		}
		crond = seqpacket_accept(listener);
		introduce();
	} else if (look[0].revents != 0 && !read_words()) {
		close(crond);
		crond = -1;
	}
	for (i = count; i > 0; i--)
		read_run(&runs[i - 1]);
	if (count > 0)
		return;
	if (crond == -1)
		_exit(0);
	if (!said_idle)
		tell(&(struct collector_message){.word = WORD_IDLE});
	said_idle = true;
}

/* Until crond is gone. */
static _Noreturn void
hear_nothing(void)
{
	struct pollfd look = {.fd = crond};

	while (poll(&look, 1, -1) != 1)
		continue;
	_exit(0);
}

int
main(int argc, char **argv)
{
	options(argc, argv);
	(void)signal(SIGPIPE, SIG_IGN);
	if (crond != -1)
		(void)fcntl(crond, F_SETFD, FD_CLOEXEC);
	note(recover ? "begins, recovers" : "begins");
	if (is("quits"))
		return 1;
	open_place();
	if (recover)
		find_runs();
	introduce();
	if (is("deaf") || is("mute"))
		hear_nothing();
	for (;;)
		serve();
}
