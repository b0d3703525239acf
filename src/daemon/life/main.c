/*
 * crond's main(): the table of contents. Rooms are built in the order of the
 * list below, each handed the few others it needs, and torn down in exact
 * reverse. What happens while the loop runs is in the rooms; the hooks between
 * them are in crond.c.
 */
#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/random.h"
#include "tools/crond_check.h"
#include "daemon/base/child.h"
#include "tools/crond_letters.h"
#include "daemon/life/crond_rooms.h"
#include "daemon/life/crond.h"
#include "daemon/life/mail_setup.h"
#include "daemon/schedule/progress_file.h"
#include "daemon/tables/reload.h"
#include "daemon/run/run.h"
#include "daemon/run/pam_sessions.h"
#include "daemon/run/starts.h"
#include "daemon/life/startup.h"
#include "daemon/schedule/tick.h"
#include "daemon/users/share.h"
#include "daemon/users/user_cache.h"
#include "daemon/schedule/zones.h"
#include "sys/inherited_limits.h"
#include "sys/arena.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/inherited_env.h"
#include "sys/limits.h"
#include "sys/files/mounts.h"
#include "sys/paths.h"
#include "sys/random_key.h"
#include "sys/spawn/session.h"
#include "sys/spawn/spawn.h"
#include "sys/zoneinfo.h"

/* A room that can't be built ends the start. */
static int
died(struct crond *c, const char *what)
{
	startup_death(c->log, c->personality, errno, "%s", what);
	return -1;
}

/* --- the rooms, in order --- */

/* An ordinary user may not read syslog, and containers have none; stderr they
 * have, whatever that is. */
static enum crond_log_target
log_auto(const struct crond *c)
{
	bool seen = c->as_user || c->pid1;

	if (!c->options->foreground)
		return TARGET_SYSLOG;
	if (seen && access(c->paths->log_socket, F_OK) != 0)
		return TARGET_STDERR;
	return seen || c->options->json || isatty(STDERR_FILENO)
		   ? TARGET_BOTH
		   : TARGET_SYSLOG;
}

static int
open_log(struct crond *c)
{
	enum crond_log_target target = c->options->target;
	struct log_target where = {
	    .ident = c->personality->daemon,
	    .json = c->options->json,
	};

	if (target == TARGET_AUTO)
		target = log_auto(c);
	if (target != TARGET_STDERR && target != TARGET_STDOUT)
		where.socket = c->paths->log_socket;
	if (target == TARGET_STDERR || target == TARGET_BOTH)
		where.stream = STDERR_FILENO;
	if (target == TARGET_STDOUT)
		where.stream = STDOUT_FILENO;
	c->log = log_open(&where);
	if (c->log == NULL)
		perror(c->personality->daemon);
	return c->log != NULL ? 0 : -1;
}

static void
close_log(struct crond *c)
{
	if (c->log != NULL)
		log_drain(c->log);
	log_close(c->log);
}

static void
say_replaced(struct crond *c)
{
	const struct lock_owner *intruder = &c->lock.intruder;

	if (!c->lock.replaced)
		return;
	if (intruder->pid != 0)
		log_event(c->log, LOG_WARNING, "CRON", "WARNING", 0,
		    "%s was locked by process %ld of uid %ld, which is no cron "
		    "daemon; it was replaced",
		    c->paths->pid_file, (long)intruder->pid,
		    (long)intruder->uid);
	else
		log_event(c->log, LOG_WARNING, "CRON", "WARNING", 0,
		    "%s was locked, but by no process of uid %ld; it was "
		    "replaced",
		    c->paths->pid_file, (long)getuid());
}

/* Only an ordinary user's pid file lies in a directory of our own. */
static int
open_lock(struct crond *c)
{
	const char *path = c->paths->pid_file;
	bool remove = c->personality->pid_file_removed || c->as_user;
	pid_t holder;

	if (c->succession->inherited.in_place &&
	    lock_inherit(&c->lock, path, remove,
		c->succession->inherited.gift.lock) == 0)
		return 0;
	if ((c->as_user || c->paths->root[0] != '\0') &&
	    startup_own_dirs(c->paths) != 0 && c->as_user) {
		startup_no_dirs(c->paths, c->personality, c->log);
		return -1;
	}
	if (lock_open(&c->lock, path, remove, &holder) == 0) {
		say_replaced(c);
		return 0;
	}
	if (errno != EAGAIN)
		startup_death(c->log, c->personality, errno,
		    "can't open or create %s", path);
	else if (holder != 0)
		startup_death(c->log, c->personality, EAGAIN,
		    "can't lock %s, otherpid may be %ld", path, (long)holder);
	else
		startup_death(c->log, c->personality, EAGAIN,
		    "can't lock %s, otherpid unknown", path);
	return -1;
}

static void
close_lock(struct crond *c)
{
	lock_close(&c->lock);
}

static int
open_directories(struct crond *c)
{
	if (startup_own_dirs(c->paths) != 0) {
		c->succession->denied = errno;
		if (c->options->drain) {
			startup_no_dirs(c->paths, c->personality, c->log);
			return -1;
		}
	}
	if (c->as_user || c->options->drain)
		return 0;
	return startup_spool(c->paths, c->personality, c->log);
}

static int
open_background(struct crond *c)
{
	c->background.ready_fd = -1;
	if (!c->options->foreground && !c->succession->inherited.in_place) {
		if (daemonize_enter(&c->background) != 0) {
			c->status = EXIT_SUCCESS; /* COMPAT.md 2.1 */
			return died(c, "can't fork");
		}
		c->forked = true;
	}
	if (lock_write_pid(&c->lock) != 0)
		return died(c, "can't write the pid file");
	return 0;
}

static int
open_succession(struct crond *c)
{
	if (handover_open(c->succession, c->log, c->paths, c->host.boot_id,
		c->options->drain) == 0)
		return 0;
	if (errno == EAGAIN)
		startup_death(c->log, c->personality, 0,
		    "another one looks after what runs, and stays");
	else
		(void)died(c, "can't take charge of what runs");
	return -1;
}

static void
close_succession(struct crond *c)
{
	handover_close(c->succession);
}

static int
open_minutes(struct crond *c)
{
	c->minutes = progress_file_new(c->succession->handover,
	    &c->succession->key, c->log);
	return c->minutes != NULL ? 0 : died(c, "no memory for minutes");
}

static void
close_minutes(struct crond *c)
{
	progress_file_free(c->minutes);
}

static int
open_loop(struct crond *c)
{
	if (loop_init(&c->loop) != 0)
		return died(c, "can't make an event loop");
	log_flush_start(&c->logflush, c->loop.ev, c->log);
	return 0;
}

static void
close_loop(struct crond *c)
{
	log_flush_stop(&c->logflush);
	loop_clear(&c->loop);
}

static int
open_signals(struct crond *c)
{
	const struct signals_hooks hooks = {
	    .context = c,
	    .stop = crond_stop,
	    .reload = crond_reload,
	    .upgrade = crond_upgrade,
	    .unused = crond_unused_signal,
	};

	signals_start(&c->signals, c->loop.ev, &hooks);
	return 0;
}

static void
close_signals(struct crond *c)
{
	signals_stop(&c->signals);
}

static int
open_children(struct crond *c)
{
	c->children = children_new(c->loop.ev);
	if (c->children == NULL)
		return died(c, "can't watch children");
	c->upgrade = (struct upgrade){
	    .loop = c->loop.ev,
	    .children = c->children,
	    .log = c->log,
	    .program = c->succession->program,
	    .busy = crond_busy,
	    .ready = crond_exec,
	    .context = c,
	};
	upgrade_init(&c->upgrade);
	return 0;
}

static void
close_children(struct crond *c)
{
	upgrade_clear(&c->upgrade);
	children_free(c->children);
}

/* Before all rooms in which users can make something grow. */
static int
open_shares(struct crond *c)
{
	unsigned max = c->options->mailers_max;

	c->source.key = random_key();
	c->shares = shares_new(c->log, &c->source.key);
	if (c->shares == NULL)
		return died(c, "no memory for shares");
	shares_bound(c->shares, SHARE_MAILERS, max > 1 ? max / 2 : 1, max);
	shares_bound(c->shares, SHARE_OUTBOX, 0, c->options->outbox_max);
	return 0;
}

static void
close_shares(struct crond *c)
{
	shares_free(c->shares);
}

static int
open_users(struct crond *c)
{
	c->users = user_cache_new(c->loop.ev, c->children, c->log);
	return c->users != NULL ? 0 : died(c, "can't watch users");
}

static void
close_users(struct crond *c)
{
	user_cache_free(c->users);
}

static int
open_mounts(struct crond *c)
{
	c->mounts = mounts_new();
	return c->mounts != NULL ? 0 : died(c, "can't read mounts");
}

static void
close_mounts(struct crond *c)
{
	mounts_free(c->mounts);
}

/* What all tables have in common. */
static int
open_tables(struct crond *c)
{
	c->memory = arena_new();
	c->inherited = inherited_env(c->personality,
	    c->options->keep_path && (c->as_user || c->pid1));
	if (c->memory == NULL || c->inherited == NULL) {
		free(c->inherited);
		if (c->memory != NULL)
			arena_free(c->memory);
		errno = ENOMEM;
		return died(c, "can't prepare for tables");
	}
	c->source.personality = c->personality;
	c->source.host_seed = c->host.seed;
	c->source.delay_percent = random_delay_percent(c->host.seed);
	c->source.zone_known = zoneinfo_known;
	c->source.mail = &c->rules;
	c->source.inherited = c->inherited;
	return 0;
}

static void
close_tables(struct crond *c)
{
	free(c->inherited);
	arena_free(c->memory);
}

static int
open_collectors(struct crond *c)
{
	const struct crond_options *o = c->options;
	const struct collectors_config config = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .users = c->users,
	    .shares = c->shares,
	    .personality = c->personality,
	    .origin = c->origin,
	    .args = &c->collector_args,
	    .program = o->collector,
	    .answer_ms = o->answer_secs * 1000,
	};

	mail_setup(c);
	c->collectors = collectors_new(&config);
	return c->collectors != NULL ? 0 : died(c, "no memory for collectors");
}

static void
close_collectors(struct crond *c)
{
	collectors_free(c->collectors);
}

/* Only root can open a session for a job. */
static int
open_sessions(struct crond *c)
{
	const struct pam_sessions_config config = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .children = c->children,
	    .personality = c->personality,
	    .origin = c->origin,
	};

	if (!session_built() || geteuid() != 0)
		return 0;
	if (!session_configured(c->personality->pam_service))
		log_event(c->log, LOG_WARNING, "CRON", "WARNING", 0,
		    "there is no /etc/pam.d/%s: PAM decides by that of "
		    "\"other\" "
		    "whose jobs may run",
		    c->personality->pam_service);
	c->sessions = pam_sessions_new(&config);
	return c->sessions != NULL ? 0 : died(c, "can't prepare for PAM");
}

static void
close_sessions(struct crond *c)
{
	pam_sessions_free(c->sessions);
}

static int
open_runs(struct crond *c)
{
	static const struct runs_hooks hooks = {
	    .was_started = crond_was_started,
	    .starts = crond_starts,
	    .settled = crond_settled,
	};
	const struct runs_config config = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .children = c->children,
	    .users = c->users,
	    .shares = c->shares,
	    .collectors = c->collectors,
	    .rules = &c->rules,
	    .mounts = c->mounts,
	    .sessions = c->sessions,
	    .personality = c->personality,
	    .source = &c->source,
	    .origin = c->origin,
	    .states = c->succession->states,
	    .hooks = c->options->drain ? NULL : &hooks,
	    .context = c,
	    .path = c->options->keep_path ? getenv("PATH") : NULL,
	    .log_mask = c->options->log_mask,
	    .dry = c->options->dry,
	};

	c->runs = runs_new(&config);
	return c->runs != NULL ? 0 : died(c, "can't prepare for runs");
}

static void
close_runs(struct crond *c)
{
	runs_free(c->runs);
}

static int
open_starts(struct crond *c)
{
	c->starts = starts_new(c->runs);
	return c->starts != NULL ? 0 : died(c, "can't prepare for starts");
}

static void
close_starts(struct crond *c)
{
	starts_free(c->starts);
}

static int
open_zones(struct crond *c)
{
	c->zones = zones_new(c->loop.ev, c->log, &c->source.key,
	    crond_zones_changed, c);
	return c->zones != NULL ? 0 : died(c, "can't read time zones");
}

static void
close_zones(struct crond *c)
{
	zones_free(c->zones);
}

static int
open_agenda(struct crond *c)
{
	c->began_ns = clock_wall_ns();
	c->began_mono_ns = clock_mono_ns();
	c->missed_from =
	    progress_file_resume(c->minutes, c->began_ns / 1000000000);
	c->agenda =
	    agenda_new(&c->missed_from, zones_of, c->zones, &c->source.key);
	if (c->agenda == NULL)
		return died(c, "no memory for an agenda");
	agenda_on_zone_unused(c->agenda, zones_unused, c->zones);
	return 0;
}

static void
close_agenda(struct crond *c)
{
	agenda_free(c->agenda);
	c->agenda = NULL;
}

static int
open_tick(struct crond *c)
{
	const struct tick_hooks hooks = {
	    .context = c,
	    .before = crond_before_tick,
	    .due = crond_due,
	    .armed = crond_settled,
	};

	c->tick = tick_new(c->loop.ev, c->agenda, c->log, &hooks);
	return c->tick != NULL ? 0 : died(c, "can't make a timer");
}

static void
close_tick(struct crond *c)
{
	tick_free(c->tick);
}

static int
open_reload(struct crond *c)
{
	const struct reload_config config = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .children = c->children,
	    .users = c->users,
	    .mounts = c->mounts,
	    .agenda = c->agenda,
	    .memory = c->memory,
	    .source = &c->source,
	    .keep_dir = c->paths->tables_dir,
	    .root = c->paths->root,
	    .operands = c->operands,
	    .operand_user = c->operand_user,
	    .lsb_names = c->options->lsb_names,
	    /* What the caller names is the caller's business. */
	    .permit_all = c->options->permit_all || c->as_user,
	    .sweep_always = c->options->sweep_always,
	    .cluster = c->options->cluster,
	    .changed = crond_agenda_changed,
	    .late = crond_late,
	    .context = c,
	};

	c->reload = reload_new(&config);
	return c->reload != NULL ? 0 : died(c, "can't watch tables");
}

static void
close_reload(struct crond *c)
{
	reload_free(c->reload);
}

static const struct room {
	int (*open)(struct crond *); /* -1: it said why, nothing is left */
	void (*close)(struct crond *);
	bool starts_only; /* for who starts jobs: not when draining */
} rooms[] = {
    {open_log, close_log, false},
    {open_lock, close_lock, true},
    {open_directories, NULL, false},
    {open_background, NULL, true},
    {open_succession, close_succession, false},
    {open_minutes, close_minutes, true},
    {open_loop, close_loop, false},
    {open_signals, close_signals, false},
    {open_children, close_children, false},
    {open_shares, close_shares, false},
    {open_users, close_users, false},
    {open_mounts, close_mounts, false},
    {open_tables, close_tables, true},
    {open_collectors, close_collectors, false},
    {open_sessions, close_sessions, false},
    {open_runs, close_runs, false},
    {open_starts, close_starts, true},
    {open_zones, close_zones, true},
    {open_agenda, close_agenda, true},
    {open_tick, close_tick, true},
    {open_reload, close_reload, true},
};

#define ROOMS (sizeof rooms / sizeof rooms[0])

/* --- the run --- */

static bool
is_wanted(const struct crond *c, const struct room *room)
{
	return !room->starts_only || !c->options->drain;
}

static int
run_rooms(struct crond *c)
{
	size_t open;

	c->status = EXIT_FAILURE;
	for (open = 0; open < ROOMS; open++) {
		if (is_wanted(c, &rooms[open]) && rooms[open].open(c) != 0)
			break;
	}
	if (open == ROOMS && c->options->drain)
		crond_drain(c);
	else if (open == ROOMS)
		crond_run(c);
	while (open-- > 0) {
		if (rooms[open].close != NULL && is_wanted(c, &rooms[open]))
			rooms[open].close(c);
	}
	return c->status;
}

/* An ordinary user's tables by absolute paths, and who that is. */
static int
take_operands(struct crond *c, char *const *operands)
{
	const struct passwd *pw = getpwuid(geteuid());
	size_t count = 0, i;

	while (operands[count] != NULL)
		count++;
	c->operand_user = pw != NULL ? strdup(pw->pw_name) : NULL;
	c->operands = calloc(count + 1, sizeof *c->operands);
	if (c->operand_user == NULL || c->operands == NULL) {
		(void)fprintf(stderr, "%s: no user name for uid %ld\n",
		    c->personality->daemon, (long)geteuid());
		return -1;
	}
	for (i = 0; i < count; i++) {
		c->operands[i] = paths_absolute(operands[i]);
		if (c->operands[i] == NULL)
			return -1;
	}
	return 0;
}

static void
drop_operands(struct crond *c)
{
	size_t i;

	for (i = 0; c->operands != NULL && c->operands[i] != NULL; i++)
		free(c->operands[i]);
	free(c->operands);
	free(c->operand_user);
}

/* The root must be there: a typing error would become a tree of our own. */
static int
check_root(const struct crond_options *o)
{
	struct stat st;

	int error = ENOTDIR;

	if (o->root == NULL)
		return 0;
	if (stat(o->root, &st) != 0)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		return 0;
	(void)fprintf(stderr, "%s: --root=%s: %s\n", o->personality->daemon,
	    o->root, strerror(error));
	return -1;
}

static bool
shows_letters(const struct crond_options *o)
{
	return o->outbox || o->sent || o->flush;
}

static int
crond_main(const struct crond_options *o, const struct inherited_limits *origin,
    struct handover *succession)
{
	struct crond c = {
	    .options = o,
	    .origin = origin,
	    .succession = succession,
	    .pid1 = getpid() == 1,
	    .lock = {.fd = -1},
	};
	struct paths paths;
	int status = EXIT_FAILURE;

	c.personality = o->personality;
	c.as_user = !o->check && geteuid() != 0 && o->root == NULL &&
		    (o->operands[0] != NULL || shows_letters(o));
	if (check_root(o) != 0)
		return EXIT_FAILURE;
	if (paths_init(&paths, o->personality, o->root, c.as_user) != 0) {
		(void)fprintf(stderr, "%s: %s\n", o->personality->daemon,
		    errno == ENOENT ? "no HOME to keep anything in"
				    : strerror(errno));
		return EXIT_FAILURE;
	}
	c.paths = &paths;
	host_init(&c.host, paths.root);
	if (!c.as_user && !o->check && !shows_letters(o) &&
	    o->operands[0] != NULL)
		(void)fprintf(stderr, "%s: ignored: %s ...\n",
		    o->personality->daemon, o->operands[0]);
	if (o->check)
		status = crond_check(o, &paths);
	else if (o->flush)
		status = crond_letters_flush(o, &paths);
	else if (shows_letters(o))
		status = crond_letters_show(o, &paths);
	else if (!c.as_user || take_operands(&c, o->operands) == 0)
		status = run_rooms(&c);
	drop_operands(&c);
	paths_clear(&paths);
	return status;
}

int
main(int argc, char **argv)
{
	struct handover succession;
	struct inherited_limits origin;
	struct crond_options options;
	int status;

	inherited_limits_take(&origin);
	handover_begin(&succession, argv, &origin);
	if (fd_fill_standard() != 0)
		return EXIT_FAILURE;
	/* The charset of mails; messages and numbers stay as they are. */
	(void)setlocale(LC_CTYPE, "");
	if (crond_options_parse(&options, argc, argv, &status) !=
	    OPTIONS_GOOD) {
		handover_end(&succession);
		return status;
	}
	if (!options.foreground && !options.check && !shows_letters(&options) &&
	    !succession.inherited.given)
		daemonize_close_others();
	(void)limits_raise(); /* fewer jobs at once, then */
	signals_ignore_deadly();
	if (!options.keep_path &&
	    setenv("PATH", options.personality->path, 1) != 0) {
		perror(options.personality->daemon);
		return EXIT_FAILURE;
	}
	status = crond_main(&options, &origin, &succession);
	handover_end(&succession);
	return status;
}
