/* A mail room for tests. As root jobs and mailers are user nobody's. */
#include "mailroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_SECS 60 /* others may be busy too */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
open_log(struct mailroom *room)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct log_target target = {.socket = room->socket, .ident = "crond"};
	int size = 1024 * 1024;

	strcpy(address.sun_path, room->socket);
	room->log_fd =
	    socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(room->log_fd >= 0);
	setsockopt(room->log_fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	assert_int_equal(bind(room->log_fd, (struct sockaddr *)&address,
			     sizeof address),
	    0);
	room->log = log_open(&target);
	assert_non_null(room->log);
}

void
mailroom_open(struct mailroom *room, const char *personality)
{
	char in[96];

	*room = (struct mailroom){0};
	strcpy(room->dir, "/tmp/evcron-mail-XXXXXX");
	assert_non_null(mkdtemp(room->dir));
	assert_int_equal(chmod(room->dir, 0755), 0);
	snprintf(in, sizeof in, "%s/in", room->dir);
	assert_int_equal(mkdir(in, 0777), 0);
	assert_int_equal(chmod(in, 0777), 0);
	snprintf(room->outbox, sizeof room->outbox, "%s/outbox", room->dir);
	snprintf(room->runs, sizeof room->runs, "%s/runs", room->dir);
	snprintf(room->socket, sizeof room->socket, "%s/log", room->dir);
	snprintf(room->sendmail, sizeof room->sendmail, "%s/sendmail",
	    room->dir);
	assert_int_equal(mkdir(room->runs, 0700), 0);
	signal(SIGPIPE, SIG_IGN);
	inherited_limits_take(&room->origin);
	room->loop = ev_loop_new(EVFLAG_AUTO);
	room->children = children_new(room->loop);
	open_log(room);
	log_flush_start(&room->flush, room->loop, room->log);
	room->users = user_cache_new(room->loop, room->children, room->log);
	assert_non_null(room->users);
	room->personality = *personality_find(personality);
	room->config = (struct mail_config){
	    .loop = room->loop,
	    .log = room->log,
	    .children = room->children,
	    .users = room->users,
	    .origin = &room->origin,
	    .personality = &room->personality,
	    .outbox_dir = room->outbox,
	    .sendmail = room->sendmail,
	    .mailers_max = 16,
	    .stall_secs = 600,
	    .letter_max = 64 * 1024 * 1024,
	    .outbox_max = 1024 * 1024 * 1024,
	};
}

void
mailroom_start(struct mailroom *room)
{
	room->mail = mail_new(&room->config);
	assert_non_null(room->mail);
	room->output = (struct output_config){
	    .loop = room->loop,
	    .log = room->log,
	    .mail = room->mail,
	    .personality = &room->personality,
	    .runs_dir = room->runs,
	};
}

void
mailroom_close(struct mailroom *room)
{
	double limit = now() + PATIENCE_SECS;
	char command[128];

	mail_free(room->mail);
	user_cache_free(room->users);
	children_free(room->children);
	log_flush_stop(&room->flush);
	log_close(room->log);
	close(room->log_fd);
	ev_loop_destroy(room->loop);
	/* A mailer that is left may still write there. */
	snprintf(command, sizeof command, "rm -rf %s 2>/dev/null", room->dir);
	while (system(command) != 0)
		assert_true(now() < limit);
}

void
mailroom_mailer(struct mailroom *room, const char *script)
{
	char temporary[128];
	FILE *f;

	/* Renamed into place: nobody writes to what is being executed. */
	snprintf(temporary, sizeof temporary, "%s.new", room->sendmail);
	f = fopen(temporary, "we");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\nIN=%s/in\n%s\n", room->dir, script);
	assert_int_equal(fchmod(fileno(f), 0755), 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(temporary, room->sendmail), 0);
}

void
mailroom_filer(struct mailroom *room)
{
	mailroom_mailer(room, "for a; do echo \"$a\"; done >$IN/$$.args\n"
			      "cat >$IN/$$.tmp && mv $IN/$$.tmp $IN/$$.eml");
}

static void
take_lines(struct mailroom *room)
{
	char packet[9000];
	ssize_t n;

	while ((n = recv(room->log_fd, packet, sizeof packet, 0)) > 0 &&
	       room->lines_len + (size_t)n + 2 < sizeof room->lines) {
		memcpy(room->lines + room->lines_len, packet, (size_t)n);
		room->lines_len += (size_t)n;
		room->lines[room->lines_len++] = '\n';
		room->lines[room->lines_len] = '\0';
	}
}

const char *
mailroom_log(struct mailroom *room)
{
	take_lines(room);
	return room->lines;
}

static void
on_over(void *context)
{
	struct job *job = context;

	job->over++;
	job->over_after = now() - job->ended_at;
	job->output = NULL;
}

static void
on_end(struct child *child, int status, const struct rusage *usage)
{
	struct job *job = child->data;

	(void)usage;
	job->record->ended = job->record->status_known = true;
	job->record->status = status;
	job->ended_at = now();
	output_job_ended(job->output, on_over, job);
}

static struct run_record *
make_facts(const char *command, enum mail_rule mail,
    const char *const *settings)
{
	static unsigned serial;
	struct passwd *user =
	    geteuid() == 0 ? getpwnam("nobody") : getpwuid(geteuid());
	struct env env;
	struct run_record_source source = {.command = command,
	    .table = "/etc/crontab",
	    .recipient = mail == MAIL_NEVER ? NULL : "ann@x.org",
	    .home = "/tmp",
	    .env = &env};
	struct run_record *record;

	assert_non_null(user);
	source.user = user->pw_name;
	env_init(&env);
	env_set(&env, "PATH=/usr/bin:/bin");
	for (; settings != NULL && *settings != NULL; settings++)
		env_set(&env, *settings);
	record = run_record_new(&source);
	env_clear(&env);
	assert_non_null(record);
	snprintf(record->id, sizeof record->id, "run-%d-%u", (int)getpid(),
	    serial++);
	record->uid = user->pw_uid;
	record->gid = user->pw_gid;
	record->mail = mail;
	return record;
}

void
mailroom_run(struct mailroom *room, struct job *job, const char *command,
    enum mail_rule mail, const char *const *settings)
{
	int fd;

	*job = (struct job){.room = room};
	job->record = make_facts(command, mail, settings);
	job->output = output_open(&room->output, job->record, NULL, &fd);
	assert_non_null(job->output);
	job->record->pid = fork();
	if (job->record->pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		dup2(fd, 1);
		dup2(fd, 2);
		syscall(SYS_close_range, 3, ~0U, 0);
		if (geteuid() == 0 && (setgid(job->record->gid) != 0 ||
					  setuid(job->record->uid) != 0))
			_exit(99);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(98);
	}
	close(fd);
	assert_true(job->record->pid > 0);
	child_start(room->children, &job->child, job->record->pid, on_end, job);
}

void
job_clear(struct job *job)
{
	assert_int_equal(job->over, 1);
	run_record_unref(job->record);
}

static void
on_time(struct ev_loop *loop, ev_timer *timer, int events)
{
	(void)loop;
	(void)timer;
	(void)events;
}

/* Until the condition holds, or that instant. */
static bool
run_loop(struct mailroom *room, bool (*cond)(void *), void *context,
    double limit)
{
	ev_timer timer;

	/* Wakes the loop so that conditions outside of it are seen. */
	ev_timer_init(&timer, on_time, .02, .02);
	ev_timer_start(room->loop, &timer);
	while (!cond(context) && now() < limit) {
		ev_run(room->loop, EVRUN_ONCE);
		if (!room->deaf)
			take_lines(room);
	}
	ev_timer_stop(room->loop, &timer);
	return cond(context);
}

bool
mailroom_until(struct mailroom *room, bool (*cond)(void *), void *context)
{
	return run_loop(room, cond, context, now() + PATIENCE_SECS);
}

static bool
never(void *context)
{
	(void)context;
	return false;
}

void
mailroom_pass(struct mailroom *room, double secs)
{
	ev_run(room->loop, EVRUN_NOWAIT);
	run_loop(room, never, NULL, now() + secs);
}

bool
job_is_over(void *context)
{
	struct job *job = context;

	return job->over > 0;
}

bool
mail_is_idle(void *context)
{
	struct mailroom *room = context;

	return mail_count(room->mail) == 0;
}

size_t
files_in(const char *dir, const char *suffix, char *path, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	size_t n = 0, len, end = strlen(suffix);

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		len = strlen(e->d_name);
		if (e->d_name[0] == '.' || len < end ||
		    strcmp(e->d_name + len - end, suffix) != 0)
			continue;
		n++;
		if (path != NULL)
			snprintf(path, size, "%s/%s", dir, e->d_name);
	}
	closedir(d);
	return n;
}

char *
file_text(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	char *text;
	size_t n;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	text = malloc((size_t)st.st_size + 1);
	assert_non_null(text);
	n = fread(text, 1, (size_t)st.st_size, f);
	text[n] = '\0';
	fclose(f);
	if (len != NULL)
		*len = n;
	return text;
}
