/*
 * A world for tests of reload: reload below a root of the test's own, with
 * stand-ins for agenda, log and users. Everything between an event and
 * agenda_add() is the daemon's own.
 */
#ifndef EVCRON_TESTS_RELOAD_WORLD_H
#define EVCRON_TESTS_RELOAD_WORLD_H

#include <ev.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "daemon/tables/reload.h"
#include "daemon/users/user_cache.h"

#define LIMIT_MS 30000

struct mounts;

extern struct world {
	char root[64];
	struct ev_loop *loop;
	struct children *children;
	struct mounts *mounts;
	struct reload *reload;
	struct reload_config config;
	struct table_source source;
	unsigned changed;
} world;

/* What is known of users: root, and "u..." who is root too, and joe. */
extern struct fake_users {
	struct account joe;
	bool joe_exists, joe_slow;
	struct user_question *question;
	ev_timer answer;
	unsigned strangers; /* asked for */
	user_cache_changed_cb changed;
	void *context;
} fake;

extern size_t agenda_size;
extern unsigned agenda_adds;

/* Set-ups, and the teardown of both. */
int redhat(void **state);
int debian(void **state);
int teardown(void **state);
/* cmocka's skip() leaves the teardown out. */
void skip_test(void) __attribute__((noreturn));
/* reload_new and reload_start, with what the test has put into world.config. */
void start(void);
/* Runs the loop until no child reads any longer. */
void settle(void);
/* reload_apply_now, and settle. */
void apply_now(void);

/* A path below the root; good for the next three calls. */
const char *at(const char *relative);
/* In the root; must succeed. */
void shell(const char *, ...) __attribute__((format(printf, 1, 2)));
int create(const char *relative);
void say(int fd, const char *text);
/* A system table (with a user field), a user's table of one command. */
void put(const char *relative, const char *command);
void put_user(const char *relative, const char *command);

/* Does the table of that name consist of that command? NULL: is it gone? */
bool counts(const char *name, const char *command);
/* Lines of the log with that text. */
size_t said(const char *text);
/* Runs the loop until the table counts, at most ms. */
bool comes(const char *name, const char *command, int ms);
void run_for(int ms);
void dump(void);

#define WAIT_FOR(name, command)                                                \
	do {                                                                   \
		if (!comes(name, command, LIMIT_MS)) {                         \
			dump();                                                \
			fail_msg("%s is not %s", name,                         \
			    (const char *)(command) ? (const char *)(command)  \
						    : "gone");                 \
		}                                                              \
	} while (0)

#endif
