/*
 * crond's main(): the table of contents. Rooms are built in the order of the
 * list below, each handed the few others it needs, and torn down in exact
 * reverse. What happens while the loop runs is in the rooms; the hooks between
 * them are here.
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

#include "core/agenda.h"
#include "core/random.h"
#include "daemon/background.h"
#include "daemon/check.h"
#include "daemon/child.h"
#include "daemon/letters.h"
#include "daemon/logflush.h"
#include "daemon/loop.h"
#include "daemon/mail.h"
#include "daemon/options.h"
#include "daemon/reload.h"
#include "daemon/run.h"
#include "daemon/sessions.h"
#include "daemon/signals.h"
#include "daemon/startup.h"
#include "daemon/tick.h"
#include "daemon/users.h"
#include "daemon/zones.h"
#include "sys/arena.h"
#include "sys/clock.h"
#include "sys/host.h"
#include "sys/limits.h"
#include "sys/lock.h"
#include "sys/log.h"
#include "sys/mounts.h"
#include "sys/paths.h"
#include "sys/session.h"
#include "sys/spawn.h"
#include "sys/zoneinfo.h"

struct crond {
	const struct options *options;
	const struct personality *personality;
	const struct paths *paths;
	const struct spawn_origin *origin;
	bool as_user;     /* an ordinary user's, design.md 3.13 */
	int status;       /* exit status */
	bool reboots_due; /* @reboot entries are to be run */
	struct host host;
	struct log *log;
	struct lock lock;
	struct background background;
	bool forked;
	struct loop loop;
	struct logflush logflush;
	struct signals signals;
	struct children *children;
	struct users *users;
	struct mounts *mounts;
	struct memory *memory;
	struct table_source source;
	const char **inherited;
	struct mail *mail;
	struct sessions *sessions; /* NULL: no PAM */
	struct runs *runs;
	struct zones *zones;
	struct agenda *agenda;
	struct tick *tick;
	char **operands; /* absolute paths, owned; NULL: the system's tables */
	char *operand_user;
	struct reload *reload;
};

/* A room that can't be built ends the start. */
static int
died(struct crond *c, const char *what)
{
	startup_death(c->log, c->personality, errno, "%s", what);
	return -1;
}

static struct minute
this_minute(void)
{
	return minute_of(clock_wall_ns() / 1000000000);
}

/* --- hooks between rooms --- */

static void
stop_hook(void *context)
{
	struct crond *c = context;

	ev_break(c->loop.ev, EVBREAK_ALL);
}

static void
reload_hook(void *context)
{
	struct crond *c = context;

	log_reopen(c->log);
	users_forget(c->users);
	zones_refresh(c->zones);
	reload_all(c->reload);
	mail_flush_if_marked(c->mail);
}

static void
unused_signal_hook(void *context, int signum)
{
	struct crond *c = context;

	log_event(c->log, LOG_INFO, "CRON", "INFO", 0, "signal %d ignored",
	    signum);
}

static void
before_tick_hook(void *context)
{
	struct crond *c = context;

	zones_check(c->zones);
	reload_settle(c->reload);
}

static void
due_hook(void *context, struct entry *entry, struct minute due)
{
	struct crond *c = context;

	run_due(c->runs, entry, due);
}

/* Once, when all tables there are at the start have been loaded: one whose user
 * had to be looked up is among them. */
static void
queue_reboots(struct crond *c)
{
	struct entry *const *list;
	size_t count, i;

	if (!c->reboots_due || reload_is_loading(c->reload))
		return;
	c->reboots_due = false;
	count = agenda_reboots(c->agenda, &list);
	for (i = 0; i < count; i++)
		run_due(c->runs, list[i], this_minute());
}

static void
agenda_changed_hook(void *context)
{
	struct crond *c = context;

	tick_rearm(c->tick);
	queue_reboots(c);
}

static void
zones_changed_hook(void *context)
{
	struct crond *c = context;

	tick_rezone(c->tick);
}

/* --- the rooms, in order --- */

static int
open_log(struct crond *c)
{
	enum options_target target = c->options->target;
	struct log_target where = {
	    .socket = target == TARGET_STDERR ? NULL : c->paths->log_socket,
	    .to_stderr = target == TARGET_STDERR || target == TARGET_BOTH,
	    .ident = c->personality->daemon,
	};

	/* Its caller may not read syslog, but has stderr, whatever that is. */
	if (target == TARGET_AUTO && c->options->foreground)
		where.to_stderr = c->as_user || isatty(STDERR_FILENO);
	c->log = log_open(&where);
	if (c->log == NULL)
		perror(c->personality->daemon);
	return c->log != NULL ? 0 : -1;
}

static void
close_log(struct crond *c)
{
	log_close(c->log);
}

static void
say_replaced(struct crond *c)
{
	const struct holder *intruder = &c->lock.intruder;

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
	pid_t holder;

	if ((c->as_user || c->paths->root[0] != '\0') &&
	    startup_own_dirs(c->paths, c->personality, c->log) != 0)
		return -1;
	if (lock_open(&c->lock, path,
		c->personality->pid_file_removed || c->as_user, &holder) == 0) {
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
	if (startup_own_dirs(c->paths, c->personality, c->log) != 0)
		return -1;
	if (c->as_user)
		return 0;
	return startup_spool(c->paths, c->personality, c->log);
}

static int
open_background(struct crond *c)
{
	c->background.ready_fd = -1;
	if (!c->options->foreground) {
		if (background_enter(&c->background) != 0) {
			c->status = EXIT_SUCCESS; /* compat.md 2.1 */
			return died(c, "can't fork");
		}
		c->forked = true;
	}
	if (lock_write_pid(&c->lock) != 0)
		return died(c, "can't write the pid file");
	return 0;
}

static int
open_loop(struct crond *c)
{
	if (loop_init(&c->loop) != 0)
		return died(c, "can't make an event loop");
	logflush_start(&c->logflush, c->loop.ev, c->log);
	return 0;
}

static void
close_loop(struct crond *c)
{
	logflush_stop(&c->logflush);
	loop_clear(&c->loop);
}

static int
open_signals(struct crond *c)
{
	const struct signals_hooks hooks = {
	    .context = c,
	    .stop = stop_hook,
	    .reload = reload_hook,
	    .unused = unused_signal_hook,
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
	return c->children != NULL ? 0 : died(c, "can't watch children");
}

static void
close_children(struct crond *c)
{
	children_free(c->children);
}

static int
open_users(struct crond *c)
{
	c->users = users_new(c->loop.ev, c->children, c->log);
	return c->users != NULL ? 0 : died(c, "can't watch users");
}

static void
close_users(struct crond *c)
{
	users_free(c->users);
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
	c->inherited = startup_inherited(c->personality);
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
open_mail(struct crond *c)
{
	const struct options *o = c->options;
	const struct mail_config config = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .children = c->children,
	    .users = c->users,
	    .origin = c->origin,
	    .personality = c->personality,
	    .outbox_dir = c->paths->outbox_dir,
	    .command = o->mailer,
	    .sendmail = c->paths->sendmail,
	    .syslog_output = o->syslog_output,
	    .full_hostname = o->full_hostname,
	    .log_mask = o->log_asked,
	    .mailers_max = o->mailers_max,
	    .stall_secs = o->stall_secs,
	    .letter_max = o->letter_max,
	    .outbox_max = o->outbox_max,
	    .backoff = o->backoff,
	    .outbox_secs = o->outbox_secs,
	    .mailbox_dir = c->paths->mailbox_dir,
	    .mailbox_max = o->mailbox_max,
	    .warn_secs = o->warn_secs,
	    .sent_dir = c->paths->sent_dir,
	    .sent_max = o->sent_max,
	    .sent_secs = o->sent_secs,
	};

	c->mail = mail_new(&config);
	return c->mail != NULL ? 0 : died(c, "can't prepare for mail");
}

static void
close_mail(struct crond *c)
{
	mail_free(c->mail);
}

/* Only root can open a session for a job. */
static int
open_sessions(struct crond *c)
{
	const struct sessions_config config = {
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
	c->sessions = sessions_new(&config);
	return c->sessions != NULL ? 0 : died(c, "can't prepare for PAM");
}

static void
close_sessions(struct crond *c)
{
	sessions_free(c->sessions);
}

static int
open_runs(struct crond *c)
{
	const struct runs_config config = {
	    .loop = c->loop.ev,
	    .log = c->log,
	    .children = c->children,
	    .users = c->users,
	    .mail = c->mail,
	    .mounts = c->mounts,
	    .sessions = c->sessions,
	    .personality = c->personality,
	    .source = &c->source,
	    .origin = c->origin,
	    .runs_dir = c->paths->runs_dir,
	    .path = c->options->keep_path ? getenv("PATH") : NULL,
	    .log_mask = c->options->log_mask,
	    .dry = c->options->dry,
	};

	c->runs = runs_new(&config);
	return c->runs != NULL ? 0
			       : died(c, "can't use the runs directory, which "
					 "must be ours and on a "
					 "file system that can be written to");
}

static void
close_runs(struct crond *c)
{
	runs_free(c->runs);
}

static int
open_zones(struct crond *c)
{
	c->zones = zones_new(c->loop.ev, c->log, zones_changed_hook, c);
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
	const struct jump_done done = {this_minute(), this_minute()};

	c->agenda = agenda_new(&done, zones_of, c->zones);
	return c->agenda != NULL ? 0 : died(c, "no memory for an agenda");
}

static void
close_agenda(struct crond *c)
{
	agenda_free(c->agenda);
}

static int
open_tick(struct crond *c)
{
	const struct tick_hooks hooks = {
	    .context = c,
	    .before = before_tick_hook,
	    .due = due_hook,
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
	    .changed = agenda_changed_hook,
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
} rooms[] = {
    {open_log, close_log},
    {open_lock, close_lock},
    {open_directories, NULL},
    {open_background, NULL},
    {open_loop, close_loop},
    {open_signals, close_signals},
    {open_children, close_children},
    {open_users, close_users},
    {open_mounts, close_mounts},
    {open_tables, close_tables},
    {open_mail, close_mail},
    {open_sessions, close_sessions},
    {open_runs, close_runs},
    {open_zones, close_zones},
    {open_agenda, close_agenda},
    {open_tick, close_tick},
    {open_reload, close_reload},
};

#define ROOMS (sizeof rooms / sizeof rooms[0])

/* --- the run --- */

/* All rooms are there: load, say so, run until told to stop. */
static void
run(struct crond *c)
{
	enum startup_boot boot;

	startup_say(c->log, c->personality, c->forked, c->lock.fd,
	    c->source.delay_percent);
	reload_start(c->reload);
	boot = startup_claim_boot(c->paths, c->personality, c->log,
	    c->as_user ? c->host.boot_id : NULL);
	background_ready(&c->background);
	c->status = EXIT_SUCCESS;
	if (boot == BOOT_DEATH)
		return; /* with this status: compat.md 2.1 */
	mail_recover(c->mail);
	tick_start(c->tick);
	c->reboots_due = boot == BOOT_FIRST;
	queue_reboots(c);
	ev_run(c->loop.ev, 0);
	if (!c->personality->debian)
		log_event(c->log, LOG_INFO, "CRON", "INFO", 0, "Shutting down");
}

static int
crond_run(struct crond *c)
{
	size_t open;

	c->status = EXIT_FAILURE;
	for (open = 0; open < ROOMS; open++) {
		if (rooms[open].open(c) != 0)
			break;
	}
	if (open == ROOMS)
		run(c);
	while (open-- > 0) {
		if (rooms[open].close != NULL)
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
check_root(const struct options *o)
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
shows_letters(const struct options *o)
{
	return o->outbox || o->sent || o->flush;
}

static int
crond_main(const struct options *o, const struct spawn_origin *origin)
{
	struct crond c = {.options = o, .origin = origin};
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
		status = check_run(o, &paths);
	else if (o->flush)
		status = letters_flush(o, &paths);
	else if (shows_letters(o))
		status = letters_show(o, &paths);
	else if (!c.as_user || take_operands(&c, o->operands) == 0)
		status = crond_run(&c);
	drop_operands(&c);
	paths_clear(&paths);
	return status;
}

int
main(int argc, char **argv)
{
	struct spawn_origin origin;
	struct options options;
	int status;

	spawn_origin_take(&origin);
	if (background_fill_stdio() != 0)
		return EXIT_FAILURE;
	/* The charset of mails; messages and numbers stay as they are. */
	(void)setlocale(LC_CTYPE, "");
	if (options_parse(&options, argc, argv, &status) != OPTIONS_GOOD)
		return status;
	if (!options.foreground && !options.check && !shows_letters(&options))
		background_close_others();
	(void)limits_raise(); /* fewer jobs at once, then */
	signals_ignore_deadly();
	if (!options.keep_path &&
	    setenv("PATH", options.personality->path, 1) != 0) {
		perror(options.personality->daemon);
		return EXIT_FAILURE;
	}
	return crond_main(&options, &origin);
}
