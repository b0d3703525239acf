/*
 * The child that reads tables where reading may hang. It is a fork without
 * exec: it may touch the heap (the daemon has one thread), but no table, for
 * those are not mapped in it. A child that hangs in the kernel can't be killed;
 * it is left to end when its file system lets it, with a watcher of its own.
 *
 * The pipe carries one record a file: struct record, the name, the bytes; the
 * last one has no name and tells how the listing went. Before all others there
 * is what the cluster file says, if that was asked for.
 */
#include "daemon/tables/table_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "daemon/base/child.h"
#include "sys/spawn/clean_child.h"
#include "sys/fd.h"
#include "sys/spawn/clean_child.h"

#define CHUNK 65536

struct record {
	struct spool_file file;
	size_t name_len; /* 0: the last record, file.errnum is the listing's */
	size_t len;
};

struct table_reader_child {          /* outlives its reader if it must */
	struct child child;          /* first: a child is one of these */
	struct table_reader *reader; /* NULL: given up */
	struct table_reader_child *next, **prev;
};

struct table_reader {
	struct ev_loop *loop;
	struct table_reader_hooks hooks;
	struct table_reader_child *child; /* NULL: has ended */
	ev_io io;
	ev_timer timer;
	int fd;
	char *bytes; /* received, not yet whole records */
	size_t len, size;
	bool cluster_due; /* the first that comes is no record */
	bool cancelled;   /* in a hook */
	bool in_hook;
};

/* --- the child --- */

static int
send_file(const struct table_reader_job *job, int dirfd, const char *name,
    int out)
{
	struct record record;
	char *bytes = NULL;
	int status;

	memset(&record, 0, sizeof(record));
	if (spool_open_unchecked(job->rules, dirfd, name, &record.file) == 0 &&
	    S_ISREG(record.file.st.st_mode) &&
	    record.file.st.st_size <= (off_t)SPOOL_BYTES_MAX &&
	    spool_read(&record.file, &bytes, &record.len) < 0)
		bytes = NULL;
	if (bytes == NULL)
		record.len = 0;
	else if (context_wanted())
		context_find(job->rules->personality, job->rules->kind,
		    job->user != NULL ? job->user : name, record.file.fd,
		    &record.file.context);
	spool_close(&record.file);
	record.name_len = strlen(name);
	status = fd_write_whole(out, &record, sizeof(record)) < 0 ||
			 fd_write_whole(out, name, record.name_len) < 0 ||
			 fd_write_whole(out, bytes, record.len) < 0
		     ? -1
		     : 0;
	free(bytes);
	return status;
}

/* True: no table is to be read. */
static bool
send_cluster(const struct table_reader_job *job, int out)
{
	struct cluster cluster;

	if (!job->cluster)
		return false;
	cluster_read(job->dir, &cluster);
	return fd_write_whole(out, &cluster, sizeof(cluster)) < 0 ||
	       !cluster_is_here(&cluster);
}

static int
send_all(const struct table_reader_job *job, int out)
{
	struct spool_names names;
	int dirfd, status = 0, saved;

	if (send_cluster(job, out))
		return 0;
	dirfd = open(job->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return errno;
	if (job->name != NULL) {
		(void)send_file(job, dirfd, job->name, out);
	} else if (spool_list(job->dir, job->rules->personality,
		       job->rules->kind, job->lsb, &names) < 0) {
		saved = errno;
		close(dirfd);
		return saved;
	} else {
		for (size_t i = 0; status == 0 && i < names.count; i++)
			status = send_file(job, dirfd, names.list[i], out);
		spool_names_clear(&names);
	}
	close(dirfd);
	return 0;
}

static void
child_main(const struct table_reader_job *job, int out, pid_t parent)
{
	struct record last;

	clean_child(out);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	memset(&last, 0, sizeof(last));
	last.file.errnum = send_all(job, out);
	_exit(fd_write_whole(out, &last, sizeof(last)) < 0);
}

/* --- the parent --- */

static void
child_forget(struct table_reader_child *child)
{
	*child->prev = child->next;
	if (child->next != NULL)
		child->next->prev = child->prev;
	free(child);
}

static void
on_child_end(struct child *ended, int status, const struct rusage *usage)
{
	struct table_reader_child *child = ended->data;

	(void)status;
	(void)usage;
	if (child->reader != NULL)
		child->reader->child = NULL;
	child_forget(child);
}

void
table_readers_init(struct table_readers *readers, struct ev_loop *loop,
    struct children *children)
{
	readers->loop = loop;
	readers->children = children;
	readers->first = NULL;
}

void
table_readers_clear(struct table_readers *readers)
{
	while (readers->first != NULL) {
		child_stop(readers->children, &readers->first->child);
		child_forget(readers->first);
	}
}

static void
reader_free(struct table_reader *reader)
{
	ev_io_stop(reader->loop, &reader->io);
	ev_timer_stop(reader->loop, &reader->timer);
	if (reader->child != NULL) {
		kill(reader->child->child.pid, SIGKILL);
		reader->child->reader = NULL;
	}
	fd_close(&reader->fd);
	free(reader->bytes);
	free(reader);
}

void
table_reader_cancel(struct table_reader *reader)
{
	if (reader == NULL)
		return;
	reader->cancelled = true;
	if (!reader->in_hook)
		reader_free(reader);
}

static void
finish(struct table_reader *reader, bool answered, int errnum)
{
	reader->in_hook = true;
	if (!reader->cancelled)
		reader->hooks.end(reader->hooks.context, answered, errnum);
	reader_free(reader);
}

/* Hands out one record if it is whole. How many bytes it took; 0: not yet. */
static size_t
take_record(struct table_reader *reader, size_t at, struct record *record)
{
	size_t have = reader->len - at, whole;
	char name[NAME_MAX + 1], *bytes;

	if (have < sizeof(*record))
		return 0;
	memcpy(record, reader->bytes + at, sizeof(*record));
	whole = sizeof(*record) + record->name_len + record->len;
	if (record->name_len > NAME_MAX || have < whole)
		return 0;
	if (record->name_len == 0)
		return whole;
	memcpy(name, reader->bytes + at + sizeof(*record), record->name_len);
	name[record->name_len] = '\0';
	bytes = reader->bytes + at + sizeof(*record) + record->name_len;
	reader->in_hook = true;
	if (!reader->cancelled)
		reader->hooks.file(reader->hooks.context, name, &record->file,
		    record->file.problem == SPOOL_GOOD ? bytes : NULL,
		    record->len);
	reader->in_hook = false;
	return whole;
}

/* How many bytes the cluster file's answer took. */
static size_t
take_cluster(struct table_reader *reader)
{
	struct cluster cluster;

	if (!reader->cluster_due || reader->len < sizeof(cluster))
		return 0;
	memcpy(&cluster, reader->bytes, sizeof(cluster));
	reader->cluster_due = false;
	reader->hooks.cluster(reader->hooks.context, &cluster);
	return sizeof(cluster);
}

/* True: that was the last record. */
static bool
take_records(struct table_reader *reader, struct record *record)
{
	size_t at = take_cluster(reader), taken;

	if (reader->cluster_due)
		return false;
	while ((taken = take_record(reader, at, record)) > 0) {
		at += taken;
		if (record->name_len == 0)
			return true;
	}
	memmove(reader->bytes, reader->bytes + at, reader->len - at);
	reader->len -= at;
	return false;
}

static int
make_room(struct table_reader *reader)
{
	size_t size = reader->size == 0 ? 4 * CHUNK : reader->size * 2;
	char *bigger;

	if (reader->size - reader->len >= CHUNK)
		return 0;
	if (size > 4 * SPOOL_BYTES_MAX)
		return -1;
	bigger = realloc(reader->bytes, size);
	if (bigger == NULL)
		return -1;
	reader->bytes = bigger;
	reader->size = size;
	return 0;
}

static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct table_reader *reader = w->data;
	struct record last;
	ssize_t n;

	(void)revents;
	if (make_room(reader) < 0) {
		finish(reader, false, ENOMEM);
		return;
	}
	n = read(reader->fd, reader->bytes + reader->len, CHUNK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		finish(reader, false, 0);
		return;
	}
	reader->len += (size_t)n;
	ev_timer_again(loop, &reader->timer);
	if (take_records(reader, &last))
		finish(reader, true, last.file.errnum);
	else if (reader->cancelled)
		reader_free(reader);
}

/* 'R', 'S', 'D', ... of our own child; 0: not known. */
static char
process_state(pid_t pid)
{
	char path[64], text[1024], *at;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = fd_read_whole(fd, text, sizeof(text) - 1);
	fd_close(&fd);
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')');
	return at == NULL || at[1] != ' ' ? 0 : at[2];
}

/* It has said something: of the same turn of the loop timers come first. */
static bool
has_come(const struct table_reader *reader)
{
	struct pollfd fd = {.fd = reader->fd, .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* A child that could run and has not come to it on a busy machine does not
 * hang. */
static void
on_timeout(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct table_reader *reader = w->data;

	(void)revents;
	if (has_come(reader) ||
	    (reader->child != NULL &&
		process_state(reader->child->child.pid) == 'R'))
		ev_timer_again(loop, w);
	else
		finish(reader, false, ETIMEDOUT);
}

static pid_t
start_child(const struct table_reader_job *job, int *out)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;
	int fds[2], saved;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		child_main(job, fds[1], parent);
	saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fds[1]);
	if (pid < 0)
		close(fds[0]);
	else
		*out = fds[0];
	errno = saved;
	return pid;
}

static void
watch_child(struct table_readers *readers, struct table_reader *reader,
    struct table_reader_child *child, pid_t pid)
{
	child->reader = reader;
	child->next = readers->first;
	child->prev = &readers->first;
	if (readers->first != NULL)
		readers->first->prev = &child->next;
	readers->first = child;
	reader->child = child;
	child_start(readers->children, &child->child, pid, on_child_end, child);
}

struct table_reader *
table_reader_start(struct table_readers *readers,
    const struct table_reader_job *job, const struct table_reader_hooks *hooks)
{
	struct table_reader *reader = calloc(1, sizeof(*reader));
	struct table_reader_child *child = calloc(1, sizeof(*child));
	pid_t pid = -1;
	double secs;

	if (reader != NULL && child != NULL)
		pid = start_child(job, &reader->fd);
	if (pid < 0) {
		int saved = errno;

		free(child);
		free(reader);
		errno = saved;
		return NULL;
	}
	reader->loop = readers->loop;
	reader->hooks = *hooks;
	reader->cluster_due = job->cluster;
	(void)fd_nonblock(reader->fd);
	watch_child(readers, reader, child, pid);
	ev_io_init(&reader->io, on_readable, reader->fd, EV_READ);
	reader->io.data = reader;
	ev_io_start(reader->loop, &reader->io);
	secs = job->patient ? READER_SECS_LONG : READER_SECS;
	ev_timer_init(&reader->timer, on_timeout, secs, secs);
	reader->timer.data = reader;
	ev_timer_start(reader->loop, &reader->timer);
	return reader;
}
