/*
 * Putting a start together, step by step, each of which may fail and is then
 * taken back: command, environment, record, input, output, process. Owns a
 * start only until the process is there.
 *
 * The output: the run's file, a FIFO, its reading end sent to the collector and
 * closed here, then the fork. From the fork on nothing in this process touches
 * the FIFO, which is the user's then (DESIGN.md "Walls", W1).
 */
#include "daemon/run/launch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/collector_words.h"
#include "core/command.h"
#include "core/mail_rule.h"
#include "core/run_env.h"
#include "core/run_record.h"
#include "daemon/base/state_files.h"
#include "daemon/run/child_report.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/files/mounts.h"
#include "sys/files/run_files.h"
#include "sys/memory_file.h"
#include "sys/spawn/context.h"
#include "sys/spawn/session.h"

#define NS_PER_MINUTE ((int64_t)60 * 1000000000)

struct launch {
	const struct launch_order *order;
	struct command command;
	struct run_env *env; /* shared with other runs */
	struct run_record *record;
	struct child_report *opening;
	char *context; /* of its table; or NULL */
	bool session, in_context;
	bool shared; /* vfork */
	bool filed;  /* it has a file, and a FIFO */
	char *fifo;  /* its path; NULL: the child makes a pipe */
	uint64_t generation;
	int input, state, socket;
	char word[128]; /* "run" of a child that makes a pipe */
	size_t word_len;
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

	if (mail_rule_decide(config->rules, &launch->env->env,
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
	    .home = env_get(&launch->env->env, "HOME"),
	    .shared = launch->env,
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
	struct table *table = entry_table(launch->order->entry);
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
	launch->env = table_run_env(table, entry, config->source, account->name,
	    account->home, config->path);
	if (launch->env == NULL)
		return -1;
	if (make_facts(launch) == -1)
		return -1;
	launch->shared = can_share(launch, env_get(&launch->env->env, "SHELL"));
	if (launch->shared)
		return 0;
	launch->opening = child_report_new(launch->order->openings,
	    launch->order->log, !launch->session && !launch->in_context);
	return launch->opening == NULL ? -1 : 0;
}

/* For the run's file, which is there before the process; and, more exactly, for
 * the process. */
static void
take_time(struct run_record *record)
{
	record->started_at_ns = clock_wall_ns();
	record->started_mono_ns = clock_mono_ns();
}

/* The output */

/* The run's file, and the FIFO: its reading end, or -1 with errno. */
static int
make_fifo(struct launch *launch, struct run_files *user)
{
	const struct runs_config *config = launch->order->config;
	const struct run_record *record = launch->record;
	struct run_state state = {
	    .generation = launch->generation,
	    .session_fifo = -1,
	    .record = launch->record,
	};
	int fifo;

	launch->state = state_files_begin(config->states, user, &state);
	if (launch->state == -1)
		return -1;
	launch->filed = true;
	fifo = run_files_fifo(user, record->id, record->uid, record->gid);
	if (fifo == -1)
		return -1;
	/* One that the job could not write to would be /dev/null to it: its
	 * output would be lost, and nobody told. */
	if (launch->context != NULL &&
	    !context_may_write(launch->context, fifo)) {
		fd_close(&fifo);
		errno = EACCES;
		return -1;
	}
	if (asprintf(&launch->fifo, "%s/%s", run_files_path(user), record->id) <
	    0) {
		launch->fifo = NULL;
		fd_close(&fifo);
		errno = ENOMEM;
		return -1;
	}
	return fifo;
}

static int
send_fifo(struct launch *launch)
{
	const struct launch_order *order = launch->order;
	struct run_files *user =
	    state_files_user(order->config->states, launch->record->uid);
	int fifo = user != NULL ? make_fifo(launch, user) : -1;
	int result = -1, error;

	if (fifo != -1)
		result = collector_run_send(order->config->collectors,
		    order->output, fifo);
	error = errno;
	fd_close(&fifo);
	run_files_close(user);
	errno = error;
	return result;
}

/* The run's file for a collector that can't read it by a path. */
static int
memory_state(const struct launch *launch)
{
	const struct run_state state = {
	    .key = {"none", 1, 1}, /* nobody takes it over */
	    .session_fifo = -1,
	    .record = launch->record,
	};
	size_t len;
	char *text = run_state_write(&state, &len);
	int fd;

	if (text == NULL) {
		errno = ENOMEM;
		return -1;
	}
	fd = memory_file(text, len, geteuid(), getegid());
	free(text);
	return fd;
}

/* Where no FIFO can be made the child makes a pipe; the run can't be taken over
 * then. */
static int
let_child_make_pipe(struct launch *launch)
{
	const struct launch_order *order = launch->order;
	const struct collector_message run = {.word = WORD_RUN,
	    .id = launch->record->id};
	ssize_t n =
	    collector_message_write(&run, launch->word, sizeof launch->word);
	int file = memory_state(launch);

	if (file == -1)
		return -1;
	launch->word_len = n > 0 ? (size_t)n : 0;
	launch->socket = collector_run_by_child(order->config->collectors,
	    order->output, file);
	fd_close(&file);
	return launch->socket != -1 ? 0 : -1;
}

/* What waiting may help against. */
static bool
is_passing(int error)
{
	return error == EAGAIN || error == EMFILE || error == ENFILE ||
	       error == ENOMEM;
}

static void
forget_file(struct launch *launch)
{
	if (launch->filed)
		state_files_forget(launch->order->config->states,
		    launch->record);
	launch->filed = false;
	fd_close(&launch->state);
	free(launch->fifo);
	launch->fifo = NULL;
}

static int
make_output(struct launch *launch)
{
	const struct launch_order *order = launch->order;

	take_time(launch->record);
	order->output->record = launch->record;
	launch->generation = collectors_generation(order->config->collectors,
	    launch->record->uid);
	if (order->config->states != NULL) {
		if (send_fifo(launch) == 0)
			return 0;
		if (is_passing(errno))
			return -1;
		state_files_cannot(order->config->states, errno);
		forget_file(launch);
	}
	return let_child_make_pipe(launch);
}

static void
take_back_output(struct launch *launch)
{
	collector_run_none(launch->order->output);
	forget_file(launch);
}

/* Takes back what there is of it; what the run took over is NULL or -1. */
static void
launch_clear(struct launch *launch)
{
	int error = errno;

	fd_close(&launch->input);
	fd_close(&launch->state);
	fd_close(&launch->socket);
	if (launch->record != NULL)
		take_back_output(launch);
	run_record_unref(launch->record);
	command_clear(&launch->command);
	run_env_unref(launch->env);
	child_report_free(launch->opening);
	free(launch->context);
	free(launch->fifo);
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
	const char *shell = env_get(&launch->env->env, "SHELL");
	const struct session_plan session = {
	    .service = personality->pam_service,
	    .user = account->name,
	    .ident = personality->debian ? personality->job_ident
					 : personality->daemon,
	    .say = personality->debian ? NULL : say_nothing,
	    .session_class = personality->debian ? NULL
						 : env_get(&launch->env->env,
						       "XDG_SESSION_CLASS"),
	};
	const struct context_order context = {
	    .context = launch->context,
	    .level = personality->debian
			 ? NULL
			 : env_get(&launch->env->env, "MLS_LEVEL"),
	    .user = account->name,
	    .debian = personality->debian,
	};
	const struct spawn_output job = {
	    .fifo = launch->fifo,
	    .state = launch->state,
	    .socket = launch->socket,
	    .bytes = launch->word,
	    .len = launch->word_len,
	};
	struct spawn_plan plan = {
	    .origin = config->origin,
	    .shell = shell,
	    .command = launch->command.shell,
	    .env = launch->env->env.vars,
	    .home = launch->record->home,
	    .home_required = personality->home_required,
	    .uid = account->uid,
	    .gid = account->gid,
	    .groups = account->groups,
	    .group_count = account->group_count,
	    .as_root = launch->order->as_root,
	    .input = launch->input,
	    .output = -1,
	    .job = &job,
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
	take_time(launch->record);
	plan.within_minute = only_minute(launch);
	return spawn_job(&plan, &launched->failure, &launched->report);
}

static void
hand_out(struct launch *launch, struct launched *launched, pid_t pid)
{
	launch->record->pid = pid;
	launch->record->pid_start = process_start_time(pid);
	launched->record = launch->record;
	launched->opening = launch->opening;
	launched->generation = launch->generation;
	launched->filed = launch->filed;
	launch->filed = false;
	launch->record = NULL;
	launch->opening = NULL;
}

int
launch(const struct launch_order *order, struct launched *launched,
    enum run_log_want *want)
{
	const struct account *account = order->account;
	struct launch launch = {.order = order,
	    .input = -1,
	    .state = -1,
	    .socket = -1};
	int result = -1;
	pid_t pid;

	*want = WANT_MEMORY;
	if (put_together(&launch) == -1)
		goto out;
	*want = WANT_INPUT;
	launch.input = spawn_input(launch.command.input,
	    launch.command.input_len, account->uid, account->gid);
	if (launch.input == -1)
		goto out;
	*want = WANT_OUTPUT;
	if (make_output(&launch) == -1)
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
