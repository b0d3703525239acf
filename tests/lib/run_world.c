#include "run_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"
#include "daemon/base/child.h"
#include "daemon/base/state_files.h"
#include "daemon/run/run.h"
#include "daemon/run/starts.h"
#include "daemon/run/pam_sessions.h"
#include "daemon/users/user_cache.h"
#include "fake_pam.h"
#include "sys/inherited_limits.h"
#include "sys/files/mounts.h"
#include "sys/files/run_files.h"

struct world world;

/* The log */

static void
drain(void)
{
	ssize_t n;

	for (;;) {
		if (world.size - world.len < 16384) {
			world.size = world.size * 2 + 65536;
			world.lines = realloc(world.lines, world.size);
			assert_non_null(world.lines);
		}
		n = recv(world.sink, world.lines + world.len,
		    world.size - world.len - 2, MSG_DONTWAIT);
		if (n <= 0)
			break;
		world.len += (size_t)n;
		world.lines[world.len++] = '\n';
	}
	world.lines[world.len] = '\0';
}

int
count_lines(const char *what)
{
	const char *at = world.lines;
	int count = 0;

	while (at != NULL && (at = strstr(at, what)) != NULL) {
		count++;
		at += strlen(what);
	}
	return count;
}

/* A socket holds few lines (net.unix.max_dgram_qlen). */
static void
on_step(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
	drain();
	log_flush(world.log);
	drain();
}

double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void
wait_for(const char *what, int count)
{
	double until = seconds() + 60;
	ev_timer step;

	ev_timer_init(&step, on_step, 0.02, 0.02);
	ev_timer_start(world.loop, &step);
	do {
		ev_run(world.loop, EVRUN_ONCE);
		drain();
	} while (count_lines(what) < count && seconds() < until);
	ev_timer_stop(world.loop, &step);
	if (count_lines(what) < count)
		fail_msg("no %d times \"%s\" in:\n%s", count, what,
		    world.lines);
}

void
run_for(double secs)
{
	double until = seconds() + secs;
	ev_timer step;

	ev_timer_init(&step, on_step, 0.02, 0.02);
	ev_timer_start(world.loop, &step);
	while (seconds() < until)
		ev_run(world.loop, EVRUN_ONCE);
	ev_timer_stop(world.loop, &step);
	drain();
}

void
wait_for_the_end(void)
{
	double until = seconds() + 60;
	ev_timer step;

	ev_timer_init(&step, on_step, 0.02, 0.02);
	ev_timer_start(world.loop, &step);
	while (runs_left() > 0 && seconds() < until)
		ev_run(world.loop, EVRUN_ONCE);
	ev_timer_stop(world.loop, &step);
	assert_int_equal(runs_left(), 0);
	drain();
	while (log_waiting_fd(world.log) != -1) {
		log_flush(world.log);
		drain();
	}
}

/* The world */

size_t
runs_left(void)
{
	return runs_count(world.runs) + starts_count(world.starts);
}

static void
open_log(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct log_target target = {.socket = world.socket, .ident = "crond"};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    world.socket);
	world.sink = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(world.sink, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	world.log = log_open(&target);
}

static void
make_places(void)
{
	snprintf(world.dir, sizeof(world.dir), "/tmp/test_run.XXXXXX");
	assert_non_null(mkdtemp(world.dir));
	assert_int_equal(chmod(world.dir, 0777), 0);
	snprintf(world.socket, sizeof(world.socket), "%s/log", world.dir);
	snprintf(world.runs_dir, sizeof(world.runs_dir), "%s/runs", world.dir);
	snprintf(world.outbox, sizeof(world.outbox), "%s/outbox", world.dir);
	snprintf(world.collect, sizeof(world.collect), "%s/collect", world.dir);
	assert_int_equal(mkdir(world.runs_dir, 0700), 0);
}

static void
open_collectors(void)
{
	static const struct run_state_key key = {"boot", 1, 1};
	static char program[4096];
	const char *build = getenv("abs_top_builddir");
	struct collectors_config config = {
	    .loop = world.loop,
	    .log = world.log,
	    .users = world.users,
	    .shares = world.shares,
	    .personality = world.source.personality,
	    .origin = &world.origin,
	    .args = &world.args,
	    .program = program,
	    .answer_ms = world.answer_ms,
	};

	snprintf(program, sizeof(program), "%s/tests/lib/fake_collector",
	    build != NULL ? build : ".");
	if (!world.nameless) {
		world.files = run_files_open(world.runs_dir);
		world.states = state_files_new(world.files, &key, world.log);
	}
	world.args = (struct collector_args){
	    .personality = world.source.personality,
	    .runs_dir = world.nameless ? NULL : world.runs_dir,
	    .collect_dir = world.nameless ? NULL : world.collect,
	    .outbox_dir = world.outbox,
	};
	world.collectors = collectors_new(&config);
	assert_non_null(world.collectors);
}

static void
open_sessions(void)
{
	const struct pam_sessions_config config = {
	    .loop = world.loop,
	    .log = world.log,
	    .children = world.children,
	    .personality = world.source.personality,
	    .origin = &world.origin,
	};

	if (world.pam)
		world.sessions = pam_sessions_new(&config);
}

void
start_world(const char *personality, unsigned log_mask)
{
	static const struct hash_key key = {{3, 4}};
	struct runs_config runs;

	make_places();
	open_log();
	inherited_limits_take(&world.origin);
	sigemptyset(&world.origin.ignored);
	world.loop = ev_loop_new(EVFLAG_AUTO);
	world.children = children_new(world.loop);
	world.users = user_cache_new(world.loop, world.children, world.log);
	world.shares = shares_new(world.log, &key);
	assert_non_null(world.shares);
	shares_bound(world.shares, SHARE_OUTBOX, 0, 1 << 20);
	world.mounts = mounts_new();
	world.source.personality = personality_find(personality);
	world.rules = (struct mail_rules){
	    .personality = world.source.personality,
	    .off = true,
	};
	open_collectors();
	open_sessions();
	runs = (struct runs_config){
	    .loop = world.loop,
	    .log = world.log,
	    .children = world.children,
	    .users = world.users,
	    .shares = world.shares,
	    .collectors = world.collectors,
	    .rules = &world.rules,
	    .mounts = world.mounts,
	    .sessions = world.sessions,
	    .states = world.states,
	    .personality = world.source.personality,
	    .source = &world.source,
	    .origin = &world.origin,
	    .log_mask = log_mask,
	    .patience_secs = world.patience_secs,
	    .opening_ms = world.opening_ms,
	};
	world.runs = runs_new(&runs);
	assert_non_null(world.runs);
	world.starts = starts_new(world.runs);
	assert_non_null(world.starts);
}

void
load(const char *format, ...)
{
	char text[4096];
	va_list args;
	int len;

	va_start(args, format);
	len = snprintf(text, sizeof(text), "HOME=%s\n", world.dir);
	len += vsnprintf(text + len, sizeof(text) - (size_t)len, format, args);
	va_end(args);
	world.source.kind = TABLE_SYSTEM;
	world.source.name = "";
	world.source.path = "/etc/crontab";
	world.source.may_be_quiet = true;
	faults_init(&world.faults);
	assert_int_equal(table_parse(&world.source, text, (size_t)len,
			     memory_heap(), &world.faults, &world.table),
	    TABLE_GOOD);
}

void
all_due(void)
{
	uint32_t i;

	for (i = 0; i < world.table->entry_count; i++)
		starts_due(world.starts, &world.table->entries[i],
		    (struct minute){1});
}

int
tear_down(void **state)
{
	char command[128];

	(void)state;
	/* What a test that failed has left would be waited for below. */
	if (world.runs != NULL)
		runs_signal(world.runs, SIGKILL);
	fake_pam_hangs = false;
	starts_free(world.starts);
	runs_free(world.runs);
	pam_sessions_free(world.sessions);
	collectors_free(world.collectors);
	state_files_free(world.states);
	run_files_close(world.files);
	mounts_free(world.mounts);
	user_cache_free(world.users);
	shares_free(world.shares);
	children_free(world.children);
	log_close(world.log);
	if (world.loop != NULL)
		ev_loop_destroy(world.loop);
	if (world.table != NULL) {
		faults_clear(&world.faults);
		table_unref(world.table);
	}
	close(world.sink);
	free(world.lines);
	while (waitpid(-1, NULL, 0) > 0)
		;
	snprintf(command, sizeof(command), "rm -rf %s", world.dir);
	memset(&world, 0, sizeof(world));
	return system(command) == 0 ? 0 : -1;
}

int
set_up(void **state)
{
	struct passwd *pw = getpwuid(geteuid());

	(void)state;
	if (pw == NULL)
		return -1;
	snprintf(world.me, sizeof(world.me), "%s", pw->pw_name);
	return 0;
}
