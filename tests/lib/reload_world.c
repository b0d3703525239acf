/*
 * A world for tests of reload: a root of its own, and stand-ins for agenda, log
 * and users, which keep what the daemon told them.
 */
#include "reload_world.h"

#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/personality.h"
#include "daemon/base/child.h"
#include "sys/files/mounts.h"

#define LINES 4096

struct world world;

/* --- stand-ins --- */

static struct table *on_agenda[4096];
size_t agenda_size;
unsigned agenda_adds;

int
agenda_add(struct agenda *agenda, struct table *table)
{
	(void)agenda;
	for (size_t i = 0; i < agenda_size; i++)
		assert_ptr_not_equal(on_agenda[i], table);
	assert_true(agenda_size < 4096);
	table_ref(table);
	on_agenda[agenda_size++] = table;
	agenda_adds++;
	return 0;
}

void
agenda_remove(struct agenda *agenda, struct table *table)
{
	(void)agenda;
	for (size_t i = 0; i < agenda_size; i++) {
		if (on_agenda[i] != table)
			continue;
		on_agenda[i] = on_agenda[--agenda_size];
		table_unref(table);
		return;
	}
	fail_msg("a table is taken off that was never put on");
}

static char *lines[LINES];
static size_t line_count;

void
log_event(struct log *log, int priority, const char *who, const char *event,
    int errnum, const char *format, ...)
{
	char text[2048];
	va_list args;

	(void)log;
	(void)priority;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true(line_count < LINES);
	if (who == NULL)
		lines[line_count] = strdup(text);
	else if (event == NULL)
		assert_true(
		    asprintf(&lines[line_count], "(%s) %s", who, text) > 0);
	else
		assert_true(asprintf(&lines[line_count], "(%s) %s (%s)%s%s",
				who, event, text, errnum ? ": " : "",
				errnum ? strerror(errnum) : "") > 0);
	line_count++;
}

struct fake_users fake;

enum user_answer
user_cache_find(struct user_cache *users, const char *name, bool with_groups,
    const struct account **account)
{
	static char root_name[] = "root";
	static struct account root = {.name = root_name};

	(void)users;
	(void)with_groups;
	if (strcmp(name, "root") == 0 || name[0] == 'u') {
		root.uid = geteuid();
		*account = &root;
		return USER_FOUND;
	}
	if (strcmp(name, fake.joe.name) != 0) {
		fake.strangers++;
		return USER_NOBODY;
	}
	if (fake.joe_slow)
		return USER_ASKING;
	*account = &fake.joe;
	return fake.joe_exists ? USER_FOUND : USER_NOBODY;
}

static void
on_answer(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct user_question *question = fake.question;

	(void)loop;
	(void)w;
	(void)revents;
	fake.question = NULL;
	fake.joe_slow = false;
	question->cb(question->context, "joe",
	    fake.joe_exists ? USER_FOUND : USER_NOBODY,
	    fake.joe_exists ? &fake.joe : NULL);
}

void
user_cache_ask(struct user_cache *users, struct user_question *question,
    const char *name, bool with_groups, user_cache_cb cb, void *context)
{
	(void)users;
	(void)with_groups;
	assert_string_equal(name, "joe");
	assert_null(fake.question);
	question->cb = cb;
	question->context = context;
	fake.question = question;
	ev_timer_init(&fake.answer, on_answer, 0.02, 0.0);
	ev_timer_start(world.loop, &fake.answer);
}

void
user_cache_cancel(struct user_question *question)
{
	assert_ptr_equal(question, fake.question);
	fake.question = NULL;
	ev_timer_stop(world.loop, &fake.answer);
}

void
user_cache_on_change(struct user_cache *users, user_cache_changed_cb cb,
    void *context)
{
	(void)users;
	fake.changed = cb;
	fake.context = context;
}

void
user_cache_sweep(struct user_cache *users)
{
	(void)users;
}

/* --- the tree --- */

const char *
at(const char *relative)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, 256, "%s%s", world.root, relative);
	return path;
}

void
shell(const char *format, ...)
{
	char command[1024], whole[1200];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "cd %s && { %s; }", world.root, command);
	assert_int_equal(system(whole), 0);
}

int
create(const char *relative)
{
	int fd =
	    open(at(relative), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

void
say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* A system table (user field) with one command. */
void
put(const char *relative, const char *command)
{
	char line[256];
	int fd = create(relative);

	snprintf(line, sizeof(line), "1 1 1 1 * root %s\n", command);
	say(fd, line);
	close(fd);
}

void
put_user(const char *relative, const char *command)
{
	char line[256];
	int fd = create(relative);

	snprintf(line, sizeof(line), "1 1 1 1 * %s\n", command);
	say(fd, line);
	close(fd);
}

/* --- what counts now --- */

static struct table *
find(const char *name)
{
	struct table *found = NULL;

	for (size_t i = 0; i < agenda_size; i++) {
		if (strcmp(on_agenda[i]->name, name) != 0)
			continue;
		assert_null(found); /* never two versions */
		found = on_agenda[i];
	}
	return found;
}

/* Does the table of that name consist of that command? NULL: is it gone? */
bool
counts(const char *name, const char *command)
{
	struct table *table = find(name);

	if (table == NULL || command == NULL)
		return table == NULL && command == NULL;
	return table->entry_count == 1 &&
	       strcmp(entry_command(table, &table->entries[0]), command) == 0;
}

size_t
said(const char *text)
{
	size_t times = 0;

	for (size_t i = 0; i < line_count; i++)
		times += strstr(lines[i], text) != NULL;
	return times;
}

static void
on_limit(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)revents;
	*(bool *)w->data = true;
	ev_break(loop, EVBREAK_ALL);
}

/* Runs the loop until the table counts, at most ms. */
bool
comes(const char *name, const char *command, int ms)
{
	bool over = false;
	ev_timer limit;

	ev_now_update(world.loop);
	ev_timer_init(&limit, on_limit, ms / 1000.0, 0.0);
	limit.data = &over;
	ev_timer_start(world.loop, &limit);
	while (!over && (name == NULL || !counts(name, command)))
		ev_run(world.loop, EVRUN_ONCE);
	ev_timer_stop(world.loop, &limit);
	return name != NULL && counts(name, command);
}

void
dump(void)
{
	for (size_t i = 0; i < line_count; i++)
		print_message("log: %s\n", lines[i]);
	for (size_t i = 0; i < agenda_size; i++)
		print_message("table: %s %s\n", on_agenda[i]->name,
		    on_agenda[i]->text);
}

void
run_for(int ms)
{
	(void)comes(NULL, NULL, ms);
}

static void
forget_lines(void)
{
	while (line_count > 0)
		free(lines[--line_count]);
}

/* --- the world --- */

static void
on_changed(void *context)
{
	(void)context;
	world.changed++;
}

static void
begin(const char *personality)
{
	static char joe_name[] = "joe";

	memset(&world, 0, sizeof(world));
	memset(&fake, 0, sizeof(fake));
	strcpy(world.root, "/tmp/evcron-reload-XXXXXX");
	assert_non_null(mkdtemp(world.root));
	shell("mkdir -p etc/cron.d var/spool/cron%s && chmod -R go= var/spool",
	    strcmp(personality, "debian") == 0 ? "/crontabs" : "");
	world.loop = ev_loop_new(EVFLAG_AUTO);
	world.children = children_new(world.loop);
	world.mounts = mounts_new();
	assert_non_null(world.mounts);
	world.source.personality = personality_find(personality);
	assert_non_null(world.source.personality);
	fake.joe.name = joe_name;
	fake.joe.uid = geteuid();
	fake.joe_exists = true;
	agenda_adds = 0;
	world.config = (struct reload_config){
	    .loop = world.loop,
	    .children = world.children,
	    .mounts = world.mounts,
	    .memory = memory_heap(),
	    .source = &world.source,
	    .root = world.root,
	    .changed = on_changed,
	};
}

void
start(void)
{
	world.reload = reload_new(&world.config);
	assert_non_null(world.reload);
	reload_start(world.reload);
	settle();
}

void
apply_now(void)
{
	reload_apply_now(world.reload);
	settle();
}

static void
on_look(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

/* Children read what others can reach; here they are the only ones. */
void
settle(void)
{
	ev_timer look;
	siginfo_t info;
	int looks = LIMIT_MS / 5;

	ev_timer_init(&look, on_look, 0.005, 0.005);
	ev_timer_start(world.loop, &look);
	/* for one that an earlier world has left */
	ev_feed_signal_event(world.loop, SIGCHLD);
	while (looks-- > 0 &&
	       waitid(P_ALL, 0, &info, WEXITED | WNOWAIT | WNOHANG) == 0)
		ev_run(world.loop, EVRUN_ONCE);
	for (int i = 0; i < 3; i++) /* what it said, then the batch's end */
		ev_run(world.loop, EVRUN_NOWAIT);
	ev_timer_stop(world.loop, &look);
	assert_true(looks > 0);
}

static void
end(void)
{
	char command[128];

	reload_free(world.reload);
	assert_int_equal(agenda_size, 0);
	children_free(world.children);
	mounts_free(world.mounts);
	ev_loop_destroy(world.loop);
	forget_lines();
	snprintf(command, sizeof(command), "rm -rf %s", world.root);
	assert_int_equal(system(command), 0);
}

int
redhat(void **state)
{
	(void)state;
	begin("redhat");
	return 0;
}

int
debian(void **state)
{
	(void)state;
	begin("debian");
	return 0;
}

int
teardown(void **state)
{
	(void)state;
	if (world.loop != NULL)
		end();
	world.reload = NULL;
	world.loop = NULL;
	return 0;
}

void
skip_test(void)
{
	(void)teardown(NULL);
	skip();
	abort(); /* skip() jumps, but does not say so */
}
