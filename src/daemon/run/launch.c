/*
 * Putting a start together, step by step, each of which may fail and is then
 * taken back: command, environment, record, input, output, process. Owns a
 * start only until the process is there.
 */
#include "daemon/run/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/command.h"
#include "core/env.h"
#include "core/run_record.h"
#include "daemon/mail/mail.h"
#include "daemon/run/child_report.h"
#include "sys/clock.h"
#include "sys/spawn/context.h"
#include "sys/fd.h"
#include "sys/files/mounts.h"
#include "sys/spawn/session.h"

#define NS_PER_MINUTE ((int64_t)60 * 1000000000)

struct launch {
	const struct launch_order *order;
	struct command command;
	struct env env;
	struct run_record *record;
	struct output *output;
	struct child_report *opening;
	char *context; /* of its table; or NULL */
	bool session, in_context;
	bool shared; /* vfork */
	int job_fd, input;
};

static int
make_facts(struct launch *launch)
{
	const struct runs_config *config = launch->order->config;
	const struct entry *entry = launch->order->entry;
	const struct table *table = entry_table(launch->order->entry);
	unsigned flags = entry_scope(table, entry)->flags;
	char *recipient = NULL, *sender = NULL;
	struct run_record_source source;
	enum mail_rule mail;

	if (mail_address(config->mail, &launch->env,
		launch->order->account->name,
		(flags & ENTRY_MAIL_ON_FAILURE) != 0, &mail, &recipient,
		&sender) == -1)
		return -1;
	source = (struct run_record_source){
	    .user = launch->order->account->name,
	    .command = launch->command.shell,
	    .table = table->path,
	    .recipient = recipient,
	    .sender = sender,
	    .home = env_get(&launch->env, "HOME"),
	    .env = &launch->env,
	};
	launch->record = run_record_new(&source);
	free(recipient);
	free(sender);
	if (launch->record == NULL)
		return -1;
	snprintf(launch->record->id, sizeof(launch->record->id), "%s",
	    launch->order->id);
	launch->record->uid = launch->order->account->uid;
	launch->record->gid = launch->order->account->gid;
	launch->record->line = entry->line;
	launch->record->flags = flags;
	launch->record->due = launch->order->due;
	launch->record->mail = mail;
	return 0;
}

static bool
wants_session(const struct launch *launch)
{
	const struct runs_config *config = launch->order->config;

	return config->sessions != NULL && launch->order->as_root &&
	       session_wanted(config->personality,
		   entry_table(launch->order->entry)->kind,
		   launch->order->account->uid);
}

/* May nothing between fork and exec block? Another user can always make it: he
 * may stop a process of his at any moment, and keep an exec waiting by a lease
 * on his shell or a file system of his own below its interpreter. So only jobs
 * of our own uid are trusted with our time. Nor may a process of his share our
 * memory while we go on (CLONE_VM alone): where fs.suid_dumpable is 1 he could
 * trace it, and where it is 2 a signal that dumps it ends us too on kernels
 * before 5.16. */
static bool
can_share(const struct launch *launch, const char *shell)
{
	const struct runs_config *config = launch->order->config;

	return launch->order->account->uid == geteuid() && !launch->session &&
	       !context_wanted() && shell[0] == '/' &&
	       launch->record->home[0] == '/' &&
	       !mounts_may_hang(config->mounts, shell) &&
	       !mounts_may_hang(config->mounts, launch->record->home);
}

/* What only needs memory. */
static int
put_together(struct launch *launch)
{
	const struct runs_config *config = launch->order->config;
	const struct entry *entry = launch->order->entry;
	const struct table *table = entry_table(launch->order->entry);
	const struct account *account = launch->order->account;
	const char *command = entry_command(table, entry);

	launch->session = wants_session(launch);
	launch->in_context = launch->order->as_root && context_wanted();
	if (launch->in_context && table->context != NULL) {
		launch->context = strdup(table->context);
		if (launch->context == NULL)
			return -1;
	}
	if (command_split(&launch->command, command, strlen(command),
		config->personality->backslash_pairs) == -1)
		return -1;
	if (table_environment(table, entry, config->source, account->name,
		account->home, config->path, &launch->env) == -1)
		return -1;
	if (make_facts(launch) == -1)
		return -1;
	launch->shared = can_share(launch, env_get(&launch->env, "SHELL"));
	if (launch->shared)
		return 0;
	launch->opening = child_report_new(launch->order->openings,
	    launch->order->log, !launch->session && !launch->in_context);
	return launch->opening == NULL ? -1 : 0;
}

/* Takes back what there is of it; what the run took over is NULL or -1. */
static void
launch_clear(struct launch *launch)
{
	int error = errno;

	fd_close(&launch->input);
	fd_close(&launch->job_fd);
	if (launch->output != NULL)
		output_cancel(launch->output);
	run_record_unref(launch->record);
	command_clear(&launch->command);
	env_clear(&launch->env);
	child_report_free(launch->opening);
	free(launch->context);
	errno = error;
}

/* What modules say, cronie logs and Debian's cron does not hear. Never called:
 * see spawn_plan. */
static void
say_nothing(void *context, const char *text)
{
	(void)context;
	(void)text;
}

/* cronie: a job of each minute that PAM held up beyond its minute is left out
 * [COMPAT.md 6]. */
static int64_t
only_minute(const struct launch *launch)
{
	const struct runs_config *config = launch->order->config;
	struct entry *entry = launch->order->entry;
	const struct schedule *when = entry_when(entry_table(entry), entry);

	if (config->personality->debian ||
	    (when->flags & SCHEDULE_MIN_STAR) == 0)
		return 0;
	return launch->record->started_at_ns / NS_PER_MINUTE;
}

static pid_t
spawn(struct launch *launch, struct launched *launched)
{
	const struct runs_config *config = launch->order->config;
	const struct account *account = launch->order->account;
	const struct personality *personality = config->personality;
	const char *shell = env_get(&launch->env, "SHELL");
	const struct session_plan session = {
	    .service = personality->pam_service,
	    .user = account->name,
	    .ident = personality->debian ? personality->job_ident
					 : personality->daemon,
	    .say = personality->debian ? NULL : say_nothing,
	    .session_class = personality->debian
				 ? NULL
				 : env_get(&launch->env, "XDG_SESSION_CLASS"),
	};
	const struct context_order context = {
	    .context = launch->context,
	    .level =
		personality->debian ? NULL : env_get(&launch->env, "MLS_LEVEL"),
	    .user = account->name,
	    .debian = personality->debian,
	};
	struct spawn_plan plan = {
	    .origin = config->origin,
	    .shell = shell,
	    .command = launch->command.shell,
	    .env = launch->env.vars,
	    .home = launch->record->home,
	    .home_required = personality->home_required,
	    .uid = account->uid,
	    .gid = account->gid,
	    .groups = account->groups,
	    .group_count = account->group_count,
	    .as_root = launch->order->as_root,
	    .input = launch->input,
	    .output = launch->job_fd,
	    .shared = launch->shared,
	    .session = launch->session ? &session : NULL,
	    .context = launch->in_context ? &context : NULL,
	    .patience_secs = config->patience_secs,
	    .dry = config->dry,
	    .debian = personality->debian,
	};

	if (config->hooks != NULL)
		config->hooks->starts(config->context, launch->order->entry,
		    launch->order->due);
	launch->record->started_at_ns = clock_wall_ns();
	launch->record->started_mono_ns = clock_mono_ns();
	plan.within_minute = only_minute(launch);
	return spawn_job(&plan, &launched->failure, &launched->report);
}

static void
hand_out(struct launch *launch, struct launched *launched, pid_t pid)
{
	launch->record->pid = pid;
	launch->record->pid_start = process_start_time(pid);
	launched->record = launch->record;
	launched->output = launch->output;
	launched->opening = launch->opening;
	launch->record = NULL;
	launch->output = NULL;
	launch->opening = NULL;
}

int
launch(const struct launch_order *order, struct launched *launched,
    enum run_log_want *want)
{
	const struct account *account = order->account;
	struct launch launch = {.order = order, .job_fd = -1, .input = -1};
	int result = -1;
	pid_t pid;

	env_init(&launch.env);
	*want = WANT_MEMORY;
	if (put_together(&launch) == -1)
		goto out;
	*want = WANT_INPUT;
	launch.input = spawn_input(launch.command.input,
	    launch.command.input_len, account->uid, account->gid);
	if (launch.input == -1)
		goto out;
	*want = WANT_OUTPUT;
	launch.output = output_open(order->config->output, launch.record,
	    launch.context, &launch.job_fd);
	if (launch.output == NULL)
		goto out;
	*want = WANT_PROCESS;
	pid = spawn(&launch, launched);
	if (pid == -1)
		goto out;
	hand_out(&launch, launched, pid);
	result = 0;
out:
	launch_clear(&launch);
	return result;
}
