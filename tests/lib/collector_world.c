/* The collector's world. Everything waits by looking, with a limit. */
#include "collector_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/run_state.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files/run_files.h"
#include "sys/seqpacket.h"
#include "sys/spawn/spawn.h"

#define LIMIT_MS 60000
#define LOOK_MS  5
#define ARGS_MAX 40

static int64_t
limit_ns(void)
{
	return clock_mono_ns() + LIMIT_MS * INT64_C(1000000);
}

static void
pause_a_little(void)
{
	(void)poll(NULL, 0, LOOK_MS);
}

static void
make_dir(struct world *w, mode_t mode, const char *name)
{
	char path[256];

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	assert_int_equal(mkdir(path, mode), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void
world_open(struct world *w, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);
	char name[64];

	memset(w, 0, sizeof *w);
	w->socket = -1;
	w->uid = uid;
	snprintf(w->name, sizeof w->name, "%s",
	    pw != NULL ? pw->pw_name : "joe");
	strcpy(w->dir, "/tmp/collector.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(chmod(w->dir, 0755), 0);
	make_dir(w, 0700, "runs");
	snprintf(name, sizeof name, "runs/%lu", (unsigned long)uid);
	make_dir(w, 0700, name);
	make_dir(w, 0700, "collect");
	make_dir(w, 0700, "outbox");
	make_dir(w, 0777, "box");
	make_dir(w, 0777, "mail");
	world_mailer(w, 0, "");
}

static void
remove_all(const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execl("/bin/rm", "rm", "-rf", path, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

void
world_close(struct world *w)
{
	size_t i;

	for (i = 0; i < sizeof w->jobs / sizeof w->jobs[0]; i++)
		if (w->jobs[i] > 0)
			(void)kill(-w->jobs[i], SIGKILL);
	if (w->collector > 0)
		world_kill(w);
	fd_close(&w->socket);
	remove_all(w->dir);
}

static void
write_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	assert_true(fd >= 0);
	assert_int_equal(fd_write_whole(fd, text, strlen(text)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

void
world_mailer(struct world *w, int status, const char *before)
{
	char path[256], next[256], text[1024];

	snprintf(path, sizeof path, "%s/mailer", w->dir);
	snprintf(next, sizeof next, "%s/mailer.new", w->dir);
	snprintf(text, sizeof text,
	    "#!/bin/sh\n%s\ncat >%s/mail/.$$ && "
	    "mv %s/mail/.$$ %s/mail/$(date +%%s%%N).$$\nexit %d\n",
	    before, w->dir, w->dir, w->dir, status);
	write_file(next, 0755, text);
	assert_int_equal(rename(next, path), 0);
}

/* The program */

static void add(char **args, size_t *count, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
add(char **args, size_t *count, const char *format, ...)
{
	va_list list;

	assert_true(*count + 1 < ARGS_MAX);
	va_start(list, format);
	assert_true(vasprintf(&args[*count], format, list) >= 0);
	va_end(list);
	(*count)++;
}

static void
become(struct world *w, int theirs, const char *const *more)
{
	const char *build = getenv("abs_top_builddir");
	char *args[ARGS_MAX] = {NULL}, program[512];
	size_t n = 0;

	if (fcntl(theirs, F_SETFD, 0) != 0)
		_exit(126);
	snprintf(program, sizeof program, "%s/evcron-collect",
	    build != NULL ? build : ".");
	add(args, &n, "evcron-collect");
	add(args, &n, "--socket=%d", theirs);
	add(args, &n, "--uid=%lu", (unsigned long)w->uid);
	add(args, &n, "--name=%s", w->name);
	add(args, &n, "--generation=%u", w->generation);
	add(args, &n, "--runs=%s/runs", w->dir);
	add(args, &n, "--collect=%s/collect", w->dir);
	add(args, &n, "--outbox=%s/outbox", w->dir);
	add(args, &n, "--personality=debian");
	add(args, &n, "--host=host.example.org");
	add(args, &n, "--charset=UTF-8");
	add(args, &n, "--mailer=%s/mailer", w->dir);
	for (; more != NULL && *more != NULL; more++)
		add(args, &n, "%s", *more);
	execv(program, args);
	_exit(127);
}

void
world_start(struct world *w, const char *const *more)
{
	int ends[2];

	w->generation++;
	assert_int_equal(seqpacket_pair(ends), 0);
	w->collector = fork();
	assert_true(w->collector >= 0);
	if (w->collector == 0) {
		close(ends[0]);
		become(w, ends[1], more);
	}
	close(ends[1]);
	w->socket = ends[0];
	world_hear(w, "hello\t1\t%lu\t%u\t%ld", (unsigned long)w->uid,
	    w->generation, (long)w->collector);
	world_hear(w, "ready");
	if (w->says_no_user)
		return;
	world_say(w, "user\t%s\t%lu\t%lu\t/", w->name, (unsigned long)w->uid,
	    (unsigned long)w->uid);
}

void
world_connect(struct world *w)
{
	char path[256];
	int dir;

	snprintf(path, sizeof path, "%s/collect/%lu.%u", w->dir,
	    (unsigned long)w->uid, w->generation);
	dir = open(path, O_RDONLY | O_DIRECTORY);
	assert_true(dir >= 0);
	w->socket = seqpacket_connect(dir, "socket");
	assert_true(w->socket >= 0);
	close(dir);
	world_hear(w, "hello");
}

void
world_disconnect(struct world *w)
{
	fd_close(&w->socket);
}

int
world_wait_end(struct world *w)
{
	int64_t limit = limit_ns();
	int status;

	while (waitpid(w->collector, &status, WNOHANG) == 0) {
		assert_true(clock_mono_ns() < limit);
		pause_a_little();
	}
	w->collector = 0;
	return status;
}

void
world_kill(struct world *w)
{
	assert_int_equal(kill(w->collector, SIGKILL), 0);
	(void)world_wait_end(w);
	fd_close(&w->socket);
}

/* Words */

void
world_say(struct world *w, const char *format, ...)
{
	char bytes[4096];
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(bytes, sizeof bytes, format, list);
	va_end(list);
	assert_int_equal(seqpacket_send(w->socket, bytes, (size_t)n, -1), 0);
}

/* What is there now. false: its end. */
static bool
take_words(struct world *w)
{
	size_t left = sizeof w->heard - w->heard_len - 2;
	int fd;
	ssize_t n;

	while (
	    w->socket >= 0 && (n = seqpacket_receive(w->socket,
				   w->heard + w->heard_len, left, &fd)) >= 0) {
		assert_int_equal(fd, -1);
		if (n == 0)
			return false;
		w->heard_len += (size_t)n;
		w->heard[w->heard_len++] = '\n';
		w->heard[w->heard_len] = '\0';
		left = sizeof w->heard - w->heard_len - 2;
		assert_true(left > 100000);
	}
	return true;
}

static const char *
find_line(const struct world *w, size_t from, const char *begin)
{
	const char *line = w->heard + from, *end;

	while ((end = strchr(line, '\n')) != NULL) {
		if (strncmp(line, begin, strlen(begin)) == 0)
			return line;
		line = end + 1;
	}
	return NULL;
}

static const char *hear_from(struct world *, size_t from, const char *format,
    va_list) __attribute__((format(printf, 3, 0)));

static const char *
hear_from(struct world *w, size_t from, const char *format, va_list list)
{
	int64_t limit = limit_ns();
	char begin[512];
	const char *line;
	bool more;

	vsnprintf(begin, sizeof begin, format, list);
	for (;;) {
		more = take_words(w);
		line = find_line(w, from, begin);
		if (line != NULL)
			break;
		if (!more || clock_mono_ns() >= limit) {
			fprintf(stderr, "no '%s' in:\n%s", begin, w->heard);
			fail();
		}
		pause_a_little();
	}
	return line;
}

const char *
world_hear(struct world *w, const char *format, ...)
{
	const char *line;
	va_list list;

	va_start(list, format);
	line = hear_from(w, w->heard_at, format, list);
	va_end(list);
	w->heard_at = (size_t)(strchr(line, '\n') + 1 - w->heard);
	return line;
}

const char *
world_hear_any(struct world *w, const char *format, ...)
{
	const char *line;
	va_list list;

	va_start(list, format);
	line = hear_from(w, 0, format, list);
	va_end(list);
	return line;
}

bool
world_heard(struct world *w, const char *format, ...)
{
	char begin[512];
	va_list list;

	va_start(list, format);
	vsnprintf(begin, sizeof begin, format, list);
	va_end(list);
	(void)take_words(w);
	return find_line(w, 0, begin) != NULL;
}

/* Jobs */

static struct run_record *
make_record(struct world *w, const struct world_job *job)
{
	struct env env = {0};
	const struct run_record_source source = {
	    .user = w->name,
	    .command = "the command",
	    .table = "/etc/crontab",
	    .recipient =
		job->mail != MAIL_ALWAYS && job->mail != MAIL_ON_FAILURE ? NULL
		: job->recipient != NULL ? job->recipient
					 : "joe",
	    .home = "/",
	    .env = &env,
	};
	struct run_record *record;

	if (job->mailto != NULL)
		assert_int_equal(env_set_pair(&env, "MAILTO", job->mailto), 0);
	record = run_record_new(&source);
	assert_non_null(record);
	env_clear(&env);
	strcpy(record->id, job->id);
	record->mail = job->mail;
	record->uid = w->uid;
	record->gid = w->uid;
	record->started_at_ns = clock_wall_ns();
	return record;
}

static void
write_state(struct world *w, const struct world_job *job)
{
	struct run_state state = {.session_fifo = -1,
	    .generation = w->generation};
	char path[256];
	size_t len;
	char *bytes;
	int fd;

	strcpy(state.key.boot, "boot");
	state.key.pid_ns = state.key.init_start = 1;
	state.record = make_record(w, job);
	bytes = run_state_write(&state, &len);
	assert_non_null(bytes);
	snprintf(path, sizeof path, "%s/runs/%lu/%s.state", w->dir,
	    (unsigned long)w->uid, job->id);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_whole(fd, bytes, len), 0);
	close(fd);
	free(bytes);
	run_record_unref(state.record);
}

static void
become_job(struct world *w, const struct world_job *job, const char *fifo)
{
	char slot[RUN_STATE_PID_SIZE], path[256];
	int fd;

	(void)setsid();
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof path, "%s/runs/%lu/%s.state", w->dir,
	    (unsigned long)w->uid, job->id);
	run_state_pid_slot(slot, getpid(), process_start_time(getpid()));
	fd = open(path, O_WRONLY);
	if (fd < 0 || pwrite(fd, slot, sizeof slot, RUN_STATE_PID_AT) !=
			  (ssize_t)sizeof slot)
		_exit(125);
	close(fd);
	snprintf(path, sizeof path, "%s/open", w->dir);
	while (job->slow && access(path, F_OK) != 0)
		pause_a_little();
	fd = open(fifo, O_RDWR);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(125);
	fd_close_range(3, -1);
	if (geteuid() == 0 && w->uid != 0 &&
	    (setgid((gid_t)w->uid) != 0 || setuid(w->uid) != 0))
		_exit(125);
	execl("/bin/sh", "sh", "-c", job->script, (char *)NULL);
	_exit(127);
}

void
world_run(struct world *w, struct world_job *job)
{
	char fifo[256], bytes[64];
	int fd, n;

	snprintf(job->id, sizeof job->id, "run-%u", ++w->runs);
	write_state(w, job);
	snprintf(fifo, sizeof fifo, "%s/runs/%lu/%s", w->dir,
	    (unsigned long)w->uid, job->id);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(fifo, w->uid, (gid_t)w->uid), 0);
	fd = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	n = snprintf(bytes, sizeof bytes, "run\t%s", job->id);
	assert_int_equal(seqpacket_send(w->socket, bytes, (size_t)n, fd), 0);
	close(fd);
	if (job->no_job) {
		world_say(w, "ended\t%s\tnone", job->id);
		return;
	}
	job->pid = fork();
	assert_true(job->pid >= 0);
	if (job->pid == 0)
		become_job(w, job, fifo);
	w->jobs[w->runs % (sizeof w->jobs / sizeof w->jobs[0])] = job->pid;
}

void
world_job_ends(struct world *w, struct world_job *job)
{
	int64_t limit = limit_ns();
	int status;

	while (waitpid(job->pid, &status, WNOHANG) == 0) {
		assert_true(clock_mono_ns() < limit);
		(void)take_words(w);
		pause_a_little();
	}
	world_say(w, "ended\t%s\tknown\t%d", job->id, status);
}

void
world_grant(struct world *w, const char *letter)
{
	world_hear(w, "want\t%s", letter);
	world_say(w, "grant\t%s", letter);
	world_hear(w, "free\t%s", letter);
}

void
world_run_all(struct world *w, struct world_job *job)
{
	world_run(w, job);
	world_hear(w, "have\t%s", job->id);
	world_job_ends(w, job);
	world_hear(w, "over\t%s", job->id);
}

/* Files */

static char *
read_all(const char *path)
{
	char *text = calloc(1, 8 << 20);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_non_null(text);
	if (fd >= 0)
		(void)!fd_read_whole(fd, text, (8 << 20) - 1);
	fd_close(&fd);
	return text;
}

static void path_of(struct world *, char path[512], const char *format, va_list)
    __attribute__((format(printf, 3, 0)));

static void
path_of(struct world *w, char path[512], const char *format, va_list list)
{
	int n = snprintf(path, 512, "%s/", w->dir);

	vsnprintf(path + n, 512 - (size_t)n, format, list);
}

char *
world_file(struct world *w, const char *format, ...)
{
	char path[512];
	va_list list;

	va_start(list, format);
	path_of(w, path, format, list);
	va_end(list);
	return read_all(path);
}

static int
not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

char *
world_mail(struct world *w)
{
	struct dirent **names;
	char path[512], *all = calloc(1, 64 << 20), *one;
	size_t len = 0;
	int n, i;

	snprintf(path, sizeof path, "%s/mail", w->dir);
	n = scandir(path, &names, not_hidden, alphasort);
	assert_true(n >= 0 && all != NULL);
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/mail/%.200s", w->dir,
		    names[i]->d_name);
		one = read_all(path);
		memcpy(all + len, one, strlen(one));
		len += strlen(one);
		assert_true(len < 56 << 20);
		free(one);
		free(names[i]);
	}
	free(names);
	return all;
}

size_t
world_count(struct world *w, const char *format, ...)
{
	struct dirent *entry;
	char path[512];
	size_t count = 0;
	va_list list;
	DIR *dir;

	va_start(list, format);
	path_of(w, path, format, list);
	va_end(list);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		count += entry->d_name[0] != '.';
	if (dir != NULL)
		closedir(dir);
	return count;
}

void
world_await(struct world *w, bool there, const char *format, ...)
{
	int64_t limit = limit_ns();
	char path[512];
	va_list list;

	va_start(list, format);
	path_of(w, path, format, list);
	va_end(list);
	while ((access(path, F_OK) == 0) != there) {
		assert_true(clock_mono_ns() < limit);
		(void)take_words(w);
		pause_a_little();
	}
}
