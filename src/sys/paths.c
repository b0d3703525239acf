/*
 * Every path the daemon uses, worked out once at the start. Pure strings but
 * for the few variables that say where an ordinary user keeps such things;
 * nothing is looked at or made here. main owns the one struct paths; the
 * rooms get the strings they need.
 */
#include "sys/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_DIR   "/run/evcron"
#define STATE_DIR "/var/spool/evcron"

/* a followed by b. NULL: no memory. */
static char *
joined(const char *a, const char *b)
{
	char *whole;

	return asprintf(&whole, "%s%s", a, b) < 0 ? NULL : whole;
}

/* Sets *field to root and path. A path of NULL stays NULL. */
static int
below(char **field, const char *root, const char *path)
{
	*field = path != NULL ? joined(root, path) : NULL;
	return path != NULL && *field == NULL ? -1 : 0;
}

char *
paths_absolute(const char *path)
{
	char *here, *whole;

	if (path[0] == '/')
		return strdup(path);
	here = get_current_dir_name();
	if (here == NULL)
		return NULL;
	if (asprintf(&whole, "%s/%s", here, path) < 0)
		whole = NULL;
	free(here);
	return whole;
}

/* The daemon changes its directory, so a relative root is made absolute; its
 * last '/' is taken off, for every path brings its own. */
static char *
root_absolute(const char *root)
{
	char *whole;
	size_t len;

	if (root == NULL || root[0] == '\0')
		return strdup("");
	whole = paths_absolute(root);
	if (whole == NULL)
		return NULL;
	for (len = strlen(whole); len > 0 && whole[len - 1] == '/'; len--)
		whole[len - 1] = '\0';
	return whole;
}

static int
system_dirs(struct paths *p, const struct personality *personality)
{
	if (below(&p->spool_parent, p->root, personality->spool_parent) != 0 ||
	    below(&p->pid_file, p->root, personality->pid_file) != 0 ||
	    below(&p->reboot_marker, p->root, personality->reboot_marker) !=
		0 ||
	    below(&p->work_dir, p->root, personality->work_dir) != 0 ||
	    below(&p->run_dir, p->root, RUN_DIR) != 0 ||
	    below(&p->state_dir, p->root, STATE_DIR) != 0)
		return -1;
	return 0;
}

/* An absolute path from a variable, or NULL. */
static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

/* What an ordinary user's crond keeps (DESIGN.md 3.13). A session that has no
 * runtime directory (su, cron itself) keeps all of it with the state. */
static int
user_dirs(struct paths *p)
{
	const char *home = variable("HOME");
	const char *runtime = variable("XDG_RUNTIME_DIR");

	if (home == NULL) {
		errno = ENOENT;
		return -1;
	}
	if (below(&p->state_dir, home, "/.local/state/evcron") != 0)
		return -1;
	if (runtime != NULL ? below(&p->run_dir, runtime, "/evcron") != 0
			    : below(&p->run_dir, p->state_dir, "/run") != 0)
		return -1;
	if (below(&p->pid_file, p->run_dir, "/crond.pid") != 0 ||
	    below(&p->reboot_marker, p->run_dir, "/cron.reboot") != 0)
		return -1;
	return 0;
}

int
paths_init(struct paths *p, const struct personality *personality,
    const char *root, bool as_user)
{
	int error;

	memset(p, 0, sizeof *p);
	errno = ENOMEM;
	p->root = root_absolute(root);
	if (p->root == NULL)
		goto fail;
	if (below(&p->system_table, p->root, personality->system_table) != 0 ||
	    below(&p->dropin_dir, p->root, personality->dropin_dir) != 0 ||
	    below(&p->spool_dir, p->root, personality->spool_dir) != 0 ||
	    below(&p->cron_allow, p->root, "/etc/cron.allow") != 0 ||
	    below(&p->cron_deny, p->root, "/etc/cron.deny") != 0 ||
	    below(&p->log_socket, p->root, "/dev/log") != 0 ||
	    below(&p->sendmail, p->root, personality->sendmail) != 0 ||
	    below(&p->mailbox_dir, p->root, personality->mailbox_dir) != 0)
		goto fail;
	if ((as_user ? user_dirs(p) : system_dirs(p, personality)) != 0)
		goto fail;
	if (below(&p->runs_dir, p->run_dir, "/runs") != 0 ||
	    below(&p->collect_dir, p->run_dir, "/collect") != 0 ||
	    below(&p->tables_dir, p->run_dir, "/tables") != 0 ||
	    below(&p->outbox_dir, p->state_dir, "/outbox") != 0 ||
	    below(&p->sent_dir, p->state_dir, "/sent") != 0)
		goto fail;
	return 0;
fail:
	error = errno;
	paths_clear(p);
	errno = error;
	return -1;
}

void
paths_clear(struct paths *p)
{
	free(p->root);
	free(p->system_table);
	free(p->dropin_dir);
	free(p->spool_dir);
	free(p->spool_parent);
	free(p->cron_allow);
	free(p->cron_deny);
	free(p->pid_file);
	free(p->reboot_marker);
	free(p->work_dir);
	free(p->log_socket);
	free(p->sendmail);
	free(p->mailbox_dir);
	free(p->run_dir);
	free(p->runs_dir);
	free(p->collect_dir);
	free(p->tables_dir);
	free(p->state_dir);
	free(p->outbox_dir);
	free(p->sent_dir);
	memset(p, 0, sizeof *p);
}
